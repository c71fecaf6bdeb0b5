"""The tables of the reports, with marks that say how far a wording is verified."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from oer.accounts.models import WARD
from oer.core.i18n import N_, in_language, translator
from oer.indicators.computation.descriptions import KIND_LABELS, PROXY, kind_of, measure_of
from oer.indicators.computation.queries import ShownFigure
from oer.indicators.models.sets import Answer, Indicator
from oer.indicators.quantities import meaningful
from oer.indicators.queries.values import CityValue, PlaceValue
from oer.indicators.reports.document import Answers, Block, Heading, Paragraph, Table, Value, show
from oer.indicators.reports.queries import ReportData

Translate = Callable[..., str]
CHECKED = frozenset({"exact", "VERIFIED"})
UNCHECKED_MARK, UNOFFICIAL_MARK = "†", "‡"
LEGEND = N_(
    "† The wording has not been compared with the printed source. ‡ The Vietnamese wording is an unofficial "
    "translation. Have both checked before this report is sent."
)
LONGEST_CELL = 40  # an answer in more letters is a paragraph: a column has room for 8 in a line
BELOW = N_("see below the table")
FROM_PLACES = N_("from %(count)s of %(of)s places")
FROM_PEOPLE = N_("from %(count)s of %(of)s places, %(people)s%% of the people")
DAY = {"vi": "%d/%m/%Y", "en": "%Y-%m-%d"}


class TableMaker:
    """Makes the tables of one report, in one language."""

    def __init__(self, material: ReportData, language: str) -> None:
        self.material = material
        self.language = language
        self.say: Translate = translator(language)

    def wording(self, line: Indicator) -> str:
        """Return an indicator's wording with marks for its verification (see `LEGEND`)."""
        marks = UNCHECKED_MARK if line.least_verified not in CHECKED else ""
        if self.language == "vi" and line.verification.get("vi"):
            marks += UNOFFICIAL_MARK
        return f"{in_language(line.wording, self.language)} {marks}".strip()

    def values(self, caption: str, values: Sequence[CityValue]) -> Iterator[Block]:
        """Give the table of some indicators' values, followed by their notes and warnings."""
        say = self.say
        header = [
            say(N_("Code")),
            say(N_("Indicator")),
            say(N_("Value")),
            say(N_("Unit of measurement")),
            say(N_("Target")),
        ]
        header += [say(N_("Reference date")), say(N_("Source")), say(N_("Evidence"))]
        rows = [self._value_row(each) for each in values]
        yield Table(caption, header, rows, frozenset({2, 4}), (5, 11, 5, 6, 4, 6, 8, 7), say(N_("Values")))
        yield Paragraph(say(LEGEND), "note")
        yield from self.told(caption, values)
        yield from self._notes(values)
        for each in values:
            if each.warning is not None:
                values_shown = {name: show(value, self.language) for name, value in each.warning.values.items()}
                yield Paragraph(f"{each.indicator.code}: {say(each.warning.message, **values_shown)}", "warning")

    def _value_row(self, value: CityValue) -> list[Value]:
        line, own = value.indicator, self.own(value)
        target = self.material.targets.get(line.id)
        return [
            line.code,
            self.wording(line),
            self.say(BELOW) if self._told(value) else self.answer(value),
            self.say(line.unit) if line.unit else "",
            target.value if target else None,
            f"{own.reference_date:{DAY[self.language]}}" if own and own.reference_date else "",
            own.source if own else self.coverage(value),
            self._evidence(own) if own else "",
        ]

    def source(self, value: CityValue) -> str:
        """Return where a value comes from, with the names of its evidence."""
        own = self.own(value)
        if own is None:
            return self.coverage(value)
        return "; ".join(part for part in (own.source, self._evidence(own)) if part)

    def coverage(self, value: CityValue) -> str:
        """Return on how many places, and how many of the city's people, a value stands."""
        on = value.coverage
        if on is None:
            return ""
        people = show(on.people, self.language)
        return self.say(FROM_PEOPLE if people else FROM_PLACES, count=on.places, of=on.of, people=people)

    def own(self, value: CityValue) -> PlaceValue | None:
        """Return the single answer behind a value: the department's, or in a unit's own report the unit's."""
        if value.city is not None:
            return value.city
        return value.places[0] if self.material.unit is not None and value.places else None

    def answer(self, value: CityValue) -> Value:
        """Return the answer to an indicator, as shown in a table."""
        own = self.own(value)
        if own is not None:
            return self.place_answer(own)
        if value.from_places is not None or not value.places:
            return value.from_places
        if value.indicator.answer is not Answer.YES_NO:
            return self.say(N_("see the annex"))
        return self.say(N_("Yes: %(yes)s, no: %(no)s"), yes=value.count_of("yes"), no=value.count_of("no"))

    def told(self, caption: str, values: Sequence[CityValue]) -> Iterator[Block]:
        """Give the answers that are too long for a column."""
        lines = [(each.indicator, text) for each in values if (text := self._told(each))]
        if lines:
            header = (self.say(N_("Indicator")), self.say(N_("Answer")))
            rows = [(f"{line.code} {self.wording(line)}", text) for line, text in lines]
            yield Answers(caption, header, rows, self.say(N_("Answers in words")))

    def _told(self, value: CityValue) -> str:
        """Return the one answer behind a value, where it is too long for a column; else ''."""
        own = self.own(value)
        return own.text if own is not None and _is_long(own) else ""

    def place_answer(self, own: PlaceValue) -> Value:
        """Return a unit's answer, as shown in a table."""
        if own.not_available:
            return self.say(N_("no value"))
        if own.value is not None:
            return own.value
        return {"yes": self.say(N_("Yes")), "no": self.say(N_("No"))}.get(own.text, own.text)

    def _evidence(self, own: PlaceValue) -> str:
        names = self.material.evidence.get(own.observation_id, [])
        return "; ".join([*names, own.link] if own.link else names)

    def _notes(self, values: Iterable[CityValue]) -> Iterator[Block]:
        for each in values:
            own = self.own(each)
            if own is not None and own.note:
                yield Paragraph(f"{each.indicator.code}: {in_language(own.note, self.language)}", "box")

    def fed(self, values: Sequence[CityValue]) -> Iterator[Block]:
        """Give the table of the repository's own figures related to these indicators; they are never their values."""
        rows = [row for each in values for code in each.indicator.feeds_from for row in self._fed_rows(each, code)]
        if rows:
            say = self.say
            header = [
                say(N_("UNESCO measure")),
                say(N_("Code")),
                say(N_("Computed by the repository")),
                say(N_("Figure")),
            ]
            header += [say(N_("Unit of measurement")), say(N_("Period")), say(N_("Kind"))]
            caption = say(N_("For comparison, from the repository: never the official value"))
            yield Table(caption, header, rows, frozenset({3}), (2, 2, 6, 2, 2, 2, 4), say(N_("Repository")))

    def _fed_rows(self, value: CityValue, code: str) -> Iterator[list[Value]]:
        line = self.material.computed.get(code)
        for figure in self.material.figures.get(code, []) if line is not None else []:
            if not figure.measure and line is not None:
                shown = _figure(figure) or self.say(N_("no data yet"))
                unit = self.say(measure_of(code, "").unit)
                yield [
                    value.indicator.code,
                    code,
                    self.wording(line),
                    shown,
                    unit,
                    figure.period,
                    self._kind(value, code),
                ]

    def _kind(self, value: CityValue, code: str) -> str:
        words = self.say(KIND_LABELS[PROXY if value.indicator.feed == "proxy" else kind_of(code)])
        return words.partition(":")[0]

    def computed(self) -> Iterator[Block]:
        """Give the table of all computed indicators."""
        rows: list[list[Value]] = []
        for code, line in self.material.computed.items():
            for figure in self.material.figures.get(code, []):
                measure = measure_of(code, figure.measure)
                name = self.say(measure.label) if measure.label else self.wording(line)
                shown = _figure(figure)
                why = self.say(figure.why) if figure.why else ""
                rows.append(
                    [
                        code,
                        name,
                        shown,
                        self.say(measure.unit),
                        figure.denominator_source or why,
                        figure.data_version[:12],
                    ]
                )
        if rows:
            say = self.say
            header = [say(N_("Code")), say(N_("Indicator")), say(N_("Figure")), say(N_("Unit of measurement"))]
            header += [say(N_("Denominator, or why there is none")), say(N_("Data version"))]
            caption = say(N_("Computed indicators, %(period)s"), period=self.material.period)
            yield Table(caption, header, rows, frozenset({2}), (2, 7, 3, 3, 6, 4), say(N_("Computed")))

    def places(self, value: CityValue) -> Iterator[Block]:
        """Give the table of an indicator's values by place."""
        places = [each for each in value.places if each.unit_kind == WARD]
        if not places or self.material.unit is not None:
            return
        say = self.say
        caption = f"{value.indicator.code} {self.wording(value.indicator)}"
        if any(_is_long(each) for each in places):
            told = [
                (in_language(each.unit_name, self.language), show(self.place_answer(each), self.language))
                for each in places
            ]
            yield Answers(caption, (say(N_("Ward or commune")), say(N_("Answer"))), told, say(N_("Answers by place")))
            return
        header = [say(N_("Code of the place")), say(N_("Ward or commune")), say(N_("Value"))]
        header += [say(N_("Numerator")), say(N_("Denominator")), say(N_("Reference date"))]
        rows: list[list[Value]] = [
            [
                each.unit_code,
                in_language(each.unit_name, self.language),
                self.place_answer(each),
                each.numerator,
                each.denominator,
                f"{each.reference_date:{DAY[self.language]}}" if each.reference_date else "",
            ]
            for each in places
        ]
        column = (say(N_("Indicator")), value.indicator.code)
        yield Table(caption, header, rows, frozenset({2, 3, 4}), (3, 6, 3, 3, 3, 3), say(N_("By place")), column)


