"""The database or the file store is away, or its disk is full: what readers get, and what the log says."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from oer.app import build_app
from oer.backends.storage import open_storage
from oer.catalogue.models import CatalogueState
from oer.config import Settings
from oer.core.audit import AuditRecord, record
from oer.core.installation import Installation, open_backends
from oer.web.context import db
from tests.conftest import POSTGRESQL

Away = Callable[[], "contextmanager"]


class Relay:
    """A TCP relay to the database server that can be cut: to those behind it the server is gone."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(self._there)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while block := one.recv(65536):
                other.sendall(block)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def cut(self) -> Iterator[None]:
        self.is_cut = True
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self.is_cut = False

    def close(self) -> None:
        self._listener.close()
        for each in self._open:
            each.close()


@pytest.fixture
def relay() -> Iterator[Relay | None]:
    if not POSTGRESQL:
        yield None
        return
    there = sa.make_url(POSTGRESQL)
    made = Relay(there.host or "127.0.0.1", there.port or 5432)
    yield made
    made.close()


@pytest.fixture
def installation(settings: Settings, relay: Relay | None) -> Iterator[Installation]:
    if relay is not None:
        url = sa.make_url(settings.database_url).set(host="127.0.0.1", port=relay.port)
        settings = replace(settings, database_url=url.render_as_string(hide_password=False))
    opened = open_backends(settings)
    with opened.database.transaction() as session:
        session.add(CatalogueState())  # as soon as anything was published
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def away(installation: Installation, relay: Relay | None) -> Away:
    """`with away():` the database is gone. SQLite's file lies on a disk that is no longer there."""

    @contextmanager
    def gone() -> Iterator[None]:
        if relay is not None:
            with relay.cut():
                yield
            return
        engine = installation.database.engine
        path = Path(str(engine.url.database))
        engine.dispose()
        aside = path.rename(path.with_suffix(".away"))
        path.mkdir()
        yield
        path.rmdir()
        aside.rename(path)

    return gone


PAGES = ("/materials/0123456789", "/search?q=a", "/subjects?page=2", "/en/sitemap.xml")


@pytest.mark.parametrize("page", PAGES)
def test_while_the_database_is_away_pages_say_so_in_the_readers_language(
    client: FlaskClient, away: Away, page: str
) -> None:
    with away():
        answer = client.get(page)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert 'class="mast"' in answer.text
    assert ("không dùng được" in answer.text or "chưa" in answer.text) != page.startswith("/en")


def test_while_the_database_is_away_programs_get_a_problem(client: FlaskClient, away: Away) -> None:
    with away():
        answer = client.get("/api/v1/materials")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert answer.json is not None
    assert answer.json["code"] == "unavailable"


def test_while_the_database_is_away_somebody_who_is_signed_in_gets_the_same_page(
    client: FlaskClient, away: Away
) -> None:
    with client.session_transaction() as browser:
        browser["_user_id"], browser["_fresh"] = "a token", True
    with away():
        answer = client.get("/subjects")
    assert (answer.status_code, 'class="mast"' in answer.text) == (503, True)


def test_signing_in_while_the_database_is_away_is_no_error_of_ours(client: FlaskClient, away: Away) -> None:
    with away():
        assert client.get("/sign-in").status_code in {200, 503}
        assert client.post("/sign-in", data={"email": "a@example.org", "passphrase": "x"}).status_code in {400, 503}


def test_the_home_page_goes_on_as_it_was_while_the_database_is_away(client: FlaskClient, away: Away) -> None:
    shown = {page: client.get(page) for page in ("/", "/en/", "/subjects", "/help")}
    with away():
        for page, before in shown.items():
            answer = client.get(page)
            assert (answer.status_code, answer.text) == (200, before.text), page
        client.set_cookie("oer", "somebody who has a session")
        assert client.get("/").status_code == 200
        assert client.get("/collections").status_code == 503  # nobody has seen it yet
    assert client.get("/collections").status_code == 200


