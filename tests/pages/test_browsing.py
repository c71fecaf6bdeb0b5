"""Home and the ways from it: what is shown is what is in service, and every link on a page leads somewhere."""

import hashlib
import re
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from oer.files.models import Blob
from oer.vocabularies import vocabularies
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
)


@pytest.fixture
def material(session: Session) -> Material:
    unit = make_unit(session, code="thu-vien", name={"vi": "Thư viện Khoa học"})
    made = make_published(
        session,
        make_educator(session, unit),
        title={"vi": "Sổ tay thủy lợi nội đồng"},
        creators=[{"name": "Nhóm Nông nghiệp Đô thị"}],
        audiences=["workers"],
        levels=["xmc"],
        time_required="PT1H30M",
    )
    session.commit()
    return made


def test_home_leads_to_groups_subjects_and_the_newest(client: FlaskClient, material: Material) -> None:
    page = client.get("/").text
    assert "1 học liệu mở" in page
    assert "Sổ tay thủy lợi nội đồng" in page
    assert 'href="/audiences/workers"' in page
    assert 'href="/subjects/bas"' in page
    assert "1 giờ 30 phút" in page


def test_home_speaks_english_below_en(client: FlaskClient, material: Material) -> None:
    page = client.get("/en/").text
    assert "What would you like to learn today?" in page
    assert 'href="/en/audiences/workers"' in page
    assert 'lang="vi">Sổ tay thủy lợi nội đồng' in page


def test_a_subject_has_its_colour_and_names_what_is_below_it_with_counts(client: FlaskClient, session: Session) -> None:
    make_published(session, make_educator(session, make_unit(session)), subjects=["sch.toan"])
    session.commit()
    page = client.get("/en/subjects/sch").text
    assert 'class="sub-top s-sch"' in page
    rows = re.findall(r'<a class="(row[^"]*)" href="/en/subjects/([^"]+)"', page)
    below = [term.code for term in vocabularies().subjects.children("sch")]
    assert rows[0] == ("row bare", "sch.toan"), "what has something comes first"
    assert rows[1:] == [("row bare empty-yet", code) for code in below if code != "sch.toan"]
    assert 'class="sub-top s-sch"' in client.get("/subjects/sch.toan").text, "the colour of the subject above"
    assert "sub-top" not in client.get("/audiences/workers").text
    fold = client.get("/en/subjects").text.partition('id="s-sch"')[2].partition("</section>")[0]
    shown, _, folded = fold.partition("<details")
    assert re.findall(r'href="/en/subjects/(sch\.[^"]+)"', shown) == ["sch.toan"]
    assert len(re.findall(r'href="/en/subjects/sch\.', folded)) == len(below) - 1


def test_an_empty_repository_says_so_kindly(client: FlaskClient) -> None:
    answer = client.get("/en/")
    assert answer.status_code == 200
    assert "The first materials are being prepared" in answer.text


def test_drafts_show_nowhere(client: FlaskClient, session: Session, material: Material) -> None:
    make_material(session, title={"vi": "Bản nháp bí mật"}, audiences=["workers"])
    session.commit()
    for path in ("/", "/subjects", "/subjects/bas.song", "/audiences/workers", "/levels/xmc", "/units/thu-vien"):
        page = client.get(path).text
        assert "bí mật" not in page
        assert "2 học liệu" not in page


@pytest.mark.parametrize(
    "path",
    ["/subjects/bas", "/subjects/bas.song", "/audiences/workers", "/levels/xmc", "/people/nhóm nông nghiệp đô thị"],
)
def test_a_material_is_found_by_each_way(client: FlaskClient, material: Material, path: str) -> None:
    assert "Sổ tay thủy lợi nội đồng" in client.get(path).text


