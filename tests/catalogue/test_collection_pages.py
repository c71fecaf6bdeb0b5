"""Pages on which educators put collections together."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role, Unit
from oer.catalogue.jobs import index_due
from oer.catalogue.models import Collection, CollectionItem, CollectionPart, Version
from tests.accounts.browsing import without_tokens
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_collection, make_educator, make_material, make_published

SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def begun(session, as_account):
    """(browser, address of a new collection's page, public ids of two materials in service)."""
    unit = make_unit(session)
    ids = [make_published(session).public_id for _ in range(2)]
    code = unit.code
    browser = as_account(make_educator(session, unit))
    answer = browser.send("/my/collections/new", title_vi="Kỹ năng số", kind="path", unit=code)
    assert answer.status_code == 303
    return browser, answer.headers["Location"], ids


def positions(session) -> list[tuple]:
    session.rollback()
    query = sa.select(CollectionItem.material_id, CollectionItem.part_id).order_by(CollectionItem.position)
    found = [tuple(row) for row in session.execute(query)]
    session.rollback()
    return found


def test_a_collection_needs_a_title_and_keeps_what_was_typed(session, as_account):
    unit = make_unit(session).code
    browser = as_account(make_account(session, Role.ADMIN))
    answer = browser.send("/my/collections/new", title_en=" ", summary_vi="Giữ lại", kind="course", unit=unit)
    assert answer.status_code == 422
    assert "Giữ lại" in answer.text
    assert browser.send("/my/collections/new", title_vi="A", unit="no-such", kind="course").status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(Collection)) == 0


def test_materials_are_added_by_id_and_by_address_and_put_in_order(session, begun):
    browser, where, ids = begun
    for typed in (ids[0], f"http://localhost/en/materials/{ids[1]}?q=x"):
        assert browser.send(f"{where}/materials", page=where, material=typed).status_code == 303
    first, second = positions(session)
    assert browser.send(f"{where}/materials/{ids[1]}", page=where, action="up").status_code == 303
    assert positions(session) == [second, first]
    assert browser.send(f"{where}/materials/{ids[0]}", page=where, action="remove").status_code == 303
    assert positions(session) == [second]


@pytest.mark.parametrize("typed", ["", "điện", "00000-00000", "https://example.org/x"])
def test_what_is_no_material_is_told(begun, typed):
    browser, where, _ = begun
    answer = browser.send(f"{where}/materials", page=where, material=typed)
    assert answer.status_code == 422
    assert 'href="#material"' in answer.text


def test_a_draft_looks_like_nothing_at_all(session, begun):
    browser, where, _ = begun
    draft = make_material(session).public_id
    session.commit()
    pages = [
        without_tokens(browser.send(f"{where}/materials", page=where, material=each).text).replace(each, "")
        for each in (draft, "00000-00000")
    ]
    assert pages[0] == pages[1]


def test_parts_are_added_filled_moved_and_removed(session, begun):
    browser, where, ids = begun
    assert browser.send(f"{where}/parts", page=where, title_vi="").status_code == 422
    for title in ("Phần 1", "Phần 2"):
        assert browser.send(f"{where}/parts", page=where, title_vi=title).status_code == 303
    numbers = session.scalars(sa.select(CollectionPart.id).order_by(CollectionPart.position)).all()
    session.rollback()
    browser.send(f"{where}/materials", page=where, material=ids[0], part=str(numbers[1]))
    assert [part for _, part in positions(session)] == [numbers[1]]
    for action in ("up", "remove"):
        assert browser.send(f"{where}/parts/{numbers[1]}", page=where, action=action).status_code == 303
    assert [part for _, part in positions(session)] == [None]
    assert browser.send(f"{where}/parts/999", page=where, action="up").status_code == 404


def test_a_collection_is_published_hidden_and_deleted(session, begun):
    browser, where, ids = begun
    public = where.replace("/my", "")
    assert browser.send(f"{where}/publish", page=where).status_code == 400, "there is nothing in it"
    browser.send(f"{where}/materials", page=where, material=ids[0])
    assert browser.get(public).status_code == 404
    for deed, status in (("publish", 200), ("hide", 404)):
        assert browser.send(f"{where}/{deed}", page=where).status_code == 303
        assert browser.get(public).status_code == status
    assert browser.send(f"{where}/delete", page=where).headers["Location"] == "/my/collections"
    assert browser.get(where).status_code == 404


