"""Indicator sets and published series loaded; lines corrected; targets set."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.text import clean_line
from oer.indicators.computation.models import SeriesPoint
from oer.indicators.models.sets import Answer, Indicator, IndicatorSet, SetKind, Target
from oer.indicators.queries.sets import find_indicator, find_set, versions_of
from oer.indicators.set_files.documents import LineDocument, SetDocument, TargetDocument
from oer.indicators.set_files.files import read_data
from oer.indicators.set_files.filled_sheets import YearValue
from oer.vietnamese.marks import fold

CHANGED_MEANWHILE = N_(
    "Someone else has corrected this line in the meantime: see the corrections below. Save again to use your text."
)
ENDS_BEFORE = N_("A set cannot end before the first day that it is in force.")
NO_WORDING = N_("The wording cannot be empty.")
NOT_CORRECTABLE = N_("“%(name)s” cannot be corrected.")
CORRECTABLE = frozenset(
    {
        "wording", "label", "area", "group", "feature", "unit", "source_type", "verification", "source", "note",
        "level", "valid_from", "valid_to",
    }
)  # fmt: skip
CREATED, UNCHANGED, SUPERSEDED = "created", "unchanged", "superseded"


def load_sets(session: Session, documents: Iterable[SetDocument], actor_id: int | None = None) -> dict[str, str]:
    """Load sets; return for each code `created`, `unchanged`, or `superseded` if it became a new version.

    Loading the same document again changes nothing, even if lines have been corrected since.
    """
    return {document.code: _load_set(session, document, actor_id) for document in documents}


def _load_set(session: Session, document: SetDocument, actor_id: int | None) -> str:
    versions = versions_of(session, document.code)
    digest = document.digest()
    if any(each.digest == digest for each in versions):
        return UNCHANGED
    last = sa.func.coalesce(sa.func.max(IndicatorSet.position), 0)
    position = versions[0].position if versions else (session.scalar(sa.select(last)) or 0) + 1
    for each in versions:
        _end(each, document.valid_from)
    made = _new_set(document, digest, position, versions[0].version + 1 if versions else 1)
    session.add(made)
    session.flush()
    outcome = SUPERSEDED if versions else CREATED
    record(
        session, actor_id, f"indicator_set.{outcome}", "indicator_set", made.id, code=made.code, version=made.version
    )
    return outcome


def _end(old: IndicatorSet, next_from: date | None) -> None:
    """End the use of a version. Its lines and their values stay as they are."""
    old.superseded_at = old.superseded_at or now()
    begins_later = next_from is not None and (old.valid_from is None or next_from > old.valid_from)
    if next_from is not None and begins_later and (old.valid_to is None or old.valid_to >= next_from):
        old.valid_to = next_from - timedelta(days=1)


def _new_set(document: SetDocument, digest: str, position: int, version: int) -> IndicatorSet:
    return IndicatorSet(
        code=document.code,
        version=version,
        position=position,
        name=document.name,
        kind=SetKind(document.kind),
        level=document.level,
        in_force=document.in_force,
        licence=document.licence,
        note=document.note,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        facts=document.facts,
        digest=digest,
        indicators=[_new_indicator(line, number) for number, line in enumerate(document.lines, 1)],
    )


def _new_indicator(line: LineDocument, position: int) -> Indicator:
    columns = {name: getattr(line, name) for name in LineDocument.__dataclass_fields__ if name != "targets"}
    columns["answer"] = Answer(line.answer)
    return Indicator(**columns, position=position, targets=[_new_target(each) for each in line.targets])


def _new_target(target: TargetDocument) -> Target:
    return Target(year=target.year, grade=target.grade, value=target.value, text=target.text)


def correct_line(
    session: Session, indicator: Indicator, changes: Mapping[str, Any], *, revision: int, actor_id: int | None
) -> None:
    """Correct parts of a line; the audit record keeps the old and the new text.

    Raises Conflict if someone else has corrected it since `revision`, Invalid for a part that cannot be corrected.
    """
    if indicator.revision != revision:
        raise Conflict(CHANGED_MEANWHILE, code="changed_meanwhile")
    for name in changes.keys() - CORRECTABLE:
        raise Invalid(NOT_CORRECTABLE, name=name)
    if not any(changes.get("wording", indicator.wording).values()):
        raise Invalid(NO_WORDING, field="wording")
    before = {name: getattr(indicator, name) for name, value in changes.items() if getattr(indicator, name) != value}
    if not before:
        return
    for name in before:
        setattr(indicator, name, changes[name])
    indicator.revision += 1
    session.flush()
    details = {name: [_plain(old), _plain(changes[name])] for name, old in before.items()}
    record(session, actor_id, "indicator.corrected", "indicator", indicator.id, code=indicator.code, changes=details)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def end_set(session: Session, code: str, valid_to: date, actor_id: int | None) -> IndicatorSet:
    """Set the last day a set is in force. Earlier values stay readable; none can be entered for later periods.

    Raises NotFound, and Invalid if that day is before its first.
    """
    found = find_set(session, code)
    if found.valid_from is not None and valid_to < found.valid_from:
        raise Invalid(ENDS_BEFORE, field="valid_to")
    before, found.valid_to = found.valid_to, valid_to
    session.flush()
    record(
        session, actor_id, "indicator_set.ended", "indicator_set", found.id, changes=[_plain(before), _plain(valid_to)]
    )
    return found


# Targets of the city and of units, besides those that come with a set.

NO_YEAR = N_("A target needs the year by which it is to be reached, from 2000 to 2100.")
NO_VALUE = N_("Enter the target value.")
NO_SOURCE = N_("Say where the target was decided: the plan or decision, with its number and date.")
NO_TARGET = N_("There is no such target.")
OF_THE_SET = N_("This target is part of the set; it changes with a new version of the set.")


def set_target(
    session: Session,
    indicator: Indicator,
    actor_id: int | None,
    *,
    year: int | None,
    value: Decimal | None,
    source: str,
    at_most: bool = False,
    unit_id: int | None = None,
) -> Target:
    """Set the target of a year for the city or one unit, replacing an earlier one. Raises Invalid with the field."""
    if year is None or not 2000 <= year <= 2100:
        raise Invalid(NO_YEAR, field="year")
    if value is None:
        raise Invalid(NO_VALUE, field="value")
    source = clean_line(source)
    if not source:
        raise Invalid(NO_SOURCE, field="source")
    for old in [each for each in indicator.targets if _is_replaced(each, year, unit_id)]:
        indicator.targets.remove(old)
    made = Target(year=year, value=value, source=source, at_most=at_most, unit_id=unit_id, added_at=now())
    indicator.targets.append(made)
    session.flush()
    details = {"indicator": indicator.code, "year": year, "value": str(value), "unit": unit_id}
    record(session, actor_id, "target.set", "indicator", indicator.id, **details)
    return made


def _is_replaced(target: Target, year: int, unit_id: int | None) -> bool:
    return not target.is_of_the_set and target.year == year and target.unit_id == unit_id


def remove_target(session: Session, indicator: Indicator, target_id: int, actor_id: int | None) -> None:
    """Remove a target that was set here. Raises NotFound, Conflict for one that came with the set."""
    found = next((each for each in indicator.targets if each.id == target_id), None)
    if found is None:
        raise NotFound(NO_TARGET)
    if found.is_of_the_set:
        raise Conflict(OF_THE_SET, code="of_the_set")
    indicator.targets.remove(found)
    session.flush()
    record(session, actor_id, "target.removed", "indicator", indicator.id, indicator=indicator.code, year=found.year)


# Series published elsewhere.

SERIES_NAME_NEEDED = N_("Name the series in Vietnamese: where its values come from.")
SERIES_SOURCE_NEEDED = N_("Say where the values come from: who published them, where and when.")


def take_in_series(
    session: Session,
    actor_id: int | None,
    of: IndicatorSet,
    *,
    name: dict[str, str],
    source: str,
    values: Iterable[YearValue],
) -> tuple[int, int]:
    """Store values of earlier years as a series; return how many are new, and how many took the place of another.

    A series is known by its Vietnamese name: taking the same values in again changes nothing. Raises Invalid.
    """
    if not name.get("vi"):
        raise Invalid(SERIES_NAME_NEEDED, field="name_vi")
    if not source:
        raise Invalid(SERIES_SOURCE_NEEDED, field="source")
    words = "-".join(fold(name["vi"].casefold()).split())
    series = "".join(letter for letter in words if letter.isalnum() or letter == "-")[:60]
    lines = {line.code: line.id for line in of.indicators}
    known = {
        (point.indicator_id, point.as_of): point
        for point in session.scalars(sa.select(SeriesPoint).where(SeriesPoint.series == series))
    }
    added = changed = 0
    for each in values:
        place = (lines[each.code], date(each.year, 12, 31))
        point = known.get(place)
        if point is None:
            made = SeriesPoint(series=series, name=name, indicator_id=place[0], as_of=place[1], value=each.value)
            made.source = source
            session.add(made)
            added += 1
        elif point.value != each.value:
            point.value, point.source = each.value, source
            changed += 1
    session.flush()
    if added or changed:
        counts = {"added": added, "changes": changed}
        record(session, actor_id, "series.taken_in", "indicator_set", of.id, code=of.code, name=series, **counts)
    return added, changed


def load_series(session: Session) -> int:
    """Load the published series shipped with the product; return how many points are new. Can be repeated."""
    added = 0
    for series in read_data("published_series.yaml")["series"]:
        for point in series["points"]:
            added += _add_point(session, series, point)
    session.flush()
    return added


def _add_point(session: Session, series: dict[str, Any], point: dict[str, Any]) -> int:
    indicator = find_indicator(session, point["set"], point["code"])
    known = sa.select(SeriesPoint.id).where(
        SeriesPoint.series == series["code"],
        SeriesPoint.indicator_id == indicator.id,
        SeriesPoint.as_of == series["as_of"],
    )
    if session.scalar(known) is not None:
        return 0
    session.add(
        SeriesPoint(
            series=series["code"],
            name=series["name"],
            indicator_id=indicator.id,
            as_of=series["as_of"],
            value=_decimal(point.get("percent")),
            count=_decimal(point.get("count")),
            source=series["source"],
            caution=series["caution"],
        )
    )
    return 1


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
