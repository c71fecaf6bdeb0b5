"""Logs for machines: JSON, with the id of the request, and nothing about who used the site or for what."""

import io
import json
import logging
import re
import smtplib
from collections.abc import Iterator

import pytest

from oer.accounts.models import Role
from oer.core.installation import Installation
from oer.core.json_log import log_handler
from oer.jobs.mail import send_due
from oer.web.request_ids import HEADER, init_request_ids
from tests.accounts.browsing import Browser

PRIVATE = (
    *("203.0.113.7", "bi.mat@example.org", "gv.hoa@example.org", "Nguyễn Thị Bí Mật", "bi+mat", "mat khau rieng"),
    *("cau hoi rieng tu", "Firefox/999", "chuyen rieng"),
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of this process as a server writes it, down to the least severe level."""
    written = io.StringIO()
    handler, root = log_handler("json", written), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_walk_leaves_nothing_personal_in_the_log(
    fresh_app, log: io.StringIO, people, installation: Installation, monkeypatch: pytest.MonkeyPatch, run_jobs
) -> None:
    def refuses(_url: str, message) -> None:
        raise smtplib.SMTPRecipientsRefused({message["To"]: (550, b"no such user: " + message["To"].encode())})

    monkeypatch.setattr("oer.core.mail._deliver", refuses)
    monkeypatch.setitem(installation.settings.__dict__, "smtp_url", "smtp://mail.example")
    people(Role.ADMIN, email="gv.hoa@example.org", name="Nguyễn Thị Bí Mật")
    init_request_ids(fresh_app, log_answers=True)

    @fresh_app.get("/breaks")
    def breaks() -> str:
        raise RuntimeError("a fault of ours")

    browser = Browser(fresh_app.test_client())
    agent = {"headers": {"User-Agent": "Firefox/999"}}
    browser.get("/search?q=cau+hoi+rieng+tu", **agent)
    browser.get("/api/v1/materials?q=cau hoi rieng tu")
    browser.get("/search/suggest?q=cau hoi rieng tu")
    browser.sign_in("gv.hoa@example.org", "mat khau rieng")
    browser.sign_in("gv.hoa@example.org")
    browser.get("/admin/accounts?q=Nguyễn Thị Bí Mật")
    browser.send("/reset", email="gv.hoa@example.org")
    stranger = Browser(fresh_app.test_client())
    fields = {"email": "bi.mat@example.org", "name": "Nguyễn Thị Bí Mật", "password": "mat khau rieng 12 345"}
    assert stranger.send("/register", **fields, old_enough="y", agreed="y").status_code < 400
    stranger.get("/nothing/chuyen-rieng?note=chuyen rieng")
    assert stranger.get("/breaks?note=chuyen rieng").status_code == 500
    run_jobs()
    send_due(installation)

    written = log.getvalue()
    assert "a fault of ours" in written
    assert "was not taken" in written
    assert [name for name in PRIVATE if name in written] == []
    answered = [each for each in lines(log) if each["message"] == "answered"]
    assert len(answered) > 10
    assert all(re.fullmatch(r"[0-9a-f]{32}", str(each["request_id"])) for each in answered)
    assert {"pages", "accounts", "search"} <= {str(each["endpoint"]).partition(".")[0] for each in answered} | {"pages"}


def test_all_lines_about_a_request_have_the_id_that_it_was_answered_with(fresh_app, log: io.StringIO) -> None:
    @fresh_app.get("/breaks")
    def breaks() -> str:
        raise RuntimeError("a fault of ours")

    answer = fresh_app.test_client().get("/breaks")
    (line,) = [each for each in lines(log) if each["message"] == "unexpected error"]
    assert line["request_id"] == answer.headers[HEADER]
    assert answer.headers[HEADER] in answer.text
    assert line["level"] == "ERROR"
    assert "RuntimeError" in str(line["exc_info"])
    logging.getLogger("oer.tests").warning("outside of requests")
    assert lines(log)[-1]["request_id"] == ""


@pytest.mark.parametrize("given", ["proxy-0123456789", "a.b_c-D9" * 8])
def test_an_id_that_a_proxy_gave_is_kept(client, given: str) -> None:
    assert client.get("/healthz", headers={HEADER: given}).headers[HEADER] == given


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with space 123", 'quote"12345678', "tiếng-việt-123", "<script>12345"]
)
def test_an_id_that_could_do_harm_is_replaced(client, given: str) -> None:
    answer = client.get("/healthz", headers={HEADER: given.encode().decode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers[HEADER])


def test_text_for_people_stays_as_it_was(log: io.StringIO) -> None:
    written = io.StringIO()
    record = logging.LogRecord("oer.x", logging.INFO, "", 1, "said %s", ("so",), None)
    log_handler("text", written).handle(record)
    assert written.getvalue().endswith("INFO oer.x: said so\n")
