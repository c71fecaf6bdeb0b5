import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oer.usage import providers
from oer.usage.models import SessionFigure, UsageDay
from oer.usage.queries.processing import due_days
from oer.usage.services.days import count_day
from oer.usage.services.nightly import count_due_days
from tests.usage.factories import a_note, at, daily, spooled

DAY = "2026-03-10"
LATER = at("2026-03-12 12:00")


def count(installation):
    return [f"{day}" for day in count_due_days(installation.database, LATER)]


def the_day(installation, day=DAY):
    with installation.database.reading() as session:
        return session.scalars(sa.select(UsageDay).where(UsageDay.day == at(f"{day} 00:00").date())).one()


def test_each_kind_of_use_has_its_own_figure_and_all_are_investigations(installation):
    uses = ["view", "read", "play", "download", "cite"]
    spooled(installation, [a_note(kind, seconds=n * 60, url=f"/{kind}") for n, kind in enumerate(uses)])
    assert count(installation) == [DAY]
    assert daily(installation) == {(DAY, "abcde-fghij"): (1, 1, 1, 1, 5, 3, 1, 1)}


def test_formats_have_rows_of_their_own_and_a_unique_is_per_work_over_all_of_them(installation):
    notes = [a_note("view"), a_note("download", seconds=40), a_note("download", seconds=80, format="ebook", url="/2")]
    spooled(installation, notes)
    count(installation)
    assert daily(installation) == {(DAY, "abcde-fghij"): (1, 0, 0, 2, 3, 2, 1, 1)}
    assert daily(installation, "pdf") == {(DAY, "abcde-fghij"): (0, 0, 0, 1, 1, 1, 1, 1)}
    assert daily(installation, "ebook") == {(DAY, "abcde-fghij"): (0, 0, 0, 1, 1, 1, 1, 1)}
    assert daily(installation, "none") == {(DAY, "abcde-fghij"): (1, 0, 0, 0, 1, 0, 1, 0)}


def test_counting_a_day_again_changes_nothing_and_a_late_event_makes_it_due(installation, session):
    spooled(installation, [a_note(), a_note("read", seconds=40)])
    count(installation)
    before = daily(installation)
    assert due_days(session) == []
    session.rollback()
    count_day(installation.database, at(f"{DAY} 00:00").date())
    assert daily(installation) == before
    spooled(installation, [a_note("read", seconds=400)])
    assert count(installation) == [DAY]
    assert daily(installation) == {(DAY, "abcde-fghij"): (1, 2, 0, 0, 3, 2, 1, 1)}


def test_the_days_account_adds_up(installation):
    notes = [a_note(), a_note(seconds=5), a_note(seconds=60, user_agent="GPTBot/1.2")]
    notes += [a_note("search", words="toán", hits=1, seconds=70), a_note("read", seconds=90)]
    spooled(installation, notes)
    count(installation)
    day = the_day(installation)
    assert (day.events, day.robots, day.double_clicks, day.searches, day.investigations) == (5, 1, 1, 1, 2)
    assert day.events == day.robots + day.double_clicks + day.searches + day.investigations


def test_a_double_click_across_midnight_counts_on_the_second_day_only(installation):
    notes = [
        a_note(moment=at("2026-03-10 23:59"), seconds=50, visitor="yesterdays"),
        a_note(moment=at("2026-03-11 00:00"), seconds=10, visitor="todays", visitor_before="yesterdays"),
        a_note(moment=at("2026-03-11 00:00"), seconds=35, visitor="todays"),
    ]
    spooled(installation, notes)
    assert count(installation) == ["2026-03-10", "2026-03-11"]
    assert daily(installation) == {("2026-03-11", "abcde-fghij"): (1, 0, 0, 0, 1, 0, 1, 0)}


def test_sessions_are_counted_by_subject_and_level_and_by_sign_in(installation, session, monkeypatch):
    about = {"A": {"subject": ["bas", "dig"], "level": ["1"]}, "B": {"subject": ["bas"], "level": []}}
    monkeypatch.setattr(providers, "_describe", [])
    providers.register_materials(lambda _session, items: {item: about[item] for item in items})
    notes = [a_note(item="A"), a_note(item="B", seconds=60), a_note(item="B", seconds=61, visitor="v2", session="s")]
    spooled(installation, notes)
    count(installation)
    rows = session.scalars(sa.select(SessionFigure))
    assert {(row.dimension, row.value): row.sessions for row in rows} == {
        ("total", ""): 2,
        ("signed-in", "yes"): 1,
        ("signed-in", "no"): 1,
        ("subject", "bas"): 2,
        ("subject", "dig"): 1,
        ("level", "1"): 1,
    }


def test_an_anonymous_session_ends_with_its_hour_and_a_signed_in_one_with_its_day(installation):
    anonymous = [a_note(moment=at("2026-03-10 13:50")), a_note(moment=at("2026-03-10 14:10"))]
    signed_in = [a_note(item="B", session="s", moment=at(f"2026-03-10 {hour}:00")) for hour in (13, 15)]
    spooled(installation, anonymous + signed_in)
    count(installation)
    assert daily(installation)[DAY, "abcde-fghij"] == (2, 0, 0, 0, 2, 0, 2, 0)
    assert daily(installation)[DAY, "B"] == (2, 0, 0, 0, 2, 0, 1, 0)


def test_registered_text_mining_has_rows_of_its_own_whatever_its_user_agent(installation, session):
    spooled(
        installation, [a_note("download", method="TDM", user_agent="python-requests/2"), a_note("download", seconds=40)]
    )
    count(installation)
    with installation.database.reading() as reading:
        rows = reading.execute(sa.text("SELECT method, tir FROM daily_usage WHERE format = 'all' ORDER BY method"))
        assert [tuple(row) for row in rows] == [("Regular", 1), ("TDM", 1)]


uses = st.lists(
    st.builds(
        lambda kind, item, seconds, visitor: a_note(
            kind, item, moment=at("2026-03-10 23:30"), seconds=seconds * 10, visitor=visitor, words="toán", hits=1
        ),
        st.sampled_from(["view", "read", "download", "search"]),
        st.sampled_from(["A", "B"]),
        st.integers(0, 360),
        st.sampled_from(["v1", "v2"]),
    ),
    max_size=25,
)
numbers = itertools.count()


@pytest.fixture
def empty(installation):
    """Empties the tables between the examples of one test."""

    def delete():
        with installation.database.transaction() as session:
            tables = "usage_event daily_usage usage_day session_figure search_figure query_figure spool_progress"
            for table in tables.split():
                session.execute(sa.text(f"DELETE FROM {table}"))

    return delete


@given(uses, st.integers(0, 25), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_splitting_what_arrives_anywhere_gives_the_same_totals(installation, empty, notes, cut, counted_between):
    def figures():
        with installation.database.reading() as session:
            queries = session.execute(sa.text("SELECT day, folded, visitors, searches FROM query_figure"))
            return daily(installation), daily(installation, "pdf"), sorted(map(tuple, queries))

    empty()
    spooled(installation, notes)
    count(installation)
    whole = figures()
    empty()
    spooled(installation, notes[cut:][::-1])
    if counted_between:
        count(installation)
    spooled(installation, notes[:cut])
    count(installation)
    assert figures() == whole
