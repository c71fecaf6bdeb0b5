from datetime import date

import pytest
import sqlalchemy as sa

from oer.core.errors import Conflict, Invalid
from oer.usage.models import DailyUsage, MonthlyUsage, UsageDay, UsageEvent, UserAgent
from oer.usage.queries.processing import (
    closes_on,
    current_version,
    due_days,
    history,
    late_days,
    months_to_close,
    sums_that_differ,
    versions,
)
from oer.usage.robots import robot_policy
from oer.usage.services.months import close_months, correct_month
from oer.usage.services.nightly import close_day, count_due_days, judge_again
from tests.usage.factories import a_note, at, daily, spooled

MARCH = date(2026, 3, 1)
TENTH = at("2026-04-10 02:00")


@pytest.fixture
def march(installation):
    """Some use in March 2026, counted: of A on two days and of B on one."""
    notes = [a_note(item="A", moment=at("2026-03-01 00:10")), a_note("download", "A", moment=at("2026-03-31 23:58"))]
    notes += [a_note(item="B", moment=at("2026-03-15 10:00")), a_note(item="B", moment=at("2026-04-01 10:00"))]
    spooled(installation, notes)
    count_due_days(installation.database, TENTH)


def close(installation, today):
    with installation.database.transaction() as session:
        return close_months(session, today)


def monthly(installation, version):
    with installation.database.reading() as session:
        rows = session.scalars(
            sa.select(MonthlyUsage).where(MonthlyUsage.version == version, MonthlyUsage.format == "all")
        )
        return {row.item: (row.tii, row.tir, row.uii, row.uir) for row in rows}


def test_a_month_is_closed_on_the_tenth_of_the_next_and_not_before(installation, march, session):
    assert closes_on(MARCH) == date(2026, 4, 10)
    assert close(installation, date(2026, 4, 9)) == []
    assert close(installation, date(2026, 4, 10)) == [MARCH]
    assert close(installation, date(2026, 4, 11)) == []
    assert versions(session) == {MARCH: 1}


def test_a_closed_months_figures_are_the_sums_of_its_days(installation, march, session):
    close(installation, date(2026, 4, 10))
    assert monthly(installation, 1) == {"A": (2, 1, 2, 1), "B": (1, 0, 1, 0)}
    (version,) = history(session, MARCH)
    assert (version.sums["views"], version.sums["downloads"], version.sums["tii"]) == (2, 1, 3)
    assert version.sums["sessions"] == 3


def test_a_month_with_a_day_still_to_count_is_not_closed(installation, march):
    spooled(installation, [a_note(item="A", moment=at("2026-03-20 10:00"))])
    assert close(installation, date(2026, 4, 10)) == []


def test_an_event_that_comes_too_late_moves_nothing_and_waits_for_a_correction(installation, march, session):
    close(installation, date(2026, 4, 10))
    before = daily(installation)
    spooled(installation, [a_note(item="A", moment=at("2026-03-20 10:00"))])
    count_due_days(installation.database, TENTH)
    assert daily(installation) == before
    assert due_days(session) == []
    assert late_days(session) == [date(2026, 3, 20)]


def test_a_correction_is_a_new_version_with_its_reason_and_the_old_one_stays(installation, march, session):
    close(installation, date(2026, 4, 10))
    spooled(installation, [a_note(item="A", moment=at("2026-03-20 10:00"))])
    changed = correct_month(installation.database, MARCH, " A web host had been cut off. ")
    assert changed == {"views": (2, 3), "tii": (3, 4), "uii": (3, 4), "sessions": (3, 4)}
    assert [(it.version, it.reason) for it in history(session, MARCH)] == [
        (1, ""),
        (2, "A web host had been cut off."),
    ]
    assert monthly(installation, 1)["A"] == (2, 1, 2, 1)
    assert monthly(installation, 2)["A"] == (3, 1, 3, 1)
    assert daily(installation)["2026-03-20", "A"] == (1, 0, 0, 0, 1, 0, 1, 0)
    assert late_days(session) == []


