from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts.models import Account, Role
from oer.core import personal_data
from oer.core.clock import today
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.statistics.models import WantedMaterial, WantedState
from oer.statistics.queries.demand import closures, median_days, queries_in_vain, searches_by_language, wishes
from oer.statistics.services.wanted import ask_for, drop, fulfil, give_back, take_on
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_published
from tests.statistics.conftest import signed_in
from tests.statistics.test_views import rows_of
from tests.usage.factories import a_note, city_noon

SINCE, UNTIL = today() - timedelta(days=29), today()


def searched(words, visitors, days=1, hits=0, first=0):
    moment = city_noon(days)
    return [
        a_note("search", words=words, hits=hits, visitor=f"v{n}", moment=moment, seconds=n)
        for n in range(first, first + visitors)
    ]


def in_vain(session):
    return {
        each.words: (each.days, each.figures.searches, each.figures.in_vain)
        for each in queries_in_vain(session, SINCE, UNTIL)
    }


def test_a_query_is_shown_once_five_visitors_made_it_within_one_day(counted, session):
    four_twice = [*searched("luật đất đai", 4, days=1), *searched("luật đất đai", 4, days=2, first=10)]
    counted(*four_twice, *searched("làm bánh", 5))
    assert in_vain(session) == {"làm bánh": (1, 5, 5)}


def test_spellings_of_a_query_are_one_and_days_on_which_few_asked_count_once_it_is_shown(counted, session):
    counted(*searched("làm bánh", 3), *searched("lam banh", 2, first=5), *searched("LÀM BÁNH", 1, days=3))
    assert in_vain(session) == {"làm bánh": (2, 6, 6)}


def test_queries_that_found_something_that_was_opened_are_no_demand(counted, session):
    opened = [a_note(visitor=f"v{n}", moment=city_noon(days=1) + timedelta(minutes=1), via="search") for n in range(5)]
    counted(*searched("toán", 5, hits=3), *opened)
    assert in_vain(session) == {}
    assert searches_by_language(session, SINCE, UNTIL)["vi"].searches == 5


def test_the_page_shows_queries_in_vain_and_hides_rare_ones_everywhere(counted, admin):
    counted(*searched("làm bánh", 6), *searched("một câu rất riêng", 4, first=20))
    page = admin.get("/admin/statistics/demand")
    assert page.status_code == 200
    assert "làm bánh" in page.text
    for extension in ("csv", "json", "xlsx"):
        answer = admin.get(f"/admin/statistics/demand/queries.{extension}")
        assert "rất riêng".encode() not in answer.data
    _, rows = rows_of(admin.get("/en/admin/statistics/demand/queries.csv"))
    assert rows == [
        {
            "What was searched for": "làm bánh",
            "Days": "1",
            "Searches": "6",
            "Without a result": "6",
            "Abandoned": "0",
            "Needed by": "0",
        }
    ]
    assert "rất riêng" not in page.text


def test_a_hostile_query_is_harmless_in_page_and_sheet(counted, admin):
    counted(*searched("=cmd|' /C calc'!A0 <script>alert(1)</script>", 5))
    assert "<script>alert" not in admin.get("/admin/statistics/demand").text
    _, rows = rows_of(admin.get("/en/admin/statistics/demand/queries.csv"))
    assert rows[0]["What was searched for"].startswith("'=cmd|")


@pytest.mark.parametrize("query", ["from=2026-02-30", "subject=bas", "to=9999-01-01"])
def test_only_days_can_be_asked_for(admin, query):
    assert admin.get(f"/admin/statistics/demand?{query}").status_code == 400


