import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from oer.app import build_app
from oer.core.audit import AuditRecord, record
from oer.core.errors import Conflict, NotFound, SignInNeeded, TooMany
from oer.core.installation import Installation
from oer.web.context import db

TEXT = "This page does not exist."


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    def fail(kind: str) -> str:
        errors = {
            "missing": NotFound(TEXT),
            "busy": OperationalError("SELECT secret", {}, sqlite3.OperationalError("locked at /srv/secret")),
            "bug": KeyError("/srv/secret"),
            "often": TooMany(TEXT, retry_after=30),
            "who": SignInNeeded("Please sign in first."),
        }
        raise errors[kind]

    for prefix in ("", "/api/v1"):
        app.add_url_rule(f"{prefix}/fail/<kind>", f"fail{prefix[:4]}", fail, methods=["GET", "POST"])
    return app.test_client()


def test_the_same_error_is_a_page_for_people_and_a_problem_for_machines(failing: FlaskClient) -> None:
    page, problem = failing.get("/en/fail/missing"), failing.get("/en/api/v1/fail/missing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert TEXT in page.text
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert problem.json is not None
    assert (problem.json["status"], problem.json["detail"], problem.json["code"]) == (404, TEXT, "not_found")


def test_an_error_speaks_the_language_of_the_address(failing: FlaskClient) -> None:
    assert TEXT not in failing.get("/fail/missing").text
    assert 'lang="vi"' in failing.get("/fail/missing").text


@pytest.mark.parametrize(("kind", "status"), [("bug", 500), ("busy", 503)])
def test_what_goes_wrong_inside_is_not_told_outside(failing: FlaskClient, kind: str, status: int) -> None:
    for address in (f"/fail/{kind}", f"/api/v1/fail/{kind}"):
        answer = failing.get(address)
        assert answer.status_code == status
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text


def test_a_bug_has_its_page_while_the_database_is_away_too(failing: FlaskClient, installation: Installation) -> None:
    with failing.session_transaction() as browser:
        browser["_user_id"], browser["_fresh"] = "a token", True
    asked: list[str] = []
    sa.event.listen(installation.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    answer = failing.get("/en/fail/bug")
    assert (answer.status_code, 'class="mast"' in answer.text, 'role="search"' in answer.text) == (500, True, True)
    assert asked == []


def test_an_error_whose_page_cannot_be_made_is_a_page_all_the_same(
    failing: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_values: object) -> str:
        raise KeyError("a template")

    monkeypatch.setattr("oer.web.errors.render_template", fail)
    answer = failing.get("/en/fail/bug")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert 'action="/en/search"' in answer.text
    assert "Something went wrong" in answer.text


def test_an_error_has_a_search_field_and_a_way_on(failing: FlaskClient) -> None:
    for kind in ("missing", "often", "bug", "busy"):
        page = failing.get(f"/en/fail/{kind}").text
        assert 'action="/en/search"' in page
        assert 'href="/en/subjects"' in page.partition("Or go on from here")[2]


def test_those_who_try_too_often_are_told_when_to_come_back(failing: FlaskClient) -> None:
    answer = failing.get("/fail/often")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_page_that_needs_a_sign_in_leads_there_and_back(failing: FlaskClient) -> None:
    answer = failing.get("/en/fail/who?a=1")
    assert (answer.status_code, answer.location) == (302, "/en/sign-in?next=%2Fen%2Ffail%2Fwho%3Fa%3D1")
    assert failing.get("/api/v1/fail/who").status_code == 401


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("host", ["evil\0", "a b", "x" * 5000, "localhost:99999", "[::1", ""])
@pytest.mark.parametrize("hosts", ["", "*"])
def test_a_host_that_is_no_name_is_no_error_of_ours(installation: Installation, host: str, hosts: str) -> None:
    settings = replace(installation.settings, trusted_hosts=hosts)
    client = build_app(replace(installation, settings=settings)).test_client()
    for path in ("/", "/en/", "/nowhere"):
        answer = client.get(path, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code < 500, (path, answer.status_code)


def test_a_redirect_never_names_the_host_that_was_asked_for(installation: Installation) -> None:
    settings = replace(installation.settings, trusted_hosts="*")
    client = build_app(replace(installation, settings=settings)).test_client()
    answer = client.get("/en/materials//x?a=b", environ_overrides={"HTTP_HOST": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/en/materials/x?a=b")


def test_what_is_refused_leaves_nothing_in_the_database(app: Flask, client: FlaskClient) -> None:
    def half() -> tuple[str, int]:
        record(db(), None, "half", "t", 1)
        db().flush()
        return "no", 409

    def whole() -> str:
        record(db(), None, "whole", "t", 1)
        return "yes"

    def broken() -> str:
        record(db(), None, "broken", "t", 1)
        db().flush()
        raise Conflict("Please sign in first.")

    for view in (half, whole, broken):
        view.form_checks_token = True  # type: ignore[attr-defined]
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["POST"])
    assert [client.post(f"/{name}").status_code for name in ("half", "whole", "broken")] == [409, 200, 409]
    with app.extensions["oer"].database.reading() as session:
        assert [each.action for each in session.query(AuditRecord)] == ["whole"]
