"""A course for somebody who learns: what is finished and what is next, at every place where a part ends."""

import re

import pytest

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent
from oer.catalogue.queries.materials import find_material
from oer.learning.self_checks import EXAMPLE
from oer.learning.services.shelf import finish_material
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_collection, make_published
from tests.reading.factories import publish_files, sample
from tests.reading.test_practice import Reader, published_with


@pytest.fixture
def learner(session, client):
    """(account id, a browser that is signed in as somebody who keeps a history)."""
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    account_id, email = account.id, account.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return account_id, browser


def make_course(session, parts):
    """Return the public ids of a course and its parts."""
    materials = [make_published(session, title={"vi": f"Bài {number}"}) for number in range(1, parts + 1)]
    course = make_collection(session, *materials, title={"vi": "Kỹ năng số"})
    found = course.public_id, [each.public_id for each in materials]
    session.commit()
    return found


def finish(session, account_id, *public_ids):
    for each in public_ids:
        assert finish_material(session, account_id, each)
    session.commit()


@pytest.mark.parametrize("parts", [3, 8])
def test_the_shelf_of_a_course_shows_what_is_done_and_what_is_next(session, learner, parts):
    account_id, browser = learner
    course, ids = make_course(session, parts)
    assert "✓" not in browser.get(f"/collections/{course}").text
    finish(session, account_id, ids[0], ids[2])
    page = browser.get(f"/collections/{course}").text
    shelf = page[page.index('class="course-shelf"') : page.index('class="actions"')]
    if parts <= 5:
        assert re.findall(r'class="face ?([a-z]*)"', shelf) == ["done", "next", "done"]
    else:  # the first faces out, the others are spines
        assert re.findall(r'class="face ?([a-z]*)"', shelf) == ["done"]
        assert re.findall(r'<path class="(done|here)"', shelf) == ["here", "done"]
    rows = page[page.index('<ol class="parts') :].split("<li")
    assert [("✓" in row, "→" in row) for row in rows[1:4]] == [(True, False), (False, True), (True, False)]
    assert f'href="/materials/{ids[1]}">Học tiếp' in page


def test_without_an_account_the_page_leaves_the_marks_to_the_browser(session, client):
    course, ids = make_course(session, 7)
    page = client.get(f"/collections/{course}").text
    assert sorted(re.findall(r'data-of="([^"]+)"', page)) == sorted(ids)
    assert 'class="done"' not in page


def test_the_next_part_is_offered_where_one_ends_and_the_course_where_all_do(session, installation, client):
    first, last = (publish_files(session, installation, sample("bon-muoi-cau-hoi.txt")) for _ in range(2))
    course = make_collection(session, first, last, title={"vi": "Hai bài"})
    course_id, ids = course.public_id, [first.public_id, last.public_id]
    session.commit()
    page = client.get(f"/materials/{ids[0]}/files/1/read").text
    assert f'href="/materials/{ids[1]}"' in page[page.index('id="next-in-course"') :]
    end = client.get(f"/materials/{ids[1]}/files/1/read").text
    assert "Đây là phần cuối của khóa học" in end
    assert f'href="/collections/{course_id}"' in end[end.index('id="next-in-course"') :]


def test_a_self_check_ends_with_the_next_part(session, client):
    material = find_material(session, published_with(session, EXAMPLE["vi"]))
    other = make_published(session)
    make_collection(session, material, other)
    path, next_id = f"/materials/{material.public_id}/practice", other.public_id
    session.commit()
    reader = Reader(client, path)
    for _ in range(6):
        assert "next-in-course" not in reader.send(skip="1")
        reader.send()
    end = reader.page.text
    assert f'href="/materials/{next_id}"' in end[end.index('id="next-in-course"') :]
