"""What people say they need: without an account or a script, one wish for all spellings, read by those who make it."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.jobs import index_due
from oer.core.errors import Invalid
from oer.statistics.models import MaterialNeed, WantedMaterial, WantedState
from oer.statistics.queries.demand import closures, needs_of, wishes
from oer.statistics.services.wanted import ask_for, drop, fulfil, record_need, take_on
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_published
from tests.statistics.conftest import signed_in
from tests.statistics.test_demand import searched
from tests.statistics.test_views import rows_of


def standing(session):
    session.rollback()
    return {wish.words: needs_of(session, [wish.id])[wish.id] for wish in wishes(session, WantedState.OPEN)}


def test_from_an_empty_result_to_an_educator_s_list(client, installation, session, materials):
    educator, _ = materials({"title": {"vi": "Nấu ăn"}})
    index_due(installation)
    page = client.get("/en/search?q=zzqx+b%C3%A1nh").text
    (address,) = re.findall(r'href="(/en/need[^"]*)"', page)
    form = client.get(address).text
    assert 'value="zzqx bánh"' in form
    browser = Browser(client)
    sent = browser.send(address, words="làm bánh", remark="Cho người mới, có video")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/en/need/thanks")
    assert "Thank you" in client.get("/en/need/thanks").text
    browser.send("/need", words="Lam   banh")
    assert {words: (needs.number, needs.remarks) for words, needs in standing(session).items()} == {
        "làm bánh": (2, ["Cho người mới, có video"])
    }
    session.rollback()
    signed_in(client, educator)
    listed = client.get("/en/my/wanted").text
    assert "2 people said that they need it." in listed
    assert "Cho người mới, có video" in listed


def test_what_many_need_comes_first(session):
    for words in ("một", "hai", "hai", "ba"):
        record_need(session, words)
    assert [wish.words for wish in wishes(session, WantedState.OPEN)] == ["hai", "một", "ba"]


def test_a_need_joins_the_wish_of_an_administrator(session):
    wish = ask_for(session, make_account(session, Role.ADMIN), "Làm bánh")
    assert record_need(session, "lam banh").wish_id == wish.id
    take_on(session, make_educator(session), wish)
    assert record_need(session, "làm bánh").wish_id == wish.id


def test_how_a_need_ended_is_measured_and_what_was_added_goes(session):
    educator = make_educator(session)
    for remark in ("Gọi 090", ""):
        need = record_need(session, "làm bánh", remark)
    wish = session.get_one(WantedMaterial, need.wish_id)
    take_on(session, educator, wish)
    fulfil(session, educator, wish, make_published(session, educator).public_id)
    record_need(session, "Lam banh")
    [closure] = closures(session)
    assert (closure.needed, closure.needed_since, closure.days) == (2, 1, 0)
    assert needs_of(session, [wish.id])[wish.id].remarks == []


def test_what_was_given_up_keeps_no_remark(session):
    need = record_need(session, "quảng cáo", "mua ngay")
    drop(
        session, make_account(session, Role.ADMIN), session.get_one(WantedMaterial, need.wish_id), "Không phải học liệu"
    )
    session.expire_all()
    assert session.get_one(MaterialNeed, need.id).remark == ""


@pytest.mark.parametrize(
    ("given", "field"),
    [({"words": " !? "}, "words"), ({"words": "x" * 201}, "words"), ({"remark": "y" * 1001}, "remark")],
)
def test_what_will_not_do_is_refused_and_kept_in_the_box(client, session, given, field):
    values = {"words": "làm bánh", "remark": "cho trẻ", **given}
    with pytest.raises(Invalid) as refused:
        record_need(session, values["words"], values["remark"])
    assert refused.value.field == field
    session.rollback()
    answer = Browser(client).send("/need", **values)
    assert answer.status_code == 422
    assert values["words"].strip() in answer.text
    assert standing(session) == {}


def test_what_is_hostile_is_text(client, session, materials):
    hostile = "<script>alert(1)</script>\x07\u202e"
    assert Browser(client).send("/need", words=f"bánh {hostile}", remark=hostile).status_code == 303
    assert len(standing(session)) == 1
    session.rollback()
    signed_in(client, materials({})[0])
    assert "<script>alert" not in client.get("/my/wanted").text
    assert client.get("/need?q=%ff" + "x" * 500).status_code == 200
    assert client.get("/need?q=%00").status_code in {200, 400}


def test_one_address_cannot_flood_the_list(client, session):
    browser = Browser(client)
    answers = [browser.send("/need", words=f"nhu cầu {number}").status_code for number in range(32)]
    assert answers == [303] * 30 + [429] * 2
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(MaterialNeed)) == 30


def test_needs_stand_beside_the_searches_for_the_same(counted, installation, admin):
    counted(*searched("làm bánh", 6))
    with installation.database.transaction() as session:
        record_need(session, "LÀM BÁNH")
        record_need(session, "khác")
    _, rows = rows_of(admin.get("/en/admin/statistics/demand/queries.csv"))
    assert [(row["What was searched for"], row["Needed by"]) for row in rows] == [("làm bánh", "1")]
    page = admin.get("/en/admin/statistics/demand").text
    assert "1 person said that they need it." in page
