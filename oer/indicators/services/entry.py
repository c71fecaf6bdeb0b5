"""Values and evidence entered line by line: checked, with a history, never overwriting another person's."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import WARD
from oer.config import MIB
from oer.core.audit import record
from oer.core.clock import now, today
from oer.core.errors import Conflict, Invalid, NotFound, UnsupportedType
from oer.core.i18n import N_
from oer.core.text import clean_text
from oer.files.models import Blob
from oer.indicators.models.rounds import (
    WORDS_OF_A_NOTE,
    Assignment,
    Evidence,
    Observation,
    ObservationChange,
    ReportState,
    UnitReport,
)
from oer.indicators.models.sets import Answer, Indicator
from oer.indicators.plausibility import PARTS_NEEDED, lacks_parts, quotient
from oer.indicators.queries.entry import NOT_ASSIGNED, find_evidence, find_observation
from oer.indicators.services.rounds import lock_report

NOT_EDITABLE = N_("This report cannot be changed now: it is submitted, approved or frozen.")
LINE_CHANGED = N_(
    "Someone else has changed this line in the meantime. What they saved is shown below; what you typed is still here."
)
OUT_OF_FORCE = N_("No value can be entered for this indicator: it is not in force in this period.")
ZERO = N_("The denominator cannot be zero.")
NEGATIVE = N_("This cannot be less than zero.")
IN_THE_FUTURE = N_("The reference date is in the future.")
TOO_MANY_WORDS = N_("A note has at most 150 words in each language; this one has %(words)s.")
WHY_NONE = N_("Say in the note why there is no value.")
NOT_A_LINK = N_("A link begins with https:// or http://.")
YES_OR_NO = N_("Choose yes or no.")
CHOICES = ("yes", "no")
REASON_NEEDED = N_("Say why the value is corrected: the reason is published with it.")
NOT_PUBLISHED = N_("Only a published value is corrected like this; before that, its report is returned.")
NOTHING_CHANGED = N_("This is what is published already.")
ANSWER = ("value", "numerator", "denominator", "text")
FIELDS = ("value", "numerator", "denominator", "text", "not_available", "reference_date", "source", "link", "note")


@dataclass(frozen=True)
class Entry:
    """The values that a reporter enters in a line."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    text: str = ""
    not_available: bool = False
    reference_date: date | None = None
    source: str = ""
    link: str = ""
    note: dict[str, str] = field(default_factory=dict)


class ChangedMeanwhile(Conflict):
    """Someone else saved the line after it was read; `differing` names the fields that differ from what was typed."""

    def __init__(self, observation: Observation, differing: list[str]) -> None:
        super().__init__(LINE_CHANGED, code="changed_meanwhile")
        self.observation = observation
        self.differing = differing


def save_entry(
    session: Session, report: UnitReport, indicator: Indicator, entry: Entry, *, revision: int, actor_id: int | None
) -> Observation:
    """Save a line that was read at `revision` (0: it did not exist). Saving the same again changes nothing.

    If the unit is a quotient, a missing value is computed from numerator and denominator, and a computed one follows
    them when they change. Raises Invalid with the field, Conflict if the report cannot be changed now, ChangedMeanwhile
    if someone else saved the line first.
    """
    _require_editable(session, report, indicator)
    _check(entry, indicator)
    found = find_observation(session, report.id, indicator.id, to_change=True)
    entry = _with_computed_value(entry, indicator, found)
    if found is None:
        return _insert(session, report, indicator, entry, actor_id)
    if not differing(found, entry):
        return found
    if found.revision != revision:
        raise ChangedMeanwhile(found, differing(found, entry))
    _keep_before(session, found)
    _apply(found, entry, actor_id)
    session.flush()
    return found


def _require_editable(session: Session, report: UnitReport, indicator: Indicator) -> None:
    # Read the state again, under a lock: someone may have submitted the report since the page was loaded.
    lock_report(session, report)
    if not report.is_editable:
        raise Conflict(NOT_EDITABLE, code="not_editable")
    if session.get(Assignment, (report.id, indicator.id)) is None:
        raise Invalid(NOT_ASSIGNED, code="not_assigned")
    if not indicator.is_in_force(report.round.period_start, report.round.period_end):
        raise Invalid(OUT_OF_FORCE, code="out_of_force", field="value")


