"""Taking a file in: everything that is slow, or may be refused, before any transaction begins."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from oer.backends.extraction import sniffing
from oer.backends.extraction.media_types import MEDIA_TYPES
from oer.backends.scanning import Scanner, Verdict, VerdictState
from oer.backends.storage import Incoming, Readable, Storage
from oer.core.errors import Unprocessable
from oer.core.i18n import N_
from oer.files.models import ScanState
from oer.files.services.names import clean_name
from oer.files.services.refusals import refusals, store_errors

_SCAN_STATES = {
    VerdictState.CLEAN: ScanState.CLEAN,
    VerdictState.UNSCANNED: ScanState.UNSCANNED,
    VerdictState.UNAVAILABLE: ScanState.WAITING,
}


@dataclass(frozen=True)
class Received:
    """A file that is in the store, of a type that is taken, and in no row yet.

    `media_type` is by content and name: of two files of the same bytes, one may be Markdown and one plain text.
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
    """Take a stream in and give what it is; `keep` it within the block, or it is forgotten.

    Memory does not grow with the file. `expected` is the length that was announced. Raises TooLarge (413);
    UnsupportedType (415) with code type_unknown or type_mismatch; Unprocessable (422) with code empty_file, damaged,
    archive_limit, archive_unsafe or malware; Invalid (400, cut_off); NoSpace (507); Unavailable (503). Nothing stays of
    what was refused.
    """
    shown = clean_name(name)
    with store_errors(limit):
        incoming = storage.receive(stream, limit, expected)
    try:
        with refusals():
            sniffed = sniffing.sniff(incoming.path, shown)
        verdict = _scan(scanner, incoming)
        with store_errors(limit):
            storage.keep(incoming)
        ending = MEDIA_TYPES[sniffed.media_type].endings[0]
        yield Received(
            incoming,
            clean_name(name, ending),
            sniffed.media_type,
            sniffed.macros,
            sniffed.encrypted,
            _SCAN_STATES[verdict.state],
            verdict.finding,
        )
    finally:
        storage.discard(incoming)


@contextmanager
def receive_made(storage: Storage, content: bytes, media_type: str) -> Iterator[Received]:
    """Take in what this product made itself, a cover for one; it is neither judged nor scanned."""
    with store_errors():
        incoming = storage.receive(io.BytesIO(content), len(content))
    try:
        with store_errors():
            storage.keep(incoming)
        yield Received(incoming, "", media_type)
    finally:
        storage.discard(incoming)


def _scan(scanner: Scanner, incoming: Incoming) -> Verdict:
    verdict = scanner.scan(incoming.path)
    if verdict.state is VerdictState.INFECTED:
        raise Unprocessable(N_("This file holds malware (%(finding)s)."), code="malware", finding=verdict.finding)
    return verdict
