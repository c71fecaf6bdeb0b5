from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oer.usage.models import DailyUsage, UsageItem, UsagePack
from oer.usage.queries.totals import Scope, by_format, by_item, by_time, total_of
from oer.usage.services.months import close_months, correct_month
from oer.usage.services.nightly import count_due_days
from tests.usage.factories import a_note, at, spooled

FIRST, LAST = date(2026, 2, 20), date(2026, 4, 12)


@pytest.fixture(scope="module")
def notes():
    """Use of four items in several formats over seven weeks, March among them."""
    made = []
    for n in range(260):
        moment = at("2026-02-20 08:00") + timedelta(hours=n * 4.7)
        item = "ABCD"[(n * n + n // 4) % 4]
        made.append(a_note("view", item, moment=moment, visitor=f"v{n}"))
        if n % 2:
            format_ = ["pdf", "ebook", "zip"][n % 3]
            made.append(a_note("download", item, moment=moment, seconds=40, visitor=f"v{n}", format=format_))
        if n % 7 == 0:
            made.append(a_note("read", item, moment=moment, seconds=90, visitor=f"v{n}", method="TDM"))
    return made


@pytest.fixture
def filled(installation, notes):
    spooled(installation, notes)
    count_due_days(installation.database, at("2026-04-13 02:00"))
    with installation.database.transaction() as session:
        assert close_months(session, date(2026, 4, 13)) == [date(2026, 2, 1), date(2026, 3, 1)]
    return installation


def answers(session, scope):
    return (
        by_time(session, scope, daily=True),
        by_time(session, scope, daily=False),
        by_item(session, scope, "tii", 3),
        by_format(session, scope),
    )


def only(*keys):
    return sa.select(DailyUsage.item).where(DailyUsage.item.in_(keys))


stretches = st.tuples(st.integers(0, (LAST - FIRST).days), st.integers(0, (LAST - FIRST).days)).map(sorted)


@given(
    stretches, st.sampled_from([(), ("A",), ("A", "C"), ("none such",)]), st.sampled_from(["all", "pdf", "none", "odd"])
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packs_answer_as_the_rows_do_whatever_is_asked(filled, stretch, items, format_):
    since, until = (FIRST + timedelta(days=n) for n in stretch)
    scope = Scope(since, until, only(*items) if items else None, format_)
    with filled.database.reading() as session:
        from_packs = answers(session, scope)
    with filled.database.writing() as session:
        session.execute(sa.delete(UsagePack))
        from_rows = answers(session, scope)
        session.rollback()
    assert from_packs == from_rows


def test_where_only_some_days_have_packs_both_are_added_up(filled):
    scope = Scope(FIRST, LAST)
    with filled.database.writing() as session:
        whole = answers(session, scope)
        session.execute(sa.delete(UsagePack).where(UsagePack.begins.in_([date(2026, 3, 1), date(2026, 4, 3)])))
        session.execute(sa.delete(UsageItem).where(UsageItem.key == "none such"))
        assert answers(session, scope) == whole
        session.rollback()


def test_days_months_items_and_formats_tell_the_same_total(filled):
    scope = Scope(FIRST, LAST)
    with filled.database.reading() as session:
        days, months, items, formats = answers(session, scope)
        everything = total_of(days)
        assert total_of(months) == everything
        assert sum(it.tii for _, it in by_item(session, scope, limit=10)) == everything.tii
        assert len(items) == 3
        assert sum(it.tii for it in formats.values()) == everything.tii
        assert set(months) == {date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)}


def test_text_mining_is_asked_for_apart(filled):
    with filled.database.reading() as session:
        mined = total_of(by_time(session, Scope(FIRST, LAST, method="TDM"), daily=False))
    assert (mined.views, mined.reads > 20) == (0, True)


def test_a_correction_is_what_stands_from_then_on(filled):
    spooled(filled, [a_note("view", "Z", moment=at("2026-03-05 10:00"), seconds=n * 60) for n in range(3)])
    scope = Scope(date(2026, 3, 1), date(2026, 3, 31), only("Z"))
    with filled.database.reading() as session:
        assert total_of(by_time(session, scope, daily=False)).views == 0
    correct_month(filled.database, date(2026, 3, 1), "A host had been cut off.")
    with filled.database.reading() as session:
        assert [total_of(by_time(session, scope, daily=daily)).views for daily in (True, False)] == [3, 3]


def test_items_with_the_same_figure_come_in_the_order_of_their_keys(installation):
    spooled(installation, [a_note("view", key, visitor=key) for key in ("C", "A", "B")])
    count_due_days(installation.database, at("2026-03-12 02:00"))
    with installation.database.reading() as session:
        found = by_item(session, Scope(date(2026, 3, 1), date(2026, 3, 31)), "views", 2)
    assert [key for key, _ in found] == ["A", "B"]


def test_where_nothing_was_counted_there_is_nothing(session):
    scope = Scope(FIRST, LAST)
    assert answers(session, scope) == ({}, {}, [], {})
    assert scope.days == (LAST - FIRST).days + 1
