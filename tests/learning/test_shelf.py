"""The shelf: saved materials, where somebody stopped on any device, what they finished, with their consent alone."""

import json
import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent, withdraw_consent
from oer.app import build_app
from oer.catalogue.services.withdrawal import withdraw
from oer.core.errors import Conflict, Invalid
from oer.learning.models import FinishedMaterial, PlaceKind, ReadingPosition, ShelfItem
from oer.learning.queries import finished_materials, going_on, place_in, saved_materials
from oer.learning.schemas import read_kept
from oer.learning.services import shelf
from oer.learning.services.shelf import Place
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_published, make_reviewer
from tests.reading.factories import publish_files, sample


def page(number, total=60, file=1):
    return Place(file, PlaceKind.PAGE, number, total)


@pytest.fixture
def learner(session):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    return account


@pytest.fixture
def material(session):
    return make_published(session)


@pytest.fixture
def signed_in(session, client):
    account = make_account(session)
    email = account.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return account, browser


def rows(session, table):
    session.rollback()
    found = list(session.scalars(sa.select(table)))
    session.expunge_all()
    session.rollback()  # else this session holds the write lock that the next request needs
    return found


def at(session, account, material):
    now, before = place_in(session, account.id, material.id)
    return now.at, before.at if before else None


def test_without_consent_nothing_is_kept_of_what_somebody_reads(session, material):
    account = make_account(session)
    assert not shelf.note_place(session, account.id, material.public_id, page(4), "a")
    assert not shelf.finish_material(session, account.id, material.public_id)
    assert rows(session, ReadingPosition) == rows(session, FinishedMaterial) == []


def test_the_later_of_two_devices_wins_and_the_other_place_can_be_gone_back_to(session, learner, material):
    for number in (38, 39, 40):
        shelf.note_place(session, learner.id, material.public_id, page(number), "phone")
    assert at(session, learner, material) == (40, None)
    shelf.note_place(session, learner.id, material.public_id, page(12), "desk")
    shelf.note_place(session, learner.id, material.public_id, page(13), "desk")
    session.expire_all()
    assert at(session, learner, material) == (13, 40)
    assert shelf.swap_places(session, learner, material.public_id) == page(40)
    assert at(session, learner, material) == (40, 13)
    shelf.swap_places(session, learner, material.public_id)
    assert at(session, learner, material) == (13, 40)


def test_opening_page_one_on_the_same_device_does_not_lose_page_forty(session, learner, material):
    for number in (40, 1, 2):
        shelf.note_place(session, learner.id, material.public_id, page(number), "phone")
    assert at(session, learner, material) == (2, 40)


def test_the_same_place_from_another_device_is_no_place_to_go_back_to(session, learner, material):
    shelf.note_place(session, learner.id, material.public_id, page(7), "phone")
    shelf.note_place(session, learner.id, material.public_id, page(7), "desk")
    assert at(session, learner, material) == (7, None)
    with pytest.raises(Conflict):
        shelf.swap_places(session, learner, material.public_id)


def test_listening_on_is_no_jump_and_going_back_ten_minutes_is_one(session, learner, material):
    for second in (600, 615, 690, 30):
        place = Place(1, PlaceKind.SECOND, second, 900)
        shelf.note_place(session, learner.id, material.public_id, place, "phone")
    assert at(session, learner, material) == (30, 690)


