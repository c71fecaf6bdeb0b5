"""A browser without a window: keeps cookies, fills forms with their token."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]*)"')


def without_tokens(page: str) -> str:
    """The page less the tokens of its forms, which change with the second in which they are made."""
    return _TOKEN.sub("", page)


def _seen_in(page: str, path: str) -> dict[str, str]:
    """What the form that leads to `path` says about what it showed, if it says it."""
    forms = page.split("<form")[1:]
    chosen = next((form for form in forms if f'action="{path}"' in form.split(">", 1)[0]), page)
    found = _SEEN.search(chosen)
    return {"seen": found[1]} if found else {}


class Browser:
    """Walks the pages of one installation."""

    def __init__(self, client: FlaskClient, address: str = "203.0.113.7") -> None:
        self.client = client
        self.address = {"REMOTE_ADDR": address}

    def get(self, path: str, **more) -> TestResponse:
        return self.client.get(path, environ_overrides=self.address, **more)

    def token(self, path: str) -> str:
        return _TOKEN.search(self.get(path).text)[1]

    def send(self, path: str, *, page: str = "", **fields) -> TestResponse:
        """Send the form of `page` (else of `path` itself) to `path`."""
        shown = self.get(page or path).text
        data = {"csrf_token": _TOKEN.search(shown)[1], **_seen_in(shown, path), **fields}
        return self.client.post(path, data=data, environ_overrides=self.address)

    def sign_in(self, email: str, password: str = PASSWORD, **more) -> TestResponse:
        return self.send("/sign-in", email=email, password=password, **more)
