"""Problem reports. Each service flushes; the caller commits."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState
from oer.catalogue.models import Material
from oer.catalogue.services.changes import material_changed
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import new_token, token_hash
from oer.core.seen import require_seen
from oer.core.text import clean_text
from oer.jobs.mail import send_later
from oer.learning.models import ProblemKind, ProblemReport, ProblemState

LONGEST_WORDS, LONGEST_PLACE = 4000, 200
_NO_KIND = N_("Choose what the problem is about.")
_NO_WORDS = N_("Describe the problem in a few words.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_NO_STATE = N_("Choose a decision.")
_NO_ANSWER = N_("Write what was done, or why nothing will be done.")


def report_problem(
    session: Session,
    material: Material,
    reporter: Account | None,
    *,
    kind: str,
    words: str,
    place: str = "",
    language: str = "vi",
) -> tuple[ProblemReport, str]:
    """Record a problem that somebody, signed in or not, found in a public material. Raises Invalid.

    Return the report, and the secret with which whoever made it sees what becomes of it.
    """
    if kind not in set(ProblemKind):
        raise Invalid(_NO_KIND, field="kind")
    version, secret = material.current_version, new_token()
    report = ProblemReport(
        material_id=material.id,
        version_number=version.number if version else 0,
        kind=ProblemKind(kind),
        words=_text_of(words, "words", LONGEST_WORDS),
        place=_text_of(place, "place", LONGEST_PLACE),
        language=language,
        reporter_id=reporter.id if reporter else None,
        follow_hash=token_hash(secret),
    )
    if not report.words:
        raise Invalid(_NO_WORDS, field="words")
    session.add(report)
    session.flush()
    return report, secret


def _text_of(text: str, field: str, most: int) -> str:
    text = clean_text(text)
    if len(text) > most:
        raise Invalid(_TOO_LONG, field=field, most=most)
    return text


def answer_problem(
    session: Session, actor: Account, report: ProblemReport, *, state: str, answer: str, seen: str | None = None
) -> None:
    """Set the state of a report and answer it; the answer is mailed to a reporter who was signed in.

    Raises Invalid, or ChangedMeanwhile if another reviewer has answered since the page of `seen` was made.

    An accepted report of a broken link marks the material's link as broken until the report is solved or declined.
    """
    session.execute(sa.select(ProblemReport.id).where(ProblemReport.id == report.id).with_for_update())
    session.refresh(report)
    require_seen(seen, report.seen_parts)
    if state not in set(ProblemState):
        raise Invalid(_NO_STATE, field="state")
    answer = _text_of(answer, "answer", LONGEST_WORDS)
    if state != ProblemState.OPEN and not answer:
        raise Invalid(_NO_ANSWER, field="answer")
    before = report.seen_parts
    report.state, report.answer = ProblemState(state), answer
    report.answered_at, report.answered_by_id = now(), actor.id
    if report.kind is ProblemKind.LINK:
        _mark_link(session, report.material, broken=report.state is ProblemState.ACCEPTED)
    audit.record(session, actor.id, f"problem.{state}", "material", report.material.public_id, report=report.id)
    session.flush()
    if report.seen_parts != before:  # saved twice, it is the same answer
        _notify_reporter(session, report)


def _mark_link(session: Session, material: Material, *, broken: bool) -> None:
    if broken != (material.link_broken_at is not None):
        material.link_broken_at = now() if broken else None
        material_changed(session, material)


def _notify_reporter(session: Session, report: ProblemReport) -> None:
    reporter = session.get(Account, report.reporter_id) if report.reporter_id else None
    if reporter is None or reporter.state is not AccountState.ACTIVE or report.state is ProblemState.OPEN:
        return
    version = report.material.current_version
    values = {
        "name": reporter.name,
        "title": version.record.get("title", {}) if version else {},
        "answer": report.answer,
        "path": f"/materials/{report.material.public_id}",
        "own_path": "/account/reports",
    }
    send_later(session, to=reporter.email, template="problem_answered", language=reporter.language, values=values)
