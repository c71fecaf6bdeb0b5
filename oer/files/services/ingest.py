"""Ingest: a stream is received, checked and scanned outside of any transaction, then becomes a blob in a short one."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.backends import storage as stores
from oer.backends.extraction import sniffing
from oer.backends.extraction.extracting import EXTRACTOR_VERSION
from oer.backends.extraction.media_types import MEDIA_TYPES
from oer.backends.extraction.zip_directory import ArchiveDamaged, ArchiveLimit, ArchiveUnsafe
from oer.backends.scanning import Scanner, Verdict, VerdictState
from oer.backends.storage import Incoming, Readable, Storage
from oer.core.db import Base, insert_into
from oer.core.errors import Invalid, NoSpace, OerError, TooLarge, Unavailable, Unprocessable
from oer.core.i18n import N_, size_texts
from oer.core.text import clean_file_name
from oer.failpoints import fail_point
from oer.files.models import Blob, Condition, Rendition, ScanState
from oer.files.services.refusals import type_mismatch, type_unknown
from oer.jobs.queue import enqueue


@contextmanager
def store_errors(limit: int = 0) -> Iterator[None]:
    """Turn the errors of a store into those of the domain. `limit` is the upload limit, for the message."""
    try:
        yield
    except stores.TooLarge as error:
        raise TooLarge(N_("This file is larger than the limit of %(limit)s."), limit=size_texts(limit)) from error
    except stores.Truncated as error:
        raise Invalid(N_("The upload broke off before its end. Please try again."), code="cut_off") from error
    except stores.NoSpace as error:
        raise NoSpace(N_("There is no space left for this file. Please try again later."), code="no_space") from error
    except stores.StoreFailed as error:
        raise OerError(
            N_("The file could not be written safely. Please try again later."), code="store_failed"
        ) from error
    except stores.StorageError as error:
        raise Unavailable(N_("The file store is not available right now.")) from error


@contextmanager
def content_errors() -> Iterator[None]:
    """Turn errors about a file's content or name into those of the domain."""
    try:
        yield
    except sniffing.EmptyFile as error:
        raise Unprocessable(N_("This file is empty."), code="empty_file") from error
    except sniffing.TypeMismatch as error:
        raise type_mismatch(error) from error
    except sniffing.TypeUnknown as error:
        raise type_unknown(error) from error
    except ArchiveLimit as error:
        message = N_("This archive contains too much, or would become far larger when unpacked.")
        raise Unprocessable(message, code="archive_limit") from error
    except ArchiveUnsafe as error:
        message = N_("This archive contains names that lead outside of it, links, or the same name twice.")
        raise Unprocessable(message, code="archive_unsafe") from error
    except ArchiveDamaged as error:
        raise Unprocessable(N_("This file is damaged: its parts cannot be found."), code="damaged") from error


_SCAN_STATES = {
    VerdictState.CLEAN: ScanState.CLEAN,
    VerdictState.UNSCANNED: ScanState.UNSCANNED,
    VerdictState.UNAVAILABLE: ScanState.WAITING,
}


@dataclass(frozen=True)
class Received:
    """A received file: accepted and in the store, but without a row yet.

    `media_type` depends on content and name: of two files with the same bytes, one may be Markdown and one plain text.
    """

    incoming: Incoming
    name: str
    media_type: str
    macros: bool = False
    encrypted: bool = False
    scan_state: ScanState = ScanState.UNSCANNED
    scan_finding: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return self.incoming.sha256

    @property
    def size(self) -> int:
        """The content's length in bytes."""
        return self.incoming.size


