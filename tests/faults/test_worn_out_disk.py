"""A disk that takes what is written and fails at fsync (EIO), for real: nothing is acknowledged, reading goes on.

Misuse 90. After a failed fsync the kernel has dropped what was written, and a second one would say that all is well.
"""

import shutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.app import build_app
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.watching import Level, glance
from oer.files.models import Blob
from oer.files.services.store_ownership import require_own_store
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account
from tests.catalogue.factories import make_educator, make_material
from tests.conftest import POSTGRESQL
from tests.faults.disks import Disk
from tests.faults.findings import issues
from tests.faults.sending import upload


@pytest.fixture
def settings(settings: Settings, worn_out: Disk) -> Settings:
    """The files lie on the disk that will fail, the database elsewhere."""
    return replace(settings, storage_url=f"file:{worn_out.folder / 'uploads'}")


def troubles(installation: Installation) -> list[str]:
    return [each.key for each in glance(installation).parts["storage"] if each.level is Level.TROUBLE]


def test_an_upload_that_does_not_reach_the_disk_is_not_acknowledged_and_no_other_is_taken(
    session: Session,
    installation: Installation,
    worn_out: Disk,
    as_account,
) -> None:
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    require_own_store(session, installation.storage)
    browser = as_account(educator)
    token = browser.token(f"/my/materials/{public_id}/files")
    assert upload(browser, public_id, token, "before.txt") == (201, "")
    assert "storage:failed" not in troubles(installation)
    worn_out.cut()
    for _ in range(2):
        assert upload(browser, public_id, token, "after.txt", b"B\xc3\xa0i hai") == (500, "store_failed")
    assert "storage:failed" in troubles(installation)
    assert "before.txt" in browser.get(f"/my/materials/{public_id}/files").text
    assert "after.txt" not in browser.get(f"/my/materials/{public_id}/files").text
    session.rollback()
    kept = session.scalars(sa.select(Blob.sha256)).one()
    assert b"".join(installation.storage.read(kept))
    assert issues(installation) == []


@pytest.mark.skipif(bool(POSTGRESQL), reason="the disk of a server is not ours to break")
def test_a_commit_that_does_not_reach_the_disk_is_not_acknowledged_and_reading_goes_on(
    settings: Settings, worn_out: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    moved = worn_out.folder / "oer.sqlite3"
    shutil.copy(sa.make_url(settings.database_url).database or "", moved)
    opened = open_backends(replace(settings, database_url=f"sqlite:///{moved}"))
    with opened.database.transaction() as session:
        email = make_account(session).email
    browser = Browser(build_app(opened).test_client())
    assert browser.get("/").status_code == 200
    token = browser.token("/sign-in")
    worn_out.cut()
    fields = {"email": email, "password": PASSWORD, "csrf_token": token}
    answer = browser.client.post("/sign-in", data=fields)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert browser.get("/account").status_code == 302, "nobody was signed in"
    assert browser.get("/subjects").status_code == 200
    with opened.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Account))
    assert len([each for each in caplog.records if each.name == "oer.backends.outages"]) == 1
    opened.database.engine.dispose()
