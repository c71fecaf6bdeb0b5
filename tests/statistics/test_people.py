import json

import pytest

from oer.accounts.models import Dimension, Purpose
from oer.accounts.services.consents import give_consent, update_declarations, withdraw_consent
from oer.core import personal_data
from oer.core.clock import now, today
from oer.usage.models import PeopleFigure, PersonMonth, UsageEvent
from oer.usage.providers import people_provider
from oer.usage.queries.people import people_of
from oer.usage.services.people import count_people
from tests.accounts.factories import make_account
from tests.statistics.test_views import rows_of
from tests.usage.factories import a_note, events_in, spooled

WARD, OTHER = "25747", "25750"


@pytest.fixture
def told(installation):
    """Puts figures of people into the database: {dimension: {value or (value, second): people}}."""

    def tell(period, **dimensions):
        with installation.database.transaction() as session:
            for dimension, cells in dimensions.items():
                for place, number in cells.items():
                    value, second = place if isinstance(place, tuple) else (place, "")
                    name = dimension.replace("_and_", "+").replace("_", "-")
                    session.add(
                        PeopleFigure(
                            period=period, version=1, dimension=name, value=value, second_value=second, people=number
                        )
                    )

    return tell


def test_small_numbers_and_what_gives_them_away_are_hidden_in_every_face_and_format(told, admin):
    told("2026-03", total={"": 305}, gender={"female": 200, "male": 100, "other": 5})
    address = "/en/admin/statistics/people"
    page = admin.get(f"{address}?period=2026-03&by=gender").text
    assert "&lt;10" in page
    assert "305" in page
    _, rows = rows_of(admin.get(f"{address}/people.csv?period=2026-03&by=gender"))
    assert {row["Gender"]: row["People"] for row in rows} == {
        "All people": "305", "of whom regular": "0", "Female": "200", "Male": "…", "Another gender": "<10",
    }  # fmt: skip
    told_json = admin.get(f"{address}/people.json?period=2026-03&by=gender").json
    assert told_json["rows"][-1]["people"] == {"value": None, "shown": "<10", "suppressed": True}
    everything = [
        page,
        json.dumps(told_json),
        admin.get(f"{address}/people.csv?period=2026-03&by=gender").text,
    ]
    for text in everything:
        assert "100" not in text
        assert ">5<" not in text


def test_the_newest_month_with_anybody_is_shown_first(told, admin):
    told("2026-03", total={"": 305})
    told("2026-Q1", total={"": 800})
    told("2026", total={"": 900})
    page = admin.get("/en/admin/statistics/people").text
    assert "305" in page
    assert "900" not in page.split("<table")[1]


def test_a_period_with_few_people_says_only_that(told, admin):
    told("2026-03", total={"": 4}, disability={"yes": 1, "unknown": 3})
    _, rows = rows_of(admin.get("/en/admin/statistics/people/people.csv?period=2026-03&by=disability"))
    assert {row["People"] for row in rows} == {"<10", "…"}


def test_totals_by_ward_are_withheld_where_ward_and_age_would_tell_them(told, installation):
    together = {(WARD, "25-34"): 5, (OTHER, "25-34"): 40, (OTHER, "65+"): 60, ("unknown", "unknown"): 400}
    told("2026-03", total={"": 505}, ward_and_age_band=together)
    with installation.database.reading() as session:
        wards = {row.value: row.people for row in people_of(session, "2026-03", "ward").rows}
        both = people_of(session, "2026-03", "ward+age-band").rows
    assert wards == {WARD: None, OTHER: None, "unknown": 400}
    assert sum(row.people is None for row in both) >= 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=2026-13", "period"),
        ("period=2026-Q5", "period"),
        ("period=0000", "period"),
        ("period=9999", "period"),
        ("by=ward%2Bgender", "by"),
        ("by=disability%2Bward", "by"),
        ("by=name", "by"),
        ("ward=26734", "ward"),
    ],
)
def test_people_are_never_counted_by_more_than_there_is(admin, query, field):
    assert admin.get(f"/admin/statistics/people?{query}").status_code == 400
    told = admin.get(f"/admin/statistics/people/people.csv?{query}", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["field"]) == (400, field)


def a_person(session, *purposes):
    account = make_account(session)
    for purpose in purposes:
        give_consent(session, account, purpose, "form")
    return account


def used_by(account, session):
    return people_provider().key_of(session, account, today())


def test_without_a_ticked_consent_no_event_has_a_persons_key(session):
    assert used_by(a_person(session), session) is None
    assert used_by(a_person(session, Purpose.MESSAGES, Purpose.HISTORY), session) is None
    assert used_by(a_person(session, Purpose.STATISTICS), session)


def test_withdrawing_stops_the_next_event_and_cuts_the_link_of_those_before(session, installation):
    account = a_person(session, Purpose.STATISTICS)
    update_declarations(session, account, {Dimension.WARD: [WARD], Dimension.GENDER: ["female"]})
    key = used_by(account, session)
    session.commit()
    spooled(installation, [a_note("read", person=key, session="s")])
    assert personal_data.export_person(session, account.id)["usage"][0]["kind"] == "read"
    withdraw_consent(session, account, Purpose.STATISTICS)
    session.commit()
    assert [event.person for event in events_in(installation)] == [None]
    assert used_by(account, session) is None
    assert personal_data.export_person(session, account.id)["usage"] == []


def test_figures_know_what_people_declared_and_nothing_of_those_who_left(session, installation):
    stays, leaves = a_person(session, Purpose.STATISTICS), a_person(session, Purpose.STATISTICS, Purpose.DISABILITY)
    update_declarations(session, stays, {Dimension.WARD: [WARD]})
    update_declarations(
        session, leaves, {Dimension.DISABILITY: ["yes"], Dimension.BIRTH_YEAR: [str(today().year - 30)]}
    )
    keys = [used_by(account, session) for account in (stays, leaves)]
    session.commit()
    spooled(installation, [a_note("read", person=key, session=key, moment=now()) for key in keys])
    count_people(session, today().replace(day=1))
    rows = {row.person: (row.ward, row.age_band, row.disability) for row in session.query(PersonMonth)}
    assert rows == {keys[0]: (WARD, "unknown", "unknown"), keys[1]: ("unknown", "25-34", "yes")}
    personal_data.erase_person(session, leaves.id)
    assert {event.person for event in session.query(UsageEvent)} == {keys[0], None}
    assert session.query(PersonMonth).count() == 1
