"""Mails that are sent once the transaction that they tell about is committed."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail, render_mail, send_mail
from oer.jobs.queue import SOMEBODY_WAITS, enqueue, every

log = logging.getLogger(__name__)
MOST_TRIES = 12
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = FIRST_PAUSE * 2**MOST_TRIES


def send_later(
    session: Session, *, to: str, template: str, language: str, values: dict[str, Any] | None = None
) -> None:
    """Keep a mail to be rendered from templates/mail/<template>.txt and sent after the commit; values must be JSON."""
    session.add(OutgoingMail(recipient=to, template=template, language=language, values=values or {}))
    session.flush()
    enqueue(session, "mail.send")


def is_due(moment: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a mail is to be tried now: also one that was put off by a clock that was ahead."""
    next_try = OutgoingMail.next_try_at
    return sa.or_(next_try <= moment, next_try > moment + LONGEST_PAUSE)


@every(30, "mail.send", priority=SOMEBODY_WAITS)
def send_due(installation: Installation) -> None:
    """Send every mail that is due. A refused one is tried again after growing pauses, `MOST_TRIES` times."""
    with installation.database.reading() as session:
        due = session.scalars(sa.select(OutgoingMail.id).where(is_due(now()))).all()
    for mail_id in due:
        try:
            _send(installation, mail_id)
        except (OSError, SMTPException) as error:
            log.warning("mail %s was not taken, and is tried again later: %s", mail_id, _reason(error))


def _reason(error: OSError | SMTPException) -> str:
    """Return why a mail was not taken, without what the server says of it: that names the recipient."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _send(installation: Installation, mail_id: int) -> None:
    claimed = _claim(installation, mail_id)
    if claimed is None:
        return
    rendered = render_mail(installation.settings, claimed.template, claimed.language, claimed.values)
    send_mail(installation.settings, claimed.recipient, rendered)
    with installation.database.transaction() as session:
        session.execute(sa.delete(OutgoingMail).where(OutgoingMail.id == mail_id))


def _claim(installation: Installation, mail_id: int) -> OutgoingMail | None:
    # The next try is set before this one, so that two workers do not send the same mail and a crash loses none.
    with installation.database.transaction() as session:
        mail = session.scalar(
            sa.select(OutgoingMail).where(OutgoingMail.id == mail_id, is_due(now())).with_for_update()
        )
        if mail is None:
            return None
        if mail.tries >= MOST_TRIES:
            session.delete(mail)
            return None
        mail.next_try_at = now() + FIRST_PAUSE * 2**mail.tries
        mail.tries += 1
        session.flush()
        session.expunge(mail)
        return mail
