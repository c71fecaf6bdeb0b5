"""How long do a round of 60 measures x 168 places, its reports, and the 20 computed indicators of a year take?

    .venv/bin/python scripts/bench/indicators.py [FOLDER]

Makes an installation with the indicator sets, the 168 wards and communes, one round in which each owes UNESCO's 60
measures, all of them answered, and a year of totals as a million events give (kept in FOLDER and used again, if one is
named). Prints medians beside their control and the aim: the round opens in under 1 s, a cell is saved in under 100 ms,
the city's XLSX is built in under 10 s and its PDF in under 30 s, the 20 indicators are worked out in under 10 s.
"""

import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Account, AccountState, Role, RoleGrant, Unit
from oer.accounts.services import hash_password
from oer.app import app_on
from oer.config import Settings
from oer.core.clock import now
from oer.core.engines import Engines, open_engines
from oer.core.ids import new_public_id
from oer.indicators import jobs
from oer.indicators.documents import WRITERS
from oer.indicators.formats.tables import TableRow
from oer.indicators.models import (
    Duty,
    Indicator,
    IndicatorSet,
    Observation,
    ReportBuild,
    ReportState,
    Round,
    UnitReport,
)
from oer.indicators.periods import read_period
from oer.indicators.queries.computed import COMPUTED_CODES, compute
from oer.indicators.queries.reports import assemble
from oer.indicators.services.builds import ask_build
from oer.indicators.services.figures import store_open, work_out
from oer.indicators.services.references import take_in_table
from oer.indicators.services.rounds import open_round
from oer.jobs import open_queue
from oer.operations.upgrade import upgrade_installation
from oer.usage.models import (
    CatalogueMonth,
    DailyUsage,
    MonthlyUsage,
    MonthVersion,
    PeopleFigure,
    PersonMonth,
    SearchFigure,
    SessionFigure,
)
from oer.usage.services.packs import write_pack
from tests.accounts.browsing import Browser

YEAR = read_period("2025")
MATERIALS, PER_DAY, PEOPLE = 10_000, 900, 20_000
EMAIL, PASSWORD = "admin@example.org", "con meo treo cay cau"
MEASURES = ("views", "reads", "plays", "downloads", "tii", "tir", "uii", "uir")
_TOKEN = re.compile(r'name="(l\d+)-csrf_token"[^>]*value="([^"]+)"')


def fill_round(session: Session) -> None:
    """Make the administrator and a round in which every place has answered all 60 measures, most of them approved."""
    admin = Account(email=EMAIL, email_folded=EMAIL, name="Admin", password_hash=hash_password(PASSWORD))
    admin.state, admin.grants = AccountState.ACTIVE, [RoleGrant(role=Role.ADMIN)]
    session.add(admin)
    session.flush()
    wards = list(session.scalars(sa.select(Unit.id).where(Unit.kind == WARD)))
    of_set = sa.select(IndicatorSet.id).where(IndicatorSet.code == "UNESCO-KF").scalar_subquery()
    lines = {each.id: each for each in session.scalars(sa.select(Indicator).where(Indicator.set_id == of_set))}
    made = open_round(
        session, admin.id, title={"vi": "Đợt báo cáo năm 2025", "en": "Round 2025"}, period=YEAR,
        due_on=date(2026, 1, 15), owed={unit: list(lines) for unit in wards},
    )  # fmt: skip
    chance = random.Random(3)
    duties = session.execute(sa.select(Duty.report_id, Duty.indicator_id).join(UnitReport)).all()
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
        sums: dict[tuple[str, str, str], list[int]] = {}
        day = month
        while day.month == month.month:
            _make_day(session, day, keys, chance, sums)
            day += timedelta(days=1)
        write_pack(session, month, 1, ((*key, values) for key, values in sums.items()))
        session.add(MonthVersion(month=month, version=1, sums={}))
        rows = [
            {"month": month, "version": 1, "item": item, "format": form, "method": method,
             **dict(zip(MEASURES, values, strict=True))}
            for (item, form, method), values in sums.items()
        ]  # fmt: skip
        session.execute(sa.insert(MonthlyUsage), rows)
        _make_people(session, month, chance)
    _make_people_of_longer_periods(session)
    residents = [
        (str(code), band, number) for code in _wards(session) for band, number in (("15+", 30_000), ("total", 40_000))
    ]
    residents += [("city", "15+", 11_000_000), ("city", "total", 14_000_000)]
    table = [TableRow(n, place, band, Decimal(number)) for n, (place, band, number) in enumerate(residents, 2)]
    take_in_table(session, None, code="population", source="Thống kê", as_of=date(2025, 1, 1), rows=table)


