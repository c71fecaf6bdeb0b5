"""Background work of the catalogue: indexing what was published; deleting old idempotency keys."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.search import Document, Health, IndexBroken, IndexBusy, IndexMissing
from oer.catalogue.models import CatalogueState, IndexState, Material
from oer.catalogue.queries.indexing import (
    INDEX_JOB,
    MOST_TRIES,
    REMOVED,
    Due,
    begun,
    due_for_index,
    public_material_ids,
    signatures_of,
)
from oer.catalogue.schemas.search_document import document_of, materials_to_document
from oer.catalogue.services.idempotency import delete_old_keys
from oer.core.clock import now
from oer.core.console import Progress, no_progress
from oer.core.database_errors import trouble_of
from oer.core.db import in_portions
from oer.core.installation import Installation
from oer.failpoints import fail_point
from oer.jobs.queue import SOMEBODY_WAITS, every

log = logging.getLogger(__name__)
BATCH = 200
SWEEP_SECONDS = 30
VERIFY_SECONDS = 300
_asked = threading.Event()


def _record_signatures(session: Session, signatures: Mapping[int, str]) -> None:
    """Record which state of each material the index has; '' if that is uncertain."""
    rows = [
        {"material_id": material_id, "signature": signature, "put_at": now()}
        for material_id, signature in signatures.items()
    ]
    for some in in_portions(rows):
        _record_rows(session, some)


def _record_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    ids = [row["material_id"] for row in rows]
    known = set(session.scalars(sa.select(IndexState.material_id).where(IndexState.material_id.in_(ids))))
    if known:
        session.execute(sa.update(IndexState), [row for row in rows if row["material_id"] in known])
    if len(known) < len(rows):
        session.execute(sa.insert(IndexState), [row for row in rows if row["material_id"] not in known])


def _record_removed(session: Session, public_ids: Iterable[str]) -> None:
    """Record that the index no longer has these withdrawn materials. They stay excluded: open readers follow later."""
    for some in in_portions(list(public_ids)):
        removed = sa.select(Material.id).where(Material.public_id.in_(some))
        session.execute(sa.update(IndexState).where(IndexState.material_id.in_(removed)).values(signature=REMOVED))


def _record_contents(session: Session, contents: Mapping[str, str]) -> list[str]:
    """Replace the recorded states by what the index really has (public id -> signature).

    Returns the ids in it that belong to no published or withdrawn material, to be removed from it.
    """
    query = sa.select(Material.public_id, Material.id, Material.withdrawn_at)
    rows = session.execute(query.where(Material.current_version_id.is_not(None))).all()
    states = {number: contents[public_id] for public_id, number, _ in rows if public_id in contents}
    gone = {number: REMOVED for public_id, number, withdrawn in rows if withdrawn and public_id not in contents}
    session.execute(sa.delete(IndexState))
    _record_signatures(session, states | gone)
    return sorted(contents.keys() - {public_id for public_id, _, _ in rows})


def _record_generation(session: Session, generation: str) -> None:
    """Record which generation of the index the recorded states belong to."""
    noted = sa.update(CatalogueState).values(index_generation=generation)
    if not session.execute(noted).rowcount:  # type: ignore[attr-defined]
        session.add(CatalogueState(id=1, index_generation=generation))
        session.flush()


@every(SWEEP_SECONDS, INDEX_JOB, priority=SOMEBODY_WAITS)
def index_due(installation: Installation) -> None:
    """Bring the search index up to date with the database; rebuild it if it is lost or damaged.

    Only one process at a time: of two writers, the slower could overwrite a newer state with an older one. A caller
    that finds another one at work may leave, because the other one checks once more at its end.
    """
    _asked.set()
    while _asked.is_set():
        with installation.exclusive("index", wait=False) as mine:
            if not mine:
                return
            _asked.clear()
            _index(installation)


@every(VERIFY_SECONDS, "catalogue.verify_index")
def verify_index(installation: Installation) -> None:
    """Read every file of the index through: one that is not as it was written has the index rebuilt.

    A process verifies what it opens; what changes on the disk after that is found here.
    """
    if installation.search_index.check().health is Health.DAMAGED:
        log.error("a file of the search index is not as it was written: the index is rebuilt")
        index_due(installation)


def rebuild_index(installation: Installation, progress: Progress = no_progress) -> int:
    """Rebuild the whole index from the database, after any other writer; return how many materials it has."""
    with installation.exclusive("index"):
        return _rebuild(installation, progress)


def _index(installation: Installation) -> None:
    try:
        if installation.search_index.state().health is not Health.READY:
            _rebuild(installation)
        _compare_if_others_wrote(installation)
        while _index_due_materials(installation):
            continue
        installation.search_index.end_dead_rebuild()
    except (IndexMissing, IndexBroken):
        log.warning("the search index is lost or damaged and is rebuilt", exc_info=True)
        _rebuild(installation)


def _index_due_materials(installation: Installation) -> bool:
    """Index what is due now; tell whether there was anything, because more may have become due meanwhile."""
    with installation.database.reading() as session:
        due = due_for_index(session)
    if due.remove:
        installation.search_index.remove(due.remove)
        _record(installation, lambda session: _record_removed(session, due.remove))
    count = len(due.remove)
    for batch in _batches(due):
        count += _put(installation, batch)
        if _asked.is_set():
            return True  # something was published or withdrawn meanwhile: it does not wait for all the others
    # What was begun before and not put is put by itself: whatever kills the indexer takes no other material with it.
    again = [(number, signature) for number, signature in due.put if number in due.tried]
    count += sum(_put(installation, {number: signature}, due.tried[number]) for number, signature in again)
    return count > 0


def _batches(due: Due) -> Iterator[dict[int, str]]:
    """Give what was not tried before: materials that nobody can find yet, the newest first, then the others."""
    fresh = [(number, signature) for number, signature in due.put if number not in due.tried]
    new = [each for each in fresh if each[0] in due.never_put]
    for last in range(len(new), 0, -BATCH):
        yield dict(new[max(0, last - BATCH) : last])
    others = [each for each in fresh if each[0] not in due.never_put]
    for first in range(0, len(others), BATCH):
        yield dict(others[first : first + BATCH])


def _put(installation: Installation, signatures: Mapping[int, str], tried: int = 0) -> int:
    # Recorded beforehand: if this process dies in between, it is known that the state of the index is uncertain.
    marks = {number: begun(signature, tried + 1) for number, signature in signatures.items()}
    _record(installation, lambda session: _record_signatures(session, marks))
    fail_point("index.marked")
    put: dict[int, str] = {}
    failed: list[str] = []
    try:
        with installation.database.reading() as session:
            installation.search_index.put(_documents(session, list(signatures), put, failed))
    except (OSError, IndexBroken, IndexMissing, IndexBusy):
        # Such as a full disk: a material is not given up for what it did not do.
        _record(installation, lambda session: _record_signatures(session, dict.fromkeys(signatures, "")))
        raise
    fail_point("index.put")
    _record(installation, lambda session: _record_signatures(session, put))
    _remove_failed(installation, failed, is_given_up=tried + 1 >= MOST_TRIES)
    return len(put)


def _remove_failed(installation: Installation, public_ids: Sequence[str], *, is_given_up: bool) -> None:
    """Have a material that cannot be indexed as it is not be found by what it was before."""
    if is_given_up:
        for public_id in public_ids:
            log.error("material %s is given up: it could not be indexed %s times", public_id, MOST_TRIES)
    held = sorted(installation.search_index.contents().keys() & set(public_ids)) if public_ids else []
    if held:
        installation.search_index.remove(held)
        _record(installation, lambda _session: None)


def _documents(
    session: Session, material_ids: Sequence[int], made: dict[int, str], failed: list[str]
) -> Iterator[Document]:
    """Give the documents of those materials that are public; `made` gets their signatures, `failed` the others' ids."""
    signatures = signatures_of(session, material_ids)
    for material in materials_to_document(session, signatures):
        try:
            document = document_of(session, material, signatures[material.id])
        except Exception as error:  # one broken material must not keep the others out of the index
            if trouble_of(error) is not None:
                raise  # the database's, and not the material's
            log.exception("material %s cannot be indexed", material.public_id)
            failed.append(material.public_id)
            continue
        made[material.id] = signatures[material.id]
        yield document


