"""Pages on which educators put collections together."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.models import Collection, CollectionItem, CollectionPart
from tests.accounts.browsing import without_tokens
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_educator, make_material, make_published

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