def test_a_corrected_robot_list_is_applied_by_a_correction(installation, march, session):
    spooled(installation, [a_note(item="A", moment=at("2026-03-20 10:00"), user_agent="GPTBot/1.2")])
    count_due_days(installation.database, TENTH)
    close(installation, date(2026, 4, 10))
    with installation.database.transaction() as writing:
        writing.execute(sa.update(UserAgent).values(list_version="older", is_robot=False))
    assert judge_again(installation.database, robot_policy()) == 1
    assert judge_again(installation.database, robot_policy()) == 0
    assert correct_month(installation.database, MARCH, "The list of robots was corrected.") == {}
    assert monthly(installation, 2) == monthly(installation, 1)


def test_a_correction_needs_a_reason_a_closed_month_and_its_events(installation, march, session):
    with pytest.raises(Conflict, match="not closed"):
        correct_month(installation.database, MARCH, "Because.")
    close(installation, date(2026, 4, 10))
    with pytest.raises(Invalid, match="reason"):
        correct_month(installation.database, MARCH, "  ")
    with installation.database.transaction() as writing:
        writing.execute(sa.delete(UsageEvent).where(UsageEvent.day < date(2026, 3, 2)))
    with pytest.raises(Conflict, match="no longer kept"):
        correct_month(installation.database, MARCH, "Because.")
    assert current_version(session, MARCH) == 1


def test_months_without_use_are_closed_too(installation, march, session):
    assert months_to_close(session, date(2026, 7, 10)) == [MARCH, date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]
    assert months_to_close(session, date(2026, 4, 9)) == []


def test_nothing_is_closed_or_expired_until_the_clock_has_been_steady_for_a_day(installation, march, session):
    def nightly(moment):
        return close_day(installation.database, at(moment), robot_policy())

    nightly("2026-04-09 02:00")
    nightly("2027-11-22 10:00")  # a step forward by more than a year
    assert versions(session) == {}
    assert session.scalar(sa.select(sa.func.count(UsageEvent.id))) == 4
    session.rollback()
    nightly("2026-04-09 10:00")  # and back
    nightly("2026-04-10 02:00")
    assert versions(session) == {}
    session.rollback()
    nightly("2026-04-11 02:00")
    assert versions(session) == {MARCH: 1}


def test_the_nightly_work_is_done_once_a_day_and_not_before_one_o_clock(installation):
    moments = ["2026-03-10 00:10", "2026-03-10 01:05", "2026-03-10 23:00", "2026-03-11 00:50", "2026-03-11 01:00"]
    assert [close_day(installation.database, at(moment), robot_policy()) for moment in moments] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_sums_that_add_up_are_no_integrity_issue_and_neither_are_late_events_and_corrections(installation, march):
    searches = [a_note("search", moment=at("2026-03-15 11:00"), words="an toàn", hits=3)]
    twice = [a_note(item="B", moment=at("2026-03-15 10:00"), seconds=n) for n in (3, 6)]
    spooled(installation, searches + twice)
    count_due_days(installation.database, TENTH)
    close(installation, date(2026, 4, 10))
    spooled(installation, [a_note(item="C", moment=at("2026-03-20 10:00"))])
    assert differing(installation) == []
    correct_month(installation.database, MARCH, "late events")
    assert differing(installation) == []


def differing(installation):
    with installation.database.reading() as session:
        return list(sums_that_differ(session))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            sa.update(UsageDay).where(UsageDay.day == date(2026, 3, 15)).values(robots=7),
            ["2026-03-15: 1 usage events were read, and 8 are accounted for"],
        ),
        (
            sa.delete(DailyUsage).where(DailyUsage.day == date(2026, 4, 1)),
            ["2026-04-01: 1 uses were counted, and the figures by material hold 0"],
        ),
        (
            sa.update(MonthlyUsage).where(MonthlyUsage.item == "A").values(downloads=5),
            ["2026-03, version 1: downloads is 1 or 5"],
        ),
    ],
)
def test_a_figure_that_somebody_changed_is_an_integrity_issue(installation, march, changed, said):
    close(installation, date(2026, 4, 10))
    with installation.database.transaction() as session:
        session.execute(changed)
    assert differing(installation) == said