def _rebuild(installation: Installation, progress: Progress = no_progress) -> int:
    with installation.database.reading() as session:
        material_ids = public_material_ids(session)
    _record(installation, lambda session: _record_signatures(session, dict.fromkeys(material_ids, "")))
    installation.search_index.rebuild(_all_documents(installation, material_ids, progress))
    fail_point("index.rebuilt")
    return _compare(installation)


def _all_documents(installation: Installation, material_ids: Sequence[int], progress: Progress) -> Iterator[Document]:
    total = len(material_ids)
    progress("materials", 0, total)
    for at in range(0, total, BATCH):
        with installation.database.reading() as session:
            yield from _documents(session, material_ids[at : at + BATCH], {}, [])
        progress("materials", min(at + BATCH, total), total)


def _compare_if_others_wrote(installation: Installation) -> None:
    with installation.database.reading() as session:
        state = session.get(CatalogueState, 1)
    if state is None or state.index_generation != installation.search_index.state().generation:
        _compare(installation)


def _compare(installation: Installation) -> int:
    """Record what the index really has, and remove what does not belong in it; return how many materials it has."""
    contents = installation.search_index.contents()
    unknown: list[str] = []
    _record(installation, lambda session: unknown.extend(_record_contents(session, contents)))
    if unknown:
        installation.search_index.remove(unknown)
        _record(installation, lambda _session: None)
    return len(contents) - len(unknown)


def _record(installation: Installation, note: Callable[[Session], None]) -> None:
    # Nobody else writes the index now, so its generation is that of the recorded states.
    generation = installation.search_index.state().generation
    with installation.database.transaction() as session:
        note(session)
        _record_generation(session, generation)


@every(3600, "catalogue.forget_forms")
def delete_old_idempotency_keys(installation: Installation) -> None:
    """Delete the idempotency keys of old forms."""
    with installation.database.transaction() as session:
        delete_old_keys(session)
