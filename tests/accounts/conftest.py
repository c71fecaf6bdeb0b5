import pytest
import sqlalchemy as sa

from oer.core.audit import AuditRecord
from oer.core.mail import OutgoingMail, render_mail
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.accounts.phone import Phone


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


@pytest.fixture
def phone(monkeypatch):
    """A phone whose clock is the one by which codes are checked."""
    made = Phone()
    monkeypatch.setattr("oer.accounts.services.authenticator_codes.now", lambda: made.time)
    return made


@pytest.fixture
def browser(client):
    return Browser(client)


@pytest.fixture
def people(installation):
    """Makes accounts that the application sees; returns their e-mail addresses."""

    def make(*roles, **fields):
        with installation.database.transaction() as session:
            return make_account(session, *roles, **fields).email

    return make


@pytest.fixture
def posted(installation):
    """Takes the mails that wait to be sent, oldest first: (recipient, template, values)."""

    def take():
        with installation.database.transaction() as session:
            waiting = session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)).all()
            taken = [(mail.recipient, mail.template, mail.values) for mail in waiting]
            for mail in waiting:
                session.delete(mail)
        return taken

    return take
