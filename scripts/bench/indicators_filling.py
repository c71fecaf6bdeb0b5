"""What the bench of indicators measures: a round that 168 places have answered, and a year of totals."""

import random
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Role, Unit
from oer.accounts.queries import account_with_email
from oer.core.clock import now
from oer.core.ids import new_public_id
from oer.indicators.computation.reference_tables import TableRow, import_table
from oer.indicators.models.rounds import Assignment, Observation, ReportState, UnitReport
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.periods import read_period
from oer.indicators.services.rounds import open_round
from oer.usage import models as usage
from oer.usage.services.days import Row, write_pack
from scripts.bench.totals import MATERIALS, MEASURES, Sums, add_up, rows_of_day
from tests.accounts.factories import make_account

YEAR = read_period("2025")
PER_DAY, PEOPLE = 900, 20_000
EMAIL = "admin@example.org"


def fill_round(session: Session, year: int = 2025) -> None:
    """Make the administrator and a round in which every place has answered all 60 measures, most of them approved."""
    admin = account_with_email(session, EMAIL) or make_account(session, Role.ADMIN, email=EMAIL)
    wards = list(session.scalars(sa.select(Unit.id).where(Unit.kind == WARD)))
    of_set = sa.select(IndicatorSet.id).where(IndicatorSet.code == "UNESCO-KF").scalar_subquery()
    lines = {each.id: each for each in session.scalars(sa.select(Indicator).where(Indicator.set_id == of_set))}
    made = open_round(
        session, admin.id, title={"vi": f"Đợt báo cáo năm {year}", "en": f"Round {year}"},
        period=read_period(str(year)), due_on=date(year + 1, 1, 15), assignments={unit: list(lines) for unit in wards},
    )  # fmt: skip
    chance = random.Random(year)
    of_round = sa.select(Assignment.report_id, Assignment.indicator_id).join(UnitReport)
    duties = session.execute(of_round.where(UnitReport.round_id == made.id)).all()
    session.execute(sa.insert(Observation), [_answer(chance, lines[line], report) for report, line in duties])
    number = len(wards) * 4 // 5
    some = sa.select(UnitReport.id).where(UnitReport.round_id == made.id).limit(number)
    approved = {"state": ReportState.APPROVED, "submitted_at": now(), "first_submitted_at": now()}
    session.execute(sa.update(UnitReport).where(UnitReport.id.in_(some)).values(approved))


def _answer(chance: random.Random, line: Indicator, report_id: int) -> dict[str, object]:
    below = Decimal(chance.randrange(1_000, 90_000))
    above = Decimal(chance.randrange(1, int(below)))
    numeric = line.answer.value in {"number", "percent"}
    return {
        "report_id": report_id, "indicator_id": line.id, "value": round(100 * above / below, 6) if numeric else None,
        "numerator": above if numeric else None, "denominator": below if numeric else None,
        "text": "" if numeric else "Mức 3 trên 5", "reference_date": date(2025, 12, 31), "link": "",
        "source": "Báo cáo số 12/BC-UBND ngày 05/01/2026", "note": {"vi": "Đã họp hội đồng khuyến học."},
    }  # fmt: skip


def fill_use(session: Session) -> None:
    """Make the totals of a year in which a million events were counted."""
    chance, keys = random.Random(11), [new_public_id() for _ in range(MATERIALS)]
    for month in YEAR.months():
        sums: Sums = {}
        day = month
        while day.month == month.month:
            rows = rows_of_day(chance, keys, PER_DAY, 4, 3)
            _add_day(session, day, rows)
            add_up(sums, rows)
            day += timedelta(days=1)
        of_month = [(*key, values) for key, values in sums.items()]
        write_pack(session, month, 1, of_month)
        session.add(usage.MonthVersion(month=month, version=1, sums={}))
        session.execute(
            sa.insert(usage.MonthlyUsage), [{"month": month, "version": 1, **_named(row)} for row in of_month]
        )
        _make_people(session, month, chance)
    _make_people_of_longer_periods(session)
    residents = [
        (str(code), band, number) for code in _wards(session) for band, number in (("15+", 30_000), ("total", 40_000))
    ]
    residents += [("city", "15+", 11_000_000), ("city", "total", 14_000_000)]
    table = [TableRow(n, place, band, Decimal(number)) for n, (place, band, number) in enumerate(residents, 2)]
    import_table(session, None, code="population", source="Thống kê", as_of=date(2025, 1, 1), rows=table)


def _wards(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Unit.code).where(Unit.kind == WARD).order_by(Unit.code)))


def _named(row: Row) -> dict[str, object]:
    item, form, method, values = row
    return {"item": item, "format": form, "method": method, **dict(zip(MEASURES, values, strict=True))}


def _add_day(session: Session, day: date, rows: list[Row]) -> None:
    write_pack(session, day, 0, rows)
    session.execute(sa.insert(usage.DailyUsage), [{"day": day, **_named(row)} for row in rows])
    session.add(usage.SessionFigure(day=day, dimension="total", value="", sessions=900))
    session.add(usage.SearchFigure(day=day, language="vi", searches=300, without_result=20, abandoned=9))


def _make_people(session: Session, month: date, chance: random.Random) -> None:
    weeks = [f"{month.year}-W{number:02}" for number in range(month.month * 4 - 3, month.month * 4 + 1)]
    people = [
        {"month": month, "person": f"p{n}", "groups": chance.choice([[], ["workers"], ["students"]]),
         "weeks": weeks[: chance.randrange(1, 5)]}
        for n in chance.sample(range(60_000), PEOPLE)
    ]  # fmt: skip
    session.execute(sa.insert(usage.PersonMonth), people)
    _add_figures(session, f"{month:%Y-%m}", PEOPLE)
    for dimension, value in (("total", ""), ("subject", "dig.co-ban"), ("level", "thpt"), ("licence", "by")):
        found = {"dimension": dimension, "value": value, "materials": MATERIALS, "accessible": 4_000}
        session.add(usage.CatalogueMonth(month=month, **found))


def _make_people_of_longer_periods(session: Session) -> None:
    for name in (*(f"{YEAR.name}-Q{n}" for n in range(1, 5)), YEAR.name):
        _add_figures(session, name, 2 * PEOPLE)


def _add_figures(session: Session, period: str, people: int) -> None:
    wards = _wards(session)
    each = people // len(wards)
    rows = [("total", "", "", people), ("ward", "unknown", "", people - each * len(wards))]
    rows += [("age-band", "25-34", "", people), ("gender", "unknown", "", people)]
    rows += [("ward", code, "", each) for code in wards]
    rows += [("ward+age-band", code, "25-34", each) for code in wards]
    rows += [("ward+age-band", "unknown", "25-34", people - each * len(wards))]
    session.execute(
        sa.insert(usage.PeopleFigure),
        [
            {"period": period, "version": 1, "dimension": dimension, "value": value, "second_value": second,
             "people": number, "regular": number // 3}
            for dimension, value, second, number in rows
        ],
    )  # fmt: skip
