"""Background work: text arrives, the poisonous file is given up, the queue moves on (misuse 94)."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.backends.extraction.extracting import EXTRACTOR_VERSION
from oer.backends.extraction.protocol import Extraction, Page, State
from oer.core.clock import now
from oer.core.leases import LeaseLost
from oer.files import jobs
from oer.files.models import Blob, Condition, FixityCheck, Rendition, RenditionState, ScanState
from oer.files.queries import due_for_extraction, newest_rendition, page, page_labels, pages
from oer.files.services.renditions import ask_for_newer, claim, extract_again, finish, renew
from tests.backends.extraction.pdf_factories import encrypted_pdf, pdf_of
from tests.files.factories import FixedScanner, a_pdf, keep_file

LEASE = timedelta(minutes=5)


@pytest.fixture
def kept(session, storage):
    """The hash of a file that waits for its text."""
    sha256 = keep_file(session, storage, pdf_of(["Trang một", "Trang hai"], title="Sổ tay")).sha256
    session.commit()
    return sha256


def let_lease_run_out(session):
    session.execute(sa.update(Rendition).values(leased_until=now() - timedelta(seconds=1)))


def test_a_kept_file_gets_its_text_facts_and_cover(session, kept, run_jobs, storage):
    run_jobs()
    rendition = newest_rendition(session, kept)
    assert (rendition.state, rendition.tries) == (RenditionState.OK, 1)
    assert rendition.facts["title"] == "Sổ tay"
    assert rendition.facts["pages"] == 2
    assert [(each.number, each.text) for each in pages(session, rendition.id)] == [(1, "Trang một"), (2, "Trang hai")]
    assert page(session, rendition.id, 2).text == "Trang hai"
    assert page_labels(session, rendition.id) == [(1, ""), (2, "")]
    picture = rendition.cover
    assert picture.media_type == "image/webp"
    assert b"".join(storage.read(picture.sha256))[8:12] == b"WEBP"
    assert due_for_extraction(session, now() + timedelta(days=1)) == [], "a cover has no text of its own"


def test_a_file_that_wants_a_password_ends_in_that_state(session, storage, run_jobs):
    sha256 = keep_file(session, storage, encrypted_pdf()).sha256
    session.commit()
    run_jobs()
    assert newest_rendition(session, sha256).state is RenditionState.ENCRYPTED


def test_a_lost_wake_up_is_found_by_the_sweep(session, installation, kept):
    jobs.extract_due(installation)
    assert newest_rendition(session, kept).state is RenditionState.OK


def test_a_worker_that_died_is_followed_by_another_once_its_lease_ran_out(session, kept):
    assert claim(session, kept, LEASE)
    assert claim(session, kept, LEASE) is None
    assert due_for_extraction(session, now()) == []
    let_lease_run_out(session)
    assert due_for_extraction(session, now()) == [kept]
    assert claim(session, kept, LEASE)
    assert newest_rendition(session, kept).tries == 2


def test_a_file_that_kills_its_worker_is_given_up_after_three_tries(session, kept):
    for _ in range(3):
        assert claim(session, kept, LEASE)
        let_lease_run_out(session)
    assert claim(session, kept, LEASE) is None
    assert newest_rendition(session, kept).state is RenditionState.FAILED
    assert due_for_extraction(session, now() + LEASE) == []


def test_a_worker_that_was_believed_dead_changes_nothing_any_more(session, storage, kept):
    slow = claim(session, kept, LEASE)
    let_lease_run_out(session)
    fast = claim(session, kept, LEASE)
    finish(session, storage, fast, Extraction(State.OK, [Page(1, "", "fast")]), None)
    with pytest.raises(LeaseLost):
        finish(session, storage, slow, Extraction(State.OK, [Page(1, "", "slow")]), None)
    assert [each.text for each in pages(session, newest_rendition(session, kept).id)] == ["fast"]


def test_a_worker_from_before_a_file_was_asked_for_again_changes_nothing(session, storage, kept):
    """The number of tries begins anew, so it cannot tell the two workers apart."""
    slow = claim(session, kept, LEASE)
    let_lease_run_out(session)
    finish(session, storage, claim(session, kept, LEASE), Extraction(State.UNSUPPORTED), None)
    extract_again(session, RenditionState.UNSUPPORTED)
    claim(session, kept, LEASE)
    assert newest_rendition(session, kept).tries == 1
    with pytest.raises(LeaseLost):
        finish(session, storage, slow, Extraction(State.OK, [Page(1, "", "slow")]), None)


def test_a_worker_that_comes_too_late_says_so_and_ends(session, installation, kept, monkeypatch, caplog):
    def overtaken(path, media_type):
        with installation.database.transaction() as other:
            let_lease_run_out(other)
            claim(other, kept, LEASE)
        return Extraction(State.OK, [Page(1, "", "slow")])

    monkeypatch.setattr(jobs, "extract", overtaken)
    with caplog.at_level("INFO", logger="oer.files.jobs"):
        jobs.extract_one(installation, kept)
    assert "came too late" in caplog.text
    assert newest_rendition(session, kept).state is RenditionState.RUNNING


def test_a_lease_is_renewed_while_the_work_goes_on(session, installation, kept, monkeypatch):
    monkeypatch.setattr(jobs, "RENEWAL_SECONDS", 0.01)
    renewed = threading.Event()

    def slow(path, media_type):
        with installation.database.reading() as reading:
            begun = newest_rendition(reading, kept).leased_until
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not renewed.is_set():
            with installation.database.reading() as reading:
                if newest_rendition(reading, kept).leased_until > begun:
                    renewed.set()
        return Extraction(State.OK, [Page(1, "", "done")])

    monkeypatch.setattr(jobs, "extract", slow)
    jobs.extract_one(installation, kept)
    assert renewed.is_set()
    assert newest_rendition(session, kept).state is RenditionState.OK


def test_a_lease_that_another_worker_has_is_not_renewed(session, kept):
    slow = claim(session, kept, LEASE)
    let_lease_run_out(session)
    fast = claim(session, kept, LEASE)
    with pytest.raises(LeaseLost):
        renew(session, slow, 9 * LEASE)
    renew(session, fast, 9 * LEASE)
    assert newest_rendition(session, kept).leased_until > now() + 8 * LEASE


def test_a_rendition_that_was_cut_short_leaves_what_there_was_until_then(session, storage, kept):
    claimed = claim(session, kept, LEASE)
    finish(session, storage, claimed, Extraction(State.LIMIT, [Page(1, "", "begun")]), None)
    rendition = newest_rendition(session, kept)
    assert (rendition.state, pages(session, rendition.id)[0].text) == (RenditionState.LIMIT, "begun")


def test_a_newer_extractor_replaces_what_an_older_one_made(session, storage, kept):
    old = session.scalars(sa.select(Rendition)).one()
    old.extractor_version, old.state = EXTRACTOR_VERSION - 1, RenditionState.OK
    session.commit()
    assert ask_for_newer(session, 10) == 1
    assert newest_rendition(session, kept) is old, "the old one is shown until the new one is there"
    assert ask_for_newer(session, 10) == 0
    finish(session, storage, claim(session, kept, LEASE), Extraction(State.OK), None)
    assert session.scalars(sa.select(Rendition.extractor_version)).all() == [EXTRACTOR_VERSION]


def test_a_newer_extractor_that_fails_takes_no_text_away(session, storage, kept):
    finish(session, storage, claim(session, kept, LEASE), Extraction(State.OK, [Page(1, "I", "kept")]), None)
    session.scalars(sa.select(Rendition)).one().extractor_version = EXTRACTOR_VERSION - 1
    session.commit()
    ask_for_newer(session, 10)
    finish(session, storage, claim(session, kept, LEASE), Extraction(State.LIMIT, [Page(1, "", "cut")]), None)
    rendition = session.scalars(sa.select(Rendition)).one()
    assert (rendition.extractor_version, rendition.state) == (EXTRACTOR_VERSION, RenditionState.OK)
    assert [(page.label, page.text) for page in pages(session, rendition.id)] == [("I", "kept")]
    assert ask_for_newer(session, 10) == 0


def test_files_can_be_read_again_once_a_program_was_installed(session, kept, run_jobs):
    session.scalars(sa.select(Rendition)).one().state = RenditionState.UNSUPPORTED
    session.commit()
    assert extract_again(session, RenditionState.UNSUPPORTED) == 1
    assert due_for_extraction(session, now()) == [kept]


def test_a_file_that_is_missing_from_the_store_is_named_damaged(session, storage, kept, run_jobs):
    storage.delete(kept)
    run_jobs()
    assert newest_rendition(session, kept).state is RenditionState.DAMAGED


def test_fixity_finds_a_flipped_byte_and_tells(session, installation, storage, kept, caplog):
    blob = session.get(Blob, kept)
    blob.created_at, size = now() - timedelta(days=40), blob.size
    session.commit()
    path = storage.local_path(kept)
    path.unlink()
    path.write_bytes(bytes(size))
    jobs.check_fixity(installation)
    session.expire_all()
    assert blob.condition is Condition.DAMAGED
    assert session.scalars(sa.select(FixityCheck.found)).all() == [Condition.DAMAGED]
    assert any(record.levelname == "CRITICAL" for record in caplog.records)


def test_fixity_reads_each_blob_once_a_month(session, installation, kept):
    blob = session.get(Blob, kept)
    jobs.check_fixity(installation)
    session.expire_all()
    assert blob.last_checked_at is None, "it was hashed as it came"
    blob.created_at = now() - timedelta(days=40)
    session.commit()
    for _ in range(2):
        jobs.check_fixity(installation)
    assert session.scalars(sa.select(FixityCheck.found)).all() == [Condition.WHOLE]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("clean", ScanState.CLEAN), ("infected", ScanState.INFECTED), ("unavailable", ScanState.WAITING)],
)
def test_what_came_while_the_scanner_was_silent_is_scanned_later(session, installation, storage, verdict, state):
    blob = keep_file(session, storage, scanner=FixedScanner("unavailable"))
    session.commit()
    from dataclasses import replace

    jobs.scan_waiting(replace(installation, scanner=FixedScanner(verdict, "x")))
    session.expire_all()
    assert blob.scan_state is state


def test_the_round_of_throwing_away_is_held_to_a_day(session, installation, storage):
    blob = keep_file(session, storage)
    session.commit()
    jobs.collect(installation)
    session.expire_all()
    assert blob.found_unreferenced_at is not None
    blob.found_unreferenced_at -= timedelta(hours=24)
    session.commit()
    jobs.collect(installation)
    session.expire_all()
    assert session.scalars(sa.select(Blob)).all() == []
    assert list(storage.contents()) == []


def test_content_of_a_dead_upload_is_found_by_its_round(session, installation, storage):
    from tests.files.factories import receiving

    with receiving(storage, a_pdf()) as received:
        pass
    jobs.register_orphaned_content(installation)
    assert session.get(Blob, received.sha256).found_unreferenced_at is not None


def test_the_index_follows_many_files_in_rounds_and_the_last_one_at_once(session, storage, installation, queue):
    hashes = [keep_file(session, storage, b"# Bai %d\n" % number, "bai.md").sha256 for number in range(5)]
    session.commit()
    queue.huey.storage.flush_queue()
    asked = []
    for sha256 in hashes:
        jobs.extract_one(installation, sha256)
        asked.append(sum(task.args[0] == "catalogue.index" for task in queue.huey.pending()))
    assert asked == [1, 1, 1, 1, 2], "the first one, and once no other waits"
