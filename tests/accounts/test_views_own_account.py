"""One's own page in the browser."""

import csv
import io

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Account, Dimension, Purpose, RoleRequest
from oer.accounts.queries import account_with_email, consents_of, declarations_of, sign_ins_of
from oer.accounts.services.consents import give_consent
from oer.accounts.services.personal_data import personal_data_csv
from oer.core.clock import today
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account, make_unit

OWN_PAGES = [
    "/account", "/account/profile", "/account/email", "/account/password", "/account/privacy", "/account/delete",
    "/account/educator", "/account/data.json", "/account/data.csv",
]  # fmt: skip
WRONG = "khong phai mat khau nay"


@pytest.fixture
def lan(browser, people):
    email = people(email="lan@example.com", name="Lan")
    browser.sign_in(email)
    return email


@pytest.mark.parametrize("path", OWN_PAGES)
def test_own_pages_are_for_those_who_are_signed_in_and_in_both_languages(browser, people, path):
    assert browser.get(path).status_code == 302
    assert browser.get(path, headers={"Accept": "application/json"}).status_code == 401
    browser.sign_in(people())
    assert browser.get(path).status_code == 200
    assert browser.get(f"/en{path}").status_code == 200


def test_name_and_language_are_changed(browser, lan, installation):
    assert browser.send("/account/profile", name=" Nguyễn  Lan ", language="en").status_code == 303
    with installation.database.reading() as session:
        account = account_with_email(session, lan)
        assert (account.name, account.language) == ("Nguyễn Lan", "en")
    assert browser.send("/account/profile", name="", language="en").status_code == 422
    assert browser.send("/account/profile", name="Lan", language="xx").status_code == 422


def test_markup_in_a_name_is_shown_as_text(browser, lan):
    browser.send("/account/profile", name='<script>alert(1)</script>"><b>', language="vi")
    text = browser.get("/account").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_a_new_address_needs_the_password_and_its_own_mail(browser, lan, posted):
    assert browser.send("/account/email", email="new@example.com", current=WRONG).status_code == 422
    assert posted() == []
    assert browser.send("/account/email", email="new@example.com", current=PASSWORD).status_code == 303
    [mail] = posted()
    assert browser.get(mail[2]["path"]).status_code == 200
    assert "lan@example.com" in browser.get("/account").text
    assert browser.send(mail[2]["path"]).status_code == 303
    assert "new@example.com" in browser.get("/account").text


def test_nobody_is_flooded_with_mails_by_changes_of_address(browser, lan):
    fields = {"email": "victim@example.com", "current": PASSWORD}
    assert [browser.send("/account/email", **fields).status_code for _ in range(6)] == [303] * 5 + [429]


def test_a_new_password_needs_the_old_one_and_ends_the_other_sign_ins(browser, lan, app, posted):
    other = Browser(app.test_client())
    other.sign_in(lan)
    fields = {"password": "ngua van chay qua cau"}
    assert browser.send("/account/password", current=WRONG, **fields).status_code == 422
    assert browser.send("/account/password", current=PASSWORD, **fields).status_code == 303
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert [mail[1] for mail in posted()] == ["password_changed"]


