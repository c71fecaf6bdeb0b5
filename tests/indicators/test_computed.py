from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Declaration, Dimension, Purpose
from oer.accounts.services.consents import give_consent, update_declarations
from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.errors import NotFound, Unprocessable
from oer.indicators.computation.formulas import Computation, FigureState, Result
from oer.indicators.computation.models import LearningEvent
from oer.indicators.computation.reference_tables import TableRow, import_table
from oer.indicators.computation.services import COMPUTED_CODES, compute
from oer.indicators.periods import read_period
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import submit
from oer.learning.models import StartedCourse
from oer.learning.voice_models import Rating
from oer.usage.models import DailyUsage
from oer.usage.services.people import count_people
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_published
from tests.indicators.factories import lines, make_round, report_of
from tests.indicators.totals import MONTH, add_catalogue, add_event, add_people, add_use

YEARS_END = date(2026, 3, 31)
MARCH, QUARTER = read_period("2026-03"), read_period("2026-Q1")


def whole(made: Computation, measure: str = "") -> Result:
    found = made.whole(measure)
    assert found is not None
    return found


def value(made: Computation, measure: str = "") -> Decimal:
    found = whole(made, measure).value
    assert found is not None
    return round(found, 1)


def members(made: Computation, dimension: str, measure: str = "") -> dict[str, Result]:
    return {
        each.member: each.result for each in made.figures if each.dimension == dimension and each.measure == measure
    }


def take_in(session: Session, code: str, rows: list[tuple[str, str, int]], as_of: date = date(2026, 1, 1)) -> None:
    table = [TableRow(n, place, band, Decimal(number)) for n, (place, band, number) in enumerate(rows, 2)]
    import_table(session, None, code=code, source="Thống kê", as_of=as_of, rows=table)


@pytest.mark.parametrize("code", COMPUTED_CODES)
def test_without_totals_every_indicator_says_that_there_is_no_data_and_why(session: Session, code: str) -> None:
    result = whole(compute(session, code, MARCH))
    assert result.state is FigureState.NO_DATA
    assert result.why.endswith((".", "yet."))


def test_an_unknown_code_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        compute(session, "LC-21", MARCH)


def test_lc01_from_events_to_figure(session: Session) -> None:
    for person, kind, item in [
        ("u1", "download", "A"),
        ("u1", "download", "B"),
        ("u2", "view", "A"),
        ("u3", "play", "V"),
    ]:
        add_event(session, person, kind, item)
    for number in range(9):
        add_event(session, f"more{number}", "read", "A")
    count_people(session, MONTH)
    # The worked example's two people and nine more: two alone would be hidden.
    assert value(compute(session, "LC-01", MARCH)) == 11


def test_lc01_hides_small_wards_and_a_second_one_with_them(session: Session) -> None:
    add_people(session)
    made = compute(session, "LC-01", MARCH)
    assert value(made) == 240
    states = {code: result.state for code, result in members(made, "ward").items()}
    assert states == {"26506": "ok", "25807": "ok", "27676": "withheld", "unknown": "hidden"}
    assert {code: result.state for code, result in members(made, "gender").items()} == {
        "female": "withheld",
        "unknown": "hidden",
    }
    assert made.row_count == 11


def test_groups_do_not_add_up_so_none_is_hidden_for_another(session: Session) -> None:
    add_people(session)
    assert {each.state for each in members(compute(session, "LC-01", MARCH), "group").values()} == {FigureState.OK}


def test_lc02_adds_days(session: Session) -> None:
    add_use(session)
    made = compute(session, "LC-02", MARCH)
    assert value(made) == 500
    assert members(made, "signed-in")["yes"].value == 200
    assert value(compute(session, "LC-02", QUARTER)) == 500