def _is_long(own: PlaceValue) -> bool:
    return own.value is None and not own.not_available and len(own.text) > LONGEST_CELL


def _figure(figure: ShownFigure) -> Value:
    return meaningful(figure.value) if figure.value is not None else figure.shown


# The table for ministries: number, indicator, unit, target, result, reached or not, source, note.


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
        rows = [_ministry_row(make, number, each) for number, each in enumerate(values, 1)]
        yield Table(name, header, rows, frozenset({3, 5}), (1, 7, 2, 2, 2, 2, 2, 5, 5), values[0].indicator.of_set.code)
        yield Paragraph(say(LEGEND), "note")
        yield from make.told(name, values)


def _ministry_row(make: TableMaker, number: int, value: CityValue) -> list[Value]:
    line = value.indicator
    target, own = make.material.targets.get(line.id), make.own(value)
    answer = make.answer(value)
    return [
        str(number),
        f"{line.code} {make.wording(line)}",
        make.say(line.unit) if line.unit else "",
        (target.value if target.value is not None else target.text) if target else None,
        str(target.year) if target else "",
        answer if not isinstance(answer, str) or len(answer) <= LONGEST_CELL else make.say(BELOW),
        _reached(make, value, answer),
        make.source(value),
        in_language(own.note, make.language) if own and own.note else "",
    ]


def _reached(make: TableMaker, value: CityValue, answer: Value) -> str:
    target = make.material.targets.get(value.indicator.id)
    if target is None or target.value is None or not isinstance(answer, Decimal):
        return ""
    return make.say(N_("reached")) if target.is_met_by(answer) else make.say(N_("not yet"))
