"""Registering and recovering in the browser."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Account, AccountState, Role, RoleGrant
from oer.accounts.queries import account_with_email
from oer.core.audit import AuditRecord
from tests.accounts.factories import PASSWORD

FORM = {"name": "Nguyễn Thị Lan", "email": "lan@example.com", "password": PASSWORD, "old_enough": "y", "agreed": "y"}
NEW = "ngua van chay qua cau"


def without_address(response, email):
    return re.sub(r'value="[^"]+"', "", response.text).replace(email, "")


def test_from_the_form_to_the_own_page(browser, posted):
    answer = browser.send("/register", **FORM)
    assert answer.status_code == 200
    assert "lan@example.com" in answer.text
    [mail] = posted()
    link = mail[2]["path"]
    assert browser.get(link).status_code == 200
    assert browser.get(link).status_code == 200  # looking at the page confirms nothing
    assert browser.sign_in("lan@example.com").status_code == 403
    assert browser.send(link).status_code == 303
    assert browser.sign_in("lan@example.com").status_code == 303
    assert "Nguyễn Thị Lan" in browser.get("/account").text


def test_a_known_address_gets_the_same_page(browser, people, posted):
    known = people(email="known@example.com")
    new = browser.send("/register", **FORM)
    same = browser.send("/register", **{**FORM, "email": known})
    assert new.status_code == same.status_code == 200
    assert without_address(new, FORM["email"]) == without_address(same, known)
    assert [mail[1] for mail in posted()] == ["confirm_email", "already_registered"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("name", "Hãy nhập tên"),
        ("email", "Hãy nhập địa chỉ e-mail"),
        ("password", "ít nhất 10 ký tự"),
        ("old_enough", "từ đủ 16 tuổi"),
        ("agreed", "Không có sự đồng ý của bạn"),
    ],
)
def test_what_is_missing_is_told_at_its_field_and_the_rest_is_kept(browser, posted, missing, words):
    answer = browser.send("/register", **{key: value for key, value in FORM.items() if key != missing})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{missing}"' in answer.text
    assert all(FORM[key] in answer.text for key in {"name", "email"} - {missing})
    assert PASSWORD not in answer.text
    assert posted() == []


@pytest.mark.parametrize("password", ["matkhau123456", "thanhphohochiminh", "nguyenthilan1", "lan@example.com"])
def test_a_common_or_personal_password_is_refused_with_the_reason(browser, password):
    answer = browser.send("/register", **{**FORM, "password": password})
    assert answer.status_code == 422
    assert "Người khác sẽ thử mật khẩu này đầu tiên" in answer.text


def test_the_boxes_are_unticked(browser):
    assert "checked" not in browser.get("/register").text


def test_nothing_but_the_forms_fields_is_taken(browser, posted, installation):
    more = {"id": "1", "role": "admin", "state": "active", "email_verified": "1", "confirmed_at": "2026-01-01"}
    assert browser.send("/register", **FORM, **more).status_code == 200
    with installation.database.reading() as session:
        account = session.scalars(sa.select(Account)).one()
        assert account.state is AccountState.UNCONFIRMED
        assert session.scalars(sa.select(RoleGrant)).all() == []
        assert session.scalars(sa.select(AuditRecord)).all() == []


def test_no_profile_form_gives_a_role(browser, people, installation):
    browser.sign_in(people(email="lan@example.com"))
    fields = {"name": "Lan", "language": "vi", "role": "admin", "grants-0-role": "admin", "state": "system"}
    assert browser.send("/account/profile", **fields).status_code == 303
    with installation.database.reading() as session:
        assert session.scalars(sa.select(RoleGrant)).all() == []
        assert session.scalars(sa.select(AuditRecord)).all() == []
        assert account_with_email(session, "lan@example.com").state is AccountState.ACTIVE


def test_a_registration_sent_twice_is_one_account(browser, installation):
    for _ in range(2):
        assert browser.send("/register", **FORM).status_code == 200
    with installation.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_too_many_mails_to_one_address_are_not_sent_and_nobody_is_told(browser, posted):
    statuses = [browser.send("/reset", email="lan@example.com").status_code for _ in range(7)]
    assert statuses == [200] * 7
    assert len(posted()) == 5


def test_a_forgotten_password_is_set_anew(browser, people, posted):
    email = people()
    known = browser.send("/reset", email=email)
    unknown = browser.send("/reset", email="nobody@example.com")
    assert known.status_code == unknown.status_code == 200
    assert without_address(known, email) == without_address(unknown, "nobody@example.com")
    link = posted()[0][2]["path"]
    assert browser.send(link, password="matkhau123456").status_code == 422
    assert browser.send(link, password=NEW).status_code == 303
    assert browser.sign_in(email).status_code == 422
    assert browser.sign_in(email, NEW).status_code == 303
    assert browser.get(link).status_code == 400


@pytest.mark.parametrize("path", ["/confirm/", "/reset/", "/account/new-email/"])
def test_a_made_up_link_is_refused_kindly(browser, path):
    for token in ("x", "A" * 43, "%00", "..%2f..", "ệ"):
        answer = browser.get(path + token)
        assert answer.status_code in {400, 404}


def test_a_head_request_confirms_nothing(browser, posted, installation):
    browser.send("/register", **FORM)
    link = posted()[0][2]["path"]
    assert browser.client.head(link).status_code == 200
    with installation.database.reading() as session:
        assert account_with_email(session, "lan@example.com").state is AccountState.UNCONFIRMED


def test_roles_cannot_be_asked_for_while_registering(browser):
    assert "role" not in browser.get("/register").text.lower().replace('role="', "")
    assert Role.ADMIN.value not in browser.get("/register").text