def _wards(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Unit.code).where(Unit.kind == WARD).order_by(Unit.code)))


def _make_day(
    session: Session, day: date, keys: list[str], chance: random.Random, sums: dict[tuple[str, str, str], list[int]]
) -> None:
    used = sorted({keys[min(int(chance.expovariate(1 / 2_500)), MATERIALS - 1)] for _ in range(PER_DAY)})
    rows = []
    for key in used:
        views, files = chance.randrange(1, 4), chance.randrange(3)
        rows.append((key, "none", "Regular", (views, 0, 0, 0, views, 0, views, 0)))
        rows.append((key, "pdf", "Regular", (0, files, 0, 0, files, files, files, files)))
        rows.append((key, "all", "Regular", (views, files, 0, 0, views + files, files, views, files)))
    for item, form, method, values in rows:
        before = sums.setdefault((item, form, method), [0] * len(MEASURES))
        sums[item, form, method] = [one + other for one, other in zip(before, values, strict=True)]
    write_pack(session, day, 0, rows)
    daily = [
        {"day": day, "item": item, "format": form, "method": method, **dict(zip(MEASURES, values, strict=True))}
        for item, form, method, values in rows
    ]
    session.execute(sa.insert(DailyUsage), daily)
    session.add(SessionFigure(day=day, dimension="total", value="", sessions=900))
    session.add(SearchFigure(day=day, language="vi", searches=300, without_result=20, abandoned=9))


def _make_people(session: Session, month: date, chance: random.Random) -> None:
    weeks = [f"{month.year}-W{number:02}" for number in range(month.month * 4 - 3, month.month * 4 + 1)]
    people = [
        {"month": month, "person": f"p{n}", "groups": chance.choice([[], ["workers"], ["students"]]),
         "weeks": weeks[: chance.randrange(1, 5)]}
        for n in chance.sample(range(60_000), PEOPLE)
    ]  # fmt: skip
    session.execute(sa.insert(PersonMonth), people)
    _add_figures(session, f"{month:%Y-%m}", PEOPLE)
    for dimension, values in (("total", [""]), ("subject", ["dig.co-ban"]), ("level", ["thpt"]), ("licence", ["by"])):
        for value in values:
            session.add(
                CatalogueMonth(month=month, dimension=dimension, value=value, materials=MATERIALS, accessible=4_000)
            )


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
        sa.insert(PeopleFigure),
        [
            {"period": period, "version": 1, "dimension": dimension, "value": value, "second_value": second,
             "people": number, "regular": number // 3}
            for dimension, value, second, number in rows
        ],
    )  # fmt: skip


def took(deed: Callable[[], object], times: int = 1) -> float:
    """Return the median of so many runs, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        deed()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def show(name: str, seconds: float, aim: float | None = None) -> None:
    """Print a line of the table."""
    told = "" if aim is None else f"aim < {aim:g} s {'' if seconds < aim else '  MISSED'}"
    print(f"{name:58}{seconds * 1000:10,.0f} ms   {told}", flush=True)


def get(client: FlaskClient, address: str) -> str:
    """Return a page, which must be there."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return answer.text


def bench_pages(client: FlaskClient, round_id: int) -> None:
    """Open the round, a place's page; save cells."""
    show("a page without figures (control)", took(lambda: get(client, "/help"), 5))
    overview = f"/admin/indicators/rounds/{round_id}"
    show("the round as places x 12 focus areas", took(lambda: get(client, overview), 5), 1)
    show("the dashboard", took(lambda: get(client, "/admin/indicators"), 5))
    show("the values of the round", took(lambda: get(client, f"{overview}/values"), 5))
    show("a place's page: its 60 measures", took(lambda: get(client, f"/my/reports/{round_id}/27676"), 5), 1)
    show("a place's report, to be approved", took(lambda: get(client, f"{overview}/27676"), 5))
    show("a cell saved", statistics.median(saves(client, round_id)), 0.1)


