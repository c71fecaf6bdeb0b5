"""The media types that uploads may have, with the file name extensions of each."""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """The kind of a file as readers know it, whatever program made it."""

    PDF = "pdf"
    DOCUMENT = "document"
    SLIDES = "slides"
    SHEET = "sheet"
    BOOK = "book"
    WEB = "web"
    TEXT = "text"
    CAPTIONS = "captions"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class MediaType:
    """A registered media type with its file name extensions (the usual one first) and its family."""

    name: str
    endings: tuple[str, ...]
    family: Family

    @property
    def short_name(self) -> str:
        """How people call it: "PDF", "DOCX"."""
        return self.endings[0].upper()


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

PDF = "application/pdf"
DOCX, PPTX, XLSX = (
    f"{_OOXML}.{kind}" for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
)
DOCM = "application/vnd.ms-word.document.macroEnabled.12"
PPTM = "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"
ODT, ODP, ODS = (f"{_ODF}.{kind}" for kind in ("text", "presentation", "spreadsheet"))
DOC, PPT, XLS = "application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"
EPUB, ZIP = "application/epub+zip", "application/zip"
HTML, MARKDOWN, TEXT, CSV = "text/html", "text/markdown", "text/plain", "text/csv"
SRT, VTT = "application/x-subrip", "text/vtt"
PNG, JPEG, GIF, WEBP, SVG = "image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"
MP3, M4A, OGA, WAV, FLAC = "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac"
MP4, WEBM, OGV, MOV = "video/mp4", "video/webm", "video/ogg", "video/quicktime"

_TABLE: tuple[tuple[Family, dict[str, str]], ...] = (
    (Family.PDF, {PDF: "pdf"}),
    (Family.DOCUMENT, {DOCX: "docx", DOCM: "docm", ODT: "odt", DOC: "doc"}),
    (Family.SLIDES, {PPTX: "pptx", PPTM: "pptm", ODP: "odp", PPT: "ppt"}),
    (Family.SHEET, {XLSX: "xlsx", XLSM: "xlsm", ODS: "ods", XLS: "xls", CSV: "csv"}),
    (Family.BOOK, {EPUB: "epub"}),
    (Family.WEB, {HTML: "html htm xhtml"}),
    (Family.TEXT, {MARKDOWN: "md markdown", TEXT: "txt"}),
    (Family.CAPTIONS, {SRT: "srt", VTT: "vtt"}),
    (Family.IMAGE, {PNG: "png", JPEG: "jpg jpeg", GIF: "gif", WEBP: "webp", SVG: "svg"}),
    (Family.AUDIO, {MP3: "mp3", M4A: "m4a", OGA: "ogg oga opus", WAV: "wav", FLAC: "flac"}),
    (Family.VIDEO, {MP4: "mp4 m4v", WEBM: "webm", OGV: "ogv ogg", MOV: "mov"}),
    (Family.ARCHIVE, {ZIP: "zip"}),
)

MEDIA_TYPES: dict[str, MediaType] = {
    name: MediaType(name, tuple(endings.split()), family) for family, types in _TABLE for name, endings in types.items()
}


def types_named(ending: str) -> tuple[str, ...]:
    """Return the types that a file with this extension (lower case, without the dot) may have."""
    return tuple(each.name for each in MEDIA_TYPES.values() if ending in each.endings)
