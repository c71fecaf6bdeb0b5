from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa

from oer.usage.models import PeopleFigure, PersonMonth, UsageEvent
from oer.usage.providers import Declared, PeopleProvider, people_provider, register_people
from oer.usage.queries.people import last_groups, month_of_week, people_figures, periods_of
from oer.usage.services.people import close_people, count_people, unlink_people
from tests.usage.factories import a_note, at, spooled

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
DECLARED = {
    "p1": Declared(ward="26734", age_band="25-34", gender="female", groups=["workers"]),
    "p2": Declared(ward="26734", age_band="65+", groups=["past-working-age", "homemakers"]),
    "p3": Declared(disability="yes"),
}


@pytest.fixture(autouse=True)
def source():
    before = people_provider()
    register_people(
        PeopleProvider(declared_by=lambda _session, keys, _day: {key: DECLARED[key] for key in keys if key in DECLARED})
    )
    yield
    register_people(before)


def asked(person, day, kind="read", **fields):
    return a_note(kind, person=person, session=person, moment=at(f"{day} 10:00"), **fields)


def counted(installation, notes, *months):
    spooled(installation, notes)
    with installation.database.transaction() as session:
        for month in months or (MARCH,):
            count_people(session, month)


@contextmanager
def reading(installation):
    with installation.database.reading() as session:
        yield session


def cells(installation, period, dimension):
    with reading(installation) as session:
        rows = people_figures(session, period, dimension)
        return {(row.value, row.second_value) if row.second_value else row.value: row.people for row in rows}


def test_an_active_learner_asked_for_a_material_in_the_period(installation):
    notes = [asked("p1", "2026-03-02"), asked("p1", "2026-03-03"), asked("p2", "2026-03-04", kind="view")]
    counted(installation, [*notes, asked("p3", "2026-03-05", kind="play")])
    assert cells(installation, "2026-03", "total") == {"": 2}


def test_robots_and_text_mining_are_no_people(installation):
    counted(installation, [asked("p1", "2026-03-02", user_agent="curl/8"), asked("p2", "2026-03-02", method="TDM")])
    assert cells(installation, "2026-03", "total") == {}


def test_people_are_counted_by_one_dimension_or_ward_and_age_and_unknown_is_shown(installation):
    counted(installation, [asked(person, "2026-03-02") for person in ("p1", "p2", "p3", "p4")])
    assert cells(installation, "2026-03", "ward") == {"26734": 2, "unknown": 2}
    assert cells(installation, "2026-03", "gender") == {"female": 1, "unknown": 3}
    assert cells(installation, "2026-03", "disability") == {"yes": 1, "unknown": 3}
    assert cells(installation, "2026-03", "group") == {
        "workers": 1,
        "past-working-age": 1,
        "homemakers": 1,
        "unknown": 2,
    }
    assert cells(installation, "2026-03", "ward+age-band") == {
        ("26734", "25-34"): 1,
        ("26734", "65+"): 1,
        ("unknown", "unknown"): 2,
    }
    with reading(installation) as session:
        assert set(session.scalars(sa.select(PeopleFigure.dimension))) == {
            "total", "ward", "age-band", "gender", "disability", "group", "ward+age-band",
        }  # fmt: skip


def test_a_quarter_and_a_year_count_people_and_never_add_months(installation):
    counted(
        installation,
        [asked("p1", "2026-03-02"), asked("p1", "2026-02-02"), asked("p2", "2026-02-03")],
        date(2026, 2, 1),
        MARCH,
    )
    assert [cells(installation, period, "total")[""] for period in ("2026-02", "2026-03", "2026-Q1", "2026")] == [
        2,
        1,
        2,
        2,
    ]


def test_what_a_person_declared_last_in_a_period_counts(session):
    for month, person, groups in ((MARCH, "p1", ["workers"]), (APRIL, "p1", ["students", "rural"]), (MARCH, "p2", [])):
        session.add(PersonMonth(month=month, person=person, groups=groups, weeks=[]))
    session.flush()
    month, quarter, _ = periods_of(MARCH)
    assert last_groups(session, month) == {("workers",): 1, (): 1}
    assert last_groups(session, quarter) == {("workers",): 1, (): 1}
    assert last_groups(session, periods_of(APRIL)[2]) == {("rural", "students"): 1, (): 1}


def test_regular_learners_asked_in_three_weeks_of_the_month_and_a_week_belongs_to_its_thursday(installation):
    assert month_of_week("2026-W14") == APRIL  # 30 March to 5 April
    three = [asked("p1", day) for day in ("2026-03-04", "2026-03-12", "2026-03-20")]
    third_is_aprils = [asked("p2", day) for day in ("2026-03-04", "2026-03-12", "2026-03-31")]
    through_february = [asked("p3", day) for day in ("2026-02-28", "2026-03-12", "2026-03-20")]
    counted(installation, three + third_is_aprils + through_february, date(2026, 2, 1), APRIL, MARCH)
    with reading(installation) as session:
        (total,) = people_figures(session, "2026-03")
        assert (total.people, total.regular) == (3, 1)


def test_closed_figures_stand_and_the_quarter_and_the_year_close_with_their_last_month(installation):
    assert [period.name for period in periods_of(MARCH)] == ["2026-03", "2026-Q1", "2026"]
    counted(installation, [asked("p1", "2026-03-02")])
    with installation.database.transaction() as session:
        close_people(session, MARCH)
    counted(installation, [asked("p2", "2026-03-03")])
    with reading(installation) as session:
        versions = session.execute(
            sa.select(PeopleFigure.period, PeopleFigure.version, PeopleFigure.people).where(
                PeopleFigure.dimension == "total"
            )
        )
        assert set(map(tuple, versions)) == {
            ("2026-03", 1, 1), ("2026-03", 0, 2), ("2026-Q1", 1, 1), ("2026-Q1", 0, 2), ("2026", 0, 2),
        }  # fmt: skip
        assert people_figures(session, "2026-03")[0].people == 1


def test_forgetting_a_person_cuts_the_link_and_drops_what_they_told_at_once(installation):
    counted(installation, [asked("p1", "2026-03-02"), asked("p2", "2026-03-02")])
    with installation.database.transaction() as session:
        unlink_people(session, ["p1", "p1-of-last-year"])
    with reading(installation) as session:
        assert set(session.scalars(sa.select(UsageEvent.person))) == {None, "p2"}
        assert session.scalars(sa.select(PersonMonth.person)).all() == ["p2"]
        assert people_figures(session, "2026-03")[0].people == 2