def test_an_outage_is_told_in_one_line_when_it_begins_and_one_when_it_ends(
    client: FlaskClient, away: Away, caplog: pytest.LogCaptureFixture
) -> None:
    with away():
        for _ in range(100):
            assert client.get("/materials/0123456789").status_code == 503
    assert [each.levelno for each in caplog.records] == [logging.ERROR]
    caplog.clear()
    deadline = time.monotonic() + 60
    while client.get("/materials/0123456789").status_code != 404:  # for a second nobody asks again
        assert time.monotonic() < deadline
    [line] = [each.getMessage() for each in caplog.records if each.name == "oer.backends.outages"]
    assert line.startswith("database: back after")
    assert not [each for each in caplog.records if each.exc_info]


@contextmanager
def _store_that_is_gone(folder: Path) -> Iterator[object]:
    storage = open_storage(f"s3://hoclieu?endpoint=http://127.0.0.1:9&spool={quote(str(folder))}")
    with closing(storage._client):  # type: ignore[attr-defined]
        yield storage


def test_a_download_whose_store_is_away_is_a_page_that_says_so(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from oer.web.file_responses import FileToSend, send_stored_file

    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with _store_that_is_gone(tmp_path / "spool") as storage:
        app = build_app(replace(installation, storage=storage))  # type: ignore[arg-type]

        def download() -> object:
            return send_stored_file(FileToSend("a" * 64, 10, "application/pdf", "a.pdf"))

        app.add_url_rule("/file", "file", download)
        app.add_url_rule("/api/file", "api_file", download)
        client = app.test_client()
        page, problem = client.get("/file"), client.get("/api/file")
        assert (page.status_code, page.headers["Retry-After"], page.mimetype) == (503, "5", "text/html")
        assert (problem.status_code, problem.mimetype) == (503, "application/problem+json")
        assert client.get("/file", headers={"Range": "bytes=0-3"}).status_code == 503
    assert [each.name for each in caplog.records] == ["oer.backends.outages"]


def _writing_app(installation: Installation) -> FlaskClient:
    app = build_app(installation)

    def write() -> str:
        record(db(), None, "a", "t", 1, text="x" * 400_000)
        return "saved"

    def write_file() -> str:
        raise OSError(28, "No space left on device")

    for view in (write, write_file):
        view.form_checks_token = True  # type: ignore[attr-defined]
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["POST"])
    return app.test_client()


@pytest.mark.skipif(bool(POSTGRESQL), reason="the disk of a server is not ours to fill")
def test_a_commit_on_a_full_disk_is_said_to_be_one_and_reading_goes_on(
    small_disk: Path, installation: Installation, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    import shutil

    source = sa.make_url(settings.database_url).database or ""
    shutil.copy(source, small_disk / "oer.sqlite3")
    opened = open_backends(replace(settings, database_url=f"sqlite:///{small_disk / 'oer.sqlite3'}"))
    client = _writing_app(opened)
    assert client.get("/subjects").status_code == 200
    answers = [client.post("/write") for _ in range(20)]
    full = [each for each in answers if each.status_code != 200]
    assert full, "the disk did not become full"
    assert {each.status_code for each in full} == {507}
    assert "Content-Security-Policy" in full[0].headers
    assert "hết chỗ chứa" in full[0].text
    problem = client.post("/write", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (507, "application/problem+json")
    assert client.get("/subjects").status_code == 200
    with opened.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == 20 - len(full)
    assert len([each for each in caplog.records if each.name == "oer.backends.outages"]) == 1
    opened.database.engine.dispose()


def test_what_the_system_says_of_a_full_disk_is_a_507_too(installation: Installation) -> None:
    assert _writing_app(installation).post("/write_file").status_code == 507


def test_what_was_said_to_be_done_is_not_told_after_a_commit_that_failed(
    installation: Installation, app: Flask, away: Away
) -> None:
    from flask import flash

    def write() -> str:
        record(db(), None, "a", "t", 1)
        db().flush()
        flash("It is saved.")
        db().connection().connection.driver_connection.close()  # type: ignore[union-attr]
        return "saved"

    write.form_checks_token = True  # type: ignore[attr-defined]
    app = build_app(installation)
    app.add_url_rule("/write", "write", write, methods=["POST"])
    client = app.test_client()
    answer = client.post("/write")
    assert answer.status_code in {500, 503}
    assert "It is saved." not in answer.text + client.get("/subjects").text
