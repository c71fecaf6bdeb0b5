"""Our scorer reads Whoosh's files in blocks of arrays; what it makes of them must be Whoosh's own scores."""

import random
from pathlib import Path

import numpy as np
import pytest
from whoosh import index as whoosh_index
from whoosh.query import Or, Term
from whoosh.scoring import BM25F

from oer.backends.search.whoosh.folder import Folder
from oer.backends.search.whoosh.index import SnapshotReader
from oer.backends.search.whoosh.rows import prepare
from oer.backends.search.whoosh.writing import Batch, create_index
from tests.backends.search.making import document

INITIALS, RIMES = ("b", "c", "d", "h", "k", "l", "m", "n", "t", "v"), ("a", "an", "ong", "uyen", "ich", "oai")
WORDS = [initial + rime for initial in INITIALS for rime in RIMES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several segments, some rows deleted, materials of one row and of many."""
    rng = random.Random(20)
    # A few words are common, most are rare, as in texts.
    weights = [1 / rank for rank in range(1, len(WORDS) + 1)]

    def some(count: int) -> str:
        return " ".join(rng.choices(WORDS, weights, k=count))

    made = Folder(tmp_path_factory.mktemp("scoring"))
    folder = made.new()
    create_index(folder)
    made.make_current(folder)
    for batch in range(6):
        with Batch(folder) as changes:
            changes.put(
                prepare(
                    document(
                        f"{batch}-{number}",
                        some(rng.randint(1, 6)),
                        [some(rng.randint(5, 400)) for _ in range(rng.choice([1, 1, 1, 7]))],
                    )
                )
                for number in range(40)
            )
    with Batch(folder) as changes:
        changes.remove([f"{batch}-{number}" for batch in range(6) for number in range(0, 40, 7)])
    return made.path


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.long)])
def test_scores_are_those_of_stock_whoosh(folder, count):
    snapshot = SnapshotReader(Folder(folder), 1 << 20).snapshot()
    assert len(snapshot.segments) > 1
    assert not snapshot.live.all()
    live_row = np.repeat(snapshot.live, np.diff([*snapshot.firsts, snapshot.rows]))
    rng = random.Random(21)
    with whoosh_index.open_dir(str(Folder(folder).current())).searcher(weighting=BM25F()) as searcher:
        for _ in range(count):
            words = rng.sample(WORDS, rng.randint(1, 5))
            boosts = {word: rng.choice([1.0, 1.0, 0.5]) for word in words}
            hits = searcher.search(Or([Term("text", word, boost=boosts[word]) for word in words]), limit=10)
            stock = [(hit.docnum, hit.score) for hit in hits]
            ours = snapshot.scores(boosts) * live_row
            assert all(abs(ours[row] - score) < 1e-6 for row, score in stock)
            best = np.sort(ours[ours > 0])[::-1][:10]
            assert np.allclose(best, [score for _, score in stock], atol=1e-6)


def test_postings_of_many_blocks_are_read_whole(tmp_path):
    folder = Folder(tmp_path).new()
    create_index(folder)
    with Batch(folder) as changes:
        changes.add(prepare(document(f"m{number}", body="lua " * (1 + number % 3))) for number in range(9001))
    Folder(tmp_path).make_current(folder)
    snapshot = SnapshotReader(Folder(tmp_path), 1 << 20).snapshot()
    ((rows, weights),) = [segment.postings("text", "lua") for segment in snapshot.segments]
    assert rows.tolist() == list(range(9001))
    assert weights.tolist() == [1.0 + number % 3 for number in range(9001)]


def test_the_cache_of_postings_stays_within_its_bound(folder):
    limit = 20_000
    reader = SnapshotReader(Folder(folder), limit)
    snapshot = reader.snapshot()
    for word in WORDS * 2:
        snapshot.rows_with(word)
        assert reader.cache.size <= limit
    assert 0 < len(reader.cache) < len(WORDS) * len(snapshot.segments)
