"""Media type of an upload, by its content, and whether its name agrees. Asked once, when the file arrives."""

import mmap
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from oer.backends.extraction import media_types as types
from oer.backends.extraction.archives import UPLOAD_LIMITS, Archive, open_archive
from oer.backends.extraction.encodings import looks_like_text

_HEAD_BYTES = 64 * 1024
_PDF_WITHIN = 1024  # readers accept the header anywhere in the first 1024 bytes (ISO 32000-1, implementation note 13)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAGIC: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"%PDF-", (types.PDF,)),
    (b"\x89PNG\r\n\x1a\n", (types.PNG,)),
    (b"\xff\xd8\xff", (types.JPEG,)),
    (b"GIF87a", (types.GIF,)),
    (b"GIF89a", (types.GIF,)),
    (b"ID3", (types.MP3,)),
    (b"fLaC", (types.FLAC,)),
    (b"II*\0", (types.TIFF,)),
    (b"MM\0*", (types.TIFF,)),
    (b"{\\rtf", (types.RTF,)),
    (b"Rar!\x1a\x07", (types.RAR,)),
    (b"7z\xbc\xaf\x27\x1c", (types.SEVEN_ZIP,)),
)
_FOREIGN = (b"MZ", b"\x7fELF", b"\x1f\x8b", b"\xca\xfe\xba\xbe", b"#!")
# ISO/IEC 23008-12, annex B: pictures coded by HEVC, alone and in sequences.
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}

_OOXML_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": types.DOCX,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": types.PPTX,
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": types.PPSX,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": types.DOTX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": types.XLSX,
    "application/vnd.ms-word.document.macroEnabled.main+xml": types.DOCM,
    "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": types.PPTM,
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": types.PPSM,
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": types.DOTM,
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": types.XLSM,
}
# Programs open the one under the name of the other: people make a show of slides by renaming them.
_TWINS = {types.PPTX: types.PPSX, types.PPTM: types.PPSM, types.DOCX: types.DOTX, types.DOCM: types.DOTM}
_TWINS |= {twin: each for each, twin in _TWINS.items()}
_LIKE_AN_ENDING = re.compile(r"[a-z][a-z0-9]{0,7}|[0-9][a-z]{1,2}")
_OOXML = frozenset(_OOXML_MAIN.values())
_OLE_STREAMS = (
    ("WordDocument", types.DOC),
    ("PowerPoint Document", types.PPT),
    ("Workbook", types.XLS),
    ("Book", types.XLS),
)


class Refused(Exception):
    """The upload is refused."""


class EmptyFile(Refused):
    """The file has no bytes."""


class TypeUnknown(Refused):
    """The name has an ending that we do not accept ("" for none), or neither name nor content tells the type.

    `found` is the type of the content, None if we do not accept that either.
    """

    def __init__(self, ending: str, found: str | None = None) -> None:
        super().__init__(f"ending {ending!r}, found {found}")
        self.ending, self.found = ending, found


class TypeMismatch(Refused):
    """The content is not what the name says; `found` is its real type, None if we do not accept that either."""

    def __init__(self, named: str, found: str | None) -> None:
        super().__init__(f"named {named}, found {found}")
        self.named, self.found = named, found


@dataclass(frozen=True)
class Sniffed:
    """What a file turned out to be."""

    media_type: str
    macros: bool = False
    encrypted: bool = False


def sniff(path: Path, name: str) -> Sniffed:
    """Return the type of the file at `path`, which was uploaded as `name`.

    Raises EmptyFile, TypeUnknown, TypeMismatch; for ZIP-based formats also ArchiveDamaged, ArchiveLimit, ArchiveUnsafe.
    """
    ending = ending_of(name)
    named = types.types_named(ending)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            raise EmptyFile(name)
        found = _find(path, file, head, named)
    for each in found:
        if each.media_type in named or not ending:
            return each
    told = found[0].media_type if found else None
    raise TypeMismatch(named[0], told) if named else TypeUnknown(ending, told)


def ending_of(name: str) -> str:
    """Return the file name extension in lower case without its dot, "" if there is none.

    What stands behind a dot within a title ("1. Bài tập", "v1.2 đề cương") is none.
    """
    behind = PurePosixPath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    return behind if types.types_named(behind) or _LIKE_AN_ENDING.fullmatch(behind) else ""


def _find(path: Path, file: BinaryIO, head: bytes, named: tuple[str, ...]) -> list[Sniffed]:
    """Return the types that the content fits, the most likely first."""
    if named == (types.PDF,) and b"%PDF-" in head[:_PDF_WITHIN]:
        return [Sniffed(types.PDF)]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with open_archive(path, UPLOAD_LIMITS) as archive:
            return _in_archive(archive)
    if head.startswith(_OLE):
        return _in_compound_file(file, named)
    return [Sniffed(each) for each in _by_magic(head, named)]


def _by_magic(head: bytes, named: tuple[str, ...]) -> tuple[str, ...]:
    for magic, media_types in _MAGIC:
        if head.startswith(magic):
            return media_types
    if types.MP3 in named and re.match(rb"\xff[\xe2-\xff]", head):
        return (types.MP3,)
    in_container = _by_container(head)
    if in_container is not None:
        return in_container
    return () if head.startswith(_FOREIGN) else _as_text(head)


