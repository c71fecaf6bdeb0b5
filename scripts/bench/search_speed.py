#!/usr/bin/env python3

"""What a search costs: CPU of whole pages, of suggestions, of indexing; memory of the process. Beside it, stock Whoosh.

    .venv/bin/python scripts/bench/search_speed.py [--documents 10000] [--keep FOLDER] [--stock]

A page is asked of the application itself (WSGI, no network): HTML, 10 results with snippets, facets with
counts. "cold" is the first time that a process is asked for these words, "warm" the median of the next ones; "hostile"
are queries that were thought out to take long. `--keep` keeps the installation and uses it again; `--stock` also asks
stock Whoosh for the words, in the same index.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from whoosh import index as whoosh_index
from whoosh.query import Or, Term
from whoosh.scoring import BM25F

from oer.app import build_app
from oer.core.installation import Installation
from oer.operations.web import warm_up
from oer.vietnamese.marks import fold

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from scripts.bench.search_materials import Words, make_installation


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
        installation = make_installation(given.keep or Path(place), given.documents)
        measure(installation, stock=given.stock)
        installation.database.engine.dispose()


def hostile(words: Words) -> list[str]:
    """Return queries of at most 256 characters that cost what a query can: common words, phrases, misspelt words."""
    common = words.known[:60]
    pairs = [f'"{first} {second}"' for first, second in zip(common[::2], common[1::2], strict=True)]
    long = [
        " ".join(common),
        " OR ".join(common),
        " ".join(f"-{word}" for word in common),
        " ".join(f"{word}x" for word in common),
        " ".join(f"q{number}x" for number in range(60)),
        " ".join(pairs),
        " OR ".join(pairs),
        " ".join(f"-{pair}" for pair in pairs),
        "a b c d e f g h i k l m n o p q r s t u v x y " * 6,
        "khoong ddaauj " * 20,
        "1 2,5 1.000 " * 20,
    ]
    short = ["*", "?????*", "[a TO z]", "AND OR", "title:x", "(" * 256, '"' * 256, "\ud800", pairs[0], f"-{pairs[1]}"]
    return [query[:256].encode("utf-8", "surrogatepass").decode("utf-8", "replace") for query in long + short]


def pages(client: FlaskClient, queries: list[str]) -> list[float]:
    return [cpu_ms(lambda q=query: client.get("/search", query_string={"q": q})) for query in queries]


def measure(installation: Installation, *, stock: bool) -> None:
    words, chance = Words(), random.Random(9)
    app = build_app(installation)
    client = app.test_client()
    warm_up(app)
    queries = [words.some(chance, chance.choice([1, 2, 3, 3, 4])) for _ in range(60)]
    queries += [fold(query) for query in queries[::2]]
    cold, warm = pages(client, queries), pages(client, queries * 3)
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
        "page, hostile": pages(client, hostile(words)),
        "suggestions": suggested,
        "a page without search (control)": bare,
    }
    if stock:
        table["stock Whoosh, the words alone"] = stock_whoosh(installation, queries)
    print(f"fixed piece of work: {calibrate():.1f} ms; {installation.search_index.state().documents} documents\n")
    print(f"{'CPU ms':34}{'median':>9}{'p95':>9}{'most':>9}")
    for name, values in table.items():
        print(f"{name:34}{statistics.median(values):9.1f}{quantile(values):9.1f}{max(values):9.1f}")
    own, mapped = memory_mb()
    print(f"\nmemory of its own: {own:.0f} MB; files mapped, which processes share: {mapped:.0f} MB")


def quantile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def stock_whoosh(installation: Installation, queries: list[str]) -> list[float]:
    folder = next(installation.settings.instance_dir.rglob("current")).parent
    name = (folder / "current").read_text().strip()
    with whoosh_index.open_dir(str(folder / name)).searcher(weighting=BM25F()) as searcher:
        asked = [Or([Term("text", word) for word in fold(query).split()]) for query in queries[:20]]
        return [cpu_ms(lambda q=query: searcher.search(q, limit=10)) for query in asked]


if __name__ == "__main__":
    main()
