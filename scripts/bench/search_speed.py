#!/usr/bin/env python3

"""What a search costs: CPU of whole pages, of suggestions, of indexing; memory of the process. Beside it, stock Whoosh.

    .venv/bin/python scripts/bench/search_speed.py [--documents 10000] [--keep FOLDER] [--stock]

Documents are of about 7 KB: 1,100 words drawn as in texts (a few are common, most are rare), with facets as materials
have them. A page is asked of the application itself (WSGI, no network): HTML, 10 results with snippets, facets with
counts. "cold" is the first time that a process is asked for these words, "warm" the median of the next ones. `--keep`
keeps the installation and uses it again; `--stock` also asks stock Whoosh for the words, in the same index.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from whoosh import index as whoosh_index
from whoosh.query import Or, Term
from whoosh.scoring import BM25F

from oer.accounts.models import Unit
from oer.app import app_on
from oer.catalogue.jobs import rebuild_index
from oer.catalogue.models import PUBLISHED, Contributor, Material, Version, VersionFile, VersionTerm
from oer.config import Settings
from oer.core.engines import Engines, open_engines
from oer.core.schema import upgrade_schema
from oer.core.vietnamese import fold
from oer.core.vietnamese.syllables import _RIMES
from oer.files.models import Blob, Rendition, RenditionPage, RenditionState
from oer.operations.web import make_ready
from oer.vocabularies import vocabularies

BATCH = 500
INITIALS = "b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x"
LICENCES = ("https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


class Words:
    """Words in the frequencies of texts: by Zipf's law over syllables, and names that hardly come twice."""

    def __init__(self) -> None:
        chance = random.Random(1)
        syllables = [initial + rime for initial in INITIALS.split() for rime in _RIMES.split()]
        chance.shuffle(syllables)
        self.known = syllables[:3000]
        self._sums: list[float] = []
        total = 0.0
        for rank in range(1, len(self.known) + 1):
            total += 1 / rank**0.9
            self._sums.append(total)

    def some(self, chance: random.Random, count: int) -> str:
        words = chance.choices(self.known, cum_weights=self._sums, k=count)
        for _ in range(count // 60):
            words[chance.randrange(count)] = f"ten{chance.randrange(60_000)}"
        return " ".join(words)


def described(words: Words, number: int, chance: random.Random) -> tuple[dict, dict[str, list[str]]]:
    """A material's metadata, and its terms by scheme: what is drawn, and in which order, is the same for a number."""
    terms = vocabularies()
    title = words.some(chance, chance.randint(4, 10))
    subject = chance.choice([term for term in terms.subjects if term.parent])
    picked = {
        "subject": [subject.code, subject.parent],
        "level": [chance.choice(list(terms.levels.terms))],
        "type": [chance.choice(list(terms.types.terms))],
        "audience": chance.sample(list(terms.audiences.terms), 2),
        "language": ["vi"],
        "licence": [chance.choice(LICENCES)],
        "format": [chance.choice(["pdf", "document", "text", "presentation"])],
    }
    record = {
        "title": {"vi": title},
        "summary": {"vi": words.some(chance, 40)},
        "creators": [{"name": f"Nhóm biên soạn {number % 300}", "role": "author"}],
        "subjects": [subject.code],
        "levels": picked["level"],
        "types": picked["type"],
        "audiences": picked["audience"],
        "language": ["vi"],
        "licence": picked["licence"][0],
        "time_required": chance.choice(["PT10M", "PT1H", "PT3H", "PT9H"]),
        "keywords": [words.some(chance, 2)],
    }
    return record, picked


def rows(words: Words, number: int, unit_ids: list[int]) -> Iterator[tuple[type, dict]]:
    """The rows of one published material with one file, whose text is read."""
    chance = random.Random(number)
    record, picked = described(words, number, chance)
    sha256, day = f"{number:064x}", BEGAN + timedelta(hours=number)
    yield Material, {"id": number, "public_id": f"m{number:04}-{number:05}", "unit_id": chance.choice(unit_ids),
                     "created_at": day, "first_published_at": day, "published_at": day, "revision": 1,
                     "page_revision": 1, "current_version_id": None}  # fmt: skip
    yield Version, {"id": number, "material_id": number, "number": 1, "state": PUBLISHED, "record": record,
                    "created_at": day, "changed_at": day}  # fmt: skip
    yield Contributor, {"version_id": number, "position": 1, "name": f"Nhóm biên soạn {number % 300}",
                        "folded": f"nhom bien soan {number % 300}", "role": "author"}  # fmt: skip
    for scheme, codes in picked.items():
        for place, code in enumerate(dict.fromkeys(codes)):
            yield VersionTerm, {"version_id": number, "scheme": scheme, "code": code, "position": place}
    yield Blob, {"sha256": sha256, "size": 250_000 + number, "media_type": "application/pdf", "created_at": day}
    yield VersionFile, {"version_id": number, "position": 1, "name": "bai.pdf", "role": "content", "blob_id": sha256}
    yield Rendition, {"id": number, "blob_sha256": sha256, "extractor_version": 1, "state": RenditionState.OK,
                      "tries": 1, "facts": {"pages": 3}}  # fmt: skip
    yield RenditionPage, {"rendition_id": number, "number": 1, "label": "", "text": words.some(chance, 1100),
                          "html": ""}  # fmt: skip


def fill(engines: Engines, count: int) -> None:
    words = Words()
    with engines.database.transaction() as session:
        session.add_all(Unit(code=f"u{n}", name={"vi": f"Trường {n}"}, kind="school") for n in range(300))
        session.flush()
        unit_ids = list(session.scalars(sa.select(Unit.id)))
    for start in range(1, count + 1, BATCH):
        tables: dict[type, list[dict]] = {}
        for number in range(start, min(start + BATCH, count + 1)):
            for table, row in rows(words, number, unit_ids):
                tables.setdefault(table, []).append(row)
        with engines.database.transaction() as session:
            for table, values in tables.items():
                session.execute(sa.insert(table), values)
            session.execute(sa.update(Material).values(current_version_id=Material.id).where(Material.id >= start))


def installation(folder: Path, count: int) -> Engines:
    settings = Settings(instance_dir=folder, storage_url=f"file:{folder / 'files'}", secret_key="bench")
    fresh = not (folder / "filled").exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        upgrade_schema(settings.database)
    engines = open_engines(settings)
    if fresh:
        fill(engines, count)
        begin, wall = time.process_time(), time.monotonic()
        rebuild_index(engines)
        cpu = time.process_time() - begin
        print(f"index made: {count / cpu:.0f} documents per CPU second, {time.monotonic() - wall:.0f} s")
        (folder / "filled").touch()
    return engines


def cpu_ms(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1000


def memory_mb() -> tuple[float, float]:
    """Return this process's own memory and what it has mapped of files, which all processes share, both in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    own, all_of_it = (int(lines[name].split()[0]) / 1024 for name in ("Anonymous", "Rss"))
    return own, all_of_it - own


def calibrate() -> float:
    """CPU of a fixed piece of work: how fast this machine is just now."""
    return statistics.median(cpu_ms(lambda: json.dumps(list(range(100_000)))) for _ in range(9))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--stock", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        engines = installation(given.keep or Path(place), given.documents)
        measure(engines, stock=given.stock)
        engines.database.engine.dispose()


def measure(engines: Engines, *, stock: bool) -> None:
    words, chance = Words(), random.Random(9)
    app = app_on(engines)
    client = app.test_client()
    make_ready(app)
    queries = [words.some(chance, chance.choice([1, 2, 3, 3, 4])) for _ in range(60)]
    queries += [fold(query) for query in queries[::2]]
    cold = [cpu_ms(lambda q=query: client.get("/search", query_string={"q": q})) for query in queries]
    warm = [cpu_ms(lambda q=query: client.get("/search", query_string={"q": q})) for query in queries * 3]
    walls = []
    for query in queries:
        begin = time.perf_counter()
        client.get("/search", query_string={"q": query})
        walls.append((time.perf_counter() - begin) * 1000)
    bare = [cpu_ms(lambda: client.get("/help")) for _ in range(60)]
    typed = [query[:size] for query in queries for size in (2, 3, 5)]
    suggested = [cpu_ms(lambda q=text: client.get("/search/suggest", query_string={"q": q})) for text in typed]
    table = {
        "page, warm": warm,
        "page, first time (cold words)": cold,
        "page, warm, wall": walls,
        "suggestions": suggested,
        "a page without search (control)": bare,
    }
    if stock:
        table["stock Whoosh, the words alone"] = stock_whoosh(engines, queries)
    print(f"fixed piece of work: {calibrate():.1f} ms; {engines.search_index.state().documents} documents\n")
    print(f"{'CPU ms':34}{'median':>9}{'p95':>9}{'most':>9}")
    for name, values in table.items():
        print(f"{name:34}{statistics.median(values):9.1f}{quantile(values):9.1f}{max(values):9.1f}")
    own, mapped = memory_mb()
    print(f"\nmemory of its own: {own:.0f} MB; files mapped, which processes share: {mapped:.0f} MB")


def quantile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def stock_whoosh(engines: Engines, queries: list[str]) -> list[float]:
    folder = next(engines.settings.instance_dir.rglob("current")).parent
    name = (folder / "current").read_text().strip()
    with whoosh_index.open_dir(str(folder / name)).searcher(weighting=BM25F()) as searcher:
        asked = [Or([Term("text", word) for word in fold(query).split()]) for query in queries[:20]]
        return [cpu_ms(lambda q=query: searcher.search(q, limit=10)) for query in asked]


if __name__ == "__main__":
    main()