def test_a_wish_goes_from_the_admin_to_an_educator_to_a_published_material(session):
    admin, educator = make_account(session, Role.ADMIN), make_educator(session)
    wish = ask_for(session, admin, " làm  bánh ", "Cho người mới bắt đầu.")
    with pytest.raises(Conflict):
        ask_for(session, admin, "Lam banh")
    take_on(session, educator, wish)
    material = make_published(session, educator)
    fulfil(session, educator, wish, f"http://localhost/materials/{material.public_id}")
    assert (wish.state, wish.material, wish.words) == (WantedState.CLOSED, material.public_id, "làm bánh")
    assert median_days(closures(session)) == 0.0
    assert ask_for(session, admin, "làm bánh").id != wish.id


def test_a_closure_is_measured_by_the_query_before_and_after(counted, installation):
    counted(*searched("làm bánh", 6, days=5), *searched("làm bánh", 5, days=0))
    with installation.database.transaction() as session:
        educator = make_educator(session)
        wish = ask_for(session, educator, "làm bánh")
        take_on(session, educator, wish)
        fulfil(session, educator, wish, make_published(session, educator).public_id)
        (closure,) = closures(session)
        assert (closure.before.in_vain, closure.after.in_vain) == (6, 5)


def test_of_two_educators_one_gets_the_wish_and_only_they_can_end_it(session):
    first, second = make_educator(session), make_educator(session)
    wish = ask_for(session, first, "làm bánh")
    take_on(session, first, wish)
    for act in (
        lambda: take_on(session, second, wish),
        lambda: drop(session, second, make_dropped(session, second), "x"),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(Forbidden):
        give_back(session, second, wish)
    with pytest.raises(Invalid, match="No published material"):
        fulfil(session, first, wish, "00000-00000")
    give_back(session, first, wish)
    take_on(session, second, wish)
    assert wish.taken_by_id == second.id


def make_dropped(session, actor):
    wish = ask_for(session, actor, f"khác {actor.id}")
    drop(session, actor, wish, "Không còn cần.")
    return wish


def test_a_wish_without_words_or_a_drop_without_a_reason_is_refused(session):
    admin = make_account(session, Role.ADMIN)
    for words in ("", "  ", "!?"):
        with pytest.raises(Invalid):
            ask_for(session, admin, words)
    with pytest.raises(Invalid):
        drop(session, admin, ask_for(session, admin, "làm bánh"), " ")


def test_who_leaves_gives_their_wishes_back(session):
    educator = make_educator(session)
    wish = ask_for(session, educator, "làm bánh")
    take_on(session, educator, wish)
    assert personal_data.export_person(session, educator.id)["wanted"][0]["words"] == "làm bánh"
    personal_data.erase_person(session, educator.id)
    session.refresh(wish)
    assert (wish.state, wish.taken_by_id) == (WantedState.OPEN, None)


def test_the_whole_way_through_the_pages(installation, client, counted, materials):
    counted(*searched("làm bánh", 6))
    educator, (item,) = materials({})
    with installation.database.transaction() as session:
        admin = make_account(session, Role.ADMIN).email
    browser = Browser(client)
    browser.sign_in(admin)
    page = "/admin/statistics/demand"
    assert browser.send(f"{page}/wanted", page=page, words="làm bánh").status_code == 302
    signed_in(client, educator)
    assert "làm bánh" in client.get("/my/wanted").text
    with installation.database.reading() as session:
        number = wishes(session, WantedState.OPEN)[0].id
    for act, more in (("take", {}), ("return", {}), ("take", {}), ("fulfil", {"material": item})):
        assert browser.send(f"/my/wanted/{number}/{act}", page="/my/wanted", **more).status_code == 302
    with installation.database.reading() as session:
        assert session.get(WantedMaterial, number).state == WantedState.CLOSED
        assert session.scalar(sa.select(Account.email).join(WantedMaterial)) == educator
    assert client.get(page).status_code == 403


def test_learners_have_no_part_in_it(installation, client):
    with installation.database.transaction() as session:
        email = make_account(session, Role.LEARNER).email
    signed_in(client, email)
    assert client.get("/my/wanted").status_code == 403
    assert client.get("/admin/statistics/demand").status_code == 403
