import pytest
import sqlalchemy as sa

from oer.core.audit import AuditRecord
from oer.core.mail import OutgoingMail, render_mail


@pytest.fixture
def mails(session, settings):
    """Takes the mails that wait to be sent, oldest first: (recipient, template, values)."""

    def take():
        waiting = session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)).all()
        taken = [(mail.recipient, mail.template, mail.values) for mail in waiting]
        for mail in waiting:
            assert render_mail(settings, mail.template, mail.language, mail.values).body
            session.delete(mail)
        session.flush()
        return taken

    return take


@pytest.fixture
def audited(session):
    """The actions that were recorded so far, oldest first."""
    return lambda: list(session.scalars(sa.select(AuditRecord.action).order_by(AuditRecord.id)))
