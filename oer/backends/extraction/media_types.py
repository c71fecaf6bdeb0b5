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
        return _SPOKEN.get(self.name, self.endings[0].upper())


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

PDF = "application/pdf"
DOCX, PPTX, XLSX = (
    f"{_OOXML}.{kind}" for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
)
DOCM = "application/vnd.ms-word.document.macroEnabled.12"
PPTM = "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"
DOTX, PPSX = f"{_OOXML}.wordprocessingml.template", f"{_OOXML}.presentationml.slideshow"
DOTM = "application/vnd.ms-word.template.macroEnabled.12"
PPSM = "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"
ODT, ODP, ODS = (f"{_ODF}.{kind}" for kind in ("text", "presentation", "spreadsheet"))
DOC, PPT, XLS = "application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"
RTF, NOTEBOOK = "application/rtf", "application/x-ipynb+json"
EPUB, ZIP = "application/epub+zip", "application/zip"
RAR, SEVEN_ZIP = "application/vnd.rar", "application/x-7z-compressed"
H5P, SCORM = "application/x-h5p+zip", "application/x-scorm+zip"  # none is registered
HTML, MARKDOWN, TEXT, CSV = "text/html", "text/markdown", "text/plain", "text/csv"
SRT, VTT = "application/x-subrip", "text/vtt"
PNG, JPEG, GIF, WEBP, SVG = "image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"
TIFF, HEIC = "image/tiff", "image/heic"
MP3, M4A, OGA, WAV, FLAC = "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac"
MP4, WEBM, OGV, MOV = "video/mp4", "video/webm", "video/ogg", "video/quicktime"

_TABLE: tuple[tuple[Family, dict[str, str]], ...] = (
    (Family.PDF, {PDF: "pdf"}),
    (Family.DOCUMENT, {DOCX: "docx", DOCM: "docm", DOTX: "dotx", DOTM: "dotm", ODT: "odt", DOC: "doc", RTF: "rtf"}),
    (Family.SLIDES, {PPTX: "pptx", PPTM: "pptm", PPSX: "ppsx", PPSM: "ppsm", ODP: "odp", PPT: "ppt pps"}),
    (Family.SHEET, {XLSX: "xlsx", XLSM: "xlsm", ODS: "ods", XLS: "xls", CSV: "csv"}),
    (Family.BOOK, {EPUB: "epub"}),
    (Family.WEB, {HTML: "html htm xhtml"}),
    (Family.TEXT, {MARKDOWN: "md markdown", TEXT: "txt", NOTEBOOK: "ipynb"}),
    (Family.CAPTIONS, {SRT: "srt", VTT: "vtt"}),
    (Family.IMAGE, {PNG: "png", JPEG: "jpg jpeg jfif", GIF: "gif", WEBP: "webp", SVG: "svg"}),
    (Family.IMAGE, {TIFF: "tif tiff", HEIC: "heic heif"}),
    (Family.AUDIO, {MP3: "mp3", M4A: "m4a", OGA: "ogg oga opus", WAV: "wav", FLAC: "flac"}),
    (Family.VIDEO, {MP4: "mp4 m4v", WEBM: "webm", OGV: "ogv ogg", MOV: "mov"}),
    (Family.ARCHIVE, {ZIP: "zip", RAR: "rar", SEVEN_ZIP: "7z", H5P: "h5p", SCORM: "zip"}),
)

MEDIA_TYPES: dict[str, MediaType] = {
    name: MediaType(name, tuple(endings.split()), family) for family, types in _TABLE for name, endings in types.items()
}
_SPOKEN = {NOTEBOOK: "Jupyter", SCORM: "SCORM"}
ZIPPED_ARCHIVES = frozenset({ZIP, H5P, SCORM})
"""Archives whose members can be opened one by one."""
SHOWN_FROM_PICTURES = frozenset({TIFF, HEIC})
"""Pictures that browsers do not show: pages show what is made of them."""
MADE_SMALLER = frozenset({PNG, JPEG, WEBP})
"""Pictures of which pages show smaller ones on small screens. GIF is not among them: it may move."""


def types_named(ending: str) -> tuple[str, ...]:
    """Return the types that a file with this extension (lower case, without the dot) may have."""
    return tuple(each.name for each in MEDIA_TYPES.values() if ending in each.endings)
