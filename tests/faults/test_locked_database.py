"""Another program holds SQLite's write lock: readers go on, writers wait for a while and are told (misuse 92)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from oer.files.models import Blob
from oer.files.services.store_ownership import require_own_store
from tests.accounts.browsing import Browser
from tests.catalogue.factories import make_educator, make_material
from tests.conftest import POSTGRESQL
from tests.faults.findings import issues
from tests.faults.sending import upload

pytestmark = pytest.mark.skipif(bool(POSTGRESQL), reason="a server has no lock that one program could hold")


@pytest.fixture
def other_program(installation: Installation) -> Iterator[sqlite3.Connection]:
    path = installation.database.engine.url.database
    with closing(sqlite3.connect(str(path), isolation_level=None)) as connection:
        yield connection


def test_while_the_database_is_locked_readers_go_on_and_writers_are_told_to_come_back(
    session: Session, installation: Installation, as_account, other_program: sqlite3.Connection
) -> None:
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    require_own_store(session, installation.storage)
    browser: Browser = as_account(educator)
    page = f"/my/materials/{public_id}/files"
    token = browser.token(page)
    other_program.execute("BEGIN EXCLUSIVE")
    answers: list[tuple[int, str]] = []
    writers = [threading.Thread(target=lambda: answers.append(upload(browser, public_id, token))) for _ in range(3)]
    for writer in writers:
        writer.start()
    for path in ("/", "/subjects", "/en/help", page):
        assert browser.get(path).status_code == 200, path
    for writer in writers:
        writer.join()
    assert answers == [(503, "unavailable")] * 3
    refused = browser.client.post(page, data={"csrf_token": token})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "tạm thời chưa dùng được" in refused.text
    other_program.execute("ROLLBACK")
    assert upload(browser, public_id, token) == (201, "")
    assert session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 1
    session.rollback()
    assert issues(installation) == []