def test_words_are_changed(begun):
    browser, where, _ = begun
    assert 'value="Kỹ năng số"' in browser.get(f"{where}/describe").text
    answer = browser.send(f"{where}/describe", title_vi="Tên mới", kind="course", summary_vi="Tóm tắt")
    assert answer.status_code == 303
    assert "Tên mới" in browser.get(where).text


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_page_is_there_in_both_languages(begun, language):
    browser, where, _ = begun
    for path in ("/my/collections", "/my/collections/new", where, f"{where}/describe"):
        assert browser.get(language + path).status_code == 200, path


def test_administrators_have_them_all(session, begun, as_account):
    _, where, _ = begun
    admin = as_account(make_account(session, Role.ADMIN))
    assert "Kỹ năng số" in admin.get("/admin/collections").text
    assert admin.get(where).status_code == 200
    other = as_account(make_educator(session))
    assert "Kỹ năng số" not in other.get("/my/collections").text
    assert other.get(where).status_code == 404


def test_a_part_is_renamed_and_keeps_its_materials(session, begun):
    browser, where, ids = begun
    browser.send(f"{where}/parts", page=where, title_vi="Phần một")
    part_id = session.scalars(sa.select(CollectionPart.id)).one()
    session.rollback()
    browser.send(f"{where}/materials", page=where, material=ids[0], part=str(part_id))
    before = positions(session)
    rename = f"{where}/parts/{part_id}/rename"
    assert f'href="{rename}"' in browser.get(where).text
    answer = browser.send(rename, title_vi=" ", title_en="")
    assert answer.status_code == 422
    assert 'href="#title_vi"' in answer.text
    assert browser.send(rename, title_vi="Bắt đầu", title_en="To begin").status_code == 303
    assert session.scalars(sa.select(CollectionPart.title)).one() == {"vi": "Bắt đầu", "en": "To begin"}
    assert positions(session) == before
    assert browser.get(f"{where}/parts/{part_id + 1}/rename").status_code == 404


def test_two_educators_do_not_overwrite_each_others_title_of_a_collection(session, begun):
    browser, where, _ = begun
    page = f"{where}/describe"
    seen = SEEN.search(browser.get(page).text)[1]
    assert browser.send(page, title_vi="Tên của một người", kind="path").status_code == 303
    answer = browser.send(page, title_vi="Tên của người kia", kind="path", seen=seen)
    assert answer.status_code == 409
    assert "Tên của một người" in answer.text
    assert 'value="Tên của người kia"' in answer.text
    again = browser.send(page, title_vi="Tên của người kia", kind="path", seen=SEEN.search(answer.text)[1])
    assert again.status_code == 303
    for made_up in ("", "x:y", "__class__:x"):
        answer = browser.send(page, title_vi="Tên của ai", kind="path", seen=made_up)
        assert answer.status_code == 409
        assert "<dd>Tên của người kia</dd>" in answer.text


def test_what_moved_has_the_focus_on_the_button_that_was_pressed(session, begun):
    browser, where, ids = begun
    for each in ids:
        browser.send(f"{where}/materials", page=where, material=each)
    answer = browser.send(f"{where}/materials/{ids[1]}", page=where, action="up")
    page = browser.get(answer.headers["Location"]).text
    focused = [button for button in re.findall(r"<button[^>]*>", page) if "autofocus" in button]
    assert len(focused) == 1
    assert 'value="down"' in focused[0], "it is the first now: up leads nowhere"
    form = page[: page.index(" autofocus")].rpartition("<form")[2]
    assert f"/materials/{ids[1]}" in form


def test_notes_are_written_between_materials_and_readers_see_them_as_plain_text(session, begun):
    browser, where, ids = begun
    for each in ids:
        browser.send(f"{where}/materials", page=where, material=each)
    assert browser.send(f"{where}/notes/new", title_vi=" ").status_code == 422
    answer = browser.send(f"{where}/notes/new", title_vi="Nghỉ tay", text_vi="Uống nước\n<script>alert(1)</script>")
    assert answer.status_code == 303
    [number] = re.findall(r"/notes/(\d+)\"", browser.get(where).text)
    note = f"{where}/notes/{number}"
    assert browser.send(f"{note}/change", page=where, action="up").status_code == 303
    assert browser.send(note, title_vi="Giải lao", text_vi="<b>Uống</b> nước").status_code == 303
    browser.send(f"{where}/publish", page=where)
    page = browser.get(where.replace("/my", "")).text
    assert "&lt;b&gt;Uống&lt;/b&gt; nước" in page
    assert page.index(f"/materials/{ids[0]}") < page.index("Giải lao") < page.rindex(f"/materials/{ids[1]}")
    assert re.findall(r'<ol class="parts[^"]*" start="(\d)"', page) == ["1", "2"]
    browser.send(f"{note}/change", page=where, action="remove")
    assert "Giải lao" not in browser.get(where).text
    assert browser.get(note).status_code == 404


