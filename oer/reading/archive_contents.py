"""What is in a ZIP that readers download: names that can be unpacked anywhere, a material's files with its licence."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from oer.backends.extraction.archives import is_left_by_system
from oer.backends.storage import Storage
from oer.catalogue.models import FileRole, Material
from oer.core.i18n import in_language
from oer.core.links import Links
from oer.core.text import shorten_file_name
from oer.files.models import Blob
from oer.reading.archives import ArchiveFile
from oer.reading.citation import LICENCE_FILE, licence_text
from oer.reading.queries.files import FileLine
from oer.reading.queries.reader import recording_of
from oer.web.file_responses import UNNAMED, safe_file_name

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: in any case, and with any ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=[ .]*(?:\.|$))", re.IGNORECASE)
_REFUSED = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
# Linux takes 255 bytes; the number of a name that was there already needs some.
_MOST_BYTES = 240


def portable_name(name: str) -> str:
    """Return a file name that Windows, too, takes: its characters, its reserved names, its ends, not too long."""
    clean = safe_file_name(unicodedata.normalize("NFC", name.translate(_REFUSED))).rstrip(". ")
    clean = f"_{clean}" if _RESERVED.match(clean) else clean
    return shorten_file_name(clean, _MOST_BYTES) or UNNAMED


def with_ending(title: str, ending: str) -> str:
    """Return a title as a file name with an ending (".pdf", or ".vi.vtt" of captions), unless it has that already."""
    has_it = ending and title.casefold().endswith(ending.casefold())
    name = title[: -len(ending)] if has_it else title
    # The name is shortened here and not by its last dot: what goes must be of the title.
    return shorten_file_name(name, _MOST_BYTES - len(ending.encode())).rstrip(". ") + ending


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names with duplicates (ignoring case) numbered: `a.pdf`, `a (2).pdf`."""
    seen: set[str] = set()
    result = []
    for name in names:
        stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
        number, unlike = 1, name
        while _same(unlike) in seen:
            number += 1
            unlike = f"{stem} ({number}){dot}{ending}"
        seen.add(_same(unlike))
        result.append(unlike)
    return result


def _same(name: str) -> str:
    # Windows compares capitals, and a Mac both ways of writing a letter with marks.
    return unicodedata.normalize("NFC", name.casefold()).upper()


def lines_to_download(lines: Iterable[FileLine]) -> list[FileLine]:
    """Return the files that go into a ZIP: not covers, and not what an operating system left behind."""
    return [line for line in lines if line.role != FileRole.COVER and not is_left_by_system(line.name)]


def _name_of(line: FileLine, lines: Sequence[FileLine], language: str) -> str:
    """Return under which name a file is in an archive: its title in the reader's language, else its file name.

    Captions are called as their recording, for players find them by that.
    """
    recording = recording_of(line, list(lines)) if line.role == FileRole.CAPTIONS else None
    title = in_language((recording or line).shown.file.title, language)
    dots = line.name.find(".", 1) if recording else line.name.rfind(".", 1)
    ending = line.name[dots:] if dots > 0 else ""
    return portable_name(with_ending(title, ending) if title else line.name)


def material_files(
    material: Material,
    record: Mapping[str, Any],
    lines: Sequence[FileLine],
    blobs: Sequence[Blob],
    storage: Storage,
    base_url: str,
    language: str,
) -> list[ArchiveFile]:
    """Return the text of the licence, then a material's files; `blobs` are those of the lines, in their order."""
    licence = licence_text(material, record, Links(base_url).material(material.public_id)).encode("utf-8-sig")
    names = unique_names([LICENCE_FILE, *(_name_of(line, lines, language) for line in lines)])
    files = [
        ArchiveFile(name, blob.size, blob.sha256, partial(storage.read, blob.sha256))
        for name, blob in zip(names[1:], blobs, strict=True)
    ]
    return [ArchiveFile.of(names[0], licence), *files]
