from datetime import date, timedelta

import sqlalchemy as sa

from oer.usage.models import DailyUsage, QueryFigure, UsageEvent, UserAgent
from oer.usage.services.nightly import clock_is_steady, count_due_days, events_from, expire
from tests.usage.factories import a_note, at, spooled

TODAY = date(2026, 11, 22)


def test_events_are_kept_for_thirteen_months():
    assert events_from(TODAY) == date(2025, 10, 22)
    assert events_from(date(2026, 1, 1)) == date(2024, 12, 1)
    assert events_from(date(2026, 3, 31)) == date(2025, 2, 28) + timedelta(days=1)


def test_what_is_too_old_goes_with_its_user_agents_and_totals_stay(installation, session):
    notes = [a_note(moment=at(f"{day} 10:00"), user_agent=f"Mozilla/5.0 {day}") for day in ("2025-10-21", "2025-10-22")]
    spooled(installation, notes)
    count_due_days(installation.database, at("2026-11-22 10:00"))
    gone = expire(session, TODAY)
    assert gone.events == 1
    assert session.scalars(sa.select(UsageEvent.day)).all() == [date(2025, 10, 22)]
    assert session.scalars(sa.select(UserAgent.text)).all() == ["Mozilla/5.0 2025-10-22"]
    assert len(session.scalars(sa.select(DailyUsage).where(DailyUsage.format == "all")).all()) == 2


def test_words_go_after_thirty_days_and_queries_stay_only_where_five_visitors_asked(installation, session):
    def searched(day, words, visitors):
        return [
            a_note("search", words=words, hits=0, visitor=f"v{n}", moment=at(f"{day} 10:00"), seconds=n)
            for n in range(visitors)
        ]

    spooled(
        installation,
        searched("2026-10-01", "toán", 5) + searched("2026-10-01", "hiếm", 4) + searched("2026-11-20", "mới", 1),
    )
    count_due_days(installation.database, at("2026-11-22 10:00"))
    gone = expire(session, TODAY)
    assert (gone.words, gone.queries) == (9, 1)
    assert session.scalars(sa.select(UsageEvent.words).where(UsageEvent.words.is_not(None))).all() == ["mới"]
    assert set(session.scalars(sa.select(QueryFigure.words))) == {"toán", "mới"}


def test_the_clock_is_steady_once_it_has_run_on_for_most_of_a_day(session):
    moments = ["2026-03-10 10:00", "2026-03-11 05:59", "2026-03-11 06:00", "2026-03-10 06:00", "2026-03-11 04:00"]
    assert [clock_is_steady(session, at(moment)) for moment in moments] == [False, False, True, False, True]
