"""No name, address or hash of a password reaches the log when a statement fails or a mail is not taken."""

import logging
import smtplib
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from oer.config import Settings
from oer.core.db import driver_rows
from oer.core.installation import Installation
from oer.core.mail import RenderedMail, send_mail
from oer.jobs.mail import send_due, send_later
from tests.conftest import POSTGRESQL

PERSONAL = ("nguyen.van.a@example.org", "Nguyễn Văn A", "$argon2id$v=19$secret")
TABLE = (
    "CREATE TABLE person (email VARCHAR(40) UNIQUE, name VARCHAR(40), hash VARCHAR(60), age INTEGER CHECK (age > 0))"
)
ROW = {"email": PERSONAL[0], "name": PERSONAL[1], "hash": PERSONAL[2]}
INSERT = sa.text("INSERT INTO person VALUES (:email, :name, :hash, :age)")


@pytest.fixture
def with_people(installation: Installation) -> Installation:
    with installation.database.transaction() as session:
        session.execute(sa.text(TABLE))
        session.execute(INSERT, ROW | {"age": 30})
    return installation


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    formatter = logging.Formatter()
    return "\n".join(formatter.format(each) for each in caplog.records)


@pytest.mark.parametrize("age", [30, 0, "thirty"])
def test_a_statement_that_fails_leaves_no_value_in_the_log(
    with_people: Installation, fresh_app: Flask, caplog: pytest.LogCaptureFixture, age: object
) -> None:
    from oer.web.context import db

    def add() -> str:
        db().execute(INSERT, ROW | {"age": age})
        db().execute(sa.text("INSERT INTO nowhere VALUES (:name)"), ROW)
        return "added"

    add.form_checks_token = True  # type: ignore[attr-defined]
    fresh_app.add_url_rule("/add", "add", add, methods=["POST"])
    assert fresh_app.test_client().post("/add").status_code == 500
    said = _logged(caplog)
    assert "Traceback" in said
    for each in PERSONAL:
        assert each not in said


def test_an_error_tells_what_went_wrong_without_the_values(with_people: Installation) -> None:
    with pytest.raises(DBAPIError) as caught, with_people.database.transaction() as session:
        session.execute(INSERT, ROW | {"age": 31})
    said = str(caught.value)
    assert "unique" in said.lower()
    assert "person" in said
    assert not [each for each in PERSONAL if each in said]


@pytest.mark.skipif(not POSTGRESQL, reason="PostgreSQL repeats values in its messages")
def test_what_a_type_cannot_take_is_not_repeated(with_people: Installation) -> None:
    with pytest.raises(DBAPIError) as caught, with_people.database.reading() as session:
        session.execute(sa.text(f"SELECT '{PERSONAL[0]}'::integer"))
    assert PERSONAL[0] not in str(caught.value.orig)
    assert "invalid input syntax" in str(caught.value.orig)


def test_the_driver_by_itself_is_no_way_around(with_people: Installation, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Exception) as caught, with_people.database.reading() as session:
        driver_rows(session, "SELECT * FROM nowhere WHERE name = :name", {"name": PERSONAL[1]})
    assert PERSONAL[1] not in str(caught.value)


def test_a_mail_server_that_refuses_an_address_does_not_bring_it_into_the_log(
    installation: Installation, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise smtplib.SMTPRecipientsRefused({PERSONAL[0]: (550, f"no {PERSONAL[0]} here".encode())})

    monkeypatch.setattr("oer.jobs.mail.send_mail", refused)
    with installation.database.transaction() as session:
        send_later(session, to=PERSONAL[0], template="test", language="vi", values={"name": PERSONAL[1]})
    send_due(installation)
    said = _logged(caplog)
    assert "was not taken" in said
    assert not [each for each in PERSONAL if each in said]


def test_a_public_site_never_writes_a_mail_into_its_log(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    mail = RenderedMail("Đặt lại mật khẩu", "https://hoclieu.example.vn/reset/secret-token")
    public = replace(settings, base_url="https://hoclieu.example.vn")
    with pytest.raises(ConnectionError, match="OER_SMTP_URL"):
        send_mail(public, PERSONAL[0], mail)
    send_mail(replace(public, smtp_url="none:"), PERSONAL[0], mail)
    assert _logged(caplog) == ""
    send_mail(settings, PERSONAL[0], mail)
    assert "secret-token" in _logged(caplog)
