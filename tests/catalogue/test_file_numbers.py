"""Numbers of files: they last through versions, none is given twice."""

import json

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.services.administration import system_account
from oer.backends.storage import Storage
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.files import add_file, move_file, remove_file, save_upload
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.installation import Installation
from tests.catalogue.factories import BY, make_blob, make_educator, make_material, make_reviewer
from tests.files.factories import receiving


@pytest.fixture
def material(session: Session) -> Material:
    """A published material with the files a, b, c; a draft of its next version has begun."""
    owner = make_educator(session)
    made = make_material(session, owner, content=None)
    for name in "abc":
        add_file(session, made, make_blob(session, name.encode()).sha256, name)
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    new_version(session, owner, made)
    return made


def numbers(material: Material) -> dict[str, int]:
    return {file.name: file.number for file in material.newest_version.files}


def test_a_file_keeps_its_number_through_versions_wherever_it_is_moved(session: Session, material: Material) -> None:
    move_file(session, material, 3, -2)
    assert [(file.position, file.name) for file in material.newest_version.files] == [(1, "c"), (2, "a"), (3, "b")]
    assert numbers(material) == {"a": 1, "b": 2, "c": 3}


def test_a_file_that_is_replaced_keeps_its_number(
    session: Session, installation: Installation, material: Material
) -> None:
    storage: Storage = installation.storage
    with receiving(storage, b"Another text.", "d.txt") as received:
        save_upload(session, storage, material, received, most_bytes=10**9, number=2)
    assert numbers(material) == {"a": 1, "d.txt": 2, "c": 3}


def test_a_number_is_not_given_again_after_its_file_is_gone(session: Session, material: Material) -> None:
    remove_file(session, material, 3)
    add_file(session, material, make_blob(session, b"d").sha256, "d")
    remove_file(session, material, 4)
    add_file(session, material, make_blob(session, b"e").sha256, "e")
    assert numbers(material) == {"a": 1, "b": 2, "e": 5}


def test_an_import_keeps_the_numbers_of_the_same_files(
    session: Session, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, owner_id = tmp_path_factory.mktemp("files"), system_account(session).id
    session.commit()

    def bring(**files: str) -> dict[str, int]:
        for name, content in files.items():
            (folder / f"{name}.txt").write_text(content)
        line = {
            "identifier": "a",
            "metadata": {"title": {"vi": "Bài"}, "language": ["vi"], "licence": BY},
            "files": [f"{name}.txt" for name in files],
        }
        faults: list[object] = []
        import_lines(ImportRun(installation, owner_id, folder, publish=True, report=faults.append), [json.dumps(line)])
        assert not faults
        session.rollback()
        found = numbers(session.scalars(sa.select(Material)).one())
        session.rollback()
        return found

    assert bring(bai="Bài tập", anh="Ảnh") == {"bai.txt": 1, "anh.txt": 2}
    # The solutions come first now, under the name that the exercise had.
    assert bring(bai="Đáp án", de="Bài tập", anh="Ảnh khác") == {"bai.txt": 3, "de.txt": 1, "anh.txt": 2}
    assert bring(anh="Ảnh khác") == {"anh.txt": 2}
    assert bring(anh="Ảnh khác", bai="Đáp án mới") == {"anh.txt": 2, "bai.txt": 4}
