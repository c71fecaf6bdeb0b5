"""How fast the whole catalogue is harvested by OAI-PMH, and whether its last page costs what its first one does.

    .venv/bin/python scripts/bench/harvest.py [--records 10000] [--prefix oai_dc]

Materials are put into a database of their own; a client asks the running service for one page after the other, and
then two clients at once, which is what two cores can do. Prints records a second, and the time of pages at the
beginning, in the middle and at the end.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
import sqlalchemy as sa

import oer.app  # noqa: F401 (every table)
from oer.catalogue.models import Material, Version, VersionState
from oer.config import Settings
from oer.core.clock import now
from oer.core.db import open_database
from oer.core.ids import new_public_id
from oer.operations.upgrade import upgrade_installation
from tests.serving import Service

TOKEN = re.compile(r"<resumptionToken[^>]*>([^<]+)</resumptionToken>")


def fill(folder: Path, count: int) -> None:
    """Publish so many materials by rows alone, a second apart."""
    settings = Settings(instance_dir=folder)
    upgrade_installation(settings)
    begun = now() - timedelta(days=30)
    database = open_database(settings.database_url or f"sqlite:///{folder / 'oer.sqlite3'}")
    with database.transaction() as session:
        for number in range(1, count + 1):
            moment = begun + timedelta(seconds=number)
            record = {
                "title": {"vi": f"Học liệu số {number}", "en": f"Material {number}"},
                "summary": {"vi": "Ngắt cầu dao trước khi sửa, rồi kiểm tra bằng bút thử điện. " * 4},
                "creators": [{"name": "Nhóm biên soạn", "role": "author"}],
                "subjects": ["bas.song", "dig.an-toan"],
                "types": ["handbook"],
                "audiences": ["all", "workers"],
                "language": ["vi"],
                "keywords": ["điện", "an toàn", "gia đình"],
                "licence": "https://creativecommons.org/licenses/by/4.0/",
            }
            session.execute(
                sa.insert(Material).values(
                    id=number, public_id=new_public_id(), first_published_at=moment, published_at=moment,
                    changed_at=moment, revision=1, page_revision=1, created_at=moment,
                )
            )  # fmt: skip
            session.execute(
                sa.insert(Version).values(
                    id=number, material_id=number, number=1, state=VersionState.PUBLISHED, record=record,
                    created_at=moment, changed_at=moment,
                )
            )  # fmt: skip
        session.execute(sa.update(Material).values(current_version_id=Material.id))
    database.engine.dispose()


def harvest(url: str, prefix: str) -> tuple[int, list[float]]:
    """Return how many records were told, and how long each page took."""
    count, times, asked = 0, [], {"verb": "ListRecords", "metadataPrefix": prefix}
    while True:
        begun = time.perf_counter()
        with urllib.request.urlopen(f"{url}/oai?{urllib.parse.urlencode(asked)}") as answer:
            text = answer.read().decode()
        times.append(time.perf_counter() - begun)
        count += text.count("<record>")
        more = TOKEN.search(text)
        if more is None:
            return count, times
        asked = {"verb": "ListRecords", "resumptionToken": more[1]}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--records", type=int, default=10_000)
    reader.add_argument("--prefix", default="oai_dc")
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        fill(instance, given.records)
        with Service(instance, {"OER_DATABASE_URL": ""}) as service:
            harvest(service.url, given.prefix)  # every process warms up
            begun = time.perf_counter()
            count, times = harvest(service.url, given.prefix)
            alone = count / (time.perf_counter() - begun)
            assert count == given.records, count
            begun = time.perf_counter()
            with ThreadPoolExecutor(2) as pool:
                both = [pool.submit(harvest, service.url, given.prefix) for _ in range(2)]
                total = sum(each.result()[0] for each in both)
            together = total / (time.perf_counter() - begun)
    third = max(1, len(times) // 3)
    pages = [
        statistics.median(part) * 1000 for part in (times[:third], times[third : 2 * third] or times, times[-third:])
    ]
    print(f"{count} records as {given.prefix}: {alone:.0f} a second by one client, {together:.0f} by two")
    print("a page: {:.1f} ms at the beginning, {:.1f} in the middle, {:.1f} at the end".format(*pages))


if __name__ == "__main__":
    main()
