"""The index equals the published set, whatever happened on the way."""

import shutil
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.backends.search import Health, IndexBroken
from oer.catalogue.jobs import index_due, indexing, rebuild_index
from oer.catalogue.jobs.indexing import verify_index
from oer.catalogue.models import IndexState, Material
from oer.catalogue.queries.indexing import due_for_index, excluded_from_results
from oer.catalogue.services.changes import bump_materials
from oer.catalogue.services.withdrawal import restore, withdraw
from oer.files.models import Rendition, RenditionState
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
    make_submitted,
    replace_published,
)


@pytest.fixture
def contents(installation):
    """Public ids in the index."""
    return lambda: set(installation.search_index.contents())


def commit_and_index(session, installation) -> None:
    session.commit()
    index_due(installation)
    session.expire_all()


def test_what_is_in_service_is_put_and_nothing_else(session, installation, contents):
    public = make_published(session)
    make_material(session)
    make_submitted(session)
    commit_and_index(session, installation)
    assert contents() == {public.public_id}
    assert due_for_index(session).put == []


def test_publishing_wakes_the_indexer(session, run_jobs, contents):
    material = make_published(session)
    session.commit()
    run_jobs()
    assert contents() == {material.public_id}


def test_what_is_withdrawn_is_masked_until_removed_and_after(session, installation, contents):
    material = make_published(session)
    commit_and_index(session, installation)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    session.commit()
    assert excluded_from_results(session) == {material.public_id}
    assert due_for_index(session).remove == [material.public_id]
    commit_and_index(session, installation)
    assert contents() == set()
    assert due_for_index(session).remove == []
    assert excluded_from_results(session) == {material.public_id}, "a reader may still be some seconds behind"


def test_what_is_restored_is_put_again(session, installation, contents):
    material, reviewer = make_published(session), make_reviewer(session)
    withdraw(session, reviewer, material, "wrong", "Sai")
    commit_and_index(session, installation)
    restore(session, reviewer, material)
    commit_and_index(session, installation)
    assert contents() == {material.public_id}
    assert excluded_from_results(session) == frozenset()


def changes():
    def new_publication(session, material):
        replace_published(session, material)

    def unit(session, material):
        material.current_version.material.unit_id and session.execute(
            sa.text("UPDATE unit SET revision = revision + 1")
        )

    def extraction(session, _material):
        make_rendition(session, make_blob(session), "text")

    def collection(session, material):
        make_collection(session, material)

    return [new_publication, unit, extraction, collection]


@pytest.mark.parametrize("change", changes(), ids=lambda change: change.__name__)
def test_whatever_a_document_shows_makes_it_due(session, installation, change):
    material = make_published(session, make_educator(session, make_unit(session)))
    commit_and_index(session, installation)
    before = due_for_index(session).put
    change(session, material)
    session.commit()
    session.expire_all()
    assert before == []
    assert [material_id for material_id, _ in due_for_index(session).put] == [material.id]


def test_text_whose_extraction_ends_after_publication_is_found(session, installation):
    material = make_published(session)
    rendition = make_rendition(session, make_blob(session), "Ngắt cầu dao", state=RenditionState.RUNNING)
    commit_and_index(session, installation)
    assert due_for_index(session).put == []
    session.execute(sa.update(Rendition).where(Rendition.id == rendition.id).values(state=RenditionState.OK))
    commit_and_index(session, installation)
    signature = installation.search_index.contents()[material.public_id]
    assert signature.endswith(f".1.{rendition.id}.1")


def test_changed_vocabularies_make_everything_due(session, installation, monkeypatch):
    make_published(session)
    commit_and_index(session, installation)
    monkeypatch.setattr("oer.catalogue.queries.indexing.DOCUMENT_VERSION", 99)
    assert len(due_for_index(session).put) == 1


def test_a_lost_index_is_made_anew(session, installation, contents, settings):
    material = make_published(session)
    commit_and_index(session, installation)
    shutil.rmtree(Path(settings.search.removeprefix("whoosh:")))
    commit_and_index(session, installation)
    assert contents() == {material.public_id}


def test_an_index_that_someone_else_wrote_is_compared(session, installation, contents):
    material, stays = make_published(session), make_published(session)
    commit_and_index(session, installation)
    installation.search_index.remove([material.public_id])
    commit_and_index(session, installation)
    assert contents() == {material.public_id, stays.public_id}


def test_what_an_older_backup_of_the_database_does_not_know_leaves_the_index(session, installation, contents):
    material, stays = make_published(session), make_published(session)
    commit_and_index(session, installation)
    material.current_version_id = None
    session.execute(sa.delete(IndexState))
    session.execute(sa.text("UPDATE catalogue_state SET index_generation = ''"))
    commit_and_index(session, installation)
    assert contents() == {stays.public_id}


