"""What the confined process does: it reads one file and writes messages to stdout, one a line."""

import os
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from oer.backends.extraction import media_types as types
from oer.backends.extraction.archives import ArchiveUnreadable
from oer.backends.extraction.programs import find_libreoffice
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
from oer.backends.extraction.system_calls import Programs
from oer.backends.extraction.zip_directory import ArchiveError, ArchiveLimit

# Module (in `formats`) and function that read each type.
FORMATS = {
    types.PDF: ("pdf", "read"),
    **dict.fromkeys((types.DOCX, types.DOCM, types.DOTX, types.DOTM), ("docx", "read")),
    **dict.fromkeys((types.PPTX, types.PPTM, types.PPSX, types.PPSM), ("pptx", "read")),
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
    **dict.fromkeys((types.TIFF, types.HEIC), ("paged_picture", "read")),
    types.DOC: ("doc", "read"),
    types.PPT: ("ppt", "read"),
    types.XLS: ("xls", "read"),
    types.RTF: ("rtf", "read"),
    types.NOTEBOOK: ("notebook", "read"),
    types.SVG: ("web", "read_svg"),
    **dict.fromkeys((types.MP3, types.M4A, types.OGA, types.WAV, types.FLAC), ("audio_video", "read")),
    **dict.fromkeys((types.MP4, types.WEBM, types.OGV, types.MOV), ("audio_video", "read")),
    **dict.fromkeys((types.ZIP, types.H5P, types.SCORM), ("zip", "read")),
}
_FORMATS_PACKAGE = "oer.backends.extraction.formats"
_OCR = "oer.backends.extraction.ocr"
_READ_BY_PROGRAMS = {types.Family.AUDIO, types.Family.VIDEO}
CONVERTED = "made"
"""The folder, in its own, into which LibreOffice writes."""
_MAY_HAVE_NO_TEXT = {types.Family.IMAGE, types.Family.AUDIO, types.Family.VIDEO, types.Family.ARCHIVE}


def import_readers() -> None:
    """Import what any task needs, so that processes forked from this one need not."""
    for module in sorted({module for module, _ in FORMATS.values()}):
        import_module(f"{_FORMATS_PACKAGE}.{module}")
    import_module(_OCR)


_REHEARSED = {
    types.MARKDOWN: (
        "# Bài 1\n\nTính $x^2$ [ở đây](a.md), **đúng** _một_ `lần`:\n\n- một\n- hai\n\n1. ba\n\n> bốn\n\n"
        "| a | b |\n|---|---|\n| c | 1 |\n"
    ),
    types.HTML: "<title>Bài</title><h1>Bài</h1><p>Một <a href='a'>hai</a></p><ul><li>ba</ul><table><tr><td>1</table>",
    types.TEXT: "Bài 1\n\nMột hai ba bốn năm sáu.\n",
    types.CSV: "tên,số\nmột,1\n",
    types.SRT: "1\n00:00:01,000 --> 00:00:02,000\nMột hai\n",
}


def rehearse(folder: Path) -> None:
    """Read a small text of each kind in this process: what a first time costs, no process forked from this one pays."""
    for media_type, text in _REHEARSED.items():
        path = folder / "rehearsed"
        path.write_text(text, encoding="utf-8")
        _extract(ExtractionResult(Limits(), lambda _message: None), str(path), media_type)


def programs_for(task: str, media_type: str = "") -> Programs:
    """Return which installed programs a task may start."""
    if task == "convert":
        return Programs.OFFICE
    known = types.MEDIA_TYPES.get(media_type)
    by_program = known is not None and known.family in _READ_BY_PROGRAMS
    return Programs.MEDIA if task == "ocr" or by_program else Programs.NONE


def main(task: str, limits: Limits, request: dict[str, Any]) -> None:
    """Do one task, `extract`, `ocr`, `render`, `cover` or `convert`, in a process that is confined already."""
    result = ExtractionResult(limits, _write, request.pop("pages_done", 0))
    try:
        TASKS[task](result, **request)
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
    import_module(_OCR).read(Path(path), media_type, pages, result)
    result.finish(State.OK if result.has_text else State.NO_TEXT)


def _render(result: ExtractionResult, path: str, page: int, width: int) -> None:
    """Write a page of a PDF, or a picture of a file that browsers do not show, as a picture that they show."""
    pictures = import_module(f"{_FORMATS_PACKAGE}.paged_picture")
    if pictures.is_one(Path(path)):
        result.set_cover(pictures.render(Path(path), page, width, result.limits))
        result.finish(State.OK)
        return
    image, pdf = import_module(f"{_FORMATS_PACKAGE}.image"), import_module(f"{_FORMATS_PACKAGE}.pdf")
    with pdf.open_pdf(Path(path)) as document:
        if not 1 <= page <= len(document):
            raise Damaged(f"no page {page}")
        if not pdf.looks_right(document, page - 1):
            raise Unsupported("a font of before Unicode that is not embedded")
        result.set_cover(image.as_webp(pdf.render(document, page - 1, width)))
    result.finish(State.OK)


def _cover(result: ExtractionResult, path: str) -> None:
    """Write the cover of a PDF and its number of pages."""
    pdf = import_module(f"{_FORMATS_PACKAGE}.pdf")
    with pdf.open_pdf(Path(path)) as document:
        result.facts.pages = len(document)
        pdf.add_cover(document, result)
    result.finish(State.OK)


def _convert(_result: ExtractionResult, path: str, ending: str, target: str) -> None:
    """Turn this process into LibreOffice, which writes the file in another format into the folder `made`."""
    program = find_libreoffice() or ""
    folder = Path.home()
    source = folder / f"file.{ending}"  # LibreOffice tells the type by the ending
    shutil.copyfile(path, source)
    command = [
        program,
        f"-env:UserInstallation={(folder / 'office').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        target,
    ]
    os.execv(program, [*command, "--outdir", str(folder / CONVERTED), str(source)])  # noqa: S606 (confined before; no shell involved)


def _write(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(message_line(message))
    sys.stdout.buffer.flush()


TASKS: dict[str, Callable[..., None]] = {
    "extract": _extract,
    "ocr": _ocr,
    "render": _render,
    "cover": _cover,
    "convert": _convert,
}
