"""A store belongs to one database."""

import pytest

from oer.backends.storage import StorageError
from oer.core.errors import Conflict, Unavailable
from oer.files.services.store_ownership import adopt_store, database_id, require_own_store
from tests.files.factories import a_pdf, keep_file, receiving


def test_a_new_store_is_marked_at_the_first_start_and_known_at_the_next(session, storage):
    require_own_store(session, storage)
    assert storage.owner() == database_id(session)
    require_own_store(session, storage)


def test_another_databases_store_is_refused_with_the_command_that_mends_it(session, storage):
    storage.adopt("another database")
    with pytest.raises(Conflict, match="oer storage adopt"):
        require_own_store(session, storage)


def test_an_unmarked_store_with_files_in_it_is_refused(session, storage):
    with receiving(storage, a_pdf()), pytest.raises(Conflict, match="oer storage adopt"):
        require_own_store(session, storage)


def test_an_empty_store_is_refused_where_the_database_knows_files(session, storage):
    storage.delete(keep_file(session, storage).sha256)
    with pytest.raises(Conflict, match="oer storage adopt"):
        require_own_store(session, storage)


def test_a_damaged_marker_is_refused(session, storage):
    require_own_store(session, storage)
    (storage.root / ".oer-store").write_text("")
    with pytest.raises(Conflict):
        require_own_store(session, storage)


def test_a_store_that_does_not_answer_is_unavailable(session, storage, monkeypatch):
    def fail():
        raise StorageError("no answer")

    monkeypatch.setattr(storage, "owner", fail)
    with pytest.raises(Unavailable):
        require_own_store(session, storage)


def test_adopting_lists_what_is_taken_over_and_throws_nothing_away(session, storage):
    storage.adopt("another database")
    known = keep_file(session, storage)
    with receiving(storage, a_pdf("của nơi khác")) as received:
        pass
    assert adopt_store(session, storage) == [received.sha256]
    assert storage.owner() == database_id(session)
    assert {each.sha256 for each in storage.contents()} == {known.sha256, received.sha256}
    require_own_store(session, storage)
