"""Blobs: stored once, whole or absent, whoever else is at it (misuse 22, 23, 86)."""

import threading

import pytest
import sqlalchemy as sa

from oer.backends.extraction.extracting import EXTRACTOR_VERSION
from oer.core.clock import now
from oer.core.errors import Damaged, Gone, NotFound
from oer.files.models import Blob, Condition, Rendition, RenditionState, ScanState
from oer.files.queries import servable_blob
from oer.files.services.fixity import record_condition, record_verdict
from oer.files.services.ingest import save_blob
from tests.files.factories import FixedScanner, a_pdf, keep_file, receiving


def test_a_kept_file_is_a_blob_that_waits_for_its_text(session, storage):
    blob = keep_file(session, storage)
    session.commit()
    assert (blob.size, blob.media_type) == (len(a_pdf()), "application/pdf")
    rendition = session.scalars(sa.select(Rendition)).one()
    assert (rendition.blob_sha256, rendition.state) == (blob.sha256, RenditionState.WAITING)
    assert rendition.extractor_version == EXTRACTOR_VERSION
    assert servable_blob(session, storage, blob.sha256) is blob


def test_the_wake_up_goes_out_after_the_commit(session, storage, queue):
    keep_file(session, storage)
    assert queue.huey.pending_count() == 0
    session.commit()
    assert queue.huey.pending_count() == 1


def test_the_same_content_twice_is_one_blob(session, storage):
    first = keep_file(session, storage, name="một.pdf")
    second = keep_file(session, storage, name="hai.pdf")
    session.commit()
    assert first is second
    assert [blob.size for blob in session.scalars(sa.select(Blob))] == [len(a_pdf())]
    assert len(session.scalars(sa.select(Rendition)).all()) == 1


def test_two_uploads_of_one_content_at_once_are_one_blob(installation, storage):
    ready, hashes, errors = threading.Barrier(2), [], []

    def upload():
        try:
            with receiving(storage, a_pdf()) as received:
                ready.wait()
                with installation.database.transaction() as session:
                    hashes.append(save_blob(session, storage, received).sha256)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(set(hashes)) == 1
    with installation.database.reading() as session:
        assert session.scalars(sa.select(Blob)).one() is servable_blob(session, storage, hashes[0])


def test_content_that_was_thrown_away_since_it_was_received_is_put_back(session, storage):
    with receiving(storage, a_pdf()) as received:
        storage.delete(received.sha256)
        blob = save_blob(session, storage, received)
    session.commit()
    assert b"".join(storage.read(blob.sha256)) == a_pdf()


def test_a_blob_on_its_way_out_comes_back(session, storage):
    blob = keep_file(session, storage)
    blob.leaving, blob.found_unreferenced_at = True, now()
    session.commit()
    keep_file(session, storage)
    session.commit()
    assert (blob.leaving, blob.found_unreferenced_at) == (False, None)


@pytest.mark.parametrize("condition", [Condition.DAMAGED, Condition.MISSING])
def test_a_damaged_blob_is_mended_by_who_brings_it_again(session, storage, condition):
    blob = keep_file(session, storage)
    path = storage.local_path(blob.sha256)
    path.unlink()
    if condition is Condition.DAMAGED:
        path.write_bytes(bytes(blob.size))
    record_condition(session, blob.sha256, condition)
    session.commit()
    with pytest.raises(Damaged):
        servable_blob(session, storage, blob.sha256)
    keep_file(session, storage)
    session.commit()
    assert servable_blob(session, storage, blob.sha256).condition is Condition.WHOLE
    assert b"".join(storage.read(blob.sha256)) == a_pdf()


def test_bytes_of_the_wrong_length_are_never_handed_out(session, storage):
    blob = keep_file(session, storage)
    path = storage.local_path(blob.sha256)
    path.chmod(0o644)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(Damaged):
        servable_blob(session, storage, blob.sha256)


def test_an_unknown_hash_is_not_found(session, storage):
    with pytest.raises(NotFound):
        servable_blob(session, storage, "a" * 64)


def test_a_blob_found_infected_later_is_gone(session, storage):
    blob = keep_file(session, storage, scanner=FixedScanner("unavailable"))
    assert blob.scan_state is ScanState.WAITING
    record_verdict(session, blob.sha256, FixedScanner("infected", "Eicar").verdict)
    with pytest.raises(Gone):
        servable_blob(session, storage, blob.sha256)


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("clean", "unavailable", ScanState.CLEAN),
        ("unavailable", "clean", ScanState.CLEAN),
        ("unscanned", "unavailable", ScanState.WAITING),
    ],
)
def test_a_second_upload_never_takes_back_a_clean_verdict(session, storage, first, second, state):
    keep_file(session, storage, scanner=FixedScanner(first))
    assert keep_file(session, storage, scanner=FixedScanner(second)).scan_state is state


def test_a_transaction_that_is_rolled_back_leaves_content_without_a_row(installation, storage):
    with pytest.raises(ZeroDivisionError), installation.database.transaction() as session:
        keep_file(session, storage)
        raise ZeroDivisionError
    with installation.database.reading() as session:
        assert session.scalars(sa.select(Blob)).all() == []
    assert len(list(storage.contents())) == 1