def _insert(
    session: Session, report: UnitReport, indicator: Indicator, entry: Entry, actor_id: int | None
) -> Observation:
    made = Observation(report_id=report.id, indicator_id=indicator.id, revision=1)
    _apply(made, entry, actor_id, first=True)
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        other = find_observation(session, report.id, indicator.id, to_change=True)
        if other is None:
            raise
        raise ChangedMeanwhile(other, differing(other, entry)) from None
    return made


def _apply(found: Observation, entry: Entry, actor_id: int | None, *, first: bool = False) -> None:
    for name in FIELDS:
        setattr(found, name, getattr(entry, name))
    found.revision = 1 if first else found.revision + 1
    found.changed_at, found.changed_by_id = now(), actor_id


def differing(found: Observation, entry: Entry) -> list[str]:
    """Return the names of the fields in which a line differs from an entry."""
    return [name for name in FIELDS if getattr(found, name) != getattr(entry, name)]


def correct_published(
    session: Session, actor_id: int | None, report: UnitReport, indicator: Indicator, entry: Entry, reason: str
) -> Observation:
    """Correct a published answer: what it was, what it is now, why and when are public from now on (an erratum).

    Of `entry` only the answer counts: value, numerator, denominator, text. Raises Invalid with the field, Conflict if
    the values of the round are not published, NotFound for a line without an answer.
    """
    reason = clean_text(reason)[:1000]
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    lock_report(session, report)
    if not report.round.is_public or report.state is not ReportState.APPROVED:
        raise Conflict(NOT_PUBLISHED, code="not_published")
    found = find_observation(session, report.id, indicator.id, to_change=True)
    if found is None:
        raise NotFound(NOT_ASSIGNED)
    kept = {name: getattr(found, name) for name in FIELDS} | {name: getattr(entry, name) for name in ANSWER}
    corrected = Entry(**kept | {"not_available": False})
    _check(corrected, indicator)
    corrected = _with_computed_value(corrected, indicator, found)
    changed = differing(found, corrected)
    if not changed:
        raise Invalid(NOTHING_CHANGED, field="value")
    parts = (corrected.value, corrected.numerator, corrected.denominator)
    if lacks_parts(*parts, indicator.unit, of_ward=report.unit.kind == WARD):
        raise Invalid(PARTS_NEEDED, field="numerator")
    changes = {name: [_plain(getattr(found, name)), _plain(getattr(corrected, name))] for name in changed}
    _keep_before(session, found, reason)
    _apply(found, corrected, actor_id)
    session.flush()
    where = {"round": report.round_id, "unit": report.unit.code, "indicator": indicator.code}
    record(session, actor_id, "value.corrected", "observation", found.id, **where, changes=changes, reason=reason)
    return found


