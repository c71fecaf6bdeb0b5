import io
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oer.core.installation import Installation
from oer.web.context import db
from oer.web.request_validation import row_number


@pytest.fixture
def taking(app: Flask) -> FlaskClient:
    def take() -> str:
        db().execute(text("SELECT 1"))
        return "taken"

    def row(number: int) -> str:
        return str(number)

    take.form_checks_token = True  # type: ignore[attr-defined]
    app.add_url_rule("/take", "take", take, methods=["POST"])
    app.add_url_rule("/rows/<int:number>", "row", row)
    return app.test_client()


class SlowBody(io.RawIOBase):
    """A body whose second half comes when it is let."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()
        self.parts = [b"a=1&", b"b=2"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if len(self.parts) == 1:
            self.asked.set()
            assert self.let.wait(10)
        part = self.parts.pop(0) if self.parts else b""
        buffer[: len(part)] = part
        return len(part)


def test_a_form_that_comes_slowly_keeps_no_writer_waiting(taking: FlaskClient, installation: Installation) -> None:
    body, answers = SlowBody(), []
    environ = {"wsgi.input": body, "CONTENT_LENGTH": "7", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    thread = threading.Thread(target=lambda: answers.append(taking.post("/take", environ_overrides=environ).text))
    thread.start()
    assert body.asked.wait(10)
    with installation.database.transaction() as session:
        session.execute(text("UPDATE catalogue_state SET page_revision = page_revision"))
    body.let.set()
    thread.join(10)
    assert answers == ["taken"]


@pytest.mark.parametrize("address", ["/rows/2147483648", "/rows/99999999999999999999999", "/rows/-1"])
def test_a_number_that_no_row_has_leads_nowhere(taking: FlaskClient, address: str) -> None:
    assert taking.get(address).status_code == 404
    assert taking.get("/rows/2147483647").text == "2147483647"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), ("7", 7), ("007", 7), ("2147483647", 2147483647), ("2147483648", None), ("", None), (None, None)),
        *((text, None) for text in ("9" * 30, "9" * 5000, "-1", "+1", "1_0", " 1", "²", "٣")),
    ],
)
def test_a_number_in_a_text_is_one_that_a_row_could_have_or_none(text: str | None, number: int | None) -> None:
    assert row_number(text) == number


def test_a_text_with_nul_is_refused(taking: FlaskClient) -> None:
    assert taking.get("/rows/1?q=a%00b").status_code == 400
    assert taking.post("/take", data={"name": "a\0b"}).status_code == 400


@pytest.mark.parametrize("end", ["%E2%80%8B", "%E2%80%8B%E2%80%8C", "%EF%BB%BF", "%C2%A0", "%E3%80%80", "%E2%80%AE"])
def test_an_address_that_ends_in_what_nobody_sees_leads_to_the_one_that_is_meant(client: FlaskClient, end: str) -> None:
    for path in ("/help", "/en/people/b%C3%A9", "/"):
        answer = client.get(f"{path}{end}?a=%E2%80%8B&b=1")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{path}?a=%E2%80%8B&b=1")
    assert client.post(f"/help{end}").status_code == 404
    assert client.get("/en/people/b%C3%A9").status_code == 404
    assert client.get(f"/{end}/help").status_code == 404
