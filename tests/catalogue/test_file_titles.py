"""Titles and descriptions of files: given in a form or an import line, shown instead of file names."""

import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.services.administration import system_account
from oer.catalogue.jobs.importing import ImportRun, LineError, import_lines
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.files import set_file
from oer.core.installation import Installation
from tests.catalogue.factories import BY, make_educator, make_material
from tests.reading.factories import publish_files


def titled(session: Session, installation: Installation) -> Material:
    """A published material with a titled recording and a text without a title."""
    owner_id = system_account(session).id
    folder = installation.settings.instance_dir / "files"
    folder.mkdir(parents=True)
    (folder / "cuoc-goi-la.txt").write_text("A lô?")
    (folder / "b.txt").write_text("Bài.")
    session.commit()
    faults: list[LineError] = []
    file = {"name": "cuoc-goi-la.txt", "title": {"vi": "Cuộc gọi lạ", "en": "The strange call"}}
    line = {
        "identifier": "a",
        "metadata": {"title": {"vi": "Lừa đảo"}, "language": ["vi"], "licence": BY},
        "files": [{**file, "description": {"vi": "Một cuộc gọi giả danh công an."}}, "b.txt"],
    }
    order = ImportRun(installation, owner_id, folder, publish=True, report=faults.append)
    assert import_lines(order, [json.dumps(line)]).total() == 1
    assert import_lines(order, [json.dumps(line)])["unchanged"] == 1
    assert faults == []
    session.rollback()
    return session.scalars(sa.select(Material)).one()


def test_readers_see_titles_in_their_language_and_file_names_only_when_saving(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    public_id = titled(session, installation).public_id
    session.rollback()
    for root, title in (("", "Cuộc gọi lạ"), ("/en", "The strange call")):
        page, reader, other = (
            client.get(f"{root}/materials/{public_id}{path}").text for path in ("", "/files/1/read", "/files/2/read")
        )
        assert f">{title}</b>" in page
        assert f'<span class="visually-hidden">: {title}</span>' in page
        assert f"<title>{title} – Lừa đảo – " in reader
        assert f">{title}</h1>" in reader
        assert f">{title}</a>" in other
        assert "Một cuộc gọi giả danh công an." in page
        assert "Một cuộc gọi giả danh công an." in reader
        assert not [each for each in (page, reader, other) if "cuoc-goi-la" in each]
        assert '<h1 lang="">b.txt</h1>' in other  # a file name is in no language
    download = client.get(f"/materials/{public_id}/files/1/download")
    assert 'filename="cuoc-goi-la.txt"' in download.headers["Content-Disposition"]


def test_programs_get_titles_and_file_names(client: FlaskClient, session: Session, installation: Installation) -> None:
    public_id = titled(session, installation).public_id
    session.rollback()
    first, second = client.get(f"/api/v1/materials/{public_id}").get_json()["files"]
    assert first["key"] == "cuoc-goi-la.txt"
    assert first["title"] == {"vi": "Cuộc gọi lạ", "en": "The strange call"}
    assert first["description"] == {"vi": "Một cuộc gọi giả danh công an."}
    assert (second["title"], second["description"]) == ({}, {})


def test_the_only_file_of_a_material_is_called_as_the_material(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    made = publish_files(session, installation, ("de-cuong-v2.txt", b"Text."), title={"vi": "Đề cương"})
    reader = client.get(f"/materials/{made.public_id}/files/1/read").text
    assert '<h1 class="visually-hidden" lang="vi">Đề cương</h1>' in reader
    assert "<title>Đề cương – Kho" in reader
    assert "de-cuong-v2" not in reader


def test_an_educator_gives_a_file_its_title_without_script(session: Session, as_account) -> None:
    educator = make_educator(session)
    material = make_material(session, educator)
    public_id, browser = material.public_id, as_account(educator)
    where = f"/my/materials/{public_id}/files"
    texts = {
        "title_vi": " Đề  thi ",
        "title_en": "Exam",
        "description_vi": "Hai trang.\r\nCó đáp án.",
        "description_en": "",
    }
    answer = browser.send(f"{where}/1", page=where, action="save", role="content", language="", **texts)
    assert answer.status_code == 303
    session.rollback()
    [file] = session.scalars(sa.select(Material)).one().newest_version.files
    assert file.title == {"vi": "Đề thi", "en": "Exam"}
    assert file.description == {"vi": "Hai trang.\nCó đáp án."}
    session.rollback()
    page = browser.get(where).text
    assert 'value="Đề thi"' in page
    assert "bai.pdf" in page
    # Moving saves what was typed; no text may be endless.
    browser.send(f"{where}/1", page=where, action="up", role="content", **{**texts, "title_vi": "Đề"})
    assert 'value="Đề"' in browser.get(where).text
    endless = {**texts, "title_vi": "x" * 201}
    assert browser.send(f"{where}/1", page=where, action="save", role="content", **endless).status_code == 400


def test_a_new_version_has_the_titles_of_the_one_before(session: Session, installation: Installation) -> None:
    material = titled(session, installation)
    version = new_version(session, make_educator(session), material)
    assert version.files[0].title == {"vi": "Cuộc gọi lạ", "en": "The strange call"}
    set_file(session, material, 1, role="content", language=None, title={"en": ""})
    assert version.files[0].title == {"vi": "Cuộc gọi lạ"}
    assert material.current_version is not None
    assert "en" in material.current_version.files[0].title


@pytest.mark.parametrize("title", [["vi"], {"xx": "a"}, {"vi": "x" * 201}])
def test_an_import_line_with_a_faulty_title_is_refused(
    session: Session, installation: Installation, title: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, owner_id = tmp_path_factory.mktemp("files"), system_account(session).id
    (folder / "a.txt").write_text("A")
    session.commit()
    faults: list[LineError] = []
    line = {"identifier": "a", "metadata": {"title": {"vi": "Bài"}}, "files": [{"name": "a.txt", "title": title}]}
    import_lines(ImportRun(installation, owner_id, folder, report=faults.append), [json.dumps(line)])
    assert [each.reason.partition(":")[0].partition(".")[0] for each in faults] == ["files[0]"]
