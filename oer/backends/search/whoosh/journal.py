"""What was put and removed while a rebuild runs, kept for the new index."""

import pickle
from collections.abc import Iterator, Sequence

from oer.backends.search.documents import Document
from oer.backends.search.whoosh.folder import JOURNAL, Folder, sync

Change = tuple[Sequence[Document], Sequence[str]]


def begin(folder: Folder) -> None:
    """From now on changes are noted. Call with the writer's lock held."""
    (folder.path / JOURNAL).write_bytes(b"")


def note(folder: Folder, *, put: Sequence[Document], remove: Sequence[str]) -> None:
    """Note a committed change, if a rebuild runs. Call with the writer's lock held."""
    path = folder.path / JOURNAL
    if path.exists():
        with path.open("ab") as stream:
            pickle.dump((put, remove), stream)
        sync(path)


def changes(folder: Folder) -> Iterator[Change]:
    """Return what was noted, in order. Call with the writer's lock held."""
    path = folder.path / JOURNAL
    if not path.exists():
        return
    with path.open("rb") as stream:
        while stream.peek(1):
            yield pickle.load(stream)  # noqa: S301 (our own folder, which only we write)


def end(folder: Folder) -> None:
    """Changes need no noting any more. Call with the writer's lock held."""
    (folder.path / JOURNAL).unlink(missing_ok=True)