def _keep_before(session: Session, found: Observation, reason: str = "") -> None:
    before = {name: _plain(getattr(found, name)) for name in FIELDS}
    session.add(
        ObservationChange(
            observation_id=found.id,
            revision=found.revision,
            before=before,
            changed_at=found.changed_at,
            changed_by_id=found.changed_by_id,
            reason=reason,
        )
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value


def _check(entry: Entry, indicator: Indicator) -> None:
    for name in ("value", "numerator", "denominator"):
        number = getattr(entry, name)
        if number is not None and number < 0 and (name != "value" or indicator.answer is Answer.PERCENT):
            raise Invalid(NEGATIVE, field=name)
    if entry.denominator == 0:
        raise Invalid(ZERO, field="denominator")
    if entry.reference_date and entry.reference_date > today():
        raise Invalid(IN_THE_FUTURE, field="reference_date")
    if entry.link and not entry.link.startswith(("https://", "http://")):
        raise Invalid(NOT_A_LINK, field="link")
    if indicator.answer is Answer.YES_NO and entry.text and entry.text not in CHOICES:
        raise Invalid(YES_OR_NO, field="text")
    _check_note(entry)


def _check_note(entry: Entry) -> None:
    for language, text in entry.note.items():
        words = len(text.split())
        if words > WORDS_OF_A_NOTE:
            raise Invalid(TOO_MANY_WORDS, field=f"note_{language}", words=words)
    if entry.not_available and not any(text.strip() for text in entry.note.values()):
        raise Invalid(WHY_NONE, field="note_vi")


def _with_computed_value(entry: Entry, indicator: Indicator, found: Observation | None) -> Entry:
    values = {name: getattr(entry, name) for name in FIELDS}
    values["note"] = {language: text for language, text in entry.note.items() if text.strip()}
    if entry.not_available:
        values |= {"value": None, "numerator": None, "denominator": None, "text": ""}
    elif entry.value is None or _was_computed(entry, indicator, found):
        values["value"] = quotient(entry.numerator, entry.denominator, indicator.unit)
    return Entry(**values)


def _was_computed(entry: Entry, indicator: Indicator, found: Observation | None) -> bool:
    """Whether the value was computed from the former numerator and denominator, which have changed now."""
    if found is None or entry.value != found.value or entry.numerator is None or not entry.denominator:
        return False
    before = (found.numerator, found.denominator)
    return before != (entry.numerator, entry.denominator) and entry.value == quotient(*before, indicator.unit)


# Evidence.

NO_EVIDENCE_TYPE = N_(
    "This type of file cannot be evidence. Choose a document, a table or a picture (PDF, Word, Excel, CSV, image)."
)
ENOUGH = N_("A line can have at most ten evidence files.")
MOST_FILES = 10
MOST_EVIDENCE_BYTES = 50 * MIB
_OFFICE = ("application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument")
_TYPES = frozenset(
    {
        "application/pdf", "application/msword", "application/vnd.ms-excel", "text/plain", "text/csv",
        "image/png", "image/jpeg", "image/webp",
    }
)  # fmt: skip


def is_evidence(media_type: str) -> bool:
    """Whether files of a type can be evidence: documents, tables and pictures, but no programs, audio or video."""
    return media_type in _TYPES or media_type.startswith(_OFFICE)


def require_evidence(media_type: str) -> None:
    """Raise UnsupportedType at the field `evidence` if files of this type cannot be evidence."""
    if not is_evidence(media_type):
        raise UnsupportedType(NO_EVIDENCE_TYPE, code="no_evidence", field="evidence")


def add_evidence(
    session: Session, report: UnitReport, indicator: Indicator, blob: Blob, name: str, actor_id: int | None
) -> Evidence:
    """Add a stored file to a line of a report; adding the same file again changes nothing.

    Raises UnsupportedType for a file that cannot be evidence, Conflict if the report cannot be changed, Invalid if the
    line has enough files.
    """
    require_evidence(blob.media_type)
    found = _line_to_change(session, report, indicator, actor_id)
    known = next((each for each in found.evidence if each.blob_sha256 == blob.sha256), None)
    if known is not None:
        return known
    if len(found.evidence) >= MOST_FILES:
        raise Invalid(ENOUGH, field="evidence")
    made = Evidence(
        blob_sha256=blob.sha256, name=name, size=blob.size, media_type=blob.media_type, added_by_id=actor_id
    )
    found.evidence.append(made)
    session.flush()
    details = {"indicator": indicator.code, "unit": report.unit.code, "name": name, "sha256": blob.sha256}
    record(session, actor_id, "evidence.added", "observation", found.id, **details)
    return made


def _line_to_change(session: Session, report: UnitReport, indicator: Indicator, actor_id: int | None) -> Observation:
    require_editable(session, report)
    if session.get(Assignment, (report.id, indicator.id)) is None:
        raise Invalid(NOT_ASSIGNED, code="not_assigned")
    found = find_observation(session, report.id, indicator.id, to_change=True)
    if found is None:
        found = Observation(report_id=report.id, indicator_id=indicator.id, changed_at=now(), changed_by_id=actor_id)
        session.add(found)
        session.flush()
    return found


def require_editable(session: Session, report: UnitReport) -> None:
    """Raise Conflict if a report cannot be changed now. Its row stays locked until the transaction ends."""
    lock_report(session, report)
    if not report.is_editable:
        raise Conflict(NOT_EDITABLE, code="not_editable")


def remove_evidence(session: Session, report: UnitReport, evidence_id: int, actor_id: int | None) -> None:
    """Remove a file from a line. Raises NotFound, Conflict if the report cannot be changed."""
    require_editable(session, report)
    found = find_evidence(session, report, evidence_id)
    line = found.observation
    line.evidence.remove(found)
    session.flush()
    record(session, actor_id, "evidence.removed", "observation", line.id, name=found.name, sha256=found.blob_sha256)
