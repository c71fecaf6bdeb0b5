"""The isolated process: takes a request on its input, ties its hands, reads one file, writes what it finds.

A format is imported only when it is asked for: a picture of a page must not wait for the XML parser.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from oer.backends.extraction import media_types as types
from oer.backends.extraction.archives import ArchiveError, ArchiveLimit, ArchiveUnreadable
from oer.backends.extraction.confinement import confine
from oer.backends.extraction.findings import Findings, as_line
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached, Limits, State, Stop, Unsupported

FORMATS = {
    types.PDF: "pdf",
}
_ROOM = "oer.backends.extraction.formats"
_MAY_HAVE_NO_TEXT = {types.Family.IMAGE, types.Family.AUDIO, types.Family.VIDEO, types.Family.ARCHIVE}


def main(task: str, request: dict[str, Any]) -> None:
    """Do one task: `extract`, `recognise` or `render`."""
    limits = Limits(**request.pop("limits"))
    confine(limits)
    findings = Findings(limits, _write)
    try:
        _TASKS[task](findings, **request)
    except Stop as stop:
        findings.end(stop.state, str(stop))
    except ArchiveError as error:
        findings.end(_stop_for(error).state, str(error))
    except (MemoryError, RecursionError) as error:
        findings.end(State.LIMIT, repr(error))


def _stop_for(error: ArchiveError) -> type[Stop]:
    if isinstance(error, ArchiveLimit):
        return LimitReached
    return Encrypted if isinstance(error, ArchiveUnreadable) else Damaged


def _extract(findings: Findings, path: str, media_type: str) -> None:
    """Write the pages, the cover, the facts and the state of a file."""
    if media_type not in FORMATS:
        raise Unsupported(media_type)
    import_module(f"{_ROOM}.{FORMATS[media_type]}").read(Path(path), findings)
    needs_text = types.MEDIA_TYPES[media_type].family not in _MAY_HAVE_NO_TEXT
    findings.end(State.NO_TEXT if needs_text and not findings.has_text else State.OK)


def _recognise(findings: Findings, path: str, media_type: str, pages: list[int]) -> None:
    """Write what is recognised on pages that are pictures."""
    import_module("oer.backends.extraction.recognition").read(Path(path), media_type, pages, findings)
    findings.end(State.OK if findings.has_text else State.NO_TEXT)


def _render(findings: Findings, path: str, page: int, width: int) -> None:
    """Write a page of a PDF as a picture."""
    pictures = import_module("oer.backends.extraction.pictures")
    pdf = import_module(f"{_ROOM}.pdf")
    with pdf.open_pdf(Path(path)) as document:
        if not 1 <= page <= len(document):
            raise Damaged(f"no page {page}")
        findings.cover(pictures.as_webp(pdf.picture_of(document, page - 1, width)))
    findings.end(State.OK)


def _write(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(as_line(message))
    sys.stdout.buffer.flush()


_TASKS: dict[str, Callable[..., None]] = {"extract": _extract, "recognise": _recognise, "render": _render}

if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
