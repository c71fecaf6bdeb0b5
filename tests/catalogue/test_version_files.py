"""Files of a draft: their order, their roles, their names."""

import pytest

from oer.catalogue.models import FileRole
from oer.catalogue.queries.files import files_of
from oer.catalogue.services import files as file_services
from oer.catalogue.services.files import add_file, move_file, remove_file, save_upload, set_file
from oer.core.errors import Conflict, Invalid, NotFound
from oer.files.models import RenditionState
from tests.catalogue.factories import make_blob, make_material, make_published, make_rendition
from tests.files.factories import receiving


@pytest.fixture
def storage(installation):
    return installation.storage


@pytest.fixture
def material(session):
    """A draft with the files a, b, c."""
    material = make_material(session, content=None)
    for name in "abc":
        add_file(session, material, make_blob(session, name.encode()).sha256, name)
    return material


def names(material) -> list[tuple[int, str]]:
    return [(file.position, file.name) for file in material.newest_version.files]


def test_files_are_numbered_as_they_come(material):
    assert names(material) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_file_that_goes_leaves_no_gap(session, material):
    remove_file(session, material, 1)
    assert names(material) == [(1, "b"), (2, "c")]
    add_file(session, material, make_blob(session).sha256, "d")
    assert names(material) == [(1, "b"), (2, "c"), (3, "d")]


@pytest.mark.parametrize(
    ("position", "steps", "order"),
    [(1, 1, "bac"), (3, -1, "acb"), (3, -2, "cab"), (1, -1, "abc"), (3, 1, "abc"), (1, 9, "bca")],
)
def test_a_file_moves_as_far_as_there_is_room(session, material, position, steps, order):
    move_file(session, material, position, steps)
    assert "".join(name for _, name in names(material)) == order


def test_a_file_is_replaced_in_its_place(session, storage, material):
    with receiving(storage, b"better", "better.txt") as received:
        save_upload(session, storage, material, received, most_bytes=1000, number=2)
    assert names(material) == [(1, "a"), (2, "better.txt"), (3, "c")]
    assert material.newest_version.files[1].blob_sha256 == received.sha256


@pytest.mark.parametrize("number", [None, 2])
def test_an_upload_locks_its_material_once(session, storage, material, monkeypatch, number):
    locked = []
    monkeypatch.setattr(file_services, "lock_material", lambda _session, each: locked.append(each))
    with receiving(storage, b"better", "better.txt") as received:
        save_upload(session, storage, material, received, most_bytes=1000, number=number)
    assert locked == [material]


def test_a_file_has_a_role_and_a_language(session, material):
    file = set_file(session, material, 2, role=FileRole.CAPTIONS, language="en")
    assert (file.role, file.language) == (FileRole.CAPTIONS, "en")
    for role, language in (("thumbnail", None), (FileRole.CONTENT, "xx")):
        with pytest.raises(Invalid):
            set_file(session, material, 2, role=role, language=language)


def test_there_is_one_cover_at_most(session, material):
    set_file(session, material, 1, role=FileRole.COVER, language=None)
    set_file(session, material, 2, role=FileRole.COVER, language=None)
    assert [file.role for file in material.newest_version.files] == [FileRole.CONTENT, FileRole.COVER, FileRole.CONTENT]


def test_there_is_an_end_to_the_number_of_files(session, material, monkeypatch):
    monkeypatch.setattr(file_services, "MAX_FILES", 3)
    with pytest.raises(Invalid):
        add_file(session, material, make_blob(session).sha256, "d")


def test_what_is_not_there_is_not_changed(session, material):
    for change in (lambda: remove_file(session, material, 4), lambda: move_file(session, material, 0, 1)):
        with pytest.raises(NotFound):
            change()


def test_files_of_a_published_version_stay(session):
    material = make_published(session)
    with pytest.raises(Conflict):
        remove_file(session, material, 1)


def test_a_file_is_shown_with_the_newest_rendition_that_has_ended(session, material):
    version = material.newest_version
    blob = make_blob(session, b"a")
    assert files_of(session, version)[0].is_being_read
    first = make_rendition(session, blob, "text")
    make_rendition(session, blob, state=RenditionState.RUNNING, version=2)
    shown = files_of(session, version)
    assert [each.file.name for each in shown] == ["a", "b", "c"]
    assert (shown[0].rendition.id, shown[0].is_being_read) == (first.id, False)
