#!/usr/bin/env python3

"""What pages cost in a large catalogue: milliseconds of CPU of each page that lists or counts materials, not cached.

    .venv/bin/python scripts/bench/growth.py [--materials 50000] [--keep FOLDER]

The rows are written and nothing is indexed, so pages of search are not among these (search_speed.py has them). A page
is asked of the application itself (WSGI, no network), with the page cache off, each time after a change of the
catalogue. Shown are the first time in the process and the median of the next ones, beside a page that asks the database
nothing. `--keep` keeps the installation and uses it again.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from oer.app import build_app
from oer.catalogue.models import Collection, CollectionItem
from oer.catalogue.services.changes import bump_catalogue
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from scripts.bench.search_materials import BEGAN, fill

ROUNDS = 7
PAGES = (
    "/help",
    "/",
    "/subjects",
    "/subjects/sch",
    "/levels/thpt",
    "/audiences/all",
    "/people",
    "/people?letter=n",
    "/collections",
    "/collections/a-course-500",
    "/materials/m0001-00001",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/feed.xml",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--materials", type=int, default=50_000)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        installation = filled(given.keep or Path(place), given.materials)
        measure(installation)
        installation.database.engine.dispose()


def filled(folder: Path, materials: int) -> Installation:
    """Return an installation with so many published materials, and a course of 500 of them."""
    storage = f"file:{folder / 'files'}"
    settings = Settings(instance_dir=folder, storage_url=storage, secret_key="bench", page_cache_bytes=0)
    fresh = not (folder / "filled").exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        upgrade_schema(settings.database)
    installation = open_backends(settings)
    if fresh:
        fill(installation, materials)
        with installation.database.transaction() as session:
            course = Collection(public_id="a-course-500", title={"vi": "Khóa học dài"}, published_at=BEGAN)
            course.items = [CollectionItem(material_id=number, position=number) for number in range(1, 501)]
            session.add(course)
        (folder / "filled").touch()
    return installation


def measure(installation: Installation) -> None:
    client = build_app(installation).test_client()
    print(f"{'CPU ms':32}{'first':>9}{'median':>9}{'KB':>7}")
    for path in PAGES:
        spent = []
        for _ in range(ROUNDS):
            with installation.database.transaction() as session:
                bump_catalogue(session)
            begin = time.process_time()
            answer = client.get(path)
            spent.append((time.process_time() - begin) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
        print(f"{path:32}{spent[0]:9.1f}{statistics.median(spent[1:]):9.1f}{len(answer.data) / 1000:7.0f}")


if __name__ == "__main__":
    main()
