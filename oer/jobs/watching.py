"""What is observed of the worker and of mails: it lives, jobs come through the queue, none hangs or always fails."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.core.watching import Level, Observation, Waiting, due_work, watch
from oer.jobs.mail import is_due
from oer.jobs.queries import WorkerState, job_states, worker_state

QUEUE_PATIENCE = timedelta(minutes=15)
LONGEST_RUN = timedelta(hours=2)
MOST_FAILURES = 3
MOST_STARTS = 6
MANY_REFUSED = 5
TRIES = 3


@watch("worker", N_("Background worker"))
def watch_worker(session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe the workers that are alive and how their jobs go."""
    moment = now()
    state = worker_state(session, moment, installation.settings.worker_silence_seconds)
    if not state.alive:
        return [_nobody(state)]
    return [*_workers(state, moment), *_jobs(session, state, moment)]


def _nobody(state: WorkerState) -> Observation:
    if state.last is None:
        return Observation(N_("No background worker has been seen yet."), level=Level.TROUBLE, key="worker")
    if state.last.stopped_at is not None:
        words, since = N_("The background worker was stopped, and no other one works."), state.last.stopped_at
    else:
        words, since = N_("The background worker gives no sign: it is dead or hangs."), state.last.beat_at
    return Observation(words, level=Level.TROUBLE, since=since, key="worker")


def _workers(state: WorkerState, moment: datetime) -> Iterator[Observation]:
    began = min(each.started_at for each in state.alive)
    yield Observation(N_("Background workers at work: %(count)s."), {"count": len(state.alive)}, since=began)
    if state.started_lately >= MOST_STARTS:
        words = N_("The background worker was started %(count)s times within an hour: it keeps dying.")
        yield Observation(words, {"count": state.started_lately}, Level.TROUBLE, key="worker:restarts")
    through = max(each.queue_at or each.started_at for each in state.alive)
    if through < moment - QUEUE_PATIENCE:
        words = N_("No job comes through the queue any more; the sweeps still find the work.")
        yield Observation(words, level=Level.TROUBLE, since=through, key="worker:queue")


def _jobs(session: Session, state: WorkerState, moment: datetime) -> Iterator[Observation]:
    for each in job_states(session, state.alive):
        if each.running_since and each.running_since < moment - LONGEST_RUN:
            words = N_("The job %(job)s does not come to an end.")
            yield Observation(words, {"job": each.name}, Level.TROUBLE, each.running_since, f"job:hangs:{each.name}")
        if each.failures_in_a_row >= MOST_FAILURES:
            words = N_("The job %(job)s failed %(count)s times in a row; the log says why.")
            values = {"job": each.name, "count": each.failures_in_a_row}
            yield Observation(words, values, Level.TROUBLE, each.finished_at, f"job:fails:{each.name}")


@watch("mail", N_("Mails"))
def watch_mail(session: Session, _installation: Installation) -> Sequence[Observation]:
    """Observe how many mails wait, and how many the mail server refuses again and again."""
    mail = OutgoingMail
    waiting, refused, oldest = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((mail.tries >= TRIES, 1), else_=0)), 0),
            sa.func.min(mail.created_at),
        ).select_from(mail)
    ).one()
    observed = [Observation(N_("Mails that wait: %(count)s."), {"count": waiting}, since=oldest)]
    if refused:
        # One address that nobody can reach is no alarm; a server that takes nothing is.
        level = Level.TROUBLE if refused >= MANY_REFUSED else Level.NOTICE
        words = N_("Mails that the mail server has refused several times: %(count)s.")
        observed.append(Observation(words, {"count": int(refused)}, level, key="mail:refused"))
    return observed


@due_work("mail.send", N_("Mails to be sent"), patience=timedelta(minutes=15))
def mails_due(session: Session, _installation: Installation, moment: datetime) -> Waiting:
    """Return the mails that are due now; refused ones are due again after a pause."""
    mail = OutgoingMail
    query = sa.select(sa.func.count(), sa.func.min(mail.next_try_at)).where(is_due(moment))
    return Waiting(*session.execute(query).one())