def test_a_note_of_another_course_is_nobodys(session, begun):
    browser, where, _ = begun
    browser.send(f"{where}/notes/new", title_vi="Nghỉ")
    [number] = re.findall(r"/notes/(\d+)\"", browser.get(where).text)
    code = session.scalars(sa.select(Unit.code)).first()
    session.rollback()
    other = browser.send("/my/collections/new", title_vi="Khác", kind="path", unit=code).headers["Location"]
    assert browser.get(f"{other}/notes/{number}").status_code == 404
    assert browser.send(f"{other}/notes/{number}/change", page=other, action="remove").status_code == 404
    assert "Nghỉ" in browser.get(where).text


def test_a_material_goes_to_another_part(session, begun):
    browser, where, ids = begun
    browser.send(f"{where}/parts", page=where, title_vi="Phần một")
    part_id = session.scalars(sa.select(CollectionPart.id)).one()
    session.rollback()
    browser.send(f"{where}/materials", page=where, material=ids[0])
    place = f"{where}/materials/{ids[0]}/part"
    assert f'href="{place}"' in browser.get(where).text
    assert browser.send(place, part=str(part_id)).status_code == 303
    assert [part for _, part in positions(session)] == [part_id]
    assert browser.send(place, part="999999").status_code == 422
    assert browser.send(place, part="").status_code == 303
    assert [part for _, part in positions(session)] == [None]


def test_materials_are_found_by_search_and_added_one_after_the_other(session, installation, begun):
    browser, where, ids = begun
    index_due(installation)
    title = session.scalars(sa.select(Version.record)).first()["title"]["vi"]
    session.rollback()
    assert f'action="{where}/search"' in browser.get(where).text
    search = f"{where}/search?q={title}"
    page = browser.get(search)
    assert page.status_code == 200
    assert f'value="{ids[0]}"' in page.text
    answer = browser.send(f"{where}/materials", page=search, material=ids[0], next=search)
    assert answer.headers["Location"].startswith(f"{where}/search?q=")
    again = browser.get(search).text
    assert "Đã thêm vào" in again
    assert "đã có trong khóa học" in again
    assert len(positions(session)) == 1
    assert (
        browser.send(f"{where}/materials", page=where, material=ids[1], next="//evil.example/").headers["Location"]
        == where
    )
    assert "Không tìm thấy gì" in browser.get(f"{where}/search?q=khongcogiqxz").text
    assert browser.get(f"{where}/search?q={'a' * 300}").status_code == 200


def test_a_material_is_added_to_a_course_from_its_own_page(session, begun, as_account):
    browser, where, ids = begun
    offered = f"/materials/{ids[0]}/courses"
    assert f'href="{offered}"' in browser.get(f"/materials/{ids[0]}").text
    assert "Kỹ năng số" in browser.get(offered).text
    answer = browser.send(f"{where}/materials", page=offered, material=ids[0], next=f"/materials/{ids[0]}")
    assert answer.headers["Location"] == f"/materials/{ids[0]}"
    assert "Đã có trong khóa học này" in browser.get(offered).text
    assert len(positions(session)) == 1
    learner = as_account(make_account(session))
    assert offered not in learner.get(f"/materials/{ids[0]}").text
    assert learner.get(offered).status_code == 403


def test_readers_see_what_to_learn_before_and_educators_note_it_by_its_address(session, begun):
    browser, where, ids = begun
    first = make_collection(session, make_published(session), title={"vi": "Bắt đầu từ đây"}).public_id
    session.commit()
    browser.send(f"{where}/materials", page=where, material=ids[0])
    browser.send(f"{where}/publish", page=where)
    for typed in (f"http://localhost/en/collections/{first}", ids[1]):
        assert browser.send(f"{where}/needed", page=where, needed=typed).status_code == 303
    refused = browser.send(f"{where}/needed", page=where, needed="tiếng Anh")
    assert refused.status_code == 422
    assert 'href="#needed"' in refused.text
    own = where.rpartition("/")[2]
    assert browser.send(f"{where}/needed", page=where, needed=f"/collections/{own}").status_code == 422
    public = browser.get(f"/collections/{own}").text
    assert "Bắt đầu từ đây" in public[public.index('id="before"') :]
    numbers = re.findall(r"/needed/(\d+)/remove", browser.get(where).text)
    assert len(numbers) == 2
    for number in numbers:
        browser.send(f"{where}/needed/{number}/remove", page=where)
    assert 'id="before"' not in browser.get(f"/collections/{own}").text
