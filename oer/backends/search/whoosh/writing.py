"""Writing rows through Whoosh (one writer, one commit per batch, few segments) and rebuilding the whole index."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from whoosh import index
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import SegmentReader, TermNotFound

from oer.backends.search.documents import Document
from oer.backends.search.whoosh.folder import (
    INCOMPLETE,
    Folder,
    begin_journal,
    end_journal,
    record_files,
    recorded_changes,
)
from oer.backends.search.whoosh.internals import RowWriter, open_writer, segments_of
from oer.backends.search.whoosh.rows import FACET, ID, LOCATION, PART, TEXT, WORDS, PreparedDocument, prepare, schema
from oer.failpoints import fail_point

# At most three segments of about one size, each size four times the one below: little is merged at a time, and a
# search reads a dozen segments at most.
_SEGMENTS_PER_SIZE = 4
# Rows that were replaced or removed still count in the scores' statistics until they are merged away.
_MOST_DELETED = 0.1
# The first batch is seen soon; each is twice the one before, so that few segments are made and merged.
_FIRST_BATCH = 250


def create_index(folder: Path) -> None:
    """Make an empty index in an empty folder."""
    FileStorage(str(folder)).create_index(schema())
    record_files(folder)


class Batch:
    """Changes to one index folder that become visible together. Use as a context; an error undoes all of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = open_writer(index.open_dir(str(folder), schema=schema()))
        self._row = RowWriter(self._writer)

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None:
            self._writer.cancel()
            return
        # What was written is seen now; merging, which can take long, comes after.
        fail_point("index.writing")
        self._writer.commit(merge=False)
        fail_point("index.committed")
        record_files(self._folder)
        fail_point("index.recorded")
        merge_segments(self._folder)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove the committed rows of these ids."""
        removed = [identifier.encode() for identifier in set(ids)]
        base = 0
        for segment in self._writer.segments:
            self._remove_from(segment, base, removed)
            base += segment.doc_count_all()

    def _remove_from(self, segment: Any, base: int, ids: Sequence[bytes]) -> None:
        terms = segment.codec().terms_reader(self._writer.storage, segment)
        existence = self._writer.schema[ID].format
        try:
            for identifier in ids:
                try:
                    found = terms.matcher(ID, identifier, existence).all_ids()
                except TermNotFound:
                    continue
                for row in found:
                    self._writer.delete_document(base + row)
        finally:
            terms.close()

    def put(self, documents: Iterable[PreparedDocument]) -> None:
        """Add documents; rows that a document of the same id has are removed first. The last of two equal ids wins."""
        latest = {document.id: document for document in documents}
        self.remove(latest)
        self.add(latest.values())

    def add(self, documents: Iterable[PreparedDocument]) -> None:
        """Add documents whose ids the index does not have."""
        write = self._row
        for document in documents:
            for part, row in enumerate(document.rows, start=1):
                write.begin()
                write.add_terms(ID, [(document.id, 1.0)])
                write.add_terms(TEXT, row.weights.items())
                write.set_length(TEXT, row.length)
                write.set_column(PART, part)
                write.set_column(LOCATION, row.location)
                write.set_column(WORDS, row.words)
                if part == 1:
                    write.add_terms(FACET, ((term, 1.0) for term in document.facets))
                    for name, value in document.columns.items():
                        write.set_column(name, value)
                write.end()


# Merging


def merge_segments(folder: Path) -> None:
    """Merge segments if there are many, or much in them is deleted: a commit of its own, that changes no result."""
    opened = index.open_dir(str(folder), schema=schema())
    chosen = {segment.segment_id() for segment in segments_to_merge(segments_of(opened))}
    if not chosen:
        return

    def merge(writer: Any, segments: Sequence[Any]) -> list[Any]:
        for segment in segments:
            if segment.segment_id() in chosen:
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
        return [segment for segment in segments if segment.segment_id() not in chosen]

    open_writer(opened).commit(mergetype=merge)
    record_files(folder)


def segments_to_merge(segments: Sequence[Any]) -> list[Any]:
    """Return the segments to make one of: if four are of about one size, they and all smaller ones; stale ones."""
    ordered = sorted(segments, key=lambda segment: int(segment.doc_count_all()))
    merged = seen = 0
    for _, group in groupby(ordered, key=_size_class):
        same = len(list(group))
        seen += same
        if same >= _SEGMENTS_PER_SIZE:
            merged = seen
    stale = [each for each in ordered[merged:] if each.deleted_count() > _MOST_DELETED * each.doc_count_all()]
    return ordered[:merged] + stale


def _size_class(segment: Any) -> int:
    size, count = 0, segment.doc_count_all()
    while count >= _SEGMENTS_PER_SIZE:
        size, count = size + 1, count // _SEGMENTS_PER_SIZE
    return size


# Rebuilding


def rebuild(folder: Folder, documents: Iterable[Document], *, lost: bool) -> None:
    """Make a new index of these documents, and have every reader and writer use it.

    `lost`: there is nothing to be searched meanwhile, so the new index is shown while it grows, marked incomplete.
    """
    with folder.locked("rebuild"):
        made = folder.new()
        create_index(made)
        with folder.locked("writer"):
            begin_journal(folder)
            if lost:
                (made / INCOMPLETE).touch()
                folder.make_current(made)
        if lost:
            _write_in_batches(folder, made, _without_duplicates(documents))
        else:
            with Batch(made) as changes:
                changes.add(map(prepare, _without_duplicates(documents)))
        _finish(folder, made)


def _without_duplicates(documents: Iterable[Document]) -> Iterator[Document]:
    seen = set()
    for document in documents:
        if document.id not in seen:
            seen.add(document.id)
            yield document


def _write_in_batches(folder: Folder, made: Path, documents: Iterator[Document]) -> None:
    """Write batches into the folder that is already searched."""
    size = _FIRST_BATCH
    while batch := list(islice(documents, size)):
        size *= 2
        with folder.locked("writer"), Batch(made) as changes:
            changes.remove(document.id for document in batch)  # another process may have put one meanwhile
            changes.add(map(prepare, batch))  # one at a time: prepared, a document takes ten times the memory


def _finish(folder: Folder, made: Path) -> None:
    with folder.locked("writer"):
        for change in recorded_changes(folder):
            with Batch(made) as changes:
                changes.remove(change.remove)
                changes.put(map(prepare, change.put))
        fail_point("index.switching")
        _make_the_only_one(folder, made)


def _make_the_only_one(folder: Folder, made: Path) -> None:
    end_journal(folder)
    (made / INCOMPLETE).unlink(missing_ok=True)
    folder.make_current(made)
    fail_point("index.switched")
    folder.remove_others(made)


def end_rebuild(folder: Folder) -> None:
    """End a rebuild whose process died: what it wrote beside the current index goes. Raises IndexBusy if it lives."""
    with folder.locked("rebuild", patience=0), folder.locked("writer"):
        _make_the_only_one(folder, folder.current())