def _by_container(head: bytes) -> tuple[str, ...] | None:
    """Return the types that an audio, video or picture container may have; None if it is no such container."""
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12], head[16 : max(16, int.from_bytes(head[:4]))])
    if head.startswith(b"RIFF"):
        return {b"WAVE": (types.WAV,), b"WEBP": (types.WEBP,)}.get(head[8:12], ())
    if head.startswith(b"OggS"):
        return (types.OGV,) if b"\x80theora" in head[:4096] else (types.OGA,)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return (types.WEBM,) if b"webm" in head[:64] else ()
    return None


def _by_brand(brand: bytes, compatible: bytes) -> tuple[str, ...]:
    if brand in {b"M4A ", b"M4B "}:
        return (types.M4A,)
    if brand == b"qt  ":
        return (types.MOV,)
    if brand in _HEIC_BRANDS:
        return (types.HEIC,)
    if brand in {b"mif1", b"msf1"}:
        others = {compatible[place : place + 4] for place in range(0, len(compatible), 4)}
        return (types.HEIC,) if others & _HEIC_BRANDS else ()
    if brand in {b"avif", b"avis", b"crx "}:
        return ()
    return (types.MP4, types.M4A)


def _as_text(head: bytes) -> tuple[str, ...]:
    if not looks_like_text(head):
        return ()
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    likely = [types.TEXT, types.MARKDOWN, types.CSV]
    if plain.startswith(b"{") and re.search(rb'"(cells|worksheets|nbformat)"\s*:', plain):
        likely.insert(0, types.NOTEBOOK)
    if plain.startswith(b"WEBVTT"):
        likely.append(types.VTT)
    if b"-->" in head:
        likely.append(types.SRT)
    if re.search(rb"<\s*svg[\s>]", head, re.IGNORECASE):
        likely.append(types.SVG)
    if re.search(rb"<\s*(!doctype\s+html|[a-z][a-z0-9]*[\s>/])", head.replace(b"\0", b""), re.IGNORECASE):
        likely.append(types.HTML)
    return tuple(likely)


def _in_archive(archive: Archive) -> list[Sniffed]:
    encrypted = any(entry.encrypted for entry in archive.entries)
    whole = Sniffed(types.ZIP, encrypted=encrypted)
    declared = _declared(archive) or _main_part(archive) or _learning_package(archive)
    if declared is None:
        return [whole]
    macros = any(entry.name.endswith("vbaProject.bin") for entry in archive.entries)
    either = [declared, _TWINS[declared]] if declared in _TWINS else [declared]
    return [*(Sniffed(each, macros, encrypted) for each in either), whole]


def _learning_package(archive: Archive) -> str | None:
    """Return H5P or SCORM by the description that the package must have at its top (SCORM 1.2 CAM, section 2.2)."""
    if "h5p.json" in archive:
        return types.H5P
    if "imsmanifest.xml" not in archive or archive["imsmanifest.xml"].encrypted:
        return None
    with archive.open("imsmanifest.xml") as stream:
        head = stream.read(_HEAD_BYTES)
    # Other packages of IMS, Common Cartridge above all, have such a manifest too.
    return types.SCORM if re.search(rb"adlcp|adl\s*scorm", head, re.IGNORECASE) else None


def _declared(archive: Archive) -> str | None:
    """Return the type in the member `mimetype` of EPUB and OpenDocument files (OCF 3.3, section 4.3)."""
    if "mimetype" not in archive or archive["mimetype"].encrypted:
        return None
    declared = archive.read("mimetype", 200).decode("ascii", "replace").strip()
    return declared if declared in {types.EPUB, types.ODT, types.ODP, types.ODS} else None


def _main_part(archive: Archive) -> str | None:
    """Return the type of an Office Open XML package's main part (ECMA-376 part 2, section 10.1.2)."""
    if "[Content_Types].xml" not in archive or archive["[Content_Types].xml"].encrypted:
        return None
    text = archive.read("[Content_Types].xml", 4 * 1024 * 1024).decode("utf-8", "replace")
    found = (_OOXML_MAIN.get(each) for each in re.findall(r'ContentType\s*=\s*["\']([^"\']+)', text))
    return next((each for each in found if each), None)


def _in_compound_file(file: BinaryIO, named: tuple[str, ...]) -> list[Sniffed]:
    """Search an OLE compound file for its stream names (MS-CFB 2.6.1: UTF-16, in entries of 128 bytes)."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def has(name: str) -> bool:
            return content.find(name.encode("utf-16-le") + b"\0\0") >= 0

        if has("EncryptedPackage"):
            # The package is inside, unseen: only its name says which of them it is (MS-OFFCRYPTO 2.3.4.4).
            return [Sniffed(each, encrypted=True) for each in named if each in _OOXML]
        macros = has("_VBA_PROJECT") or has("VBA")
        return [Sniffed(each, macros) for name, each in _OLE_STREAMS if has(name)][:1]
