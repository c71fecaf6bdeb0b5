"""Making the whole index anew while the old one is searched, or, where it is lost, while the new one grows."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from oer.backends.search.documents import Document
from oer.backends.search.whoosh import journal
from oer.backends.search.whoosh.folder import INCOMPLETE, Folder
from oer.backends.search.whoosh.rows import prepare
from oer.backends.search.whoosh.writing import Batch, create

# The first batch is seen soon; each is twice the one before, so that few segments are made and merged.
_FIRST_BATCH = 250


def _once(documents: Iterable[Document]) -> Iterator[Document]:
    seen = set()
    for document in documents:
        if document.id not in seen:
            seen.add(document.id)
            yield document


def _grow(folder: Folder, made: Path, documents: Iterator[Document]) -> None:
    """Write batches into the folder that is searched already."""
    size = _FIRST_BATCH
    while batch := list(islice(documents, size)):
        size *= 2
        with folder.locked("writer"), Batch(made) as changes:
            changes.remove(document.id for document in batch)  # somebody may have put one meanwhile
            changes.add(map(prepare, batch))  # one at a time: prepared, a document takes ten times the memory


def rebuild(folder: Folder, documents: Iterable[Document], *, lost: bool) -> None:
    """Make a new index of these documents and let everybody turn to it.

    `lost`: nothing is there to be searched meanwhile, so the new index is shown while it grows, marked incomplete.
    """
    with folder.locked("rebuild"):
        made = folder.new()
        create(made)
        with folder.locked("writer"):
            journal.begin(folder)
            if lost:
                (made / INCOMPLETE).touch()
                folder.make_current(made)
        if lost:
            _grow(folder, made, _once(documents))
        else:
            with Batch(made) as changes:
                changes.add(map(prepare, _once(documents)))
        _finish(folder, made)


def _finish(folder: Folder, made: Path) -> None:
    with folder.locked("writer"):
        for put, remove in journal.changes(folder):
            with Batch(made) as changes:
                changes.remove(remove)
                changes.put(map(prepare, put))
        journal.end(folder)
        (made / INCOMPLETE).unlink(missing_ok=True)
        folder.make_current(made)
        folder.remove_others(made)