def test_lc03_needs_a_dated_population(session: Session) -> None:
    add_people(session)
    assert "population table" in whole(compute(session, "LC-03", MARCH)).why
    take_in(session, "population", [("city", "15+", 60_000)], date(2026, 4, 1))
    assert whole(compute(session, "LC-03", MARCH)).state is FigureState.NO_DATA
    take_in(
        session, "population", [("", "15+", 60_000), ("26506", "15+", 9000), ("27676", "15+", 3000), ("", "65+", 5000)]
    )
    made = compute(session, "LC-03", MARCH)
    assert value(made) == Decimal("4.0")
    assert whole(made).denominator_source == "Thống kê, 2026-01-01 (v1)"
    wards = members(made, "ward")
    assert round(wards["26506"].value or 0, 1) == 20
    assert wards["27676"].state is FigureState.WITHHELD
    assert "25807" not in wards
    assert members(made, "age-band")["65+"].value == 8
    assert whole(made, "ward_known").state is FigureState.HIDDEN


def test_lc04_to_lc08_and_lc19_from_the_months_snapshot(session: Session) -> None:
    add_catalogue(session)
    assert value(compute(session, "LC-04", MARCH)) == 1200
    coverage = whole(compute(session, "LC-04", MARCH), "coverage")
    assert coverage.numerator == 1
    assert value(compute(session, "LC-05", MARCH)) == Decimal("80.0")
    assert whole(compute(session, "LC-05", MARCH)).denominator == 15
    assert value(compute(session, "LC-06", MARCH)) == Decimal("45.0")
    assert members(compute(session, "LC-06", MARCH), "format")["pdf"].value == 50
    groups = compute(session, "LC-07", MARCH)
    assert round(members(groups, "audience")["homemakers"].value or 0, 1) == Decimal("7.2")
    assert members(groups, "audience", "materials")["homemakers"].value == 86
    assert len(members(groups, "audience")) == 5
    assert value(compute(session, "LC-08", MARCH)) == Decimal("12.5")
    assert value(compute(session, "LC-19", MARCH)) == Decimal("60.0")
    assert value(compute(session, "LC-04", QUARTER)) == 1200
    assert whole(compute(session, "LC-04", read_period("2026-04"))).state is FigureState.NO_DATA


def test_lc09_takes_closed_months_by_their_frozen_rows(session: Session) -> None:
    add_use(session)
    made = compute(session, "LC-09", MARCH)
    assert (value(made), value(made, "unique"), value(made, "ratio")) == (300, 200, Decimal("1.5"))
    assert members(made, "format")["pdf"].value == 280
    assert members(made, "month")["2026-03"].value == 300
    before = made.digest()
    session.add(DailyUsage(day=MONTH, format="all", item="late", method="Regular", tir=5, uir=5))
    session.flush()
    assert compute(session, "LC-09", MARCH).digest() == before
    session.add(DailyUsage(day=date(2026, 4, 2), format="all", item="late", method="Regular", tir=7, uir=7))
    session.flush()
    assert value(compute(session, "LC-09", read_period("2026"))) == 307


def test_lc10_is_of_those_who_answered(session: Session) -> None:
    add_people(session)
    made = compute(session, "LC-10", MARCH)
    assert value(made) == 40
    assert value(made, "answer_rate") == Decimal("41.7")
    assert members(made, "group")["workers"].value == 40
    assert members(made, "group")["homemakers"].value == 0


def test_lc11_in_a_month_and_in_a_quarter(session: Session) -> None:
    add_people(session)
    add_people(session, "2026-Q1", date(2026, 1, 1))
    made = compute(session, "LC-11", MARCH)
    assert value(made) == 25
    assert value(made, "people") == 60
    wards = members(made, "ward")
    assert round(wards["25807"].value or 0, 1) == 25
    assert wards["27676"].state is FigureState.WITHHELD
    assert value(compute(session, "LC-11", QUARTER), "people") == 60


def test_lc14_by_language_too(session: Session) -> None:
    add_use(session)
    made = compute(session, "LC-14", MARCH)
    assert value(made) == 4
    assert round(members(made, "query-language")["en"].value or 0) == 8


