"""The second store: everything is copied there, and what comes to harm here is repaired from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from oer.backends.storage import open_storage
from oer.core.audit import AuditRecord
from oer.core.clock import now
from oer.core.errors import Conflict, Damaged
from oer.files.jobs import FIXITY_INTERVAL, check_fixity, repair_harmed, replicate, sweep_replica
from oer.files.models import Blob, Condition, StoreOwner
from oer.files.queries import fixity_figures, harmed_blobs, servable_blob
from oer.files.services.replication import REPLICA_GRACE, abandoned_copies
from tests.files.factories import a_pdf, keep_file


@pytest.fixture
def replicated(installation, tmp_path):
    """The installation with a second store."""
    return replace(installation, replica=open_storage(f"file:{tmp_path / 'second'}"))


@pytest.fixture
def sha256(replicated):
    """A file that both stores have."""
    with replicated.database.transaction() as session:
        kept = keep_file(session, replicated.storage).sha256
    replicate(replicated)
    return kept


def content_of(store, sha256):
    return b"".join(store.read(sha256))


def harm(store, sha256):
    path = store.local_path(sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


def make_due(installation):
    with installation.database.transaction() as session:
        session.execute(sa.update(Blob).values(last_checked_at=now() - FIXITY_INTERVAL - timedelta(hours=1)))


def test_every_file_is_copied_to_the_second_store(replicated, sha256):
    assert content_of(replicated.replica, sha256) == a_pdf()
    with replicated.database.reading() as session:
        assert replicated.replica.owner() == session.scalar(sa.select(StoreOwner.database_id))
        assert fixity_figures(session, now(), FIXITY_INTERVAL).without_copy == 0


@pytest.mark.parametrize("how", ["flipped", "deleted"])
def test_what_a_check_finds_harmed_is_whole_again_at_once(replicated, sha256, how):
    if how == "flipped":
        harm(replicated.storage, sha256)
    else:
        replicated.storage.delete(sha256)
    make_due(replicated)
    check_fixity(replicated)
    assert content_of(replicated.storage, sha256) == a_pdf()
    with replicated.database.reading() as session:
        assert servable_blob(session, replicated.storage, sha256).condition is Condition.WHOLE
        told = session.scalars(sa.select(AuditRecord.action).order_by(AuditRecord.id)).all()
        assert told == [f"file.{'damaged' if how == 'flipped' else 'missing'}", "file.repaired"]


def test_a_harmed_copy_repairs_nothing_and_is_copied_anew(replicated, sha256):
    harm(replicated.replica, sha256)
    make_due(replicated)
    check_fixity(replicated)
    assert content_of(replicated.storage, sha256) == a_pdf()
    replicate(replicated)
    assert content_of(replicated.replica, sha256) == a_pdf()


def test_what_is_harmed_in_both_stores_stays_named_and_is_not_sent(replicated, sha256):
    harm(replicated.storage, sha256)
    harm(replicated.replica, sha256)
    make_due(replicated)
    check_fixity(replicated)
    repair_harmed(replicated)
    with replicated.database.reading() as session:
        assert [each.sha256 for each in harmed_blobs(session)] == [sha256]
        with pytest.raises(Damaged):
            servable_blob(session, replicated.storage, sha256)


def test_a_harmed_file_is_never_copied(replicated):
    with replicated.database.transaction() as session:
        kept = keep_file(session, replicated.storage).sha256
    harm(replicated.storage, kept)
    replicate(replicated)
    assert replicated.replica.size(kept) is None
    with replicated.database.reading() as session:
        assert [each.sha256 for each in harmed_blobs(session)] == [kept]


def test_the_store_of_another_database_is_no_second_store(replicated, sha256, tmp_path):
    with replicated.database.transaction() as session:
        session.execute(sa.text("UPDATE store_owner SET database_id = 'another'"))
    with pytest.raises(Conflict, match="OER_STORAGE_REPLICA_URL"):
        replicate(replicated)
    assert content_of(replicated.replica, sha256) == a_pdf()


def test_a_new_second_store_gets_everything_again(replicated, sha256, tmp_path):
    other = replace(replicated, replica=open_storage(f"file:{tmp_path / 'third'}"))
    replicate(other)
    assert content_of(other.replica, sha256) == a_pdf()


def test_what_was_deleted_stays_in_the_second_store_for_a_month(replicated, sha256):
    with replicated.database.transaction() as session:
        session.execute(sa.text("DELETE FROM rendition"))
        session.execute(sa.text("DELETE FROM blob"))
    sweep_replica(replicated)
    assert content_of(replicated.replica, sha256) == a_pdf()
    contents = [replace(each, modified_at=now() - REPLICA_GRACE) for each in replicated.replica.contents()]
    assert abandoned_copies(set(), contents, now() + timedelta(seconds=1)) == [sha256]
    assert abandoned_copies({sha256}, contents, datetime.max.replace(tzinfo=UTC)) == []
