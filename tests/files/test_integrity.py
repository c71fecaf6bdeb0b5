"""What doctor is told of files."""

from datetime import timedelta

from oer.core.clock import now
from oer.core.health import Invariant
from oer.files.models import Condition
from oer.files.queries import integrity_issues
from oer.files.services.fixity import record_condition
from oer.files.services.garbage_collection import hold_garbage_collection
from tests.files.factories import a_pdf, keep_file, receiving


def found(session, storage, **options):
    session.commit()
    return [problem.invariant for problem in integrity_issues(session, storage, **options)]


def test_good_health_is_an_empty_list(session, storage):
    keep_file(session, storage)
    assert found(session, storage, read_contents=True) == []


def test_content_on_its_way_to_a_row_is_no_problem(session, storage):
    with receiving(storage, a_pdf()):
        assert found(session, storage) == []


def test_a_missing_file_is_no_kept_upload(session, storage):
    storage.delete(keep_file(session, storage).sha256)
    assert found(session, storage) == [Invariant.UPLOADS_KEPT]


def test_a_file_of_another_size_is_no_kept_upload(session, storage):
    blob = keep_file(session, storage)
    path = storage.local_path(blob.sha256)
    path.unlink()
    path.write_bytes(b"short")
    assert found(session, storage) == [Invariant.UPLOADS_KEPT]


def test_a_flipped_byte_is_found_where_the_bytes_are_read(session, storage):
    blob = keep_file(session, storage)
    path = storage.local_path(blob.sha256)
    path.unlink()
    path.write_bytes(bytes(blob.size))
    assert found(session, storage) == []
    assert found(session, storage, read_contents=True) == [Invariant.UPLOADS_KEPT]
    record_condition(session, blob.sha256, Condition.DAMAGED)
    assert found(session, storage) == [Invariant.UPLOADS_KEPT]


def test_what_should_have_been_thrown_away_is_an_issue_unless_a_backup_holds_it(session, storage):
    keep_file(session, storage).found_unreferenced_at = now() - timedelta(hours=40)
    assert found(session, storage) == [Invariant.UNREFERENCED_REMOVED]
    hold_garbage_collection(session, "backup", now() + timedelta(hours=1))
    assert found(session, storage) == []


def test_what_lies_in_the_store_and_is_not_its_own_is_named(session, storage):
    keep_file(session, storage)
    (storage.root / "notes.txt").write_text("?")
    session.commit()
    assert [problem.what for problem in integrity_issues(session, storage)] == [
        "'notes.txt' lies in the store and is not its own"
    ]