def test_lc15_counts_organisations_of_the_last_twelve_months(session: Session) -> None:
    kinds = ["ward"] * 14 + ["department"] * 9 + ["company"] * 6
    for number, kind in enumerate(kinds):
        unit = make_unit(session, kind=kind, ward_code="26506" if kind == "ward" else None)
        for _ in range(2):
            moment = datetime(2026, 3, 31, 16, 59, tzinfo=UTC) if number else datetime(2025, 3, 31, 17, 0, tzinfo=UTC)
            session.add(Material(unit_id=unit.id, first_published_at=moment))
    session.add(Material(unit_id=make_unit(session).id, first_published_at=datetime(2025, 3, 31, 16, 59, tzinfo=UTC)))
    session.add(Material(unit_id=make_unit(session).id, first_published_at=datetime(2026, 3, 31, 17, 0, tzinfo=UTC)))
    session.flush()
    made = compute(session, "LC-15", MARCH)
    assert value(made) == 29
    assert {k: int(r.value or 0) for k, r in members(made, "organisation-type").items()} == {"public": 23, "private": 6}
    assert members(made, "ward")["26506"].value == 14


def test_lc16_starts_with_the_first_register_and_ends_when_nobody_confirms_it(session: Session) -> None:
    rows = [("26506", "registered", 100), ("26506", "in_use", 80), ("25807", "registered", 65), ("25807", "in_use", 52)]
    take_in(session, "learning_points", rows)
    made = compute(session, "LC-16", MARCH)
    assert (value(made), value(made, "points")) == (80, 132)
    assert members(made, "ward")["26506"].value == 80
    assert whole(made, "per_100000").state is FigureState.NO_DATA
    take_in(session, "population", [("city", "total", 1_000_000)])
    assert value(compute(session, "LC-16", MARCH), "per_100000") == Decimal("16.5")
    assert whole(compute(session, "LC-16", read_period("2026-08"))).state is FigureState.NO_DATA


def test_lc18_compares_an_event_with_the_four_windows_before(session: Session) -> None:
    session.add(
        LearningEvent(code="tuan-le", name={"vi": "Tuần lễ"}, starts_on=date(2026, 3, 29), ends_on=date(2026, 3, 30))
    )
    for day, number in [(30, 9000), (28, 5000), (26, 6000), (24, 6500), (21, 6500), (20, 777)]:
        session.add(
            DailyUsage(day=date(2026, 3, day), format="all", item="a", method="Regular", tir=number, uir=number)
        )
    session.flush()
    made = compute(session, "LC-18", MARCH)
    assert round(members(made, "event")["tuan-le"].value or 0, 2) == Decimal("1.50")
    assert made.sources[0].rows[-1] == ("tuan-le", "2026-03-29", "2026-03-30", 9000)
    assert made.whole() is None


def test_lc18_compares_with_no_week_before_counting_began(session: Session) -> None:
    event = LearningEvent(code="tuan", name={"vi": "Tuần"}, starts_on=date(2026, 3, 29), ends_on=date(2026, 3, 30))
    session.add(event)
    for day, number in [(30, 9000), (28, 5000), (26, 4000), (25, 1)]:
        values = {"format": "all", "item": "a", "method": "Regular", "tir": number, "uir": number}
        session.add(DailyUsage(day=date(2026, 3, day), **values))
    session.flush()
    made = compute(session, "LC-18", MARCH)
    assert round(members(made, "event")["tuan"].value or 0, 2) == Decimal("2.00")  # over 5,000 and 4,001, not four
    assert len(made.sources[0].rows) == 3
    session.execute(sa.delete(DailyUsage).where(DailyUsage.day < date(2026, 3, 29)))
    nothing = members(compute(session, "LC-18", MARCH), "event")["tuan"]
    assert (nothing.state, nothing.why) == (
        FigureState.NO_DATA,
        "Counting had not begun in the weeks before this event.",
    )


