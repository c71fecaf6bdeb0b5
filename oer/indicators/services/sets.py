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
from oer.indicators.computation.models import SeriesPoint
from oer.indicators.models.sets import Answer, Indicator, IndicatorSet, SetKind, Target
from oer.indicators.queries.sets import find_indicator, find_set, versions_of
from oer.indicators.set_files.documents import LineDocument, SetDocument, TargetDocument
from oer.indicators.set_files.files import read_data

CHANGED_MEANWHILE = N_(
    "Somebody else has corrected this line meanwhile: see the corrections below. Saving again puts your text in place."
)
ENDS_BEFORE = N_("A set cannot end before the first day that it is in force.")
NO_WORDING = N_("The wording cannot be empty.")
NOT_CORRECTABLE = N_("“%(name)s” is not a part that can be corrected.")
CORRECTABLE = frozenset(
    {
        "wording", "label", "area", "group", "feature", "unit", "source_type", "verification", "source", "note",
        "level", "valid_from", "valid_to",
    }
)  # fmt: skip
CREATED, UNCHANGED, SUPERSEDED = "created", "unchanged", "superseded"


def load_sets(session: Session, documents: Iterable[SetDocument], actor_id: int | None = None) -> dict[str, str]:
    """Load sets; return by code what became of each: `created`, `unchanged`, or `superseded` where it is a new version.

    Loading the same document again changes nothing, also where lines were corrected since.
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
    """Take a version out of use: its lines and their values stay as they are."""
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
    """Correct parts of a line, with what stood there before in the audit trail.

    Raises Conflict where somebody else corrected it since `revision`, Invalid for a part that cannot be corrected.
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
    told = {name: [_plain(old), _plain(changes[name])] for name, old in before.items()}
    record(session, actor_id, "indicator.corrected", "indicator", indicator.id, code=indicator.code, changes=told)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def end_set(session: Session, code: str, valid_to: date, actor_id: int | None) -> IndicatorSet:
    """Say until when a set is in force. Values of earlier periods stay readable; none can be entered for later ones.

    Raises NotFound, and Invalid where that day lies before its first.
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


# Targets that the city or a unit sets itself, beside those that come with a set.

NO_YEAR = N_("A target needs the year by which it is to be reached, from 2000 to 2100.")
NO_VALUE = N_("Enter the value that is aimed at.")
NO_SOURCE = N_("Say where the target was decided: the plan or decision, with its number and date.")
NO_TARGET = N_("There is no such target.")
OF_THE_SET = N_("This target comes with the set; it changes with a new version of it.")


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
    """Set what is aimed at by a year, for the city or one unit, in place of what was set for it before.

    Raises Invalid, naming the field.
    """
    if year is None or not 2000 <= year <= 2100:
        raise Invalid(NO_YEAR, field="year")
    if value is None:
        raise Invalid(NO_VALUE, field="value")
    if not source.strip():
        raise Invalid(NO_SOURCE, field="source")
    for old in [each for each in indicator.targets if _is_replaced(each, year, unit_id)]:
        indicator.targets.remove(old)
    made = Target(year=year, value=value, source=source.strip(), at_most=at_most, unit_id=unit_id, added_at=now())
    indicator.targets.append(made)
    session.flush()
    told = {"indicator": indicator.code, "year": year, "value": str(value), "unit": unit_id}
    record(session, actor_id, "target.set", "indicator", indicator.id, **told)
    return made


def _is_replaced(target: Target, year: int, unit_id: int | None) -> bool:
    return target.added_at is not None and target.year == year and target.unit_id == unit_id


def remove_target(session: Session, indicator: Indicator, target_id: int, actor_id: int | None) -> None:
    """Take away a target that was set here. Raises NotFound, Conflict for one that came with the set."""
    found = next((each for each in indicator.targets if each.id == target_id), None)
    if found is None:
        raise NotFound(NO_TARGET)
    if found.added_at is None:
        raise Conflict(OF_THE_SET, code="of_the_set")
    indicator.targets.remove(found)
    session.flush()
    record(session, actor_id, "target.removed", "indicator", indicator.id, indicator=indicator.code, year=found.year)


# Series that were published elsewhere, as the product brings them.


def load_series(session: Session) -> int:
    """Load the published series whose lines are there; return how many points are new. Loading again adds nothing."""
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
