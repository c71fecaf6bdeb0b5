"""The audit records in words: what was done, to what, and the details. What has no word here is shown as it is kept."""

from collections.abc import Callable
from typing import Any

from oer.core.i18n import N_, NC_

ACTIONS: dict[str, str] = {
    "api_token.made": N_("Token for programs made"),
    "api_token.revoked": N_("Token for programs revoked"),
    "account.created": N_("Account created"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled"),
    "account.erased": N_("Account erased"),
    "collection.deleted": N_("Course deleted"),
    "collection.hidden": N_("Course hidden"),
    "collection.published": N_("Course published"),
    "consent.withdrawn": N_("Consent withdrawn"),
    "counter_key.made": N_("Key for COUNTER reports made"),
    "counter_key.revoked": N_("Key for COUNTER reports revoked"),
    "demo.made": N_("Trial accounts made"),
    "email.changed": N_("E-mail address changed"),
    "event.added": N_("Event added"),
    "event.cancelled": N_("Event cancelled"),
    "event.changed": N_("Event changed"),
    "event.counted": N_("People at an event counted"),
    "event.dropped": N_("Draft of an event deleted"),
    "event.made": N_("Event prepared"),
    "event.published": N_("Event published"),
    "event.removed": N_("Event removed"),
    "evidence.added": N_("Evidence added"),
    "evidence.removed": N_("Evidence removed"),
    "figures.closed": N_("Figures of a period closed"),
    "figures.corrected": N_("Figures of a period corrected"),
    "file.damaged": N_("File found damaged"),
    "file.infected": N_("Malware found in a file"),
    "file.missing": N_("File found missing"),
    "file.repaired": N_("File repaired from its copy"),
    "group.course_chosen": N_("Course chosen for a group"),
    "group.course_removed": N_("Course removed from a group"),
    "identity.linked": N_("Identity of a sign-in service linked"),
    "identity.removed": N_("Identity of a sign-in service removed"),
    "indicator.corrected": N_("Indicator corrected"),
    "indicator_set.created": N_("Indicator set loaded"),
    "indicator_set.ended": N_("End of an indicator set changed"),
    "indicator_set.superseded": N_("New version of an indicator set loaded"),
    "material.commented": N_("Comment of a reviewer"),
    "material.edited": N_("Edited by a reviewer"),
    "material.planned": N_("Publication planned"),
    "material.published": N_("Material published"),
    "material.restored": N_("Material restored"),
    "material.returned": N_("Material returned to its author"),
    "material.withdrawn": N_("Material withdrawn"),
    "other_names.added": N_("Other names for searching added"),
    "other_names.removed": N_("Other names for searching removed"),
    "password.changed": N_("Password changed"),
    "password.reset": N_("Password reset by e-mail"),
    "point.added": N_("Learning point added"),
    "point.changed": N_("Learning point changed"),
    "point.checked": N_("Learning point checked"),
    "point.removed": N_("Learning point removed"),
    "problem.accepted": N_("Report of a problem accepted"),
    "problem.declined": N_("Report of a problem declined"),
    "problem.open": N_("Report of a problem opened again"),
    "problem.solved": N_("Report of a problem solved"),
    "reference_table.taken_in": N_("Reference table taken in"),
    "report.approved": N_("Report of a unit approved"),
    "report.asked": N_("Report document asked for"),
    "report.part_approved": N_("Part of a unit's report approved"),
    "report.sheet": N_("Sheet of a unit's report taken in"),
    "report.returned": N_("Report of a unit returned"),
    "report.submitted": N_("Report of a unit submitted"),
    "report_text.written": N_("Text of a report written"),
    "role.granted": N_("Role granted"),
    "role.refused": N_("Role refused"),
    "role.revoked": N_("Role revoked"),
    "round.assignments": N_("Assignments of a round changed"),
    "round.checkers": N_("Who checks lines of a round changed"),
    "round.due_date": N_("Due date of a round changed"),
    "round.frozen": N_("Round frozen"),
    "round.opened": N_("Round opened"),
    "round.published": N_("Round published"),
    "round.reopened": N_("Round opened again"),
    "samples.loaded": N_("Sample collection loaded"),
    "second_factor.app_added": N_("Authenticator app added"),
    "second_factor.app_removed": N_("Authenticator app removed"),
    "second_factor.code_used": N_("Recovery code used"),
    "second_factor.codes_made": N_("Recovery codes made"),
    "second_factor.guessed": N_("Codes of the second step guessed at"),
    "second_factor.passkey_added": N_("Passkey added"),
    "second_factor.passkey_removed": N_("Passkey removed"),
    "second_factor.reset": N_("Second step reset"),
    "series.taken_in": N_("Values of earlier years taken in"),
    "target.removed": N_("Target removed"),
    "target.set": N_("Target set"),
    "unit.changed": N_("Unit changed"),
    "unit.created": N_("Unit created"),
    "value.corrected": N_("Value of an indicator corrected"),
    "version.closed": N_("Earlier version closed"),
    "version.opened": N_("Earlier version opened"),
    "voice.hidden": N_("Words under a material hidden"),
    "voice.shown": N_("Words under a material let through"),
    "wanted.asked": N_("Wanted material listed"),
    "wanted.dropped": N_("Wanted material dropped"),
    "wanted.fulfilled": N_("Wanted material delivered"),
    "wanted.given_back": N_("Wanted material given back"),
    "wanted.taken": N_("Wanted material taken on"),
    "week.chosen": N_("Course of the week chosen"),
    "week.forgotten": N_("Choice for a week taken back"),
    "withdrawal.declined": N_("Request for withdrawal declined"),
}

SUBJECTS: dict[str, str] = {
    "account": N_("account"),
    "blob": N_("file"),
    "city_event": N_("event of the calendar"),
    "collection": N_("course"),
    "counter_key": N_("key for COUNTER reports"),
    "group": N_("group"),
    "indicator": N_("indicator"),
    "indicator_set": N_("indicator set"),
    "learning_event": N_("event"),
    "learning_point": N_("learning point"),
    "material": N_("material"),
    "observation": N_("value of an indicator"),
    "other_names": N_("other names for searching"),
    "period": N_("period"),
    "reference_table": N_("reference table"),
    "report_build": N_("report document"),
    "reporting_round": N_("round of reports"),
    "samples": N_("samples"),
    "unit": N_("unit"),
    "unit_report": N_("report of a unit"),
    "wanted_material": N_("wanted material"),
    "week": N_("week"),
}

DETAILS: dict[str, str] = {
    "added": N_("added"),
    "by": N_("by"),
    "removed": N_("taken back"),
    "saved": N_("saved"),
    "scopes": N_("what it may do"),
    "sessions": N_("sessions"),
    "as_of": N_("as of"),
    "category": N_("category"),
    "changes": N_("changes"),
    "chapter": N_("chapter"),
    "code": N_("code"),
    "complete": N_("complete"),
    "count": N_("count"),
    "due_on": N_("due on"),
    "ends_on": N_("ends on"),
    "faults": N_("faults"),
    "finding": N_("finding"),
    "indicator": N_("indicator"),
    "kind": N_("kind"),
    "left_out": N_("left out"),
    "lines": N_("lines"),
    "material": N_("material"),
    "materials": N_("materials"),
    "name": N_("name"),
    "number": N_("number"),
    "open": N_("open"),
    "passkey": N_("passkey"),
    "people": N_("people"),
    "period": N_("period"),
    "purpose": N_("purpose"),
    "reason": N_("reason"),
    "report": N_("report"),
    "reports": N_("reports"),
    "requestor_id": N_("requestor"),
    "role": N_("role"),
    "rows": N_("rows"),
    "sha256": N_("SHA-256"),
    "starts_on": N_("starts on"),
    "text": N_("text"),
    "unit": N_("unit"),
    "ward": N_("ward"),
    "units": N_("units"),
    "value": N_("value"),
    "version": N_("version"),
    "was": N_("before"),
    "what": N_("what"),
    "why": N_("why"),
    "words": N_("words"),
    "year": N_("year"),
}

YES, NO = NC_("audit", "yes"), NC_("audit", "no")
CHANGES = ("changes", "due_on")
"""Details that are what was before and what is now, of one thing or of each by its name."""
Said = Callable[[str], str]


def details_in_words(details: dict[str, Any], said: Said) -> list[tuple[str, str]]:
    """Return the details as names and values, translated by `said`; what is empty is left out.

    Of a change the value is "before → after".
    """
    return [
        (_name(name, said), " ".join((_change if name in CHANGES else _value)(value, said).split()))
        for name, value in details.items()
        if value is not None and value != ""
    ]


def _name(name: str, said: Said) -> str:
    return said(DETAILS[name]) if name in DETAILS else name


def _value(value: Any, said: Said) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return said(YES if value else NO)
    if isinstance(value, dict):
        return "; ".join(f"{_name(name, said)}: {_value(each, said)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_value(each, said) for each in value)
    return str(value)


def _change(value: Any, said: Said) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{_name(name, said)}: {_change(each, said)}" for name, each in value.items()) or "–"
    if isinstance(value, list) and len(value) == 2:
        return f"{_value(value[0], said)} → {_value(value[1], said)}"
    return _value(value, said)