@pytest.mark.parametrize(
    "told",
    [
        ("1", "page", "-1", "5"),
        ("1", "page", "4.5", "5"),
        ("1", "chapter", "4", "5"),
        ("", "page", "4", "5"),
        ("1", "page", "٤", "5"),
        ("1", "page", "99999999999", "5"),
        (None, None, None, None),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(told):
    with pytest.raises(Invalid):
        shelf.read_place(*told)


def test_what_is_finished_is_gone_on_with_once_it_is_read_again(session, learner, material):
    shelf.note_place(session, learner.id, material.public_id, page(60), "a")
    shelf.finish_material(session, learner.id, material.public_id)
    assert going_on(session, learner.id, 5) == []
    assert [each.public_id for each in finished_materials(session, learner.id).items] == [material.public_id]
    shelf.note_place(session, learner.id, material.public_id, page(2), "a")
    [found] = going_on(session, learner.id, 5)
    assert (found.place.at, found.place.percent) == (2, 3)


def test_taking_the_consent_back_deletes_the_history_and_leaves_the_shelf(session, learner, material):
    shelf.save_material(session, learner, material)
    shelf.note_place(session, learner.id, material.public_id, page(4), "a")
    shelf.finish_material(session, learner.id, material.public_id)
    withdraw_consent(session, learner, Purpose.HISTORY)
    session.commit()
    assert rows(session, ReadingPosition) == rows(session, FinishedMaterial) == []
    assert len(rows(session, ShelfItem)) == 1


def test_saving_needs_no_consent_and_shows_on_the_shelf_until_it_is_taken_off(session, signed_in, material):
    account, browser = signed_in
    account_id, number = account.id, material.id
    own = f"/materials/{material.public_id}"
    session.commit()
    assert browser.send(f"{own}/save", page=own).status_code == 303
    assert browser.send(f"{own}/save", page="/shelf").status_code == 303
    assert [each.material_id for each in rows(session, ShelfItem)] == [number]
    assert f'href="{own}"' in browser.get("/shelf").text
    answer = browser.send("/shelf/remove", page=own, material=own.rpartition("/")[2], next=own)
    assert answer.headers["Location"] == own
    assert saved_materials(session, account_id).total == 0


def test_a_reader_remembers_the_page_and_any_device_goes_on_there(session, installation, signed_in):
    account, browser = signed_in
    email = account.email
    made = publish_files(session, installation, sample("bep-nha-gon-gang.epub"), time_required="PT60M").public_id
    read = f"/materials/{made}/files/1/read"
    session.commit()
    assert "/shelf/history" in browser.get(read).text
    browser.send("/shelf/history", agree="yes", next=f"{read}?page=3")
    reader = browser.get(f"{read}?page=3").text
    total = re.search(r'name="total" value="(\d+)"', reader)[1]
    told = {"file": "1", "kind": "page", "at": "3", "total": total}
    quiet = browser.send(f"/materials/{made}/place", page=f"{read}?page=3", quiet="1", **told)
    assert (quiet.status_code, quiet.data) == (204, b"")
    plain = browser.send(f"/materials/{made}/place", page=f"{read}?page=3", next=f"{read}?page=3", **told)
    assert plain.headers["Location"] == f"{read}?page=3"
    other = Browser(build_app(installation).test_client())
    other.sign_in(email)
    session.commit()
    shown = other.get("/shelf").text
    assert f"Phần 3/{total}" in shown
    assert "còn khoảng" in shown
    assert f"Phần 3/{total}" in other.get("/").text
    assert other.get(f"/materials/{made}/continue").headers["Location"] == f"{read}?page=3"
    assert "Lần trước bạn dừng ở" in other.get(read).text
    assert "Lần trước bạn dừng ở" not in other.get(f"{read}?page=3").text
    last = {"file": "1", "kind": "page", "at": total, "total": total, "finishes": "yes", "quiet": "1"}
    other.send(f"/materials/{made}/place", page=read, **last)
    assert len(rows(session, FinishedMaterial)) == 1


def test_going_on_leads_into_the_new_version_with_fewer_pages_or_to_the_material(session, installation, signed_in):
    account, browser = signed_in
    account_id = account.id
    give_consent(session, account, Purpose.HISTORY, "test")
    made = publish_files(session, installation, sample("bep-nha-gon-gang.epub")).public_id
    shelf.note_place(session, account_id, made, page(5000, 5000), "a")
    session.commit()
    where = browser.get(f"/materials/{made}/continue").headers["Location"]
    assert browser.get(where).status_code == 200
    shelf.note_place(session, account_id, made, page(5, 60, file=9), "a")
    session.commit()
    where = browser.get(f"/materials/{made}/continue").headers["Location"]
    assert where == f"/materials/{made}"


def test_keeping_a_place_is_no_use_that_statistics_count(session, installation, signed_in):
    account, browser = signed_in
    give_consent(session, account, Purpose.HISTORY, "test")
    made = publish_files(session, installation, sample("bep-nha-gon-gang.epub")).public_id
    read = f"/materials/{made}/files/1/read"
    session.commit()
    token = browser.token(read)
    spool = installation.settings.spool_dir
    before = sum(path.stat().st_size for path in spool.rglob("*") if path.is_file())
    told = {"csrf_token": token, "file": "1", "kind": "page", "at": "2", "total": "9", "quiet": "1"}
    assert browser.client.post(f"/materials/{made}/place", data=told).status_code == 204
    assert sum(path.stat().st_size for path in spool.rglob("*") if path.is_file()) == before
    assert before > 0


def test_the_pages_for_everybody_else_stay_the_same_for_all(session, client, material):
    own = f"/materials/{material.public_id}"
    session.commit()
    for path in ("/", own, "/shelf"):
        shown = client.get(path)
        assert "csrf_token" not in shown.text, path
        assert "Set-Cookie" not in shown.headers, path
    assert 'data-here="read"' in client.get("/").text


def test_what_a_browser_kept_is_taken_over_places_with_consent_alone(session, signed_in, material):
    _account, browser = signed_in
    other, third = make_published(session), make_published(session)
    third_id = third.id
    kept = {
        "read": [{"id": other.public_id, "title": "x", "file": 1, "kind": "page", "at": 3, "total": 9}, {"id": 7}],
        "saved": [{"id": material.public_id}, {"id": "không-có"}, "x"],
        "done": [{"id": third.public_id}],
    }
    session.commit()
    browser.send("/shelf/take-over", page="/shelf", kept=json.dumps(kept))
    assert (len(rows(session, ShelfItem)), len(rows(session, ReadingPosition))) == (1, 0)
    browser.send("/shelf/take-over", page="/shelf", kept=json.dumps(kept), history="yes")
    assert [each.place for each in rows(session, ReadingPosition)] == [3]
    assert [each.material_id for each in rows(session, FinishedMaterial)] == [third_id]


@pytest.mark.parametrize("odd", [[], {}, None, True, 3, "page\n"])
def test_a_kept_place_of_no_kind_is_left_out_whatever_it_is_in_json(material, odd):
    kept = {"read": [{"id": material.public_id, "file": 1, "kind": odd, "at": 3}]}
    assert read_kept(json.dumps(kept)).places == []


def test_taking_over_fills_the_shelf_up_to_its_measure_and_no_further(session, learner, material, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_SAVED", 2)
    shelf.save_material(session, learner, material)
    others = [make_published(session).public_id for _ in range(3)]
    kept = read_kept(json.dumps({"saved": [{"id": each} for each in [*others, material.public_id]]}))
    assert shelf.take_over(session, learner, kept, "b") == 2, "the one that was there, and one more"
    assert shelf.take_over(session, learner, kept, "b") == 2, "again no more than there is room for"
    assert session.scalar(sa.select(sa.func.count()).select_from(ShelfItem)) == 2


def test_nothing_is_noted_of_what_was_withdrawn(session, learner, material):
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")
    assert not shelf.note_place(session, learner.id, material.public_id, page(3), "a")
    assert not shelf.finish_material(session, learner.id, material.public_id)
    for table in (ReadingPosition, FinishedMaterial):
        assert session.scalars(sa.select(table)).all() == []


def test_what_the_account_knows_already_is_not_replaced_by_what_a_browser_kept(session, learner, material):
    shelf.note_place(session, learner.id, material.public_id, page(40), "a")
    kept = {"read": [{"id": material.public_id, "file": 1, "kind": "page", "at": 3, "total": 60}]}
    shelf.take_over(session, learner, read_kept(json.dumps(kept)), "b")
    assert at(session, learner, material) == (40, None)


@pytest.mark.parametrize("text", ["", "[", "[]", '"x"', "[" * 5000, '{"read": NaN}', "x" * 200_000])
def test_what_no_script_of_ours_kept_is_refused(text):
    with pytest.raises(Invalid):
        read_kept(text)


def test_a_thousand_saved_materials_come_in_pages(session, learner):
    made = [make_published(session, content=f"{number}".encode()) for number in range(30)]
    for each in made:
        shelf.save_material(session, learner, each)
    first = saved_materials(session, learner.id)
    assert (first.total, len(first.items)) == (30, 24)
