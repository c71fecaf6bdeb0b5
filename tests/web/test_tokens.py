from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from wtforms import StringField

from oer.web.forms import FORM_EXPIRED, TOKEN_SECONDS, Form, form_checks_token
from oer.web.signatures import LEEWAY_SECONDS


class Named(Form):
    name = StringField("Name")


@pytest.fixture
def posting(app: Flask) -> FlaskClient:
    def plain() -> str:
        return "done"

    @form_checks_token
    def form() -> tuple[str, int]:
        filled = Named()
        if filled.validate_on_submit():
            return "done", 200
        return f"{filled.name.data} {filled.errors}", filled.refusal_status

    app.add_url_rule("/plain", "plain", plain, methods=["POST"])
    app.add_url_rule("/form", "form", form, methods=["GET", "POST"])
    app.add_url_rule("/token", "token", app.jinja_env.globals["csrf_field"])
    return app.test_client()


def _token(client: FlaskClient) -> str:
    return client.get("/token").text.split('value="')[1].split('"')[0]


def test_an_unsafe_request_without_token_is_refused(posting: FlaskClient) -> None:
    assert posting.post("/plain").status_code == 400
    assert posting.post("/plain", data={"csrf_token": _token(posting)}).text == "done"
    assert posting.post("/plain", headers={"X-CSRFToken": _token(posting)}).text == "done"


def test_a_form_whose_token_expired_keeps_what_was_typed(posting: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = posting.post("/en/form", data={"name": "Thủy lợi", "csrf_token": "expired"})
    assert answer.status_code == 400
    assert "Thủy lợi" in answer.text
    assert FORM_EXPIRED in answer.text
    assert posting.post("/form", data={"name": "x", "csrf_token": _token(posting)}).text == "done"


def test_the_token_of_another_browser_is_none(posting: FlaskClient, app: Flask) -> None:
    assert posting.post("/plain", data={"csrf_token": _token(app.test_client())}).status_code == 400


def test_a_request_that_brought_its_token_excuses_none_after_it(posting: FlaskClient) -> None:
    for excused in ({"headers": {"X-CSRFToken": _token(posting)}}, {"data": {"csrf_token": _token(posting)}}):
        assert posting.post("/plain", **excused).text == "done"  # type: ignore[arg-type]
        assert posting.post("/plain").status_code == 400
        assert posting.post("/plain", headers={"Authorization": "Bearer x"}).status_code == 400


# Harvesters may post their questions (OAI-PMH 2.0, 3.1.1.2); nothing is written for them.
READ_BY_POST = {"/oai"}


def test_every_unsafe_address_is_refused_without_a_token(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        unsafe = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        named = rule.arguments - (rule.defaults or {}).keys()
        values = {name: next(iter(getattr(rule._converters[name], "items", ["1"]))) for name in named}
        values |= rule.defaults or {}
        address = app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(unsafe), None))
        for method in unsafe if rule.rule not in READ_BY_POST else ():
            answer = client.open(address, method=method)
            assert answer.status_code >= 400, f"{method} {rule.rule} answered {answer.status_code}"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of the host that answers to so many seconds from now."""
    real = TimestampSigner.get_timestamp

    def differ(seconds: int) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: real(signer) + seconds)

    return differ


@pytest.mark.parametrize("seconds", [-1, -LEEWAY_SECONDS + 5, 0, 3600])
def test_a_session_and_a_token_of_a_host_whose_clock_is_ahead_are_valid(
    posting: FlaskClient, clock: Callable[[int], None], seconds: int
) -> None:
    token = _token(posting)
    clock(seconds)
    assert posting.post("/plain", data={"csrf_token": token}).text == "done"
    assert posting.post("/form", data={"csrf_token": token}).text == "done"


@pytest.mark.parametrize("seconds", [-LEEWAY_SECONDS - 5, TOKEN_SECONDS + 5, 400 * 24 * 3600])
def test_a_token_from_further_ahead_or_long_ago_is_expired(
    posting: FlaskClient, clock: Callable[[int], None], seconds: int
) -> None:
    token = _token(posting)
    clock(seconds)
    assert posting.post("/plain", data={"csrf_token": token}).status_code == 400
    assert posting.post("/form", data={"csrf_token": token}).status_code == 400


def test_a_token_is_too_old_even_where_its_session_is_not(posting: FlaskClient, clock: Callable[[int], None]) -> None:
    token = _token(posting)
    clock(TOKEN_SECONDS + 5)
    _token(posting)  # the session is signed anew
    with posting.session_transaction() as session:
        session["touched"] = True
    assert posting.post("/plain", data={"csrf_token": token}).status_code == 400
    assert posting.post("/form", data={"csrf_token": token}).status_code == 400
