"""What a stranger writes into headers and addresses changes neither who they are nor which page is kept for others."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.app import build_app
from oer.core.installation import Installation
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_published
from tests.indicators.visiting import visit

TRIES = 22  # more than one address may have


def _refusals(app: Flask, forwarded: str) -> int:
    """How many of many sign-ins by one machine are refused, each said to come from another address."""
    refused = 0
    for n in range(TRIES):
        client = app.test_client()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded.format(n=n)
        client.environ_base["HTTP_X_REAL_IP"] = client.environ_base["HTTP_CLIENT_IP"] = f"198.51.100.{n}"
        client.environ_base["HTTP_FORWARDED"] = f"for=198.51.100.{n}"
        answer = Browser(client).sign_in(f"person{n}@example.org", "khong phai mat khau")
        refused += answer.status_code == 429
    return refused


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [(0, "198.51.100.{n}"), (1, "198.51.100.{n}, 203.0.113.7"), (2, "198.51.100.{n}, 203.0.113.7, 192.0.2.1")],
)
def test_an_address_that_the_client_made_up_gives_no_new_tries(
    installation: Installation, proxies: int, forwarded: str
) -> None:
    app = build_app(replace(installation, settings=replace(installation.settings, trusted_proxies=proxies)))
    assert _refusals(app, forwarded) > 0


def test_behind_a_trusted_proxy_each_address_has_its_own_tries(installation: Installation) -> None:
    app = build_app(replace(installation, settings=replace(installation.settings, trusted_proxies=1)))
    assert _refusals(app, "198.51.100.{n}") == 0


@pytest.mark.parametrize(
    "name", ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path", "X-Script-Name", "Base-Url"]
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_header_that_names_another_address_is_passed_over(
    installation: Installation, name: str, proxies: int
) -> None:
    app = build_app(replace(installation, settings=replace(installation.settings, trusted_proxies=proxies)))
    client = app.test_client()
    spoofed = client.get("/", headers={name: "/account"})
    assert spoofed.status_code == 200
    assert app.test_client().get("/").data == spoofed.data
    assert "/account/x" not in client.get("/help", headers={name: "/account/x"}).text


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_that_names_another_method_is_passed_over(client: FlaskClient, name: str) -> None:
    assert client.get("/", headers={name: "POST"}).status_code == 200
    assert client.post("/?_method=GET", headers={name: "GET"}).status_code == 405


@pytest.mark.parametrize(
    "address",
    ["/account;look.css", "/account/look.css", "/account%3Blook.css", "/account%2Flook.css", "/account%00.css",
     "/account.css", "/account/..%2Fstatic%2Flook.css"],
)  # fmt: skip
def test_a_page_about_somebody_has_no_second_address_that_looks_like_a_file(
    app: Flask, session: Session, address: str
) -> None:
    account = make_account(session)
    session.commit()
    visitor = visit(app, session, account)
    answer = visitor.get(address)
    assert answer.status_code in {400, 404}
    assert account.email not in answer.text


@pytest.mark.parametrize("query", ["", "?x=1", "?utm_source=zalo", "?x=" + "y" * 300])
def test_a_page_made_for_somebody_is_shown_to_nobody_else(app: Flask, session: Session, query: str) -> None:
    public_id = make_published(session).public_id
    account = make_account(session)
    session.commit()
    signed_in = 'href="/account"'  # is on the pages of those who are
    for path in ("/", f"/materials/{public_id}", "/collections", "/help"):
        own = visit(app, session, account).get(path + query)
        assert signed_in in own.text
        assert own.headers["Cache-Control"] == "private, no-cache"
        assert signed_in not in app.test_client().get(path + query).text
