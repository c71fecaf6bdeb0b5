"""A disk that becomes full: what does not fit is refused in words, reading goes on, and nothing needs a restart.

Misuse 89. A commit alone that meets a full disk is in tests/web/test_outages.py, events in tests/usage/test_spool.py.
"""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import Health
from oer.catalogue.jobs import index_due
from oer.config import Settings
from oer.core.errors import NoSpace
from oer.core.installation import Installation, open_backends
from oer.files.jobs import extract_due
from oer.files.models import Blob, Rendition, RenditionState
from oer.files.services.store_ownership import require_own_store
from tests.catalogue.factories import make_educator, make_material, make_published
from tests.conftest import POSTGRESQL
from tests.faults.disks import Disk
from tests.faults.findings import index_issues, issues
from tests.faults.sending import CONTENT, upload
from tests.files.factories import a_pdf, keep_file


@pytest.fixture
def settings(settings: Settings, small_disk: Disk) -> Settings:
    """Everything lies on the small disk, but a database that is a server's."""
    instance = small_disk.folder / "instance"
    instance.mkdir()
    settings = replace(settings, instance_dir=instance, storage_url=f"file:{small_disk.folder / 'uploads'}")
    if POSTGRESQL:
        return settings
    shutil.copy(sa.make_url(settings.database_url).database or "", instance / "oer.sqlite3")
    return replace(settings, database_url="")


@pytest.fixture
def fill(small_disk: Disk) -> Callable[[], Path]:
    """Fills the disk to its last block; returns the file that does, to be removed."""

    def until_full() -> Path:
        ballast = small_disk.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            for size in (65536, 4096, 512):
                while True:
                    try:
                        file.write(os.urandom(size))
                        os.fsync(file.fileno())
                    except OSError:
                        break
        return ballast

    return until_full


def test_an_upload_that_does_not_fit_is_refused_and_goes_in_once_there_is_room(
    session: Session,
    installation: Installation,
    as_account,
    fill: Callable[[], Path],
) -> None:
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    require_own_store(session, installation.storage)
    browser = as_account(educator)
    token = browser.token(f"/my/materials/{public_id}/files")
    assert upload(browser, public_id, token, "before.txt") == (201, "")
    ballast = fill()
    assert upload(browser, public_id, token) == (507, "no_space")
    refused = browser.send(f"/my/materials/{public_id}/files", files=[(io.BytesIO(CONTENT[1:]), "b.txt")])
    assert (refused.status_code, "không còn chỗ" in refused.text) == (507, True)
    assert browser.get("/").status_code == browser.get(f"/my/materials/{public_id}/files").status_code == 200
    assert list((installation.settings.instance_dir.parent / "uploads" / ".incoming").iterdir()) == []
    ballast.unlink()
    assert upload(browser, public_id, token) == (201, "")
    assert session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 1
    assert issues(installation) == []


@pytest.fixture
def files_on_it(settings: Settings, database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation of which the file store alone lies on the small disk."""
    opened = open_backends(replace(settings, instance_dir=tmp_path / "elsewhere", database_url=database_url))
    yield opened
    opened.database.engine.dispose()


def test_a_file_is_not_given_up_because_there_was_no_room_for_its_cover(
    files_on_it: Installation, fill: Callable[[], Path]
) -> None:
    with files_on_it.database.transaction() as session:
        keep_file(session, files_on_it.storage, a_pdf())
    ballast = fill()
    for _ in range(4):
        with pytest.raises(NoSpace):
            extract_due(files_on_it)
    ballast.unlink()
    extract_due(files_on_it)
    with files_on_it.database.reading() as session:
        assert session.scalar(sa.select(Rendition.state)) is RenditionState.OK
    assert issues(files_on_it) == []


@pytest.fixture
def index_on_it(settings: Settings, database_url: str, small_disk: Disk, tmp_path: Path) -> Iterator[Installation]:
    """An installation of which the index alone lies on the small disk."""
    elsewhere = replace(settings, instance_dir=tmp_path / "elsewhere", database_url=database_url, storage_url="")
    opened = open_backends(replace(elsewhere, search_url=f"whoosh:{small_disk.folder / 'index'}"))
    yield opened
    opened.database.engine.dispose()


def publish(installation: Installation) -> str:
    with installation.database.transaction() as session:
        return make_published(session).public_id


def test_an_index_without_room_stays_as_it_was_and_follows_later(
    index_on_it: Installation, fill: Callable[[], Path]
) -> None:
    before = publish(index_on_it)
    index_due(index_on_it)
    after = publish(index_on_it)
    ballast = fill()
    for _ in range(4):
        with pytest.raises(OSError, match="No space left"):
            index_due(index_on_it)
    assert index_on_it.search_index.check().health is Health.READY
    assert set(index_on_it.search_index.contents()) == {before}
    ballast.unlink()
    index_due(index_on_it)
    assert set(index_on_it.search_index.contents()) == {before, after}
    assert index_issues(index_on_it) == []