def test_guessing_the_password_on_ones_own_page_is_slowed_down_too(browser, lan):
    statuses = [browser.send("/account/delete", current=WRONG, sure="y").status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_another_browser_is_signed_out_from_here(browser, lan, app, installation):
    other = Browser(app.test_client())
    other.sign_in(lan)
    with installation.database.reading() as session:
        newest = sign_ins_of(session, account_with_email(session, lan).id)[0].id
    assert browser.send(f"/account/sign-ins/{newest}/end", page="/account").status_code == 303
    assert other.get("/account").status_code == 302
    assert browser.get("/account").status_code == 200


def test_somebody_elses_sign_in_is_as_good_as_none(browser, lan, people, app, installation):
    other = Browser(app.test_client())
    email = people()
    other.sign_in(email)
    with installation.database.reading() as session:
        foreign = sign_ins_of(session, account_with_email(session, email).id)[0].id
    assert browser.send(f"/account/sign-ins/{foreign}/end", page="/account").status_code == 404
    assert browser.send("/account/sign-ins/999999/end", page="/account").status_code == 404
    assert other.get("/account").status_code == 200


def consents(installation, email):
    with installation.database.reading() as session:
        return set(consents_of(session, account_with_email(session, email).id))


def told(installation, email):
    with installation.database.reading() as session:
        return declarations_of(session, account_with_email(session, email).id)


def test_every_purpose_is_apart_and_unticked(browser, lan):
    text = browser.get("/account/privacy").text
    assert text.count('type="checkbox"') >= 5
    assert "checked" not in text.replace('checked class="none"', "").replace('checked id="gender-0"', "").replace(
        'checked id="disability_told-0"', ""
    )


def test_consents_and_answers_are_saved_changed_and_withdrawn(browser, lan, installation):
    year = str(today().year - 40)
    fields = {"statistics": "y", "ward": "26740", "birth_year": year, "gender": "female"}
    assert browser.send("/account/privacy", **fields, groups="y", group=["workers", "parents"]).status_code == 303
    assert consents(installation, lan) == {Purpose.STATISTICS, Purpose.GROUPS}
    assert told(installation, lan) == {
        Dimension.WARD: ["26740"],
        Dimension.BIRTH_YEAR: [year],
        Dimension.GENDER: ["female"],
        Dimension.GROUP: ["workers", "parents"],
    }
    page = browser.get("/account/privacy").text
    assert f'value="{year}"' in page
    # The tick goes, the answers still stand in the form: they are forgotten with it.
    fields.pop("statistics")
    assert browser.send("/account/privacy", **fields, groups="y", group=["workers"]).status_code == 303
    assert consents(installation, lan) == {Purpose.GROUPS}
    assert told(installation, lan) == {Dimension.GROUP: ["workers"]}


def test_a_purpose_that_nothing_uses_is_offered_to_those_alone_who_agreed_to_it_before(browser, lan, installation):
    offered = browser.get("/account/privacy").text
    assert 'id="purpose-statistics"' in offered
    assert 'id="purpose-history"' in offered
    assert 'id="purpose-messages"' not in offered
    assert browser.send("/account/privacy", messages="y").status_code == 303
    assert consents(installation, lan) == set()
    with installation.database.transaction() as session:
        give_consent(session, queries.account_with_email(session, lan), Purpose.MESSAGES, "account page")
    assert 'id="purpose-messages"' in browser.get("/account/privacy").text
    assert browser.send("/account/privacy", messages="y").status_code == 303
    assert consents(installation, lan) == {Purpose.MESSAGES}
    browser.send("/account/privacy")
    assert consents(installation, lan) == set()


def test_an_answer_without_its_consent_is_told_at_its_field_and_nothing_is_saved(browser, lan, installation):
    answer = browser.send("/account/privacy", ward="26740", groups="y")
    assert answer.status_code == 422
    assert 'href="#ward"' in answer.text
    assert consents(installation, lan) == set()


@pytest.mark.parametrize(
    ("field", "value"), [("birth_year", "abcd"), ("birth_year", "3000"), ("ward", "1"), ("gender", "<b>")]
)
def test_an_answer_that_cannot_be_is_told_at_its_field_and_kept_as_typed(browser, lan, installation, field, value):
    answer = browser.send("/account/privacy", **{"statistics": "y", field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert consents(installation, lan) == set()
    if field == "birth_year":
        assert f'value="{value}"' in answer.text


def test_ones_data_as_json_and_csv(browser, lan):
    answer = browser.get("/account/data.json")
    assert answer.json["accounts"]["account"]["email"] == lan
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    table = browser.get("/account/data.csv")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert ["accounts.account.email", lan] in rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x"])
def test_a_text_that_looks_like_a_formula_is_no_formula_in_the_table(text):
    rows = list(csv.reader(io.StringIO(personal_data_csv({"name": text, "age": -1}), newline="")))
    assert rows[1] == ["name", f"'{text}"]
    assert rows[2] == ["age", "-1"]


def test_deleting_ones_account(browser, lan, app, installation, posted):
    other = Browser(app.test_client())
    other.sign_in(lan)
    assert browser.send("/account/delete", current=PASSWORD).status_code == 422
    assert browser.send("/account/delete", current=WRONG, sure="y").status_code == 422
    assert browser.send("/account/delete", current=PASSWORD, sure="y").status_code == 303
    assert browser.get("/account").status_code == other.get("/account").status_code == 302
    assert browser.sign_in(lan).status_code == 422
    with installation.database.reading() as session:
        assert session.scalars(sa.select(Account)).all() == []
    assert posted()[-1][:2] == (lan, "account_erased")


def test_the_last_administrator_cannot_go(browser, installation):
    from oer.accounts.models import Role

    with installation.database.transaction() as session:
        email = make_account(session, Role.ADMIN).email
    browser.sign_in(email)
    assert browser.send("/account/delete", current=PASSWORD, sure="y").status_code == 409
    assert browser.get("/account").status_code == 200


def test_asking_to_become_an_educator(browser, lan, installation):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
    assert browser.send("/account/educator", unit="nowhere", reason="x").status_code == 422
    answer = browser.send("/account/educator", unit="thpt-lhp", reason="")
    assert answer.status_code == 422
    assert 'selected value="thpt-lhp"' in answer.text
    assert browser.send("/account/educator", unit="thpt-lhp", reason="x" * 1001).status_code == 422
    for _ in range(2):
        assert browser.send("/account/educator", unit="thpt-lhp", reason="Tôi dạy ở đây.").status_code == 303
    with installation.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RoleRequest)) == 1
