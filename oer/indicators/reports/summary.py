"""The summary of a report on one page: how many targets are met, what rose, what fell, up to three rounds beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from oer.core.i18n import N_, in_language
from oer.indicators.models.rounds import Round
from oer.indicators.plausibility import scale_of
from oer.indicators.queries.values import CityValue
from oer.indicators.reports.document import Bar, Block, Chart, Heading, Paragraph, Table, Value, show
from oer.indicators.reports.tables import TableMaker

SUMMARY = N_("Summary of the results")
UP = N_("%(code)s %(name)s, from %(before)s up to %(now)s")
DOWN = N_("%(code)s %(name)s, from %(before)s down to %(now)s")
MOST_MOVES, LONGEST_NAME, MOST_BARS = 4, 70, 12
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Moved:
    """A value in this round, and in the one before that has it."""

    now: CityValue
    before: Decimal
    value: Decimal

    @property
    def relative(self) -> Decimal:
        """The change relative to the earlier value, by which moves are ordered."""
        change = abs(self.value - self.before)
        return change / abs(self.before) if self.before else change


def key_of(value: CityValue) -> tuple[str, str]:
    """Return what names a line in every version of its set."""
    return value.indicator.of_set.code, value.indicator.code


def summary(make: TableMaker, areas: Sequence[tuple[dict[str, str], Sequence[CityValue]]]) -> Iterator[Block]:
    """Give the page: sentences, a chart of the targets met by area, a table of what moved. Nothing without values."""
    values = [each for each in make.material.values if _number(make, each) is not None]
    yield Heading(make.say(SUMMARY))
    yield Paragraph(_state(make, values))
    moves = _moves(make, values)
    if moves or make.material.earlier:
        rose = [each for each in moves if each.value > each.before]
        fell = [each for each in moves if each.value < each.before]
        yield Paragraph(f"{make.say(N_('Rose (%(count)s)'), count=len(rose))}: {_told(make, rose, UP)}")
        yield Paragraph(f"{make.say(N_('Fell (%(count)s)'), count=len(fell))}: {_told(make, fell, DOWN)}")
    else:
        yield Paragraph(make.say(N_("There is no earlier round with values to compare with.")))
    yield from _targets_chart(make, areas)
    yield from _trend(make, moves or [Moved(each, Decimal(0), Decimal(0)) for each in values])


def _number(make: TableMaker, value: CityValue) -> Decimal | None:
    own = make.own(value)
    return own.value if own is not None else value.value


def _met(make: TableMaker, value: CityValue) -> bool | None:
    target, number = make.material.targets.get(value.indicator.id), _number(make, value)
    return target.is_met_by(number) if target and target.value is not None and number is not None else None


def _state(make: TableMaker, values: Sequence[CityValue]) -> str:
    met = [found for each in values if (found := _met(make, each)) is not None]
    return make.say(
        N_(
            "Of %(all)s indicators with an answer, %(valued)s have a figure; %(compared)s of these have a target, "
            "and %(met)s have reached it."
        ),
        all=len(make.material.values),
        valued=len(values),
        compared=len(met),
        met=sum(met),
    )


def _moves(make: TableMaker, values: Sequence[CityValue]) -> list[Moved]:
    moves = []
    for each in values:
        number = _number(make, each)
        before = next(
            (
                old
                for _, known in make.material.earlier
                if key_of(each) in known and (old := _number(make, known[key_of(each)])) is not None
            ),
            None,
        )
        if number is not None and before is not None and number != before:
            moves.append(Moved(each, before, number))
    return sorted(moves, key=lambda move: move.relative, reverse=True)


def _told(make: TableMaker, moves: Sequence[Moved], way: str) -> str:
    told = [
        make.say(
            way,
            code=each.now.indicator.code,
            name=_short(make, each.now),
            before=show(each.before, make.language),
            now=show(each.value, make.language),
        )
        for each in moves[:MOST_MOVES]
    ]
    if len(moves) > MOST_MOVES:
        told.append(make.say(N_("and %(count)s more"), count=len(moves) - MOST_MOVES))
    return "; ".join(told) + "." if told else make.say(N_("none."))


def _short(make: TableMaker, value: CityValue) -> str:
    words = in_language(value.indicator.wording, make.language)
    if len(words) <= LONGEST_NAME:
        return words
    return words[: LONGEST_NAME - 1].rpartition(" ")[0] + "…"


def _targets_chart(make: TableMaker, areas: Sequence[tuple[dict[str, str], Sequence[CityValue]]]) -> Iterator[Block]:
    bars = []
    for name, values in areas:
        met = [found for each in values if (found := _met(make, each)) is not None]
        if met:
            shown = make.say(N_("%(met)s of %(all)s"), met=sum(met), all=len(met))
            bars.append(Bar(in_language(name, make.language), WHOLE * sum(met) / len(met), shown))
    if bars:
        yield Chart(make.say(N_("Targets that are reached, by area")), bars[:MOST_BARS])


def _trend(make: TableMaker, moves: Sequence[Moved]) -> Iterator[Block]:
    if not moves:
        return
    rounds: list[Round] = [made for made, _ in reversed(make.material.earlier)]
    header = [make.say(N_("Code")), make.say(N_("Indicator")), *(each.period.name for each in rounds)]
    header += [make.material.round.period.name, make.say(N_("Target"))]
    known = [values for _, values in reversed(make.material.earlier)]
    rows: list[list[Value]] = []
    for each in moves[: 2 * MOST_MOVES]:
        then = [_number(make, values[key]) if (key := key_of(each.now)) in values else None for values in known]
        target = make.material.targets.get(each.now.indicator.id)
        aim = target.value if target else None
        rows.append([each.now.indicator.code, _short(make, each.now), *then, _number(make, each.now), aim])
    widths = (3, 9, *(3 for _ in header[2:]))
    caption = make.say(N_("Figures of up to three rounds, those that moved most first"))
    yield Table(caption, header, rows, frozenset(range(2, len(header))), widths, make.say(N_("Trend")))


def area_chart(make: TableMaker, name: str, values: Sequence[CityValue]) -> Iterator[Block]:
    """Give the chart of an area: its percentages, each with its target where there is one."""
    bars = []
    for each in values:
        number = _number(make, each)
        if number is None or scale_of(each.indicator.unit) != 100:
            continue
        target = make.material.targets.get(each.indicator.id)
        aim = target.value if target else None
        shown = f"{show(number, make.language)}%"
        if aim is not None:
            shown += f" ({make.say(N_('target %(value)s%%'), value=show(aim, make.language))})"
        bars.append(Bar(f"{each.indicator.code} {_short(make, each)}", number, shown, aim))
    charts = ceil(len(bars) / MOST_BARS) or 1
    each_has = ceil(len(bars) / charts)
    for start in range(0, len(bars), each_has or 1):
        yield Chart(make.say(N_("Percentages and their targets: %(area)s"), area=name), bars[start : start + each_has])
