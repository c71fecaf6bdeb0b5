"""How long do the administrators' pages of figures take over 24 months and 10,000 materials?

    .venv/bin/python scripts/bench/usage_pages.py [FOLDER]

Makes an installation (kept in FOLDER and used again, if one is named) with 10,000 published materials and two years of
packed totals, some 1,300 materials used a day. Prints the median of 5 answers of each page, in ms of CPU, beside the
control: the same page over an empty stretch of time. The aim: under 300 ms.
"""

import random
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.app import build_app
from oer.catalogue.models import Material, Version, VersionTerm
from oer.config import Settings
from oer.core.clock import first_of_month, now, today
from oer.core.ids import new_public_id
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema
from oer.jobs.queue import open_queue
from oer.usage.models import DailyUsage, MonthVersion, SearchFigure
from oer.usage.queries.processing import closes_on
from oer.usage.services.days import Row, write_pack
from oer.vocabularies import vocabularies
from scripts.bench.totals import MATERIALS, Sums, add_up, rows_of_day
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account

PER_DAY, DAYS = 1_500, 730
EMAIL = "admin@example.org"


def fill(installation: Installation) -> None:
    """Make the materials and the totals."""
    chance = random.Random(11)
    keys = [new_public_id() for _ in range(MATERIALS)]
    with installation.database.transaction() as session:
        make_account(session, Role.ADMIN, email=EMAIL)
        make_materials(session, keys, chance)
    months: dict[date, Sums] = {}
    for n in range(DAYS):
        day = today() - timedelta(days=DAYS - 1 - n)
        with installation.database.transaction() as session:
            rows = make_day(session, day, keys, chance)
        add_up(months.setdefault(first_of_month(day), {}), rows)
    with installation.database.transaction() as session:
        for month in [month for month in months if closes_on(month) <= today()]:
            write_pack(session, month, 1, ((*key, sums) for key, sums in months[month].items()))
            session.add(MonthVersion(month=month, version=1, sums={}))


def make_materials(session: Session, keys: list[str], chance: random.Random) -> None:
    """Publish materials of all subjects, nearly all of them in Vietnamese."""
    subjects = [term for term in vocabularies().subjects if term.parent]
    for number, key in enumerate(keys, 1):
        subject = chance.choice(subjects)
        record = {"title": {"vi": f"Học liệu số {number}"}, "subjects": [subject.code], "language": ["vi"]}
        terms = [("subject", subject.code), ("subject", subject.parent), ("format", "pdf")]
        terms += [("language", "vi")] if number % 100 else [("language", "en")]
        session.execute(
            sa.insert(Material).values(id=number, public_id=key, first_published_at=now(), published_at=now())
        )
        session.execute(sa.insert(Version).values(id=number, material_id=number, state="published", record=record))
        session.execute(
            sa.insert(VersionTerm), [{"version_id": number, "scheme": name, "code": code} for name, code in terms]
        )
    session.execute(sa.update(Material).values(current_version_id=Material.id))


def make_day(session: Session, day: date, keys: list[str], chance: random.Random) -> list[Row]:
    """Make the totals of one day, in the form that pages read, and return them."""
    rows = rows_of_day(chance, keys, PER_DAY, 9, 5)
    write_pack(session, day, 0, rows)
    session.add(SearchFigure(day=day, language="vi", searches=300, without_result=20, abandoned=9))
    session.add(DailyUsage(day=day, format="all", item=rows[0][0], method="Regular"))
    return rows


def median_ms(client: FlaskClient, address: str) -> float:
    """Return the median time of five answers."""
    times = []
    for _ in range(5):
        began = time.process_time()
        answer = client.get(address)
        times.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
    return statistics.median(times)


def main() -> None:
    """Fill, ask and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    settings = Settings(instance_dir=folder, secret_key="a secret of this bench", base_url="http://localhost")
    is_new = not (folder / "oer.sqlite3").exists()
    folder.mkdir(parents=True, exist_ok=True)
    upgrade_schema(settings.database)
    installation = open_backends(settings, open_queue(settings.jobs))
    if is_new:
        began = time.perf_counter()
        fill(installation)
        print(f"made in {time.perf_counter() - began:.0f} s")
    client = build_app(installation).test_client()
    Browser(client).sign_in(EMAIL, PASSWORD)
    since, until = today() - timedelta(days=DAYS - 1), today()
    stretch, empty = f"from={since}&to={until}", "from=2003-01-01&to=2004-12-31"
    pages = {
        "all materials, 24 months": f"/admin/statistics?{stretch}",
        "all materials, 24 whole months": f"/admin/statistics?from={since.replace(day=1)}&to={until}",
        "one subject": f"/admin/statistics?{stretch}&subject=dig",
        "nearly all (Vietnamese)": f"/admin/statistics?{stretch}&language=vi",
        "one format, by views": f"/admin/statistics?{stretch}&format=pdf&measure=views",
        "a year day by day": f"/admin/statistics?from={until - timedelta(days=364)}&to={until}&by=day",
        "30 days": f"/admin/statistics?from={until - timedelta(days=29)}&to={until}",
        "demand": f"/admin/statistics/demand?{stretch}",
        "people": "/admin/statistics/people",
        "COUNTER reports": "/admin/statistics/counter",
        "everybody's page": "/statistics",
    }
    print(f"{'CPU ms':>44}\n{'an empty stretch (control)':34}{median_ms(client, f'/admin/statistics?{empty}'):10.0f}")
    for name, address in pages.items():
        print(f"{name:34}{median_ms(client, address):10.0f}")


if __name__ == "__main__":
    main()
