"""What is read together: from five visitors of one day on, and never by whom."""

from datetime import timedelta

import sqlalchemy as sa

from oer.core.clock import now, today
from oer.usage.models import ReadTogether
from oer.usage.queries.totals import read_with
from oer.usage.services.days import MOST_ITEMS
from oer.usage.services.nightly import count_due_days, expire
from tests.usage.factories import a_note, city_noon, spooled

ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def reads(visitors, *items, days=0, kind="read", **fields):
    moment = city_noon(days)
    return [
        a_note(kind, item, visitor=visitor, moment=moment, seconds=40 * number, **fields)
        for visitor in visitors
        for number, item in enumerate(items)
    ]


def together(installation, *notes):
    spooled(installation, notes)
    count_due_days(installation.database, now() + timedelta(days=1))
    with installation.database.reading() as session:
        return {(row.item, row.other): row.visitors for row in session.scalars(sa.select(ReadTogether))}


def test_five_visitors_of_one_day_make_a_pair_both_ways(installation):
    found = together(installation, *reads("abcde", "one", "two"), *reads("abcd", "one", "three"))
    assert found == {("one", "two"): 5, ("two", "one"): 5}


def test_four_visitors_on_each_of_two_days_make_none(installation):
    assert together(installation, *reads("abcd", "one", "two"), *reads("efgh", "one", "two", days=1)) == {}


def test_one_visitor_who_comes_back_all_day_is_one(installation):
    again = [note for hour in range(5) for note in reads("a", "one", "two", url=f"/materials/{hour}")]
    assert together(installation, *again) == {}


def test_looking_at_a_page_is_not_reading_and_robots_read_nothing(installation):
    assert together(installation, *reads("abcde", "one", "two", kind="view")) == {}
    assert together(installation, *reads("abcde", "one", "two", user_agent=ROBOT)) == {}


def test_who_opens_everything_says_nothing_about_what_belongs_together(installation):
    everything = [f"m{number}" for number in range(MOST_ITEMS + 1)]
    assert together(installation, *reads("abcde", *everything)) == {}


def test_the_most_common_comes_first_and_only_what_is_recent(installation, session):
    together(
        installation,
        *reads("abcde", "one", "two"),
        *reads("fghijk", "one", "three"),
        *reads("abcde", "one", "old", days=100),
    )
    assert read_with(session, "one", today(), 9) == ["three", "two"]
    assert read_with(session, "one", today(), 1) == ["three"]
    assert read_with(session, "nothing", today(), 9) == []


def test_pairs_go_with_the_events_that_they_came_from(installation):
    together(installation, *reads("abcde", "one", "two", days=500), *reads("abcde", "one", "two"))
    with installation.database.transaction() as session:
        expire(session, today())
        assert set(session.scalars(sa.select(ReadTogether.day))) == {today()}
