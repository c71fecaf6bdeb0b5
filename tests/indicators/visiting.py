"""Visitors of the application: signed in, with the token of the page that they are on."""

import re
import time
from dataclasses import dataclass

from flask import Flask
from flask import session as flask_session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from oer.accounts.models import Account
from oer.accounts.services.sign_ins import start_sign_in
from oer.accounts.views.confirmation import CONFIRMED_AT

_TOKEN = re.compile(r'name="(?:[^"]*-)?csrf_token"[^>]*value="([^"]+)"')

_SEEN = re.compile(r'name="seen" value="([^"]*)"')


@dataclass
class Visitor:
    client: FlaskClient
    session: Session

    def get(self, path: str, **more) -> TestResponse:
        self.session.commit()  # the test's own session must not hold the database while the application writes
        return self.client.get(path, **more)

    def send(self, path: str, page: str, data: dict | None = None, prefix: str = "", **more) -> TestResponse:
        """Send a form of `page` to `path`; `prefix` stands before the names of its fields."""
        shown = self.get(page).text
        token, seen = _TOKEN.search(shown), _SEEN.search(shown)
        assert token is not None, f"no form on {page}"
        said = {"seen": seen[1]} if seen else {}
        return self.post(path, {f"{prefix}csrf_token": token[1], **said, **(data or {})}, **more)

    def post(self, path: str, data: dict, **more) -> TestResponse:
        self.session.commit()
        return self.client.post(path, data=data, **more)

    def post_with_token(self, path: str, data: dict, *names: str) -> TestResponse:
        """Send a form that stood on no page, with a token that is good: as somebody would who knows the address."""
        app = self.client.application
        with app.test_request_context(), self.client.session_transaction() as cookie:
            token = generate_csrf()
            cookie["csrf_token"] = flask_session["csrf_token"]
        return self.post(path, {"csrf_token": token, **dict.fromkeys(names, token), **data})


def visit(app: Flask, session: Session, account: Account | None) -> Visitor:
    """A client that is signed in as an account, or as nobody."""
    client = app.test_client()
    if account is not None:
        token = start_sign_in(session, account, user_agent="", days=1)
        session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
            cookie[CONFIRMED_AT] = int(time.time())
    return Visitor(client, session)