@contextmanager
def receive(
    storage: Storage, scanner: Scanner, stream: Readable, name: str, *, limit: int, expected: int | None = None
) -> Iterator[Received]:
    """Receive a stream: store, identify and scan it. Call `save_blob` within the block, or it is discarded.

    Memory does not grow with the file. `expected` is the length that was announced. Raises TooLarge (413);
    UnsupportedType (415) with code type_unknown or type_mismatch; Unprocessable (422) with code empty_file, damaged,
    archive_limit, archive_unsafe or malware; Invalid (400, cut_off); NoSpace (507); Unavailable (503). Nothing stays
    of a refused file.
    """
    shown = clean_file_name(name)
    with store_errors(limit):
        incoming = storage.receive(stream, limit, expected)
    try:
        with content_errors():
            sniffed = sniffing.sniff(incoming.path, shown)
        verdict = _scan(scanner, incoming)
        with store_errors(limit):
            storage.keep(incoming)
        yield Received(
            incoming,
            _with_ending(name, MEDIA_TYPES[sniffed.media_type].endings[0]),
            sniffed.media_type,
            sniffed.macros,
            sniffed.encrypted,
            _SCAN_STATES[verdict.state],
            verdict.finding,
        )
    finally:
        storage.discard(incoming)


def _with_ending(given: str, ending: str) -> str:
    """Return a clean file name that ends in what it is, so that a saved copy opens where endings decide."""
    name = clean_file_name(given, ending)
    return name if sniffing.ending_of(name) else clean_file_name(f"{name}.{ending}")


@contextmanager
def receive_derived(storage: Storage, content: bytes, media_type: str) -> Iterator[Received]:
    """Receive what we made ourselves, such as a cover; it is neither checked nor scanned."""
    with store_errors():
        incoming = storage.receive(io.BytesIO(content), len(content))
    try:
        with store_errors():
            storage.keep(incoming)
        yield Received(incoming, "", media_type)
    finally:
        storage.discard(incoming)


def _scan(scanner: Scanner, incoming: Incoming) -> Verdict:
    fail_point("upload.scanning")
    verdict = scanner.scan(incoming.path)
    if verdict.state is VerdictState.INFECTED:
        raise Unprocessable(N_("This file contains malware (%(finding)s)."), code="malware", finding=verdict.finding)
    return verdict


def save_blob(session: Session, storage: Storage, received: Received, *, in_bulk: bool = False) -> Blob:
    """Return the blob of a received file, new or existing, and have it extracted (`in_bulk`: after all other work).

    Call it within the block of `receive`. The blob's row is locked until the end of the transaction, so it cannot be
    deleted meanwhile; a blob that was marked for deletion is kept, a damaged one is repaired.
    """
    blob = _restored(session, storage, received)
    blob.macros = blob.macros or received.macros
    if blob.scan_state is not ScanState.CLEAN or received.scan_state is ScanState.CLEAN:
        blob.scan_state, blob.scan_finding = received.scan_state, received.scan_finding
    insert_if_absent(session, Rendition, blob_sha256=blob.sha256, extractor_version=EXTRACTOR_VERSION)
    session.flush()
    enqueue(session, "files.extract", blob.sha256, in_bulk=in_bulk)
    fail_point("upload.saved")
    return blob


def save_derived_blob(session: Session, storage: Storage, received: Received) -> Blob:
    """Return the blob of a derived file, such as a cover; nothing is extracted from it."""
    blob = _restored(session, storage, received)
    session.flush()
    return blob


def _restored(session: Session, storage: Storage, received: Received) -> Blob:
    blob = _locked(session, received)
    if blob.condition is not Condition.WHOLE or storage.size(blob.sha256) != received.size:
        # Deleted or found damaged since it was received; the temporary file still has the content.
        with store_errors():
            storage.keep(received.incoming, replace=True)
    if blob.leaving:
        blob.media_type = received.media_type
    blob.condition, blob.leaving, blob.found_unreferenced_at = Condition.WHOLE, False, None
    return blob


def _locked(session: Session, received: Received) -> Blob:
    while True:
        insert_if_absent(session, Blob, sha256=received.sha256, size=received.size, media_type=received.media_type)
        blob = session.get(Blob, received.sha256, with_for_update=True, populate_existing=True)
        if blob is not None:  # else it was deleted between the two statements
            return blob


def insert_if_absent(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless there is one with its key. Waits for another transaction that inserts the same one."""
    session.execute(insert_into(session, model).values(**values).on_conflict_do_nothing())
