from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.errors import Conflict, Invalid, NotFound, Unprocessable
from oer.indicators.computation.reference_tables import TableRow, import_table
from oer.indicators.models.rounds import ReportState, Round, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.periods import read_period
from oer.indicators.queries.rounds import published_round, published_rounds
from oer.indicators.queries.values import CityValue, Coverage, city_values, over_time
from oer.indicators.reports.queries import report_data
from oer.indicators.reports.tables import TableMaker
from oer.indicators.schemas import value_rows
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, submit
from oer.indicators.services.rounds import freeze_round, publish_round
from oer.indicators.services.sets import remove_target, set_target
from tests.accounts.factories import make_unit
from tests.indicators.factories import lines, make_round, report_of, ward


def enter(
    session: Session, made: Round, code: str, line: Indicator, *, value: str = "", pair: tuple[int, int] | None = None
) -> None:
    report = report_of(session, made, code)
    numbers = {"numerator": Decimal(pair[0]), "denominator": Decimal(pair[1])} if pair else {}
    entry = Entry(value=Decimal(value) if value else None, **numbers)
    save_entry(session, report, line, entry, revision=0, actor_id=1)
    submit(session, report, 1)
    approve(session, report, 2)


def only(session: Session, made: Round) -> CityValue:
    (found,) = city_values(session, made.id)
    return found


@pytest.fixture
def share_line(city: Session) -> Indicator:
    return lines(city, "387.1")[0]


def test_a_citys_share_is_the_sum_of_numerators_over_denominators(city: Session, share_line: Indicator) -> None:
    made = make_round(city, indicators=[share_line])
    enter(city, made, "26506", share_line, pair=(100, 200))
    enter(city, made, "25807", share_line, pair=(30, 300))
    found = only(city, made)
    assert found.value == Decimal(26)
    assert [place.unit_code for place in found.places] == ["25807", "26506"]


def test_plain_percentages_are_never_averaged(city: Session, share_line: Indicator) -> None:
    made = make_round(city, indicators=[share_line])
    enter(city, made, "26506", share_line, pair=(100, 200))
    with pytest.raises(Unprocessable) as refused:
        enter(city, made, "25807", share_line, value="10")
    assert refused.value.code == "without_parts"
    assert only(city, made).value == 50
    # Reports that were approved before numerators were required still make no sum.
    city.execute(sa.update(UnitReport).values(state=ReportState.APPROVED))
    assert only(city, made).value is None


def test_a_citys_value_says_on_how_many_places_and_people_it_stands(city: Session, share_line: Indicator) -> None:
    made = make_round(city, indicators=[share_line])
    enter(city, made, "26506", share_line, pair=(100, 200))
    assert only(city, made).coverage == Coverage(1, 168, None)
    people = [("city", 15_000_000), ("26506", 300_000), ("25807", 120_000)]
    table = [TableRow(n, place, "total", Decimal(number)) for n, (place, number) in enumerate(people, 2)]
    import_table(city, None, code="population", source="Thống kê", as_of=date(2026, 6, 1), rows=table)
    assert only(city, made).coverage == Coverage(1, 168, Decimal(2))
    enter(city, made, "25807", share_line, pair=(30, 300))
    found = only(city, made)
    assert (found.value, found.sums) == (26, (130, 500))
    assert found.coverage == Coverage(2, 168, Decimal("2.8"))
    (row, *_) = value_rows(city, made)
    assert (row["numerator"], row["denominator"]) == (130, 500)
    assert (row["places"], row["places_of"], row["people_percent"]) == (2, 168, Decimal("2.8"))
    make = TableMaker(report_data(city, made, None), "en")
    assert make.source(found) == "from 2 of 168 places, 2.8% of the people"


def test_a_departments_value_is_of_the_whole_city(city: Session) -> None:
    line = lines(city, "2.2.1.a")[0]
    department = make_unit(city, code="so-gddt", kind="department")
    made = make_round(city, indicators=[line], units=[department, ward(city)])
    enter(city, made, "26506", line, value="12")
    assert only(city, made).coverage == Coverage(1, 168, None)
    enter(city, made, "so-gddt", line, value="20")
    assert only(city, made).coverage is None


def test_numbers_are_added(city: Session) -> None:
    line = lines(city, "2.2.1.a")[0]
    made = make_round(city, indicators=[line])
    enter(city, made, "26506", line, value="12")
    enter(city, made, "25807", line, value="3")
    assert only(city, made).value == 15


def test_the_departments_value_stands_and_a_sum_that_differs_is_warned_of(city: Session) -> None:
    line = lines(city, "2.2.1.a")[0]
    department = make_unit(city, code="so-gddt", kind="department")
    made = make_round(city, indicators=[line], units=[department, ward(city), ward(city, "25807")])
    enter(city, made, "26506", line, value="12")
    enter(city, made, "25807", line, value="3")
    enter(city, made, "so-gddt", line, value="20")
    found = only(city, made)
    assert (found.value, found.from_places) == (20, 15)
    assert found.warning is not None
    assert found.warning.values == {"sum": 15, "city": 20}


def test_only_approved_values_count(city: Session, share_line: Indicator) -> None:
    made = make_round(city, indicators=[share_line])
    save_entry(city, report_of(city, made), share_line, Entry(value=Decimal(1)), revision=0, actor_id=1)
    assert city_values(city, made.id) == []


def test_values_over_time_stand_by_period_and_only_published_ones_are_public(
    city: Session, share_line: Indicator
) -> None:
    for name, value in (("2026", "70"), ("2025", "60")):
        made = make_round(city, indicators=[share_line], period=read_period(name), due_on=date(2027, 1, 1))
        enter(city, made, "26506", share_line, pair=(int(value), 100))
        if name == "2025":
            freeze_round(city, None, made)
            publish_round(city, None, made)
    found = over_time(city, share_line, ward(city).id)
    assert [(each.round.period.name, each.observation.value) for each in found] == [("2025", 60), ("2026", 70)]
    assert [each.round.period.name for each in over_time(city, share_line, ward(city).id, public=True)] == ["2025"]
    assert [each.period.name for each in published_rounds(city)] == ["2025"]
    assert published_round(city, made.id) is made
    with pytest.raises(NotFound):
        published_round(city, made.id - 1)


def test_a_target_is_set_replaced_and_removed(city: Session, share_line: Indicator) -> None:
    good = {"year": 2027, "value": Decimal(75), "source": "Kế hoạch 1256/KH-UBND"}
    first = set_target(city, share_line, 7, **good)
    second = set_target(city, share_line, 7, **{**good, "value": Decimal(77)})
    own = set_target(city, share_line, 7, **good, unit_id=ward(city).id)
    assert first not in share_line.targets
    assert {each.value for each in share_line.targets if each.added_at} == {75, 77}
    remove_target(city, share_line, own.id, 7)
    assert second in share_line.targets
    with pytest.raises(NotFound):
        remove_target(city, share_line, own.id, 7)
    with pytest.raises(Conflict):
        remove_target(city, share_line, share_line.targets[0].id, 7)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"year": None}, "year"), ({"year": 1999}, "year"), ({"value": None}, "value"), ({"source": " "}, "source")],
)
def test_a_target_names_what_it_lacks(city: Session, share_line: Indicator, changes: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_target(city, share_line, 7, **{"year": 2027, "value": Decimal(1), "source": "x", **changes})
    assert refused.value.field == field
