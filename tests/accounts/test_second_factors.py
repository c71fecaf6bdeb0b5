"""What an account has for the second step: codes of an app, recovery codes; added, removed, reset, at rest."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.accounts.permissions import Action, may, needs_second_factor, require
from oer.accounts.queries import account_of_sign_in, has_second_factor, second_factors_of
from oer.accounts.second_factor_models import AuthenticatorApp, RecoveryCode
from oer.accounts.services.authenticator_codes import new_secret, seal, unseal
from oer.accounts.services.recovery_codes import COUNT
from oer.accounts.services.second_factors import (
    add_app,
    code_is_right,
    remove_app,
    renew_recovery_codes,
    reset_second_factors,
)
from oer.accounts.services.second_steps import begin_second_step, second_step_begun
from oer.accounts.services.sign_ins import start_sign_in
from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Forbidden, NotFound, SecondFactorNeeded
from tests.accounts.factories import make_account
from tests.accounts.phone import Phone


@pytest.fixture
def lan(session):
    return make_account(session, Role.REVIEWER)


@pytest.fixture
def protected(session, settings, lan, phone):
    """Somebody who signs in with a phone."""
    phone.add_to(session, settings, lan)
    return lan


def test_an_app_is_added_by_its_code_and_that_code_does_not_sign_in(session, settings, lan, phone, mails, audited):
    assert not add_app(session, settings, lan, phone.secret, phone.code(5))
    assert not has_second_factor(session, lan.id)
    assert add_app(session, settings, lan, phone.secret, phone.code())
    assert has_second_factor(session, lan.id)
    assert audited() == ["second_factor.app_added"]
    assert [(to, values["change"]) for to, _, values in mails()] == [(lan.email, "app_added")]
    assert not code_is_right(session, settings, lan, phone.code())
    assert code_is_right(session, settings, lan, phone.code(1))


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_half_a_minute_wrong(session, settings, protected, phone, steps, right):
    assert code_is_right(session, settings, protected, phone.code(steps)) is right


def test_no_code_is_taken_twice_nor_an_older_one_after_it(session, settings, protected, phone):
    assert code_is_right(session, settings, protected, phone.code())
    assert not code_is_right(session, settings, protected, phone.code())
    assert not code_is_right(session, settings, protected, phone.code(-1))
    phone.wait()
    assert not code_is_right(session, settings, protected, phone.code(-1))
    assert code_is_right(session, settings, protected, phone.code())


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1} {2}", "{1}-{2}"])
def test_a_code_is_read_as_people_type_it(session, settings, protected, phone, typed):
    code = phone.code()
    assert code_is_right(session, settings, protected, typed.format(code, code[:3], code[3:]))


def test_digits_of_a_vietnamese_or_japanese_keyboard_count(session, settings, protected, phone):
    wide = phone.code().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert code_is_right(session, settings, protected, wide)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "x" * 100, "\ud800", "٠١٢٣٤٥", "-", "0" * 12])
def test_nonsense_is_no_code(session, settings, protected, text):
    renew_recovery_codes(session, settings, protected)
    assert not code_is_right(session, settings, protected, text)


def test_the_secret_is_encrypted_for_one_account_and_one_installation(session, settings, protected, phone):
    [kept] = session.scalars(sa.select(AuthenticatorApp.sealed_secret)).all()
    assert phone.secret not in kept
    assert unseal(settings.secret_key, protected.id, kept) == phone.secret
    assert unseal(settings.secret_key, protected.id + 1, kept) is None
    assert unseal("another secret", protected.id, kept) is None


def test_a_sealed_secret_is_refused_after_its_time(settings):
    sealed = seal(settings.secret_key, 1, new_secret())
    assert unseal(settings.secret_key, 1, sealed, within_seconds=60)
    assert unseal(settings.secret_key, 1, sealed, within_seconds=-1) is None


def test_after_the_installations_secret_is_lost_codes_are_wrong_and_nothing_fails(session, settings, protected, phone):
    codes = renew_recovery_codes(session, settings, protected)
    other = replace(settings, secret_key="made anew")
    assert not code_is_right(session, other, protected, phone.code())
    assert not code_is_right(session, other, protected, codes[0])
    reset_second_factors(session, None, protected.id)
    assert not has_second_factor(session, protected.id)


def test_ten_recovery_codes_are_each_right_once(session, settings, protected, mails, audited):
    codes = renew_recovery_codes(session, settings, protected)
    mails()
    assert len(set(codes)) == COUNT == 10
    first = codes[0]
    assert code_is_right(session, settings, protected, first.upper().replace("-", " "))
    assert not code_is_right(session, settings, protected, first)
    [(to, template, values)] = mails()
    assert (to, template, values["left"]) == (protected.email, "second_factor_changed", 9)
    assert "second_factor.code_used" in audited()
    assert second_factors_of(session, protected.id).codes_left == 9
    assert all(code_is_right(session, settings, protected, code) for code in codes[1:])
    assert second_factors_of(session, protected.id).codes_left == 0


def test_recovery_codes_are_hashed_and_void_once_new_ones_are_made(session, settings, protected):
    old, new = (renew_recovery_codes(session, settings, protected) for _ in range(2))
    kept = session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert len(kept) == COUNT
    assert not {code.replace("-", "") for code in new} & set(kept)
    assert not code_is_right(session, settings, protected, old[0])
    assert code_is_right(session, settings, protected, new[0])


def test_somebody_elses_recovery_code_is_none(session, settings, protected):
    [code, *_] = renew_recovery_codes(session, settings, protected)
    other = make_account(session)
    Phone().add_to(session, settings, other)
    assert not code_is_right(session, settings, other, code)
    assert code_is_right(session, settings, protected, code)


def test_recovery_codes_replace_something(session, settings, lan):
    with pytest.raises(Conflict):
        renew_recovery_codes(session, settings, lan)


def test_removing_the_last_factor_removes_the_recovery_codes(session, settings, protected, mails, audited):
    renew_recovery_codes(session, settings, protected)
    remove_app(session, settings, protected)
    assert second_factors_of(session, protected.id).codes_left == 0
    assert mails()[-1][2]["change"] == "app_removed"
    assert audited()[-1] == "second_factor.app_removed"
    with pytest.raises(NotFound):
        remove_app(session, settings, protected)


def test_staff_keep_the_last_one_where_it_is_required(session, settings, protected):
    required = replace(settings, staff_second_factor="required")
    with pytest.raises(Conflict):
        remove_app(session, required, protected)
    assert has_second_factor(session, protected.id)


def test_a_reset_removes_all_ends_sign_ins_and_is_told(session, settings, protected, mails, audited):
    token = start_sign_in(session, protected, user_agent="", days=1)
    step = begin_second_step(session, protected, "")
    renew_recovery_codes(session, settings, protected)
    mails()
    admin = make_account(session, Role.ADMIN)
    reset_second_factors(session, admin.id, protected.id)
    factors = second_factors_of(session, protected.id)
    assert (factors.count, factors.codes_left) == (0, 0)
    assert account_of_sign_in(session, token) is None
    assert second_step_begun(session, step) is None
    assert [(to, values["change"]) for to, _, values in mails()] == [(protected.email, "reset")]
    last = session.scalars(sa.select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert (last.action, last.actor_id, last.subject_id) == ("second_factor.reset", admin.id, str(protected.id))


def test_nobody_resets_their_own(session, settings, protected):
    with pytest.raises(Conflict):
        reset_second_factors(session, protected.id, protected.id)
    assert has_second_factor(session, protected.id)


def test_a_second_step_ends_with_a_new_password_and_with_time(session, protected, monkeypatch):
    token = begin_second_step(session, protected, "/x")
    assert second_step_begun(session, token).next_page == "/x"
    protected.password_hash = "another"
    assert second_step_begun(session, token) is None
    later = begin_second_step(session, protected, "")
    step = second_step_begun(session, later)
    moment = step.expires_at
    monkeypatch.setattr("oer.accounts.services.second_steps.now", lambda: moment)
    assert second_step_begun(session, later) is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LEARNER])
def test_every_role_but_the_educators_is_staff(session, role):
    assert needs_second_factor(make_account(session, role)) is (role is not Role.EDUCATOR)


def test_without_a_required_factor_the_roles_are_of_no_use(session, settings, phone):
    account = make_account(session, Role.ADMIN, Role.EDUCATOR)
    token = start_sign_in(session, account, user_agent="", days=1)
    found = account_of_sign_in(session, token, second_factor_required=True)
    assert not may(found, Action.ACCOUNT_ADMINISTER)
    assert may(found, Action.MATERIAL_CREATE)  # as an educator
    with pytest.raises(SecondFactorNeeded):
        require(found, Action.ACCOUNT_ADMINISTER)
    with pytest.raises(Forbidden) as refused:
        require(make_account(session), Action.ACCOUNT_ADMINISTER)
    assert not isinstance(refused.value, SecondFactorNeeded)
    phone.add_to(session, settings, account)
    assert may(account_of_sign_in(session, token, second_factor_required=True), Action.ACCOUNT_ADMINISTER)