def test_lc20_counts_reports_that_came_complete_and_in_time(city: Session) -> None:
    line = lines(city, "387.1")[0]
    made = make_round(city, indicators=[line], due_on=date(2026, 3, 20))
    pair = {"numerator": Decimal(1), "denominator": Decimal(100)}
    full = Entry(**pair, reference_date=date(2026, 1, 1), link="https://example.com/x")
    for code, entry, day in [("26506", full, 20), ("25807", full, 21), ("27676", Entry(**pair), 1)]:
        report = report_of(city, made, code)
        save_entry(city, report, line, entry, revision=0, actor_id=1)
        submit(city, report, 1)
        report.first_submitted_at = datetime(2026, 3, day, 3, tzinfo=UTC)
    city.flush()
    found = compute(city, "LC-20", MARCH)
    assert whole(found).numerator == 1
    assert whole(found).denominator == 3
    assert members(found, "unit")["26506"].value == 100
    assert members(found, "unit")["25807"].value == 0
    assert members(found, "unit-kind")["ward"].denominator == 3
    assert members(found, "indicator-set")["QD387"].denominator == 3
    assert whole(compute(city, "LC-20", read_period("2026-04"))).state is FigureState.NO_DATA


def test_lc12_starts_with_the_first_table_of_completions(session: Session) -> None:
    take_in(session, "path_completions", [("city", "2026-03 completed", 40), ("city", "2026-03 started", 160)])
    made = compute(session, "LC-12", MARCH)
    assert value(made) == Decimal("25.0")
    assert value(made, "completions") == 40
    assert whole(compute(session, "LC-12", QUARTER)).state is FigureState.NO_DATA
    take_in(
        session, "path_completions", [("city", "2026-03 completed", 4), ("city", "2026-03 started", 160)], YEARS_END
    )
    assert whole(compute(session, "LC-12", MARCH)).state is FigureState.HIDDEN


def add_ticked(
    session: Session, course: str, number: int, finished: int, *, agreed: bool = True, ward: str = ""
) -> None:
    """Let so many people begin a course in February, and some of them finish it in March, all by the city's clock."""
    for n in range(number):
        account = make_account(session)
        give_consent(session, account, Purpose.HISTORY, "test")
        if agreed:
            give_consent(session, account, Purpose.STATISTICS, "test")
            if ward:
                update_declarations(session, account, {Dimension.WARD: [ward]})
        ended = datetime(2026, 3, 31, 16, 59, tzinfo=UTC) if n < finished else None
        row = StartedCourse(account_id=account.id, course=course, finished_at=ended)
        row.started_at = datetime(2026, 2, 3, tzinfo=UTC)
        session.add(row)
    session.execute(sa.update(Declaration).values(valid_from=datetime(2026, 1, 1, tzinfo=UTC)))
    session.flush()


def test_lc12_counts_courses_that_people_ticked_who_agreed_to_be_counted(session: Session) -> None:
    add_ticked(session, "aaaaa-aaaaa", 40, 12, ward="26506")
    add_ticked(session, "bbbbb-bbbbb", 20, 11)
    add_ticked(session, "bbbbb-bbbbb", 15, 15, agreed=False)
    made = compute(session, "LC-12", MARCH)
    assert (whole(made).numerator, whole(made).denominator) == (23, 60)
    assert value(made, "completions") == 23
    by_course = members(made, "path", "completions")
    assert {course: each.value for course, each in by_course.items()} == {"aaaaa-aaaaa": 12, "bbbbb-bbbbb": 11}
    assert {ward: each.value for ward, each in members(made, "ward", "completions").items()} == {
        "26506": 12,
        "unknown": 11,
    }
    assert whole(compute(session, "LC-12", read_period("2026-04"))).numerator == 0, "it was the evening of 31 March"
    assert whole(compute(session, "LC-12", read_period("2026-07"))).state is FigureState.NO_DATA


def test_lc12_hides_small_counts_of_courses_and_wards_and_what_would_reveal_them(session: Session) -> None:
    add_ticked(session, "aaaaa-aaaaa", 40, 30, ward="26506")
    add_ticked(session, "bbbbb-bbbbb", 20, 3, ward="27676")
    made = compute(session, "LC-12", MARCH)
    for dimension in ("path", "ward"):
        states = {each.state for each in members(made, dimension, "completions").values()}
        assert states == {FigureState.HIDDEN, FigureState.WITHHELD}
    assert whole(made).state is FigureState.OK


def test_lc12_of_few_people_is_hidden_as_a_whole(session: Session) -> None:
    add_ticked(session, "aaaaa-aaaaa", 40, 4)
    made = compute(session, "LC-12", MARCH)
    assert {whole(made).state, whole(made, "completions").state} == {FigureState.HIDDEN}


