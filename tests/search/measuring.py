"""How well a ranking answers judged queries: reciprocal rank and discounted gain of the first ten."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import log2
from pathlib import Path
from typing import NamedTuple

from oer.backends.search import Document, Query, SearchIndex, Section
from oer.search.query_parser import parse_query
from oer.vietnamese.keys import analyse

JUDGED = Path(__file__).parent / "judged"
DEPTH = 10


class Measured(NamedTuple):
    queries: int
    mrr: float
    ndcg: float


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def gain(found: Sequence[str], relevant: set[str]) -> tuple[float, float]:
    right = [identifier in relevant for identifier in found[:DEPTH]]
    ideal = sum(1 / log2(rank + 2) for rank in range(min(len(relevant), DEPTH)))
    return (
        1 / (right.index(True) + 1) if True in right else 0.0,
        sum(1 / log2(rank + 2) for rank, each in enumerate(right) if each) / ideal,
    )


def by_kind(queries: Sequence[Mapping], ask: Callable[[str], Sequence[str]]) -> dict[str, Measured]:
    """Measure each kind of query, and "all" of them."""
    gains: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in queries:
        gained = gain(ask(each["query"]), set(each["relevant_ids"]))
        gains[each.get("kind", "query")].append(gained)
        gains["all"].append(gained)
    return {
        kind: Measured(len(each), sum(mrr for mrr, _ in each) / len(each), sum(ndcg for _, ndcg in each) / len(each))
        for kind, each in gains.items()
    }


def page_document(page: Mapping) -> Document:
    """A page or chapter as a document of its own, so that a dozen materials do not saturate the ranking."""
    return Document(id=page["id"], titles=analyse(page["title"]), sections=[Section(0, analyse(page["text"]))])


def asking(index: SearchIndex) -> Callable[[str], list[str]]:
    def ask(text: str) -> list[str]:
        parsed = parse_query(text)
        return [hit.id for hit in index.search(Query(must=parsed.must, must_not=parsed.must_not)).hits]

    return ask
