"""The table that ministries ask for: number, indicator, unit, target, result, reached or not, source, note."""

from collections.abc import Iterator
from decimal import Decimal

from oer.core.i18n import N_, in_language
from oer.indicators.documents import Block, Heading, Paragraph, Table
from oer.indicators.documents.blocks import Value
from oer.indicators.queries.reports.tables import LEGEND, TableMaker
from oer.indicators.queries.values import CityValue


def ministry_blocks(make: TableMaker) -> Iterator[Block]:
    """Give one table for each set of the round."""
    sets: dict[str, list[CityValue]] = {}
    for each in make.material.values:
        sets.setdefault(each.indicator.of_set.code, []).append(each)
    say = make.say
    header = [
        say(N_("No.")),
        say(N_("Indicator")),
        say(N_("Unit of measurement")),
        say(N_("Target")),
        say(N_("Year of the target")),
    ]
    header += [say(N_("Result")), say(N_("Reached")), say(N_("Source and evidence")), say(N_("Note"))]
    for values in sets.values():
        name = in_language(values[0].indicator.of_set.name, make.language)
        yield Heading(name)
        rows = [_row(make, number, each) for number, each in enumerate(values, 1)]
        yield Table(name, header, rows, frozenset({3, 5}), (1, 7, 2, 2, 2, 2, 2, 5, 5), values[0].indicator.of_set.code)
        yield Paragraph(say(LEGEND), "note")


def _row(make: TableMaker, number: int, value: CityValue) -> list[Value]:
    line = value.indicator
    target, own = make.material.targets.get(line.id), make.own(value)
    answer = make.answer(value)
    return [
        str(number),
        f"{line.code} {make.wording(line)}",
        make.say(line.unit) if line.unit else "",
        (target.value if target.value is not None else target.text) if target else None,
        str(target.year) if target else "",
        answer,
        _reached(make, value, answer),
        make.source(value),
        in_language(own.note, make.language) if own and own.note else "",
    ]


def _reached(make: TableMaker, value: CityValue, answer: Value) -> str:
    target = make.material.targets.get(value.indicator.id)
    if target is None or target.value is None or not isinstance(answer, Decimal):
        return ""
    return make.say(N_("reached")) if target.is_met_by(answer) else make.say(N_("not yet"))
