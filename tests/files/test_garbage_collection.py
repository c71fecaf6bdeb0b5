"""Throwing away what nothing points to: after a day, none sooner, and never what somebody has just kept."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.core.clock import now
from oer.core.db import Base
from oer.files.models import Blob, Rendition, RenditionPage
from oer.files.queries import integrity_issues, referencing_columns
from oer.files.services.garbage_collection import (
    delete_marked,
    hold_garbage_collection,
    mark_for_deletion,
    note_unreferenced,
    register_orphans,
    release_garbage_collection,
)
from oer.files.services.ingest import receive_derived, save_blob, save_derived_blob
from tests.catalogue.factories import make_material
from tests.files.factories import a_pdf, keep_file, receiving, spooled

HOUR = timedelta(hours=1)


def collect(session, storage, moment):
    """A whole round at a moment, as the job does it."""
    note_unreferenced(session, moment)
    hashes = mark_for_deletion(session, moment)
    session.commit()
    for sha256 in hashes:
        delete_marked(session, storage, sha256, moment)
        session.commit()


def test_every_table_that_points_to_a_blob_keeps_it_unless_it_is_derived():
    keeping = {str(column) for column in referencing_columns()}
    assert {"version_file.blob_sha256", "rendition.cover_sha256"} <= keeping
    derived = {f"{table}.blob_sha256" for table in ("rendition", "fixity_check", "text_sketch")}
    pointing = {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "blob.sha256"
    }
    assert pointing - keeping == derived


def test_an_unreferenced_blob_goes_a_day_after_it_was_found_and_none_sooner(session, storage):
    blob, begun = keep_file(session, storage), now()
    session.commit()
    collect(session, storage, begun)
    collect(session, storage, begun + 23 * HOUR)
    assert b"".join(storage.read(blob.sha256)) == a_pdf()
    collect(session, storage, begun + 24 * HOUR)
    assert session.scalars(sa.select(Blob)).all() == []
    assert session.scalars(sa.select(Rendition)).all() == []
    assert list(storage.contents()) == []


def test_what_a_material_shows_stays(session, storage):
    blob = keep_file(session, storage, b"content", name="a.txt")
    make_material(session, content=b"content")
    session.commit()
    for days in range(3):
        collect(session, storage, now() + timedelta(days=days))
    assert b"".join(storage.read(blob.sha256)) == b"content"


def test_what_is_pointed_to_again_begins_its_day_anew(session, storage):
    blob, begun = keep_file(session, storage, b"content", name="a.txt"), now()
    session.commit()
    collect(session, storage, begun)
    material = make_material(session, content=b"content")
    session.commit()
    collect(session, storage, begun + 20 * HOUR)
    assert blob.found_unreferenced_at is None
    session.delete(material.versions[0].files[0])
    session.commit()
    collect(session, storage, begun + 21 * HOUR)
    collect(session, storage, begun + 30 * HOUR)
    assert session.get(Blob, blob.sha256) is not None


def test_a_cover_goes_a_day_after_what_it_was_made_of(session, storage):
    blob, begun = keep_file(session, storage), now()
    with receive_derived(storage, b"a picture", "image/webp") as received:
        cover = save_derived_blob(session, storage, received)
    rendition = session.scalars(sa.select(Rendition)).one()
    rendition.cover_sha256 = cover.sha256
    session.add(RenditionPage(rendition_id=rendition.id, number=1, text="x"))
    session.commit()
    cover_sha256 = cover.sha256
    collect(session, storage, begun)
    collect(session, storage, begun + 24 * HOUR)
    assert session.get(Blob, blob.sha256) is None
    assert session.get(Blob, cover_sha256) is not None
    assert session.scalars(sa.select(RenditionPage)).all() == []
    collect(session, storage, begun + 25 * HOUR)
    collect(session, storage, begun + 49 * HOUR)
    assert session.get(Blob, cover_sha256) is None


def test_nothing_goes_while_a_backup_holds_it(session, storage):
    blob, begun = keep_file(session, storage), now()
    hold = hold_garbage_collection(session, "backup", begun + 100 * HOUR)
    session.commit()
    collect(session, storage, begun)
    collect(session, storage, begun + 50 * HOUR)
    assert session.get(Blob, blob.sha256) is not None
    release_garbage_collection(session, hold)
    collect(session, storage, begun + 50 * HOUR)
    assert session.get(Blob, blob.sha256) is None


def test_a_hold_that_ran_out_holds_nothing(session, storage):
    blob, begun = keep_file(session, storage), now()
    hold_garbage_collection(session, "a backup that died", begun + HOUR)
    session.commit()
    collect(session, storage, begun)
    collect(session, storage, begun + 25 * HOUR)
    assert session.get(Blob, blob.sha256) is None


def test_a_hold_that_comes_between_marking_and_removing_still_holds(session, storage):
    blob, moment = keep_file(session, storage), now()
    blob.leaving, blob.found_unreferenced_at = True, moment
    hold_garbage_collection(session, "backup", moment + HOUR)
    session.commit()
    assert not delete_marked(session, storage, blob.sha256, moment)
    assert storage.size(blob.sha256) == blob.size


def test_a_blob_that_is_kept_again_after_it_was_marked_survives(session, storage):
    blob, begun = keep_file(session, storage), now()
    session.commit()
    note_unreferenced(session, begun)
    assert mark_for_deletion(session, begun + 24 * HOUR) == [blob.sha256]
    session.commit()
    keep_file(session, storage)
    session.commit()
    assert not delete_marked(session, storage, blob.sha256, begun + 24 * HOUR)
    assert b"".join(storage.read(blob.sha256)) == a_pdf()


def test_a_blob_that_is_pointed_to_after_it_was_marked_survives(session, storage):
    blob, begun = keep_file(session, storage, b"content", name="a.txt"), now()
    session.commit()
    note_unreferenced(session, begun)
    mark_for_deletion(session, begun + 24 * HOUR)
    session.commit()
    make_material(session, content=b"content")
    session.commit()
    assert not delete_marked(session, storage, blob.sha256, begun + 24 * HOUR)
    assert not blob.leaving


def test_removing_that_died_midway_is_finished_by_the_next_round(session, storage):
    blob, begun = keep_file(session, storage), now()
    blob.leaving, blob.found_unreferenced_at = True, begun - 25 * HOUR
    session.commit()
    storage.delete(blob.sha256)
    assert integrity_issues(session, storage) == []
    collect(session, storage, begun)
    assert session.get(Blob, blob.sha256) is None


@pytest.mark.parametrize("received_first", [True, False])
def test_a_removal_racing_a_new_upload_of_the_same_content_leaves_it_whole(installation, storage, received_first):
    """Whichever gets the row first: what was acknowledged is there."""
    with installation.database.transaction() as session:
        sha256 = keep_file(session, storage).sha256
        blob = session.get(Blob, sha256)
        blob.leaving, blob.found_unreferenced_at = True, now() - 25 * HOUR

    def throw_away():
        with installation.database.transaction() as session:
            delete_marked(session, storage, sha256, now())

    thread = threading.Thread(target=throw_away)
    if not received_first:
        thread.start()
    with receiving(storage, a_pdf()) as received:
        if received_first:
            thread.start()
        with installation.database.transaction() as session:
            save_blob(session, storage, received)
    thread.join()
    with installation.database.reading() as session:
        assert not session.get_one(Blob, sha256).leaving
        assert b"".join(storage.read(sha256)) == a_pdf()
        assert integrity_issues(session, storage, read_contents=True) == []


def test_content_without_a_row_gets_one_and_goes_like_the_rest(session, storage):
    with receiving(storage, a_pdf()) as received:
        sha256 = received.sha256
    begun = now()
    assert register_orphans(session, list(storage.contents()), begun) == 1
    session.commit()
    collect(session, storage, begun + 23 * HOUR)
    assert storage.size(sha256)
    collect(session, storage, begun + 24 * HOUR)
    assert storage.size(sha256) is None
    assert spooled(storage) == []
