"""The reports of use: over time, by material, by format, and in sum against the period before."""

from collections.abc import Callable, Sequence

from oer.core.i18n import N_
from oer.statistics.queries import overview
from oer.statistics.queries.overview import Asked
from oer.statistics.schemas.filters import ZIP, label_of, scheme_of
from oer.statistics.schemas.measures import DOWNLOADS, MEASURES, PLAYS, READS, UNIQUE_USES, USES, Measure
from oer.statistics.schemas.reports import Cell, Column, Report
from oer.usage.counter import Measures

FILTER_WORDS = {
    "collection": N_("Course"),
    "unit": N_("Unit"),
    "subject": N_("Subject"),
    "level": N_("Level"),
    "audience": N_("For whom"),
    "licence": N_("Licence"),
    "language": N_("Language"),
    "format": N_("Format"),
}
FORMAT_MEASURES = (USES, UNIQUE_USES, READS, PLAYS, DOWNLOADS)
UNIQUES_PER_FORMAT = N_("A material opened in two formats in one session is a unique use of each of them.")
NOT_COMPARABLE = N_("The period before began before anything was counted, so no change is given.")
ALL_MATERIALS = 100_000


def over_time(asked: Asked, *, daily: bool | None = None) -> Report:
    """Return the figures of each day, or of each month where the stretch is long."""
    by_day = overview.is_daily(asked.filters) if daily is None else daily
    points = overview.series(asked, daily=by_day)
    rows = [{"time": point.time if by_day else f"{point.time:%Y-%m}", **_cells(point.figures)} for point in points]
    return _report(
        asked,
        "over-time",
        N_("Figures by day") if by_day else N_("Figures by month"),
        [Column("time", N_("Day") if by_day else N_("Month")), *_columns(MEASURES)],
        rows,
        MEASURES,
    )


def by_material(asked: Asked, measure: str = USES.name, limit: int = ALL_MATERIALS) -> Report:
    """Return the figures of each material that has any, the highest first."""
    top = overview.top_materials(asked, measure, limit)
    return _report(
        asked,
        "materials",
        N_("Materials by use"),
        [Column("material", N_("Material")), Column("id", N_("Identifier"), on_pages=False), *_columns(MEASURES)],
        [{"material": each.title, "id": each.public_id, **_cells(each.figures)} for each in top],
        MEASURES,
    )


def by_format(asked: Asked) -> Report:
    """Return the figures of each format in which anything was opened, the highest first."""
    found = overview.formats(asked)
    rows = [{"format": _format_words(name), **_cells(figures, FORMAT_MEASURES)} for name, figures in found.items()]
    columns = [Column("format", N_("Format")), *_columns(FORMAT_MEASURES)]
    title = N_("Use by format")
    return _report(asked, "formats", title, columns, rows, FORMAT_MEASURES, [UNIQUES_PER_FORMAT])


def summary(asked: Asked) -> Report:
    """Return the figures of the whole stretch, those of the period before, and the change from one to the other."""
    now, before = (overview.totals(usage) for usage in (asked.usage, asked.before))
    comparable = overview.first_counted_day(asked.session) <= asked.filters.before.since
    rows = [_comparison(measure, now, before, comparable=comparable) for measure in MEASURES]
    columns = [
        Column("measure", N_("Measure")),
        Column("now", N_("This period"), number=True),
        Column("before", N_("Period before"), number=True),
        Column("change", N_("Change in percent"), number=True),
    ]
    notes = [] if comparable else [NOT_COMPARABLE]
    return _report(asked, "summary", N_("In sum"), columns, rows, MEASURES, notes)


def _comparison(measure: Measure, now: Measures, before: Measures, *, comparable: bool) -> dict[str, Cell]:
    new, old = getattr(now, measure.name), getattr(before, measure.name)
    change = round((new - old) / old * 100, 1) if old and comparable else None
    return {"measure": measure.heading, "now": new, "before": old, "change": change, "name": measure.name}


def _format_words(name: str) -> Cell:
    return (
        {"vi": "Tất cả trong một tệp ZIP", "en": "Everything in one ZIP file"}
        if name == ZIP
        else dict(scheme_of("format").labels(name))
    )


def _columns(measures: Sequence[Measure]) -> list[Column]:
    return [Column(measure.name, measure.heading, number=True) for measure in measures]


def _cells(figures: Measures, measures: Sequence[Measure] = MEASURES) -> dict[str, Cell]:
    return {measure.name: getattr(figures, measure.name) for measure in measures}


def _report(
    asked: Asked,
    name: str,
    title: str,
    columns: list[Column],
    rows: Sequence[dict[str, Cell]],
    measures: Sequence[Measure],
    notes: Sequence[str] = (),
) -> Report:
    session, filters = asked.session, asked.filters
    chosen = [(FILTER_WORDS[key], dict(label_of(session, key, value))) for key, value in filters.chosen.items()]
    return Report(
        name=name,
        title=title,
        columns=columns,
        rows=rows,
        definitions=[measure.definition for measure in measures],
        since=filters.since,
        until=filters.until,
        filters=chosen,
        provisional=filters.until >= overview.final_before(session),
        notes=notes,
    )


USAGE_REPORTS: dict[str, Callable[[Asked], Report]] = {
    "summary": summary,
    "over-time": over_time,
    "materials": by_material,
    "formats": by_format,
}
