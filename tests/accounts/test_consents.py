"""Consents, each apart, and what people tell under them."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Consent, Declaration, Dimension, Purpose
from oer.accounts.services import consents
from oer.accounts.services.consents import (
    CONSENT_TEXTS,
    give_consent,
    on_consent_withdrawn,
    set_consents,
    update_declarations,
    withdraw_consent,
)
from oer.core.clock import today
from oer.core.errors import Invalid
from tests.accounts.factories import make_account

DAY = today()
ALL = {Purpose.STATISTICS, Purpose.GROUPS, Purpose.DISABILITY}
TOLD = {
    Dimension.WARD: ["26506"],
    Dimension.BIRTH_YEAR: [str(DAY.year - 36)],
    Dimension.GENDER: ["female"],
    Dimension.GROUP: ["workers", "parents"],
    Dimension.DISABILITY: ["no"],
}


def consenting(session, purposes=ALL, told=TOLD):
    account = make_account(session)
    set_consents(session, account, purposes, "account page")
    update_declarations(session, account, told)
    return account


def known(session, account, day=DAY):
    """What usage figures may know of somebody, or None."""
    key = queries.usage_key(session, account.id, day)
    return queries.usage_people(session, [key, "nobody's key"], day).get(key) if key else None


def test_without_a_consent_usage_knows_nobody(session):
    account = make_account(session)
    assert queries.usage_key(session, account.id, DAY) is None
    set_consents(session, account, {Purpose.HISTORY, Purpose.MESSAGES}, "account page")
    assert queries.usage_key(session, account.id, DAY) is None
    assert queries.usage_key(session, 10**9, DAY) is None
    assert queries.usage_keys(session, 10**9) == []


def test_with_every_consent_usage_knows_what_was_told_and_an_age_band_for_the_year(session):
    consenting(session)
    assert known(session, consenting(session)) == {
        "ward": ["26506"],
        "age_band": ["35-44"],
        "gender": ["female"],
        "group": ["workers", "parents"],
        "disability": ["no"],
    }


def test_usage_knows_what_was_told_as_it_was_on_the_day(session):
    account = consenting(session)
    session.execute(
        sa.update(Declaration).values(
            valid_from=datetime(2026, 3, 1, tzinfo=UTC), valid_to=datetime(2026, 6, 1, tzinfo=UTC)
        )
    )
    assert known(session, account, date(2026, 2, 27)) == {}
    assert known(session, account, date(2026, 4, 1))["ward"] == ["26506"]
    assert known(session, account, date(2026, 6, 2)) == {}


@pytest.mark.parametrize(
    ("age", "band"), [(16, "15-17"), (18, "18-24"), (60, "55-60"), (61, "61-64"), (65, "65+"), (110, "65+")]
)
def test_every_age_has_a_band(age, band):
    assert queries.age_band(age) == band


def test_the_pseudonym_is_the_same_all_year_and_another_one_next_year(session):
    account = consenting(session)
    days = (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    first, last, next_year = (queries.usage_key(session, account.id, day) for day in days)
    assert first == last != next_year
    assert first != queries.usage_key(session, consenting(session).id, DAY)


def test_events_of_this_year_and_the_last_can_be_found_to_be_erased(session):
    account, year = consenting(session), today().year
    keys = [queries.usage_key(session, account.id, date(each, 6, 1)) for each in (year, year - 1)]
    assert queries.usage_keys(session, account.id) == keys


def test_withdrawing_forgets_what_was_told_and_breaks_the_link_to_past_figures(session):
    account = consenting(session)
    before = queries.usage_key(session, account.id, DAY)
    set_consents(session, account, ALL - {Purpose.DISABILITY}, "account page")
    told = known(session, account)
    assert "disability" not in told
    assert told["ward"] == ["26506"]
    assert queries.usage_key(session, account.id, DAY) != before
    assert queries.usage_people(session, [before], DAY) == {}
    kept = session.scalars(sa.select(Declaration.dimension)).all()
    assert Dimension.DISABILITY not in kept


def test_withdrawing_the_last_one_makes_a_person_unknown_at_once(session):
    account = consenting(session)
    set_consents(session, account, set(), "account page")
    assert known(session, account) is None
    assert session.scalars(sa.select(Declaration)).all() == []


def test_a_consent_is_kept_with_wording_time_and_method_after_it_was_withdrawn(session, audited):
    account = make_account(session)
    give_consent(session, account, Purpose.MESSAGES, "account page")
    withdraw_consent(session, account, Purpose.MESSAGES)
    proof = session.scalars(sa.select(Consent)).one()
    assert (proof.text_version, proof.method) == (CONSENT_TEXTS[Purpose.MESSAGES].version, "account page")
    assert proof.given_at <= proof.withdrawn_at
    assert audited() == ["consent.withdrawn"]


def test_agreeing_twice_is_one_consent_and_a_new_wording_is_a_new_one(session, monkeypatch):
    account = make_account(session)
    give_consent(session, account, Purpose.MESSAGES, "account page")
    give_consent(session, account, Purpose.MESSAGES, "account page")
    assert len(session.scalars(sa.select(Consent)).all()) == 1
    newer = CONSENT_TEXTS[Purpose.MESSAGES].__class__("2027-01", "x", "y")
    monkeypatch.setitem(CONSENT_TEXTS, Purpose.MESSAGES, newer)
    give_consent(session, account, Purpose.MESSAGES, "account page")
    assert queries.consents_of(session, account.id)[Purpose.MESSAGES].text_version == "2027-01"
    assert len(session.scalars(sa.select(Consent)).all()) == 2


def test_whoever_keeps_data_on_a_consent_is_told_when_it_is_withdrawn(session, monkeypatch):
    monkeypatch.setattr(consents, "_withdrawal_handlers", {})
    account, told = make_account(session), []
    on_consent_withdrawn(Purpose.HISTORY, lambda _session, account_id: told.append(account_id))
    withdraw_consent(session, account, Purpose.HISTORY)
    assert told == []
    give_consent(session, account, Purpose.HISTORY, "account page")
    withdraw_consent(session, account, Purpose.HISTORY)
    assert told == [account.id]


def test_whoever_forgets_usage_still_learns_the_old_pseudonym(session, monkeypatch):
    monkeypatch.setattr(consents, "_withdrawal_handlers", {})
    account, seen = consenting(session), []
    on_consent_withdrawn(
        Purpose.GROUPS, lambda session, account_id: seen.append(queries.usage_keys(session, account_id))
    )
    before = queries.usage_keys(session, account.id)
    withdraw_consent(session, account, Purpose.GROUPS)
    assert seen == [before]
    assert queries.usage_keys(session, account.id) != before


def test_no_consent_is_collected_that_no_feature_asks_for(app, monkeypatch):
    assert set(consents.collected_purposes()) == queries.STATISTICS_PURPOSES | {Purpose.HISTORY}
    monkeypatch.setattr(consents, "_withdrawal_handlers", {})
    assert consents.collected_purposes() == []
    on_consent_withdrawn(Purpose.HISTORY, lambda _session, _account_id: None)
    assert consents.collected_purposes() == [Purpose.HISTORY]


@pytest.mark.parametrize("dimension", list(Dimension))
def test_nothing_is_told_without_its_own_consent(session, dimension):
    account = make_account(session)
    set_consents(session, account, ALL - {queries.PURPOSE_OF[dimension]}, "account page")
    with pytest.raises(Invalid) as refused:
        update_declarations(session, account, {dimension: TOLD[dimension]})
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
        update_declarations(session, account, {dimension: [value]})
    assert refused.value.field == dimension.value


def test_a_changed_answer_keeps_the_time_of_the_old_one(session):
    account = consenting(session)
    update_declarations(session, account, {**TOLD, Dimension.WARD: ["26740"]})
    wards = session.scalars(
        sa.select(Declaration).where(Declaration.dimension == Dimension.WARD).order_by(Declaration.id)
    ).all()
    assert [(ward.value, ward.valid_to is None) for ward in wards] == [("26506", False), ("26740", True)]
    assert queries.declarations_of(session, account.id)[Dimension.WARD] == ["26740"]


def test_saving_the_same_again_writes_nothing_new(session):
    account = consenting(session)
    before = session.scalar(sa.select(sa.func.count()).select_from(Declaration))
    update_declarations(session, account, TOLD)
    assert session.scalar(sa.select(sa.func.count()).select_from(Declaration)) == before


def test_every_purpose_has_its_words():
    assert set(CONSENT_TEXTS) == set(Purpose)
    assert all(text.version and text.title and text.text for text in CONSENT_TEXTS.values())
