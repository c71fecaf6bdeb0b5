"""Sets: loaded, superseded, corrected line by line."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.indicators.formats import LineDocument, SetDocument, TargetDocument
from oer.indicators.models import Answer, Indicator, IndicatorSet, SetKind, Target
from oer.indicators.queries.sets import find_set, versions_of

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
    return {document.code: _load(session, document, actor_id) for document in documents}


def _load(session: Session, document: SetDocument, actor_id: int | None) -> str:
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
