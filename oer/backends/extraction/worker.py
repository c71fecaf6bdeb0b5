"""The isolated process: reads a request from stdin, confines itself, reads one file, writes messages to stdout.

Formats are imported on demand: rendering a page must not wait for the XML parser.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from oer.backends.extraction import media_types as types
from oer.backends.extraction.archives import ArchiveUnreadable
from oer.backends.extraction.confinement import confine, find_libreoffice
from oer.backends.extraction.protocol import (
    Damaged,
    Encrypted,
    ExtractionError,
    LimitReached,
    Limits,
    State,
    Unsupported,
)
from oer.backends.extraction.result import ExtractionResult, message_line
from oer.backends.extraction.zip_directory import ArchiveError, ArchiveLimit

# Module (in `formats`) and function that read each type.
FORMATS = {
    types.PDF: ("pdf", "read"),
    **dict.fromkeys((types.DOCX, types.DOCM), ("docx", "read")),
    **dict.fromkeys((types.PPTX, types.PPTM), ("pptx", "read")),
    **dict.fromkeys((types.XLSX, types.XLSM), ("xlsx", "read")),
    types.ODT: ("odf", "read_text"),
    types.ODP: ("odf", "read_slides"),
    types.ODS: ("odf", "read_sheets"),
    types.EPUB: ("epub", "read"),
    types.HTML: ("web", "read_html"),
    types.MARKDOWN: ("web", "read_markdown"),
    types.TEXT: ("text", "read_text"),
    types.CSV: ("text", "read_csv"),
    **dict.fromkeys((types.SRT, types.VTT), ("captions", "read")),
    **dict.fromkeys((types.PNG, types.JPEG, types.GIF, types.WEBP), ("image", "read")),
    types.SVG: ("web", "read_svg"),
    **dict.fromkeys((types.MP3, types.M4A, types.OGA, types.WAV, types.FLAC), ("audio_video", "read")),
    **dict.fromkeys((types.MP4, types.WEBM, types.OGV, types.MOV), ("audio_video", "read")),
    types.ZIP: ("zip", "read"),
}
_FORMATS_PACKAGE = "oer.backends.extraction.formats"
_MAY_HAVE_NO_TEXT = {types.Family.IMAGE, types.Family.AUDIO, types.Family.VIDEO, types.Family.ARCHIVE}


def main(task: str, request: dict[str, Any]) -> None:
    """Do one task: `extract`, `ocr`, `render`, `cover` or `convert`."""
    limits = Limits(**request.pop("limits"))
    confine(limits)
    result = ExtractionResult(limits, _write, request.pop("pages_done", 0))
    try:
        _TASKS[task](result, **request)
    except ExtractionError as error:
        result.finish(error.state, str(error))
    except ArchiveError as error:
        result.finish(_error_for(error).state, str(error))
    except (MemoryError, RecursionError) as error:
        result.finish(State.LIMIT, repr(error))


def _error_for(error: ArchiveError) -> type[ExtractionError]:
    if isinstance(error, ArchiveLimit):
        return LimitReached
    return Encrypted if isinstance(error, ArchiveUnreadable) else Damaged


def _extract(result: ExtractionResult, path: str, media_type: str) -> None:
    """Write the pages, the cover, the facts and the state of a file."""
    if media_type not in FORMATS:
        raise Unsupported(media_type)
    module, function = FORMATS[media_type]
    getattr(import_module(f"{_FORMATS_PACKAGE}.{module}"), function)(Path(path), result)
    needs_text = types.MEDIA_TYPES[media_type].family not in _MAY_HAVE_NO_TEXT
    result.finish(State.NO_TEXT if needs_text and not result.has_text else State.OK)


def _ocr(result: ExtractionResult, path: str, media_type: str, pages: list[int]) -> None:
    """Write the text that OCR finds on pages that are pictures."""
    import_module("oer.backends.extraction.ocr").read(Path(path), media_type, pages, result)
    result.finish(State.OK if result.has_text else State.NO_TEXT)


def _render(result: ExtractionResult, path: str, page: int, width: int) -> None:
    """Write a page of a PDF as a picture."""
    image, pdf = import_module(f"{_FORMATS_PACKAGE}.image"), import_module(f"{_FORMATS_PACKAGE}.pdf")
    with pdf.open_pdf(Path(path)) as document:
        if not 1 <= page <= len(document):
            raise Damaged(f"no page {page}")
        result.set_cover(image.as_webp(pdf.render(document, page - 1, width)))
    result.finish(State.OK)


def _cover(result: ExtractionResult, path: str) -> None:
    """Write the cover of a PDF and its number of pages."""
    pdf = import_module(f"{_FORMATS_PACKAGE}.pdf")
    with pdf.open_pdf(Path(path)) as document:
        result.facts.pages = len(document)
        result.set_cover(pdf.cover(document))
    result.finish(State.OK)


def _convert(_result: ExtractionResult, path: str, target: str, folder: str) -> None:
    """Turn this process into LibreOffice, which writes the file in another format into a folder."""
    program = find_libreoffice() or ""
    profile = Path.home() / "office"
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        target,
    ]
    os.execv(program, [*command, "--outdir", folder, path])  # noqa: S606 (confined before; no shell involved)


def _write(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(message_line(message))
    sys.stdout.buffer.flush()


_TASKS: dict[str, Callable[..., None]] = {
    "extract": _extract,
    "ocr": _ocr,
    "render": _render,
    "cover": _cover,
    "convert": _convert,
}

if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
