"""Consents, each apart, and what people tell under them."""

from datetime import date

import pytest
import sqlalchemy as sa

from oer.accounts import queries, services
from oer.accounts.models import Consent, Declaration, Dimension, Purpose
from oer.accounts.queries import privacy
from oer.accounts.queries.purposes import TEXTS
from oer.core.clock import today
from oer.core.errors import Invalid
from tests.accounts.factories import make_account

DAY = date(2026, 12, 1)
ALL = {Purpose.STATISTICS, Purpose.GROUPS, Purpose.DISABILITY}
TOLD = {
    Dimension.WARD: ["26506"],
    Dimension.BIRTH_YEAR: ["1990"],
    Dimension.GENDER: ["female"],
    Dimension.GROUP: ["workers", "parents"],
    Dimension.DISABILITY: ["no"],
}


def consenting(session, purposes=ALL, told=TOLD):
    account = make_account(session)
    services.set_consents(session, account, purposes, "account page")
    services.declare(session, account, told)
    return account


def test_without_a_consent_usage_knows_nobody(session):
    account = make_account(session)
    assert queries.usage_person(session, account.id, DAY) is None
    services.set_consents(session, account, {Purpose.HISTORY, Purpose.MESSAGES}, "account page")
    assert queries.usage_person(session, account.id, DAY) is None
    assert queries.usage_person(session, 10**9, DAY) is None


def test_with_every_consent_usage_knows_what_was_told_and_an_age_band_for_the_year(session):
    person = queries.usage_person(session, consenting(session).id, DAY)
    assert person.dimensions == {
        "ward": ["26506"],
        "age_band": ["35-44"],
        "gender": ["female"],
        "group": ["workers", "parents"],
        "disability": ["no"],
    }


@pytest.mark.parametrize(
    ("age", "band"), [(16, "15-17"), (18, "18-24"), (60, "55-60"), (61, "61-64"), (65, "65+"), (110, "65+")]
)
def test_every_age_has_a_band(age, band):
    assert privacy.age_band(age) == band


def test_the_pseudonym_is_the_same_all_year_and_another_one_next_year(session):
    account = consenting(session)
    first, last, next_year = (
        queries.usage_person(session, account.id, day).pseudonym
        for day in (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    )
    assert first == last != next_year
    assert first != queries.usage_person(session, consenting(session).id, DAY).pseudonym


def test_withdrawing_forgets_what_was_told_and_breaks_the_link_to_past_figures(session):
    account = consenting(session)
    before = queries.usage_person(session, account.id, DAY).pseudonym
    services.set_consents(session, account, ALL - {Purpose.DISABILITY}, "account page")
    person = queries.usage_person(session, account.id, DAY)
    assert "disability" not in person.dimensions
    assert person.dimensions["ward"] == ["26506"]
    assert person.pseudonym != before
    kept = session.scalars(sa.select(Declaration.dimension)).all()
    assert Dimension.DISABILITY not in kept


def test_withdrawing_the_last_one_makes_a_person_unknown_at_once(session):
    account = consenting(session)
    services.set_consents(session, account, set(), "account page")
    assert queries.usage_person(session, account.id, DAY) is None
    assert session.scalars(sa.select(Declaration)).all() == []


def test_a_consent_is_kept_with_wording_time_and_method_after_it_was_withdrawn(session, audited):
    account = make_account(session)
    services.agree(session, account, Purpose.MESSAGES, "account page")
    services.withdraw(session, account, Purpose.MESSAGES)
    proof = session.scalars(sa.select(Consent)).one()
    assert (proof.text_version, proof.method) == (TEXTS[Purpose.MESSAGES].version, "account page")
    assert proof.given_at <= proof.withdrawn_at
    assert audited() == ["consent.withdrawn"]


def test_agreeing_twice_is_one_consent_and_a_new_wording_is_a_new_one(session, monkeypatch):
    account = make_account(session)
    services.agree(session, account, Purpose.MESSAGES, "account page")
    services.agree(session, account, Purpose.MESSAGES, "account page")
    assert len(session.scalars(sa.select(Consent)).all()) == 1
    newer = TEXTS[Purpose.MESSAGES].__class__("2027-01", "x", "y")
    monkeypatch.setitem(TEXTS, Purpose.MESSAGES, newer)
    services.agree(session, account, Purpose.MESSAGES, "account page")
    assert queries.consents_of(session, account.id)[Purpose.MESSAGES].text_version == "2027-01"
    assert len(session.scalars(sa.select(Consent)).all()) == 2


def test_whoever_keeps_data_on_a_consent_is_told_when_it_is_withdrawn(session):
    account, told = make_account(session), []
    services.when_withdrawn(Purpose.HISTORY, lambda _session, account_id: told.append(account_id))
    services.withdraw(session, account, Purpose.HISTORY)
    assert told == []
    services.agree(session, account, Purpose.HISTORY, "account page")
    services.withdraw(session, account, Purpose.HISTORY)
    assert told == [account.id]


@pytest.mark.parametrize("dimension", list(Dimension))
def test_nothing_is_told_without_its_own_consent(session, dimension):
    account = make_account(session)
    services.set_consents(session, account, ALL - {privacy.PURPOSE_OF[dimension]}, "account page")
    with pytest.raises(Invalid) as refused:
        services.declare(session, account, {dimension: TOLD[dimension]})
    assert refused.value.field == dimension.value
    assert queries.declarations_of(session, account.id) == {}


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        (Dimension.WARD, "00000"),
        (Dimension.WARD, "x" * 10_000),
        (Dimension.BIRTH_YEAR, "0"),
        (Dimension.BIRTH_YEAR, "1800"),
        (Dimension.BIRTH_YEAR, str(today().year - 15)),
        (Dimension.BIRTH_YEAR, "19９0"),
        (Dimension.BIRTH_YEAR, "-199"),
        (Dimension.GENDER, "<script>"),
        (Dimension.GROUP, "people-with-disabilities"),
        (Dimension.GROUP, "ethnic-minorities"),
        (Dimension.GROUP, "women"),
        (Dimension.DISABILITY, "maybe"),
    ],
)
def test_what_is_not_in_the_lists_is_refused_naming_the_field(session, dimension, value):
    account = consenting(session, told={})
    with pytest.raises(Invalid) as refused:
        services.declare(session, account, {dimension: [value]})
    assert refused.value.field == dimension.value


def test_a_changed_answer_keeps_the_time_of_the_old_one(session):
    account = consenting(session)
    services.declare(session, account, {**TOLD, Dimension.WARD: ["26740"]})
    wards = session.scalars(
        sa.select(Declaration).where(Declaration.dimension == Dimension.WARD).order_by(Declaration.id)
    ).all()
    assert [(ward.value, ward.valid_to is None) for ward in wards] == [("26506", False), ("26740", True)]
    assert queries.declarations_of(session, account.id)[Dimension.WARD] == ["26740"]


def test_saving_the_same_again_writes_nothing_new(session):
    account = consenting(session)
    before = session.scalar(sa.select(sa.func.count()).select_from(Declaration))
    services.declare(session, account, TOLD)
    assert session.scalar(sa.select(sa.func.count()).select_from(Declaration)) == before


def test_every_purpose_has_its_words():
    assert set(TEXTS) == set(Purpose)
    assert all(text.version and text.title and text.text for text in TEXTS.values())
