"""A report assembled from a round's values: first page, chapters, annex."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Unit
from oer.core.i18n import N_, in_language, translate
from oer.indicators.labels import STATE_LABELS
from oer.indicators.models.rounds import ReportState, Round
from oer.indicators.queries.values import CityValue
from oer.indicators.reports.document import Block, Facts, Heading, PageBreak, Paragraph, ReportDocument, WriterLabels
from oer.indicators.reports.form import FormDetails, administrative_form
from oer.indicators.reports.queries import ReportData, report_data
from oer.indicators.reports.summary import area_chart, summary
from oer.indicators.reports.tables import DAY, TableMaker, ministry_blocks
from oer.indicators.set_files.files import read_data

AREAS, ACTIONS, UNESCO, MINISTRY = "areas", "actions", "unesco", "ministry"
KINDS = {
    AREAS: N_("Report by Key Feature area"),
    ACTIONS: N_("Report by the six action areas"),
    UNESCO: N_("UNESCO biennial progress report (draft)"),
    MINISTRY: N_("Table for the ministry"),
}
# What the report is about, below the word "REPORT". UNESCO has a form of its own.
ABOUT = {
    AREAS: N_("Results of building the learning city, by Key Feature area"),
    ACTIONS: N_("Results of building the learning city, by the six action areas"),
    MINISTRY: N_("Results on the indicators of the learning society"),
}
CITY = {"vi": "Thành phố Hồ Chí Minh", "en": "Ho Chi Minh City"}
# Not translated as messages: on pages, "Table" is a type of material.
WRITER_LABELS = {
    "vi": WriterLabels("Bảng", "Trang", "Mục lục", "Kết quả", "Mục tiêu"),
    "en": WriterLabels("Table", "Page", "Contents", "Result", "Target"),
}
TO_WRITE = N_("(To be written, 150 words at most.)")
UNVERIFIED_QUESTIONS = N_(
    "Draft. The questions come from an earlier form and are not verified: compare them with UNESCO's online form."
)
OWN_GROUPING = N_("The grouping of focus areas under action areas is this report's own.")
MEASURED = N_("What the repository measures")
ANNEX = N_("Values by ward and commune")
OTHER_SETS = N_("Other sets")
NOTHING_ESTIMATED = N_("Values are those that were approved in this round; nothing is estimated.")


@cache
def chapters() -> dict[str, Any]:
    """Return the data file of chapters."""
    return read_data("report_chapters.yaml")


def kind_name(kind: str, language: str) -> str:
    """Return the name of a kind of report."""
    return translate(language, KINDS[kind])


def chapters_to_write(kind: str, values: list[CityValue]) -> list[tuple[str, dict[str, str]]]:
    """Return code and name of the chapters of a report that have a text box."""
    if kind in {ACTIONS, UNESCO}:
        return [(each["code"], {"vi": each["vi"], "en": each["en"]}) for each in chapters()[kind]]
    if kind == MINISTRY:
        return [("summary", {"vi": "Đánh giá chung", "en": "Summary"})]
    return list({_area(each)[0]: _area(each) for each in values}.values())


def _area(value: CityValue) -> tuple[str, dict[str, str]]:
    line = value.indicator
    return (line.area_code, line.area) if line.area_code else (line.of_set.code, line.of_set.name)


def assemble(
    session: Session,
    found: Round,
    unit: Unit | None,
    kind: str,
    details: FormDetails | None = None,
    agency: Mapping[str, str] | None = None,
) -> Callable[[str], ReportDocument]:
    """Read everything a report needs, once; return a function that makes the document in a language.

    `details` is what was given for its form; `agency` issues the city's report where they name none.
    """
    material = report_data(session, found, unit)
    return lambda language: _document(material, kind, language, details or FormDetails(), agency or {})


def _document(
    material: ReportData, kind: str, language: str, details: FormDetails, agency: Mapping[str, str]
) -> ReportDocument:
    make = TableMaker(material, language)
    found, say = material.round, make.say
    name = in_language(material.unit.name if material.unit else CITY, language)
    period = say(
        N_("Period %(since)s to %(until)s"),
        since=f"{found.period_start:{DAY[language]}}",
        until=f"{found.period_end:{DAY[language]}}",
    )
    facts = [
        (say(N_("Reporting round")), in_language(found.title, language)),
        (say(N_("Drawn up on")), f"{material.made_on:{DAY[language]}}"),
    ]
    if material.unit is None:
        facts.append(
            (say(N_("Reports approved")), f"{material.counts[ReportState.APPROVED]} / {sum(material.counts.values())}")
        )
    facts.append((say(N_("State")), say(N_("open: values may still change")) if found.is_open else say(N_("frozen"))))
    words = WRITER_LABELS[language]
    blocks = [*_summary(make, kind), *_BLOCKS[kind](make)]
    unit = material.unit
    form = None
    if kind in ABOUT:
        # A ward's documents name the ward's own place, which only the ward knows how to write.
        place = CITY if unit is None or unit.kind != WARD else {}
        form = administrative_form(
            details, language, agency=unit.name if unit else agency, place=place, about=say(ABOUT[kind])
        )
    annex_at = next((place for place, each in enumerate(blocks) if each == Heading(say(ANNEX))), None)
    return ReportDocument(
        language, kind_name(kind, language), period, name, facts, blocks, words, kind == MINISTRY, form, annex_at
    )


def _summary(make: TableMaker, kind: str) -> Iterator[Block]:
    if kind in ABOUT and make.material.values:
        areas = _grouped(make.material.values, lambda each: _area(each)[0]).values()
        yield from summary(make, [(_area(values[0])[1], values) for values in areas])
        yield PageBreak()


def _roman(number: int) -> str:
    """Return a number of a chapter as administrative documents write it, from 1 to 39."""
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def _text_box(make: TableMaker, kind: str, chapter: str, *, needed: bool = False) -> Iterator[Block]:
    text = in_language(make.material.texts.get((kind, chapter), {}), make.language)
    if text:
        yield Paragraph(text, "box")
    elif needed:
        yield Paragraph(make.say(TO_WRITE), "note")


def _by_areas(make: TableMaker) -> Iterator[Block]:
    yield Paragraph(make.say(NOTHING_ESTIMATED), "note")
    number = 0
    for code, values in _grouped(make.material.values, lambda each: _area(each)[0]).items():
        number += 1
        name = in_language(_area(values[0])[1], make.language)
        yield Heading(f"{_roman(number)}. {name}")
        yield from _text_box(make, AREAS, code)
        yield from area_chart(make, name, values)
        for group in _grouped(values, lambda each: each.indicator.group_code).values():
            yield from _group(make, group, heading=bool(group[0].indicator.area_code))
    yield from _ending(make, number)


def _group(make: TableMaker, values: list[CityValue], *, heading: bool) -> Iterator[Block]:
    line = values[0].indicator
    name = in_language(line.group, make.language)
    if heading:
        yield Heading(f"{line.group_code} {name}", 2)
    yield from make.values(f"{line.group_code} {name}" if heading else name, values)
    yield from make.fed(values)


def _grouped(values: list[CityValue], key: Callable[[CityValue], str]) -> dict[str, list[CityValue]]:
    groups: dict[str, list[CityValue]] = {}
    for each in values:
        groups.setdefault(key(each), []).append(each)
    return groups


def _ending(make: TableMaker, number: int) -> Iterator[Block]:
    """Give the chapter of computed indicators, and the annex with the values by place."""
    computed = list(make.computed())
    if computed:
        yield Heading(f"{_roman(number + 1)}. {make.say(MEASURED)}")
        yield from computed
    annex = [block for value in make.material.values for block in make.places(value)]
    if annex:
        yield Heading(make.say(ANNEX))
        yield from annex


def _by_actions(make: TableMaker) -> Iterator[Block]:
    yield Paragraph(make.say(OWN_GROUPING), "note")
    groups = _grouped(make.material.values, lambda each: each.indicator.group_code)
    listed: set[str] = set()
    for number, chapter in enumerate(chapters()[ACTIONS], 1):
        yield Heading(f"{_roman(number)}. {chapter[make.language]}")
        yield from _text_box(make, ACTIONS, chapter["code"])
        listed_here = [each for code in chapter["groups"] for each in groups.get(code, [])]
        yield from area_chart(make, chapter[make.language], listed_here)
        for code in chapter["groups"]:
            if code in groups:
                listed.add(code)
                yield from _group(make, groups[code], heading=True)
    rest = [values for code, values in groups.items() if code not in listed]
    if rest:
        yield Heading(f"{_roman(len(chapters()[ACTIONS]) + 1)}. {make.say(OTHER_SETS)}")
        for values in rest:
            yield from _group(make, values, heading=False)
    yield from _ending(make, len(chapters()[ACTIONS]) + bool(rest))


def _unesco(make: TableMaker) -> Iterator[Block]:
    yield Paragraph(make.say(UNVERIFIED_QUESTIONS), "warning")
    for number, chapter in enumerate(chapters()[UNESCO], 1):
        yield Heading(f"{_roman(number)}. {chapter[make.language]}")
        yield from _text_box(make, UNESCO, chapter["code"], needed=True)
        if chapter.get("values"):
            features = [each for each in make.material.values if each.indicator.area_code]
            for area in _grouped(features, lambda each: _area(each)[0]).values():
                name = in_language(_area(area[0])[1], make.language)
                yield Heading(name, 2)
                yield from make.values(name, area)
                yield from make.fed(area)
        if chapter.get("rounds"):
            counts = make.material.counts
            yield Facts([(make.say(STATE_LABELS[state]), str(number)) for state, number in counts.items()])


def _ministry(make: TableMaker) -> Iterator[Block]:
    yield from _text_box(make, MINISTRY, "summary")
    yield from ministry_blocks(make)


_BLOCKS: dict[str, Callable[[TableMaker], Iterator[Block]]] = {
    AREAS: _by_areas,
    ACTIONS: _by_actions,
    UNESCO: _unesco,
    MINISTRY: _ministry,
}
