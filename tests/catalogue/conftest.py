import io

import pytest

from oer.accounts.models import Account
from oer.accounts.services.sign_ins import start_sign_in
from tests.accounts.browsing import Browser
from tests.accounts.conftest import audited, mails  # noqa: F401 (fixtures)

TEXT = "Ngắt cầu dao trước khi sửa.".encode()


@pytest.fixture
def as_account(app, session):
    """Gives a browser in which an account is signed in; what the session holds is committed by it."""

    def browser_of(account: Account) -> Browser:
        token = start_sign_in(session, account, user_agent="", days=1)
        session.commit()
        browser = Browser(app.test_client())
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return browser

    return browser_of


@pytest.fixture
def file_of():
    """Gives a file as a form sends it: (stream, name)."""
    return lambda content=TEXT, name="an-toan.txt": (io.BytesIO(content), name)
