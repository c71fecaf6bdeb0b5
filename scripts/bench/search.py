#!/usr/bin/env python3
"""How well search finds: MRR@10 and nDCG@10, by the whole product path, side by side with stock Whoosh.

    .venv/bin/python scripts/bench/search.py [--docs DOCS.jsonl --queries QUERIES.jsonl]

Without them it measures the judged queries over the pages of the sample collection (`tests/search/judged`).

A document is {"id", "title", "text"}; it is imported as a material, its text kept and read as a file, indexed, and
asked for through the search service. A query is {"qid", "query", "relevant_ids", "kind"?}; each is asked as typed,
with all diacritics removed, and with one typo in one word. The control is Whoosh's StandardAnalyzer with
the same BM25F over title and text, any of the words.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from whoosh import fields
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser import MultifieldParser, OrGroup

from oer.accounts.services.administration import system_account
from oer.catalogue.jobs import index_due
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema
from oer.jobs.queue import open_queue
from oer.search.criteria import Search
from oer.search.queries.results import search_outcome
from oer.search.schemas import LONGEST_QUERY
from oer.vietnamese.marks import fold

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.search.measuring import JUDGED, by_kind, lines

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
Ask = Callable[[str], list[str]]


def with_typo(query: str, chance: random.Random) -> str:
    """One letter changed, lost, doubled or moved in one of the longer words."""
    words = query.split()
    places = [place for place, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not places:
        return query
    place = chance.choice(places)
    word, at = words[place], chance.randrange(1, len(words[place]) - 1)
    words[place] = chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice("abcdeghiklmnopqrstuvxy") + word[at + 1 :],
        ]
    )
    return " ".join(words)


def import_documents(installation: Installation, folder: Path, documents: list[dict]) -> None:
    """Import, read and index the documents as the console and the worker would."""
    brought = [
        json.dumps(
            {
                "identifier": document["id"],
                "metadata": {
                    "title": {"vi": document.get("title") or document["id"]},
                    "language": ["vi"],
                    "licence": LICENCE,
                },
                "content": document["text"],
            }
        )
        for document in documents
    ]
    with installation.database.transaction() as session:
        owner_id = system_account(session).id
    import_lines(ImportRun(installation, owner_id, folder, publish=True), brought)
    queue = open_queue(installation.settings.jobs)
    queue.serve(installation)
    while queue.run_waiting():
        pass
    index_due(installation)


def product(installation: Installation) -> Ask:
    with installation.database.reading() as session:
        identifiers = dict(session.connection().exec_driver_sql("SELECT public_id, identifier FROM material").all())

    def ask(query: str) -> list[str]:
        with installation.database.reading() as session:
            given = search_outcome(session, installation.search_index, Search(text=query[:LONGEST_QUERY]))
        return [identifiers[hit.id] for hit in given.result.hits]

    return ask


def stock_whoosh(documents: list[dict]) -> Ask:
    index = RamStorage().create_index(
        fields.Schema(id=fields.ID(stored=True), title=fields.TEXT(field_boost=3.0), text=fields.TEXT)
    )
    writer = index.writer()
    for document in documents:
        # A title that is missing is the document's id there, as it is in the product.
        writer.add_document(id=document["id"], title=document.get("title") or document["id"], text=document["text"])
    writer.commit()
    searcher = index.searcher()
    parser = MultifieldParser(["title", "text"], index.schema, group=OrGroup)

    def ask(query: str) -> list[str]:
        words = " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", query)))
        return [hit["id"] for hit in searcher.search(parser.parse(words), limit=10)]

    return ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, default=JUDGED / "pages.jsonl")
    parser.add_argument("--queries", type=Path, default=JUDGED / "queries.jsonl")
    given = parser.parse_args()
    documents, judged = lines(given.docs), lines(given.queries)
    chance = random.Random(5)
    kinds = {
        "as typed": judged,
        "no marks": [{**each, "query": fold(unicodedata.normalize("NFC", each["query"]))} for each in judged],
        "one typo": [{**each, "query": with_typo(each["query"], chance)} for each in judged],
    }
    if any("kind" in each for each in judged):
        named = sorted({each.get("kind", "") for each in judged})
        kinds |= {f"  {kind}": [each for each in judged if each.get("kind", "") == kind] for kind in named}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "instance").mkdir()
        settings = Settings(
            instance_dir=folder / "instance", storage_url=f"file:{folder / 'files'}", secret_key="bench"
        )
        upgrade_schema(settings.database)
        installation = open_backends(settings, open_queue(settings.jobs))
        import_documents(installation, folder, documents)
        print(f"{installation.search_index.state().documents} documents, {len(judged)} queries\n")
        print(f"{'':28}{'MRR@10':>9}{'nDCG@10':>9}   stock Whoosh:{'MRR@10':>9}{'nDCG@10':>9}")
        ask, control = product(installation), stock_whoosh(documents)
        for kind, queries in kinds.items():
            ours, theirs = (by_kind(queries, asked)["all"] for asked in (ask, control))
            print(f"{kind:28}{ours.mrr:9.4f}{ours.ndcg:9.4f}   {'':13}{theirs.mrr:9.4f}{theirs.ndcg:9.4f}")
        installation.database.engine.dispose()


if __name__ == "__main__":
    main()
