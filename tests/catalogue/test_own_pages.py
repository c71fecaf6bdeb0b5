"""An educator's own pages: the list, beginning, the way to publication, correcting, deleting, asking for withdrawal."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.accounts.models import Account, Role
from oer.catalogue.models import Material
from oer.catalogue.services.files import set_file
from oer.catalogue.services.review import return_with_reason
from oer.catalogue.services.withdrawal import withdraw
from tests.accounts.factories import make_account
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer, make_submitted

SAMPLES = Path(__file__).parents[2] / "oer" / "samples" / "files"


@pytest.fixture
def educator(session):
    return make_educator(session)


def count(session) -> int:
    session.rollback()
    found = session.scalar(sa.select(sa.func.count()).select_from(Material))
    session.rollback()
    return found


def test_the_list_shows_ones_own_with_their_states(session, educator, as_account):
    material = make_material(session, educator, title={"vi": "Bản nháp của tôi"})
    make_published(session, educator, title={"vi": "Bài đã đăng"})
    make_published(session, title={"vi": "Của người khác"})
    returned = make_submitted(session, educator, title={"vi": "Bài trả lại"})
    return_with_reason(session, make_reviewer(session), returned, "Thiếu nguồn")
    assert material.id
    page = as_account(educator).get("/my/materials").text
    for shown in ("Bản nháp của tôi", "Bài đã đăng", "Bài trả lại", "Trả lại để sửa", "20 GB"):
        assert shown in page or shown == "20 GB"
    assert "Của người khác" not in page


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_page_is_there_in_both_languages(session, educator, as_account, language):
    draft, published = make_material(session, educator).public_id, make_published(session, educator).public_id
    browser = as_account(educator)
    for path in (
        "/my/materials",
        "/my/materials/new",
        f"/my/materials/{draft}",
        f"/my/materials/{draft}/files",
        f"/my/materials/{draft}/describe",
        f"/my/materials/{draft}/delete",
        f"/my/materials/{published}",
        f"/my/materials/{published}/files",
        f"/my/materials/{published}/ask-withdrawal",
    ):
        answer = browser.get(language + path)
        assert answer.status_code == 200, path
        assert f'<html lang="{"en" if language else "vi"}"' in answer.text
        assert "Traceback" not in answer.text


def test_a_link_alone_begins_a_material(session, educator, as_account):
    browser = as_account(educator)
    answer = browser.send("/my/materials/new", source_url="https://example.org/bai")
    assert answer.headers["Location"].endswith("/describe")
    assert "https://example.org/bai" in browser.get(answer.headers["Location"]).text


def test_a_wrong_link_is_told_and_kept(session, educator, as_account):
    answer = as_account(educator).send("/my/materials/new", source_url="example.org")
    assert answer.status_code == 422
    assert 'value="example.org"' in answer.text
    assert count(session) == 0


def test_the_same_form_twice_begins_one_material(session, educator, as_account):
    browser = as_account(educator)
    places = {browser.send("/my/materials/new", key="once").headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert count(session) == 1


def send_first_file(browser, name, content=TEXT, key="k"):
    token = browser.token("/en/my/materials/new")
    path = f"/en/api/v1/materials/files?name={name}&key={key}"
    headers = {"X-CSRFToken": token, "Content-Type": "application/octet-stream"}
    return browser.client.post(path, data=content, headers=headers)


def test_the_first_file_that_a_script_sends_begins_a_material_once(session, educator, as_account):
    browser = as_account(educator)
    answer = send_first_file(browser, "an-toan.txt")
    assert answer.status_code == 201
    public_id = answer.json["id"]
    assert answer.json["upload"] == f"/en/api/v1/materials/{public_id}/files"
    assert answer.json["files"] == f"/en/my/materials/{public_id}/files"
    assert "an-toan.txt" in browser.get(f"/my/materials/{public_id}/files").text
    assert send_first_file(browser, "an-toan.txt").json["id"] == public_id
    assert count(session) == 1


def test_a_refused_only_file_leaves_no_draft(session, educator, as_account):
    assert send_first_file(as_account(educator), "virus.exe", b"MZ\x90").status_code == 415
    assert count(session) == 0


def test_drafts_without_a_title_go_by_their_file_or_address(session, educator, as_account):
    make_material(session, educator, title=None)
    make_material(session, educator, title=None, content=None, source_url="https://example.org/bai/3")
    empty = make_material(session, educator, title=None, content=None).public_id
    browser = as_account(educator)
    page = browser.get("/my/materials").text
    for name in ("bai</a>", "example.org/bai/3", "Bản nháp ngày "):
        assert name in page
    assert "Bản nháp ngày" in browser.get(f"/my/materials/{empty}").text


def test_ones_own_materials_are_searched_and_filtered(session, educator, as_account):
    make_material(session, educator, title={"vi": "Thủy lợi nội đồng"})
    make_published(session, educator, title={"vi": "Thuỷ lợi đã công bố"})
    make_material(session, educator, title=None)
    returned = make_submitted(session, educator, title={"vi": "Bị trả lại"})
    return_with_reason(session, make_reviewer(session), returned, "Thiếu nguồn")
    make_material(session, title={"vi": "Thủy lợi của người khác"})
    names = ("Thủy lợi nội đồng", "Thuỷ lợi đã công bố", "bai</a>", "Bị trả lại")
    browser = as_account(educator)

    def found(query):
        page = browser.get(f"/my/materials?{query}").text
        return [name for name in names if name in page]

    assert found("q=thuy+loi") == [*names[:2]]
    assert found("q=bai") == ["bai</a>"]
    assert found("q=thuy+loi&state=published") == [names[1]]
    assert found("state=returned") == ["Bị trả lại"]
    assert found("state=draft") == [names[0], names[2]]
    assert found("state=nonsense") == [*names]
    assert "không có học liệu nào" in browser.get("/my/materials?q=xyz").text


def test_captions_beside_a_recording_are_captions_whichever_came_first(session, educator, as_account):
    browser = as_account(educator)
    captions = "WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào\n".encode()
    public_id = send_first_file(browser, "bai.vtt", captions).json["id"]
    assert roles(session, public_id) == ["content"], "alone they are the material"
    video = (SAMPLES / "chao-ban-diec.mp4").read_bytes()
    headers = {"X-CSRFToken": browser.token("/my/materials/new"), "Content-Type": "application/octet-stream"}
    path = f"/api/v1/materials/{public_id}/files"
    assert browser.client.post(f"{path}?name=bai.mp4&key=v", data=video, headers=headers).status_code == 201
    assert roles(session, public_id) == ["captions", "content"]
    assert browser.client.post(f"{path}?name=en.vtt&key=w", data=captions, headers=headers).status_code == 201
    assert roles(session, public_id) == ["captions", "content", "captions"]


def test_who_has_captions_alone_is_told_what_to_do(session, educator, as_account):
    material = make_material(session, educator)
    set_file(session, material, material.newest_version.files[0].number, role="captions", language=None)
    public_id = material.public_id
    browser = as_account(educator)
    answer = browser.send(f"/my/materials/{public_id}/describe", submit="1", title_vi="A")
    assert "Hãy cho biết tệp nào là nội dung" in answer.text


def roles(session, public_id):
    session.rollback()
    files = session.scalar(sa.select(Material).where(Material.public_id == public_id)).newest_version.files
    found = [str(file.role) for file in files]
    session.rollback()
    return found


def test_who_is_no_educator_has_no_place_here(session, as_account):
    browser = as_account(make_account(session))
    for path in ("/my/materials", "/my/materials/new", "/my/collections"):
        assert browser.get(path).status_code == 403


def test_the_whole_way_of_a_correction(session, educator, as_account):
    public_id = make_published(session, educator).public_id
    reviewer_id = make_reviewer(session).id
    where = f"/my/materials/{public_id}"
    browser = as_account(educator)
    for step in ("new-version", "submit", "take-back", "submit"):
        assert browser.send(f"{where}/{step}", page=where).status_code == 303, step
    reviewer = as_account(session.get(Account, reviewer_id))
    assert reviewer.send(f"/review/{public_id}/publish", page=f"/review/{public_id}").status_code == 303
    assert "Phiên bản 2" in browser.get(where).text


def test_a_reason_is_shown_where_the_draft_is(session, educator, as_account):
    material = make_submitted(session, educator)
    return_with_reason(session, make_reviewer(session), material, "Thiếu nguồn ảnh <b>trang 3</b>")
    page = as_account(educator).get(f"/my/materials/{material.public_id}").text
    assert "Thiếu nguồn ảnh &lt;b&gt;trang 3&lt;/b&gt;" in page


def test_a_draft_is_deleted_after_asking(session, educator, as_account):
    public_id = make_material(session, educator).public_id
    browser = as_account(educator)
    answer = browser.send(f"/my/materials/{public_id}/delete")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/materials")
    assert browser.get(f"/my/materials/{public_id}").status_code == 404
    assert count(session) == 0


def test_withdrawal_is_asked_for_with_a_reason(session, educator, as_account):
    public_id = make_published(session, educator).public_id
    browser = as_account(educator)
    where = f"/my/materials/{public_id}/ask-withdrawal"
    assert browser.send(where, reason=" ").status_code == 422
    assert browser.send(where, reason="Số liệu cũ").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Material.withdrawal_asked_reason)).one() == "Số liệu cũ"


def test_the_owner_of_what_was_withdrawn_reads_why(session, educator, as_account):
    material = make_published(session, educator)
    withdraw(session, make_reviewer(session), material, "rights", "Ảnh chưa xin phép")
    assert "Ảnh chưa xin phép" in as_account(educator).get(f"/my/materials/{material.public_id}").text


def test_an_administrator_helps_with_anothers_draft(session, educator, as_account):
    public_id = make_material(session, educator).public_id
    browser = as_account(make_account(session, Role.ADMIN))
    assert browser.get(f"/my/materials/{public_id}/describe").status_code == 200


def test_the_same_bytes_elsewhere_are_shown_before_and_in_review_and_keep_nobody_from_going_on(
    session, educator, as_account
):
    public = make_published(session, title={"vi": "Đã có trong kho"}, content=b"same").public_id
    make_material(session, title={"vi": "Nháp của người khác"}, content=b"same")
    own = make_material(session, educator, title={"vi": "Nháp khác của tôi"}, content=b"same").public_id
    make_published(session, title={"vi": "Tệp khác"}, content=b"other")
    public_id = make_material(session, educator, content=b"same").public_id
    browser = as_account(educator)
    for path in (f"/my/materials/{public_id}", f"/my/materials/{public_id}/files"):
        page = browser.get(path).text
        said = page[page.index('id="same"') :]
        said = said[: said.index("</div>")]
        assert f'href="/materials/{public}">Đã có trong kho' in said
        assert f'href="/my/materials/{own}">Nháp khác của tôi' in said
        assert said.count("<li>") == 2
    where = f"/my/materials/{public_id}"
    assert browser.send(f"{where}/submit", page=where).status_code == 303
    page = as_account(make_reviewer(session)).get(f"/review/{public_id}").text
    assert f'href="/materials/{public}">Đã có trong kho' in page
    assert "Nháp khác của tôi" not in page
