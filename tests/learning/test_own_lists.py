"""Somebody's own lists: in the order that they choose, with notes, shared by a secret link until they end it."""

import re
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from oer.core.errors import Invalid, NotFound
from oer.learning.models import OwnList
from oer.learning.queries import listed_in, own_list, own_lists, shared_list
from oer.learning.services.lists import (
    MOST_LISTS,
    add_to_list,
    change_item,
    create_list,
    delete_list,
    rename_list,
    share_list,
)
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_collection, make_published, make_reviewer


@pytest.fixture
def learner(session):
    return make_account(session)


@pytest.fixture
def browser(session, client, learner):
    email = learner.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return browser


@pytest.fixture
def three(session):
    return [make_published(session, content=f"{number}".encode()) for number in range(3)]


def order(session, found):
    return [each.card.public_id for each in listed_in(session, found)]


def test_materials_are_moved_noted_and_removed(session, learner, three):
    a, b, c = (each.public_id for each in three)
    found = create_list(session, learner, "  Học   với má ")
    assert found.title == "Học với má"
    for each in (*three, three[0]):
        add_to_list(session, found, each)
    assert order(session, found) == [a, b, c]
    change_item(session, found, c, "up")
    change_item(session, found, a, "up")
    assert order(session, found) == [a, c, b]
    change_item(session, found, a, "down")
    change_item(session, found, b, "down")
    assert order(session, found) == [c, a, b]
    change_item(session, found, a, "note", " Đọc  trước ")
    change_item(session, found, c, "remove")
    assert [(each.card.public_id, each.note) for each in listed_in(session, found)] == [(a, "Đọc trước"), (b, "")]


def test_a_withdrawn_material_is_not_shown_in_a_list(session, learner, three):
    found = create_list(session, learner, "Một")
    for each in three:
        add_to_list(session, found, each)
    withdraw(session, make_reviewer(session), three[1], "wrong", "Sai")
    assert order(session, found) == [three[0].public_id, three[2].public_id]
    assert [each.count for each in own_lists(session, learner.id)] == [2]


@pytest.mark.parametrize("title", ["", "  ", "x" * 121])
def test_a_list_needs_a_title_of_some_length(session, learner, title):
    with pytest.raises(Invalid):
        create_list(session, learner, title)
    with pytest.raises(Invalid):
        rename_list(session, create_list(session, learner, "Một"), title)


def test_nobody_has_more_lists_than_can_be_looked_through(session, learner):
    for number in range(MOST_LISTS):
        create_list(session, learner, str(number))
    with pytest.raises(Invalid):
        create_list(session, learner, "Một nữa")


def test_a_list_is_its_owners_alone(session, learner):
    found, other = create_list(session, learner, "Một"), make_account(session)
    with pytest.raises(NotFound):
        own_list(session, other.id, found.id)
    with pytest.raises(NotFound):
        delete_list(session, other, found.id)


def test_a_secret_link_works_until_sharing_ends_and_never_again(session, learner):
    found = create_list(session, learner, "Một")
    share_list(session, found, shared=True)
    first = found.share_token or ""
    share_list(session, found, shared=True)
    assert shared_list(session, first) is found
    share_list(session, found, shared=False)
    with pytest.raises(NotFound):
        shared_list(session, first)
    share_list(session, found, shared=True)
    assert found.share_token not in {None, first}
    assert len(first) >= 22


def test_a_list_is_made_from_a_material_shared_and_read_by_a_stranger_without_the_owners_name(
    session, app, browser, learner
):
    name = learner.name
    material = make_published(session, title={"vi": "Bếp nhà gọn gàng"}).public_id
    session.commit()
    page = browser.get(f"/materials/{material}").text
    assert f'href="/materials/{material}/lists"' in page
    where = browser.send(f"/shelf/lists/new?material={material}", title="Học với má <b>").headers["Location"]
    assert "Bếp nhà gọn gàng" in browser.get(where).text
    browser.send(f"{where}/change", page=where, material=material, action="note", note="<script>alert(1)</script>")
    browser.send(f"{where}/share", page=where, shared="yes")
    (link,) = re.findall(r'href="https?://[^"]*(/lists/[^"]+)"', browser.get(where).text)
    stranger = app.test_client()
    shown = stranger.get(link)
    assert "Học với má &lt;b&gt;" in shown.text
    assert "&lt;script&gt;alert(1)" in shown.text
    assert "noindex" in shown.text
    assert name not in shown.text
    browser.send(f"{where}/share", page=where, shared="no")
    assert stranger.get(link).status_code == 404


def test_a_course_shows_what_is_finished_how_much_is_left_and_what_is_next(session, browser):
    first, second = make_published(session, time_required="PT30M"), make_published(session, time_required="PT45M")
    course = f"/collections/{make_collection(session, first, second).public_id}"
    done, after = first.public_id, second.public_id
    session.commit()
    assert "Đã xong" not in browser.get(course).text
    led = browser.send("/shelf/finished", page=course, material=done, next=course).headers["Location"]
    assert led.startswith("/shelf/history?next=")
    browser.send("/shelf/history", agree="yes", next=course)
    browser.send("/shelf/finished", page=course, material=done, next=course)
    shown = browser.get(course).text
    assert "Đã xong 1 trên 2" in shown
    assert "còn khoảng 45 phút" in shown
    assert re.search(rf'class="button" href="/materials/{after}">Học tiếp', shown)
    browser.send("/shelf/finished", page=course, material=done, finished="no", next=course)
    assert "Đã xong" not in browser.get(course).text


def test_a_material_that_is_put_into_a_list_twice_at_once_is_in_it_once(installation, session, learner, three):
    number, material_id = create_list(session, learner, "Học với má").id, three[0].id
    session.commit()

    def add():
        with installation.database.transaction() as other:
            add_to_list(other, other.get_one(OwnList, number), other.get_one(Material, material_id))

    with ThreadPoolExecutor(1) as thread:
        add_to_list(session, session.get_one(OwnList, number), session.get_one(Material, material_id))
        second = thread.submit(add)
        wait([second], timeout=0.5)
        session.commit()
        second.result(30)
    assert len(order(session, session.get_one(OwnList, number))) == 1


def test_nothing_goes_into_a_list_that_was_just_deleted(session, learner, three):
    found = create_list(session, learner, "Học với má")
    elsewhere = sa.delete(OwnList).where(OwnList.id == found.id).execution_options(synchronize_session=False)
    session.execute(elsewhere)
    with pytest.raises(NotFound):
        add_to_list(session, found, three[0])
    with pytest.raises(NotFound):
        change_item(session, found, three[0].public_id, "up")