@pytest.mark.parametrize("path", ["/subjects/nothing", "/audiences/x", "/levels/x", "/people/nobody", "/units/x"])
def test_what_is_not_there_is_404_with_a_way_on(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'role="search"' in answer.text


def test_a_term_without_materials_says_so(client: FlaskClient, material: Material) -> None:
    answer = client.get("/en/audiences/homemakers")
    assert answer.status_code == 200
    assert "There is nothing here yet" in answer.text


def test_a_name_with_marks_leads_to_the_one_address_of_the_person(client: FlaskClient, material: Material) -> None:
    answer = client.get("/people/Nhóm Nông nghiệp Đô thị")
    assert answer.status_code == 301
    assert unquote(answer.headers["Location"]).endswith("/people/nhóm nông nghiệp đô thị")


def test_a_unit_shows_its_courses_and_materials(client: FlaskClient, session: Session, material: Material) -> None:
    make_collection(session, material, unit=material.current_version and make_unit(session), title={"vi": "Khóa khác"})
    session.commit()
    page = client.get("/units/thu-vien").text
    assert "Thư viện Khoa học" in page
    assert "Sổ tay thủy lợi nội đồng" in page
    assert "Khóa khác" not in page


def test_what_was_withdrawn_leaves_every_kept_page_at_once(
    client: FlaskClient, session: Session, material: Material
) -> None:
    paths = ["/", "/subjects/bas.song", "/audiences/workers", "/units/thu-vien"]
    for path in paths:
        client.get(path)
        assert "Sổ tay thủy lợi" in client.get(path).text
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")
    session.commit()
    assert not any("Sổ tay thủy lợi" in client.get(path).text for path in paths)


def test_a_changed_unit_name_shows_at_once(client: FlaskClient, session: Session, material: Material) -> None:
    client.get("/units/thu-vien")
    unit = make_unit(session, code="other")
    session.commit()
    unit.name, unit.revision = {"vi": "Tên mới"}, unit.revision + 1
    session.commit()
    assert "Tên mới" in client.get("/units/other").text
    unit.name, unit.revision = {"vi": "Tên mới hơn"}, unit.revision + 1
    session.commit()
    assert "Tên mới hơn" in client.get("/units/other").text


@pytest.mark.parametrize("page", ["0", "-1", "999999", "abc", "1" + "0" * 30])
def test_an_odd_page_number_shows_a_page_that_there_is(client: FlaskClient, material: Material, page: str) -> None:
    answer = client.get(f"/subjects/bas.song?page={page}")
    assert answer.status_code == 200
    assert "Sổ tay thủy lợi" in answer.text


def test_lists_are_cut_into_pages(client: FlaskClient, session: Session) -> None:
    educator = make_educator(session)
    for number in range(25):
        make_published(session, educator, title={"vi": f"Bài số {number}"})
    session.commit()
    first, second = client.get("/subjects/bas.song").text, client.get("/subjects/bas.song?page=2").text
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert "Bài số 24" in first
    assert re.findall(r"Bài số \d+", second) == ["Bài số 0"]


def test_markup_in_a_title_is_only_text(client: FlaskClient, session: Session) -> None:
    make_published(session, title={"vi": "<script>alert(1)</script>"}, creators=[{"name": "<b>A</b>"}])
    session.commit()
    assert "<script>" not in client.get("/").text
    assert "&lt;script&gt;" in client.get("/").text


def test_a_material_without_a_picture_has_its_cover_by_rule_in_lists_and_on_its_page(
    client: FlaskClient, session: Session, material: Material
) -> None:
    pictured = make_published(session, title={"vi": "Có bìa riêng"}, content=b"with a picture")
    blob = session.scalars(sa.select(Blob).where(Blob.sha256 == hashlib.sha256(b"with a picture").hexdigest())).one()
    make_rendition(session, blob, version=9, cover_sha256=make_blob(session, b"picture", "image/webp").sha256)
    session.commit()
    listed = client.get("/audiences/workers").text + client.get("/subjects/bas.song").text
    assert set(re.findall(r'<svg class="cv cv-(\w+)"', listed)) == {"booklet"}
    assert listed.count('class="cover"') == 1
    assert '<span class="framed f-booklet s-bas"><img class="cover"' in listed
    assert f'src="/materials/{pictured.public_id}/cover.webp' in listed
    # Home, which has to be light, draws even what has a picture.
    home = client.get("/").text.partition("Học liệu mới</h2>")[2]
    assert re.findall(r'<svg class="cv cv-(\w+)".*?>([^<]*)</text>', home) == [("booklet", "SỔ TAY")] * 2
    assert 'class="cover"' not in home
    # On its own page it is large and says its kind; in another language it stays in that of the material.
    page = client.get(f"/en/materials/{material.public_id}").text
    assert ">SỔ TAY</text>" in page
    assert 'class="cover"' not in page