def test_lc12_prefers_a_table_that_was_imported(session: Session) -> None:
    add_ticked(session, "aaaaa-aaaaa", 40, 30)
    take_in(session, "path_completions", [("city", "2026-03 completed", 40), ("city", "2026-03 started", 160)])
    assert value(compute(session, "LC-12", MARCH)) == Decimal("25.0")


def test_lc13_starts_with_the_first_table_of_ratings(session: Session) -> None:
    stars = {"1": 3, "2": 4, "3": 8, "4": 20, "5": 25}
    take_in(session, "ratings", [("city", f"2026-Q1 {star}", number) for star, number in stars.items()])
    made = compute(session, "LC-13", QUARTER)
    assert value(made) == Decimal("75.0")
    assert value(made, "mean") == 4
    take_in(session, "ratings", [("city", "2026-Q1 5", 29)], YEARS_END)
    assert whole(compute(session, "LC-13", QUARTER)).state is FigureState.TOO_FEW


def test_lc13_is_computed_from_the_ratings_of_the_period(session: Session) -> None:
    easy, hard = (make_published(session, subjects=[code], content=code.encode()) for code in ("bas.song", "lan"))
    for material, count, stars in ((easy, 30, 5), (easy, 10, 3), (hard, 12, 1)):
        for _ in range(count):
            _rate(session, material, stars, datetime(2026, 3, 15, tzinfo=UTC))
    _rate(session, easy, 1, datetime(2026, 3, 31, 17, tzinfo=UTC))  # midnight of 1 April in the city
    made = compute(session, "LC-13", MARCH)
    assert (whole(made).numerator, whole(made).denominator) == (30, 52)
    assert value(made, "mean") == Decimal("3.7")  # 192 stars of 52
    by_subject = members(made, "subject")
    assert by_subject["bas.song"].value == 75
    assert by_subject["lan"].state is FigureState.TOO_FEW
    [source] = made.sources
    assert ("subject", "bas.song", 5, 30) in source.rows
    assert not [row for row in source.rows if row[1] == "lan"]


def test_lc13_says_nothing_about_few_ratings_nor_about_those_of_new_accounts(session: Session) -> None:
    material = make_published(session)
    assert whole(compute(session, "LC-13", MARCH)).state is FigureState.NO_DATA
    for _ in range(29):
        _rate(session, material, 5, datetime(2026, 3, 15, tzinfo=UTC))
    for _ in range(9):
        _rate(session, material, 5, datetime(2026, 3, 15, tzinfo=UTC), confirmed_at=now())
    made = compute(session, "LC-13", MARCH)
    assert {each.result.state for each in made.figures} <= {FigureState.TOO_FEW, FigureState.HIDDEN}
    assert made.sources[0].rows == []


def _rate(session: Session, material: Material, stars: int, moment: datetime, **fields) -> None:
    account = make_account(session, **{"confirmed_at": datetime(2026, 1, 1, tzinfo=UTC), **fields})
    session.add(Rating(account_id=account.id, material_id=material.id, stars=stars, rated_at=moment))
    session.flush()


def test_lc17_starts_with_the_first_table_of_contributors(session: Session) -> None:
    take_in(
        session,
        "contributors",
        [("city", "2026 people", 34), ("26506", "2026 people", 20), ("27676", "2026 people", 5)],
    )
    made = compute(session, "LC-17", read_period("2026"))
    assert value(made) == 34
    by_ward = members(made, "ward")
    assert by_ward["27676"].state is FigureState.HIDDEN
    assert by_ward["26506"].state in {FigureState.OK, FigureState.WITHHELD}


@pytest.mark.parametrize(
    ("code", "band"), [("ratings", "2026-03 6"), ("ratings", "5"), ("contributors", "2026-13 people")]
)
def test_a_table_whose_bands_name_no_period_is_refused_with_its_row(session: Session, code: str, band: str) -> None:
    with pytest.raises(Unprocessable, match="Row 2"):
        take_in(session, code, [("city", band, 5)])
