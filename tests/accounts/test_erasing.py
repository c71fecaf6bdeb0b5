"""After an account is erased nothing anywhere can be linked to it: every column of every table is searched."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import oer.app  # noqa: F401 (every feature's tables, and who answers for them)
from oer.accounts.models import Account, Role
from oer.accounts.services.personal_data import erase_account
from oer.core.db import Base
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from tests.accounts.factories import make_account
from tests.indicators.factories import load_all
from tests.web.rows import make_rows

FIRST_ID = 987_654_000


def _begin_at(session: Session, number: int) -> None:
    """Let accounts have ids that nothing else has, so that one of them is recognised wherever it stands."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"ALTER SEQUENCE account_id_seq RESTART WITH {number}"))
        return
    first = make_account(session)
    session.execute(sa.update(Account).where(Account.id == first.id).values(id=number))
    session.expire_all()


def _traces(session: Session, of: re.Pattern[str]) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        for row in session.execute(sa.select(table)).mappings():
            yield from (f"{table.name}.{name}" for name, value in row.items() if of.search(str(value)))


@pytest.mark.parametrize("who", ["educator", "reviewer", "reporter", "admin"])
def test_an_erased_account_leaves_no_row_that_can_be_linked_to_it(
    installation: Installation, session: Session, who: str
) -> None:
    load_all(session)
    _begin_at(session, FIRST_ID)
    people = make_rows(installation, session, 1).people
    person = people[who]
    marks = (str(person.id), person.email, person.name, person.pseudonym_secret)
    of = re.compile("|".join(rf"(?<![\w.]){re.escape(mark)}(?!\w)" for mark in marks))
    before = set(_traces(session, of))
    assert {"account.id", "account.email", "sign_in.account_id"} <= before
    make_account(session, Role.ADMIN)
    erase_account(session, person.id, person.id)
    session.execute(sa.delete(OutgoingMail))  # mails to others that name them, and their last one: sent, and gone
    assert set(_traces(session, of)) == set(), before
