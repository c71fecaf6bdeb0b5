"""Reports to send: requested, built by the worker file by file; their text boxes."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import LANGUAGES, N_
from oer.core.leases import Lease, claim, has_run_out, leased_row, release, renew
from oer.core.text import clean_text
from oer.files.models import Blob
from oer.indicators.models.rounds import WORDS_OF_A_NOTE, Round
from oer.indicators.reports.assembly import KINDS
from oer.indicators.reports.form import FormDetails
from oer.indicators.reports.models import FORM, BuildState, ReportBuild, ReportFile, ReportText
from oer.indicators.reports.writers import WRITERS
from oer.jobs.queue import enqueue

NO_KIND = N_("Choose what kind of report it is.")
LEASE = timedelta(minutes=10)
MOST_TRIES = 3


def request_build(
    session: Session,
    actor_id: int | None,
    found: Round,
    unit: Unit | None,
    kind: str,
    details: FormDetails | None = None,
) -> ReportBuild:
    """Request a round's report, of the city or of one unit. Raises Invalid for an unknown kind.

    `details` is what is given for its form.
    """
    if kind not in KINDS:
        raise Invalid(NO_KIND, field="kind")
    made = ReportBuild(
        round_id=found.id,
        unit_id=unit.id if unit else None,
        kind=kind,
        total=len(LANGUAGES) * len(WRITERS),
        asked_by_id=actor_id,
        facts={FORM: details.plain()} if details else {},
    )
    session.add(made)
    session.flush()
    record(session, actor_id, "report.asked", "report_build", made.id, kind=kind, unit=unit.code if unit else "")
    enqueue(session, "indicators.build", made.id)
    return made


def due_builds(session: Session) -> list[int]:
    """Return the builds that nobody works on: waiting ones, and those whose worker's lease has run out."""
    build = ReportBuild
    abandoned = sa.and_(build.state == BuildState.RUNNING, has_run_out(build, now()))
    query = sa.select(build.id).where(sa.or_(build.state == BuildState.WAITING, abandoned)).order_by(build.id)
    return list(session.scalars(query))


def claim_build(session: Session, build_id: int) -> Lease | None:
    """Lease a build for ten minutes; None if somebody else has it, if it is finished, or after too many tries."""
    claimed = claim(session, ReportBuild, build_id, LEASE)
    if claimed is None:
        return None
    build, lease = claimed
    if not build.is_unfinished or build.tries >= MOST_TRIES:
        if build.is_unfinished:
            build.state, build.finished_at = BuildState.FAILED, now()
        release(build)
        session.flush()
        return None
    build.state, build.tries, build.done = BuildState.RUNNING, build.tries + 1, 0
    build.files.clear()
    session.flush()
    return lease


def add_report_file(session: Session, lease: Lease, language: str, format_: str, name: str, blob: Blob) -> None:
    """Add a finished file to a report and lengthen the lease. Raises LeaseLost if another worker has the build."""
    build = renew(session, ReportBuild, lease, LEASE)
    build.files.append(
        ReportFile(language=language, format=format_, name=name, blob_sha256=blob.sha256, size=blob.size)
    )
    build.done += 1
    session.flush()


def finish_build(session: Session, lease: Lease, problem: str = "") -> None:
    """End a build: done, or with its problem, to be tried again until it was tried often enough.

    Raises LeaseLost if another worker has the build, or has finished it.
    """
    build = leased_row(session, ReportBuild, lease)
    build.problem = problem[:2000]
    if not problem:
        build.state = BuildState.DONE
    else:
        build.state = BuildState.WAITING if build.tries < MOST_TRIES else BuildState.FAILED
    release(build)
    build.finished_at = None if build.state is BuildState.WAITING else now()
    session.flush()


# Text boxes.

TOO_MANY_WORDS = N_("A text box has at most 150 words in each language; this one has %(words)s.")


def write_text(
    session: Session,
    actor_id: int | None,
    found: Round,
    unit_id: int | None,
    *,
    kind: str,
    chapter: str,
    text: dict[str, str],
) -> None:
    """Save the text box of a chapter. Raises Invalid if it has too many words."""
    text = {language: clean_text(words) for language, words in text.items()}
    for language, words in text.items():
        number = len(words.split())
        if number > WORDS_OF_A_NOTE:
            raise Invalid(TOO_MANY_WORDS, field=f"{chapter}-{language}", words=number)
    kept = {language: words for language, words in text.items() if words}
    made = _text_row(session, found.id, unit_id, kind, chapter)
    if made.text == kept:
        return
    made.text, made.revision = kept, made.revision + 1
    session.flush()
    details = {"kind": kind, "chapter": chapter, "text": kept}
    record(session, actor_id, "report_text.written", "reporting_round", found.id, **details)


def _text_row(session: Session, round_id: int, unit_id: int | None, kind: str, chapter: str) -> ReportText:
    text = ReportText
    same_unit = text.unit_id.is_(None) if unit_id is None else text.unit_id == unit_id
    query = sa.select(text).where(text.round_id == round_id, same_unit, text.kind == kind, text.chapter == chapter)
    found = session.scalar(query)
    if found is None:
        found = ReportText(round_id=round_id, unit_id=unit_id, kind=kind, chapter=chapter, revision=0)
        session.add(found)
    return found