def saves(client: FlaskClient, round_id: int) -> list[float]:
    """Save twenty lines of a place; return how long each took."""
    page = f"/my/reports/{round_id}/27676"
    found = []
    for prefix, token in _TOKEN.findall(get(client, page))[:20]:
        revision = re.search(rf'name="{prefix}-revision"[^>]*value="(\d+)"', get(client, page))
        if revision is None:
            raise RuntimeError(f"{prefix} has no revision")
        fields = {"csrf_token": token, "revision": revision[1], "reference_date": "2025-12-31"}
        fields |= {"numerator": str(random.randrange(1, 999)), "denominator": "1.000"}
        fields["text"] = f"Mức {random.randrange(99)}"
        data = {f"{prefix}-{name}": value for name, value in fields.items()}
        began = time.perf_counter()
        answer = client.post(f"{page}/{prefix[1:]}", data=data, headers={"X-Line-Only": "1"})
        found.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{prefix}: {answer.status_code}")
    return found


def bench_reports(engines: Engines, round_id: int) -> None:
    """Build the city's report: format by format, then all of it as the worker does, watched from outside."""
    with engines.database.reading() as session:
        found = session.get_one(Round, round_id)
        show("the city's report read and put together", took(lambda: assemble(session, found, None, "areas")("vi")))
        document = assemble(session, found, None, "areas")("vi")
    for name, aim in (("json", None), ("xlsx", 10), ("pdf", 30), ("docx", None)):
        words = f"its {name.upper()}{' (control)' if name == 'json' else ''}"
        show(words, took(partial(WRITERS[name], document)), aim)
    with engines.database.transaction() as session:
        build_id = ask_build(session, None, session.get_one(Round, round_id), None, "areas").id
    steps: list[int] = []
    worker = threading.Thread(target=jobs.build, args=(engines, str(build_id)))
    began = time.perf_counter()
    worker.start()
    while worker.is_alive():
        with engines.database.reading() as session:
            done = session.get_one(ReportBuild, build_id).done
        steps += [done] if done not in steps else []
        worker.join(0.2)
    show("both languages, four formats, in the worker", time.perf_counter() - began)
    print(f"  progress seen from outside: {', '.join(map(str, steps))} of 8 files")


def bench_figures(engines: Engines) -> None:
    """Work out the computed indicators of the year."""
    with engines.database.reading() as session:
        events = session.scalar(sa.select(sa.func.sum(DailyUsage.tii)).where(DailyUsage.format == "all"))
        rows = session.scalar(sa.select(sa.func.count()).select_from(DailyUsage))
        print(f"totals of {events:,} events in {rows:,} daily rows")
        plain = sa.select(sa.func.sum(DailyUsage.tir))
        show("one sum over those rows (control)", took(partial(session.scalar, plain)))
        each = {code: took(partial(compute, session, code, YEAR)) for code in COMPUTED_CODES}
        made = work_out(session, YEAR)
    slowest = sorted(each.items(), key=lambda pair: -pair[1])[:3]
    print("  slowest: " + ", ".join(f"{code} {seconds * 1000:.0f} ms" for code, seconds in slowest))
    show("all 20 computed indicators of the year", sum(each.values()), 10)
    with engines.database.transaction() as session:
        show("their figures kept", took(lambda: store_open(session, made)))


def main() -> None:
    """Fill, ask and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    settings = Settings(instance_dir=folder, secret_key="a secret of this bench", base_url="http://localhost")
    is_new = not (folder / "oer.sqlite3").exists()
    upgrade_installation(settings)
    engines = open_engines(settings, open_queue(settings.jobs))
    if is_new:
        began = time.perf_counter()
        with engines.database.transaction() as session:
            show("the round opened (10,080 lines owed) and filled", took(lambda: fill_round(session)))
            fill_use(session)
        print(f"made in {time.perf_counter() - began:.0f} s")
    client = app_on(engines).test_client()
    Browser(client).sign_in(EMAIL, PASSWORD)
    with engines.database.reading() as session:
        round_id = session.scalars(sa.select(Round.id)).first() or 0
    bench_pages(client, round_id)
    bench_reports(engines, round_id)
    bench_figures(engines)


if __name__ == "__main__":
    main()
