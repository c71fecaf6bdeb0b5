"""How long do a round of 60 measures x 168 places, its reports, and the 20 computed indicators of a year take?

    .venv/bin/python scripts/bench/indicators.py [FOLDER]

Makes an installation with the indicator sets, the 168 wards and communes, one round in which each owes UNESCO's 60
measures, all of them answered, two more such rounds, and a year of totals as a million events give (kept in FOLDER and
used again, if one is named). Prints medians beside their control and the aim: the round opens in under 1 s, a cell is
saved in under 100 ms, a sheet taken in in under 2 s, the dashboard of three rounds is there in under 300 ms, the city's
XLSX is built in under 10 s and its PDF in under 30 s, the 20 indicators are worked out in under 10 s.
"""

import io
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import sqlalchemy as sa
from flask.testing import FlaskClient
from openpyxl import load_workbook

from oer.app import build_app
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.indicators import jobs
from oer.indicators.computation.services import COMPUTED_CODES, compute, compute_period, store_provisional
from oer.indicators.entry_sheets import FIRST_ROW, LETTERS, LINES
from oer.indicators.models.rounds import Round
from oer.indicators.reports.assembly import assemble
from oer.indicators.reports.models import ReportBuild
from oer.indicators.reports.services import request_build
from oer.indicators.reports.writers import WRITERS
from oer.jobs.queue import open_queue
from oer.operations.upgrade import upgrade_installation
from oer.usage.models import DailyUsage
from scripts.bench.indicators_filling import EMAIL, YEAR, fill_round, fill_use
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD

_TOKEN = re.compile(r'name="(l\d+)-csrf_token"[^>]*value="([^"]+)"')


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
    show("the dashboard of three rounds", took(lambda: get(client, "/admin/indicators"), 5), 0.3)
    show("the values of the round", took(lambda: get(client, f"{overview}/values"), 5))
    show("a place's page: its 60 measures", took(lambda: get(client, f"/my/reports/{round_id}/27676"), 5), 1)
    show("a place's report, to be approved", took(lambda: get(client, f"{overview}/27676"), 5))
    show("a cell saved", statistics.median(saves(client, round_id)), 0.1)


def bench_sheet(client: FlaskClient, round_id: int) -> None:
    """Send a place's sheet back with every line filled in."""
    page = f"/my/reports/{round_id}/27676/sheet"
    book = load_workbook(io.BytesIO(client.get(f"{page}.xlsx").data))
    sheet, names = book[LINES], ("numerator", "denominator", "note_vi")
    for row in range(FIRST_ROW, sheet.max_row + 1):
        for name, value in zip(names, (f"1.{row:03},5", "2.000", f"Lần {random.random()}"), strict=True):
            sheet[f"{LETTERS[name]}{row}"].value = value
    content = io.BytesIO()
    book.save(content)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', get(client, page))
    if token is None:
        raise RuntimeError("the page has no form")
    began = time.perf_counter()
    data = {"csrf_token": token[1], "file": (io.BytesIO(content.getvalue()), "bang.xlsx")}
    answer = client.post(page, data=data)
    show(f"a sheet of {sheet.max_row - FIRST_ROW + 1} lines taken in", time.perf_counter() - began, 2)
    if answer.status_code not in {303, 422}:
        raise RuntimeError(str(answer.status_code))
    print(f"  {'every line saved' if answer.status_code == 303 else 'some lines have faults'}")


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


def bench_reports(installation: Installation, round_id: int) -> None:
    """Build the city's report: format by format, then all of it as the worker does, watched from outside."""
    with installation.database.reading() as session:
        found = session.get_one(Round, round_id)
        show("the city's report read and put together", took(lambda: assemble(session, found, None, "areas")("vi")))
        document = assemble(session, found, None, "areas")("vi")
    for name, aim in (("json", None), ("xlsx", 10), ("pdf", 30), ("docx", None)):
        words = f"its {name.upper()}{' (control)' if name == 'json' else ''}"
        show(words, took(partial(WRITERS[name], document)), aim)
    with installation.database.transaction() as session:
        build_id = request_build(session, None, session.get_one(Round, round_id), None, "areas").id
    steps: list[int] = []
    worker = threading.Thread(target=jobs.build, args=(installation, str(build_id)))
    began = time.perf_counter()
    worker.start()
    while worker.is_alive():
        with installation.database.reading() as session:
            done = session.get_one(ReportBuild, build_id).done
        steps += [done] if done not in steps else []
        worker.join(0.2)
    show("both languages, four formats, in the worker", time.perf_counter() - began)
    print(f"  progress seen from outside: {', '.join(map(str, steps))} of 8 files")


def bench_figures(installation: Installation) -> None:
    """Work out the computed indicators of the year."""
    with installation.database.reading() as session:
        events = session.scalar(sa.select(sa.func.sum(DailyUsage.tii)).where(DailyUsage.format == "all"))
        rows = session.scalar(sa.select(sa.func.count()).select_from(DailyUsage))
        print(f"totals of {events:,} events in {rows:,} daily rows")
        plain = sa.select(sa.func.sum(DailyUsage.tir))
        show("one sum over those rows (control)", took(partial(session.scalar, plain)))
        each = {code: took(partial(compute, session, code, YEAR)) for code in COMPUTED_CODES}
        made = compute_period(session, YEAR)
    slowest = sorted(each.items(), key=lambda pair: -pair[1])[:3]
    print("  slowest: " + ", ".join(f"{code} {seconds * 1000:.0f} ms" for code, seconds in slowest))
    show("all 20 computed indicators of the year", sum(each.values()), 10)
    with installation.database.transaction() as session:
        show("their figures kept", took(lambda: store_provisional(session, made)))


def main() -> None:
    """Fill, ask and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    settings = Settings(instance_dir=folder, secret_key="a secret of this bench", base_url="http://localhost")
    is_new = not (folder / "oer.sqlite3").exists()
    upgrade_installation(settings)
    installation = open_backends(settings, open_queue(settings.jobs))
    if is_new:
        began = time.perf_counter()
        with installation.database.transaction() as session:
            show("the round opened (10,080 lines assigned) and filled", took(lambda: fill_round(session)))
            for year in (2024, 2023):
                fill_round(session, year)
            fill_use(session)
        print(f"made in {time.perf_counter() - began:.0f} s")
    client = build_app(installation).test_client()
    Browser(client).sign_in(EMAIL, PASSWORD)
    with installation.database.reading() as session:
        round_id = session.scalars(sa.select(Round.id).order_by(Round.id)).first() or 0
    bench_pages(client, round_id)
    bench_sheet(client, round_id)
    bench_reports(installation, round_id)
    bench_figures(installation)


if __name__ == "__main__":
    main()
