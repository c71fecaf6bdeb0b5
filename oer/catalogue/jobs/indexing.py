"""Keeping the search index equal to what is in service."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from oer.backends.search import Document, Health, IndexBroken, IndexMissing
from oer.catalogue.jobs.turns import only_one
from oer.catalogue.models import CatalogueState
from oer.catalogue.queries.documents import document_of, materials_to_document
from oer.catalogue.queries.indexing import due_for_index, ids_in_service, signatures_of
from oer.catalogue.services.index_states import note_generation, note_removed, note_signatures, take_down_contents
from oer.catalogue.services.revisions import INDEX_JOB
from oer.core.engines import Engines
from oer.jobs import every

log = logging.getLogger(__name__)
BATCH = 200
SWEEP_SECONDS = 30
Progress = Callable[[int], None]
_asked = threading.Event()


@every(SWEEP_SECONDS, INDEX_JOB)
def index_due(engines: Engines) -> None:
    """Bring the search index to the state of the database; make it anew where it is lost or damaged.

    One at a time: of two writers the slower could put an older state over a newer one. Who finds another at it may go,
    for that one looks once more at the end.
    """
    _asked.set()
    while _asked.is_set():
        with only_one(engines, "index") as mine:
            if not mine:
                return
            _asked.clear()
            _index(engines)


def rebuild_index(engines: Engines, progress: Progress | None = None) -> int:
    """Make the whole index anew from the database, after whoever is writing it; return how many materials it has.

    `progress` is told how many documents were made so far.
    """
    with only_one(engines, "index", wait=True):
        return _rebuild(engines, progress)


def _index(engines: Engines) -> None:
    try:
        if engines.search_index.state().health is not Health.READY:
            _rebuild(engines)
        _compare_if_others_wrote(engines)
        while _do_due(engines):
            continue
    except (IndexMissing, IndexBroken):
        log.warning("the search index is lost or damaged: it is made anew", exc_info=True)
        _rebuild(engines)


def _do_due(engines: Engines) -> bool:
    """Do what is due now; tell whether anything was done, for meanwhile more may have become due."""
    with engines.database.reading() as session:
        due = due_for_index(session)
    if due.remove:
        engines.search_index.remove(due.remove)
        _note(engines, lambda session: note_removed(session, due.remove))
    material_ids = [material_id for material_id, _ in due.put]
    batches = [material_ids[at : at + BATCH] for at in range(0, len(material_ids), BATCH)]
    return sum(_put(engines, batch) for batch in batches) + len(due.remove) > 0


def _put(engines: Engines, material_ids: Sequence[int]) -> int:
    # Noted before it is done: should this process die in between, what the index then has is known to be uncertain.
    _note(engines, lambda session: note_signatures(session, dict.fromkeys(material_ids, "")))
    put: dict[int, str] = {}
    with engines.database.reading() as session:
        engines.search_index.put(_documents(session, material_ids, put))
    _note(engines, lambda session: note_signatures(session, put))
    return len(put)


def _documents(session: Session, material_ids: Sequence[int], made: dict[int, str]) -> Iterator[Document]:
    """Give the documents of those materials that are in service; `made` learns which state each is of."""
    signatures = signatures_of(session, material_ids)
    for material in materials_to_document(session, signatures):
        try:
            document = document_of(session, material, signatures[material.id])
        except Exception:  # one material that cannot be read must not keep the others out
            log.exception("material %s cannot be indexed", material.public_id)
            continue
        made[material.id] = signatures[material.id]
        yield document


def _rebuild(engines: Engines, progress: Progress | None = None) -> int:
    with engines.database.reading() as session:
        material_ids = ids_in_service(session)
    _note(engines, lambda session: note_signatures(session, dict.fromkeys(material_ids, "")))
    engines.search_index.rebuild(_all_documents(engines, material_ids, progress))
    return _compare(engines)


def _all_documents(engines: Engines, material_ids: Sequence[int], progress: Progress | None) -> Iterator[Document]:
    for at in range(0, len(material_ids), BATCH):
        with engines.database.reading() as session:
            yield from _documents(session, material_ids[at : at + BATCH], {})
        if progress:
            progress(min(at + BATCH, len(material_ids)))


def _compare_if_others_wrote(engines: Engines) -> None:
    with engines.database.reading() as session:
        state = session.get(CatalogueState, 1)
    if state is None or state.index_generation != engines.search_index.state().generation:
        _compare(engines)


def _compare(engines: Engines) -> int:
    """Take down what the index really has, after removing what it should never have had; return how many are in it."""
    contents = engines.search_index.contents()
    strangers: list[str] = []
    _note(engines, lambda session: strangers.extend(take_down_contents(session, contents)))
    if strangers:
        engines.search_index.remove(strangers)
        _note(engines, lambda _session: None)
    return len(contents) - len(strangers)


def _note(engines: Engines, note: Callable[[Session], None]) -> None:
    # Nobody else writes the index meanwhile, so its generation is the one that the note is about.
    generation = engines.search_index.state().generation
    with engines.database.transaction() as session:
        note(session)
        note_generation(session, generation)