def test_a_death_between_putting_and_noting_is_made_good(session, installation, contents, monkeypatch):
    material = make_published(session)
    session.commit()
    real = indexing._record_signatures
    calls = []

    def die_at_the_second(*given):
        calls.append(1)
        if len(calls) == 3:  # after the rebuild of the missing index: before the put, then after it
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(indexing, "_record_signatures", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rebuild_index(installation)
        make_published(session)
        session.commit()
        index_due(installation)
    monkeypatch.setattr(indexing, "_record_signatures", real)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    session.commit()
    assert excluded_from_results(session) == {material.public_id}
    commit_and_index(session, installation)
    assert contents() == set(session.scalars(sa.select(Material.public_id).where(Material.withdrawn_at.is_(None))))
    assert due_for_index(session).put == []


def test_one_material_that_cannot_be_read_keeps_no_other_out(session, installation, contents, monkeypatch, caplog):
    bad, good = make_published(session).public_id, make_published(session).public_id
    real = indexing.document_of

    def fail_for_one(session, material, signature):
        if material.public_id == bad:
            raise RuntimeError
        return real(session, material, signature)

    monkeypatch.setattr(indexing, "document_of", fail_for_one)
    commit_and_index(session, installation)
    assert contents() == {good}
    assert bad in caplog.text
    monkeypatch.setattr(indexing, "document_of", real)
    commit_and_index(session, installation)
    assert contents() == {good, bad}


def test_a_broken_index_is_made_anew(session, installation, contents, monkeypatch):
    material = make_published(session)
    commit_and_index(session, installation)
    real, calls = installation.search_index.contents, []

    def broken_once():
        calls.append(1)
        if len(calls) == 1:
            raise IndexBroken
        return real()

    session.execute(sa.text("UPDATE catalogue_state SET index_generation = ''"))
    monkeypatch.setattr(installation.search_index, "contents", broken_once)
    commit_and_index(session, installation)
    assert contents() == {material.public_id}


def test_who_finds_another_at_it_goes_and_that_one_looks_again(session, installation, contents):
    material = make_published(session)
    session.commit()
    with installation.exclusive("index", wait=False) as mine:
        assert mine
        index_due(installation)
        assert indexing._asked.is_set()
    other = threading.Thread(target=index_due, args=(installation,))
    other.start()
    other.join()
    assert contents() == {material.public_id}


def test_a_rebuild_tells_how_far_it_is(session, installation, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    for _ in range(3):
        make_published(session)
    session.commit()
    told = []
    assert rebuild_index(installation, lambda *told_now: told.append(told_now)) == 3
    assert told == [("materials", 0, 3), ("materials", 2, 3), ("materials", 3, 3)]


def test_a_byte_that_changes_under_an_open_index_is_found_and_the_index_made_anew(session, installation, contents):
    material = make_published(session)
    commit_and_index(session, installation)
    (file,) = (installation.settings.instance_dir / "index").glob("i-*/MAIN_*.words.col")
    with file.open("r+b") as stream:
        stream.write(bytes([file.read_bytes()[0] ^ 0xFF]))
    assert installation.search_index.state().health is Health.READY, "nothing that was read says so"
    verify_index(installation)
    assert not file.exists()
    assert contents() == {material.public_id}


def published_ids(session, count):
    return [make_published(session).id for _ in range(count)]


def put_batches(monkeypatch, meanwhile=lambda: None):
    """Have batches of two, and note what is put in each; `meanwhile` is called after each."""
    batches: list[list[int]] = []
    put = indexing._put

    def noted(installation, signatures, tried=0):
        batches.append(sorted(signatures))
        count = put(installation, signatures, tried)
        meanwhile()
        return count

    monkeypatch.setattr(indexing, "_put", noted)
    monkeypatch.setattr(indexing, "BATCH", 2)
    return batches


def test_what_nobody_can_find_yet_is_indexed_before_what_only_changed_the_newest_first(
    session, installation, monkeypatch
):
    changed = published_ids(session, 3)
    commit_and_index(session, installation)
    bump_materials(session, changed)
    new = published_ids(session, 3)
    session.commit()
    batches = put_batches(monkeypatch)
    index_due(installation)
    assert batches == [new[1:], new[:1], changed[:2], changed[2:]]


def test_what_is_published_while_much_is_indexed_does_not_wait_for_all_of_it(session, installation, monkeypatch):
    changed = published_ids(session, 4)
    commit_and_index(session, installation)
    bump_materials(session, changed)
    session.commit()
    late: list[int] = []

    def publish_once():
        if not late:
            late.extend(published_ids(session, 1))
            session.commit()
            index_due(installation)  # as the worker's other thread does: it finds this one at work and leaves

    batches = put_batches(monkeypatch, publish_once)
    index_due(installation)
    assert batches == [changed[:2], late, changed[2:]]


def test_more_materials_than_a_statement_takes_values_are_rebuilt_and_bumped(session, installation, monkeypatch):
    material_ids = published_ids(session, 5)
    session.commit()
    monkeypatch.setattr("oer.core.db.PORTION", 2)
    assert rebuild_index(installation) == 5
    bump_materials(session, material_ids)
    assert [number for number, _ in due_for_index(session).put] == material_ids
    commit_and_index(session, installation)
    assert due_for_index(session).put == []
