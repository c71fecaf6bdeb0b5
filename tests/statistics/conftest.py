from datetime import timedelta

import pytest

from oer.accounts.models import Role
from oer.core.clock import now
from oer.usage.services.nightly import count_due_days
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_published
from tests.usage.factories import spooled


@pytest.fixture
def materials(installation):
    """Publishes materials of one educator, committed; returns the educator's e-mail and the public ids."""

    def make(*records):
        with installation.database.transaction() as session:
            educator = make_educator(session)
            made = [make_published(session, educator, **fields) for fields in records]
            return educator.email, [material.public_id for material in made]

    return make


@pytest.fixture
def counted(installation):
    """Takes notes of use into the database and counts them."""

    def count(*notes):
        spooled(installation, notes)
        count_due_days(installation.database, now() + timedelta(days=1))

    return count


@pytest.fixture
def admin(installation, client):
    """A browser in which an administrator is signed in."""
    with installation.database.transaction() as session:
        email = make_account(session, Role.ADMIN).email
    return signed_in(client, email)


def signed_in(client, email):
    browser = Browser(client)
    browser.sign_in(email)
    return client
