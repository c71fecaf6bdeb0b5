"""What a file is, by its content, and whether its name says the same (advisory 9: every name with every content)."""

import zipfile

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.sniffing import EmptyFile, Refused, TypeMismatch, TypeUnknown, sniff
from oer.backends.extraction.zip_directory import ArchiveError
from tests.backends.extraction import archive_factories as archives
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.pdf_factories import pdf_of

OOXML = "application/vnd.openxmlformats-officedocument"
CONTENTS = {
    types.PDF: pdf_of(["x"]),
    types.DOCX: made.docx(made.paragraph("x")),
    types.DOCM: made.package("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml", {}),
    types.DOTX: made.package("word/document.xml", f"{OOXML}.wordprocessingml.template.main+xml", {}),
    types.DOTM: made.package("word/document.xml", "application/vnd.ms-word.template.macroEnabledTemplate.main+xml", {}),
    types.PPSX: made.package("ppt/presentation.xml", f"{OOXML}.presentationml.slideshow.main+xml", {}),
    types.PPSM: made.package(
        "ppt/presentation.xml", "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml", {}
    ),
    types.XLSX: made.xlsx(""),
    types.PPTX: made.pptx([]),
    types.ODT: made.odf("text", ""),
    types.ODP: made.odf("presentation", ""),
    types.ODS: made.odf("spreadsheet", ""),
    types.EPUB: made.epub(["x"]),
    types.ZIP: archives.zip_of({"a": "x"}),
    types.H5P: archives.zip_of({"h5p.json": "{}", "content/content.json": "{}"}),
    types.SCORM: archives.zip_of({"imsmanifest.xml": "<manifest xmlns:adlcp='x'/>", "index.html": "x"}),
    types.RAR: b"Rar!\x1a\x07\x01\0" + bytes(60),
    types.SEVEN_ZIP: b"7z\xbc\xaf\x27\x1c" + bytes(60),
    types.RTF: b"{\\rtf1 x}",
    types.NOTEBOOK: b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    types.DOC: made.compound_file("WordDocument"),
    types.PPT: made.compound_file("PowerPoint Document"),
    types.XLS: made.compound_file("Workbook"),
    types.PNG: made.png(),
    types.JPEG: b"\xff\xd8\xff\xe0" + bytes(60),
    types.GIF: b"GIF89a" + bytes(60),
    types.TIFF: b"II*\0" + bytes(60),
    types.HEIC: b"\0\0\0\x18ftypheic" + bytes(60),
    types.WEBP: b"RIFF\x24\0\0\0WEBPVP8 " + bytes(60),
    types.WAV: b"RIFF\x24\0\0\0WAVEfmt " + bytes(60),
    types.FLAC: b"fLaC" + bytes(60),
    types.MP3: b"ID3\x04" + bytes(60),
    types.OGA: b"OggS" + bytes(24) + b"OpusHead" + bytes(60),
    types.OGV: b"OggS" + bytes(24) + b"\x80theora" + bytes(60),
    types.WEBM: b"\x1a\x45\xdf\xa3" + bytes(20) + b"webm" + bytes(60),
    types.MOV: bytes(4) + b"ftypqt  " + bytes(60),
}
NAMED = {each: types.MEDIA_TYPES[each].endings[0] for each in CONTENTS}
MAY_BE = {
    *((named, content) for named in (types.ZIP, types.SCORM) for content in CONTENTS if CONTENTS[content][:2] == b"PK"),
    *((types.PPTX, types.PPSX), (types.PPSX, types.PPTX), (types.DOCX, types.DOTX), (types.DOTX, types.DOCX)),
    *((types.DOCM, types.DOTM), (types.DOTM, types.DOCM)),
}


@pytest.fixture
def sniffed(tmp_path):
    def look(content, name):
        (tmp_path / "x").write_bytes(content if isinstance(content, bytes) else content.encode())
        return sniff(tmp_path / "x", name)

    return look


def test_every_content_is_known_under_its_own_name_and_without_one(sniffed):
    for media_type, content in CONTENTS.items():
        assert sniffed(content, f"tệp.{NAMED[media_type]}").media_type == media_type
        assert sniffed(content, "tệp").media_type == media_type


def test_every_other_name_is_refused(sniffed):
    for named in CONTENTS:
        for found, content in CONTENTS.items():
            if named == found or (named, found) in MAY_BE or {named, found} == {types.OGA, types.OGV}:
                continue
            with pytest.raises(TypeMismatch):
                sniffed(content, f"tệp.{NAMED[named]}")


TEXTS = {
    "a.txt": ("xin chào", types.TEXT),
    "a.md": ("# Xin chào", types.MARKDOWN),
    "a.csv": ("a,b", types.CSV),
    "a.html": ("<!doctype html><p>x", types.HTML),
    "a.htm": ("<p class=x>x</p>", types.HTML),
    "a.svg": ("<svg xmlns='http://www.w3.org/2000/svg'/>", types.SVG),
    "a.srt": ("1\n00:00:01,000 --> 00:00:02,000\nx", types.SRT),
    "a.vtt": ("\ufeffWEBVTT\n", types.VTT),
    "KHÔNG TÊN": ("xin chào", types.TEXT),
    "a.TXT": ("xin chào".encode("utf-16"), types.TEXT),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_what_their_name_says(sniffed, name):
    content, media_type = TEXTS[name]
    assert sniffed(content, name).media_type == media_type


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("<html><p>x</p></html>", "html_named.pdf"),
        ("MZ\x90\0", "exe_named.pdf"),
        ("MZ\x90\0\0\0\0", "exe_named.txt"),
        ("không có thẻ nào", "a.html"),
        ("no times", "a.srt"),
        ("no head", "a.vtt"),
        ("<p>x</p>", "a.svg"),
        (pdf_of(["x"]), "a.html"),
        (pdf_of(["x"]), "a.txt"),
        ("{\\rtf1 x}", "a.doc"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(60), "a.mp4"),
        (b"\x00\x00\x00\x18ftypmif1" + bytes(4) + b"avif" + bytes(60), "a.heic"),
        ('{"a": 1}', "a.ipynb"),
    ],
)
def test_a_content_that_is_not_what_its_name_says_is_refused(sniffed, content, name):
    with pytest.raises(TypeMismatch):
        sniffed(content, name)


@pytest.mark.parametrize("name", ["a.exe", "a.pdf.exe", "a.php", "a.psd", "a.3gp", "a.js"])
def test_a_name_that_is_not_taken_is_refused(sniffed, name):
    with pytest.raises(TypeUnknown):
        sniffed("x", name)


@pytest.mark.parametrize(
    "name",
    ["1. Bài tập", "v1.2 de cuong", "TS. Trần Văn B - Giáo trình", "Bài 1.2", "Tuần 3.Toán", "Lớp 7A.", "đề.cương"],
)
def test_a_dot_in_a_name_is_not_an_ending(sniffed, name):
    assert sniffed(pdf_of(["x"]), name).media_type == types.PDF
    assert sniffed(pdf_of(["x"]), f"{name}.pdf").media_type == types.PDF
    with pytest.raises(TypeMismatch):
        sniffed(pdf_of(["x"]), f"{name}.docx")


@pytest.mark.parametrize("name", ["anh.jfif", "anh.jpeg", "anh.JFIF"])
def test_a_jpeg_has_several_endings(sniffed, name):
    assert sniffed(CONTENTS[types.JPEG], name).media_type == types.JPEG


def test_a_heic_file_may_say_so_only_among_its_compatible_brands(sniffed):
    content = b"\0\0\0\x18ftypmif1" + bytes(4) + b"mif1heic" + bytes(60)
    assert sniffed(content, "a.heic").media_type == types.HEIC


def test_a_package_of_ims_that_is_no_scorm_is_a_zip(sniffed):
    cartridge = archives.zip_of({"imsmanifest.xml": "<manifest xmlns='imscc'/>"})
    assert sniffed(cartridge, "a.zip").media_type == types.ZIP
    assert sniffed(archives.zip_of({"in/imsmanifest.xml": "adlcp", "in/h5p.json": ""}), "a").media_type == types.ZIP


def test_an_empty_file_is_refused(sniffed):
    with pytest.raises(EmptyFile):
        sniffed("", "a.pdf")


def test_a_pdf_with_something_else_in_it_is_a_pdf_and_nothing_else(sniffed):
    in_front = b"<html><script>x()</script>" + pdf_of(["x"])
    behind = pdf_of(["x"]) + archives.zip_of({"a": "x"})
    for polyglot in (in_front, behind):
        assert sniffed(polyglot, "a.pdf").media_type == types.PDF
    with pytest.raises(Refused):
        sniffed(behind, "a.zip")
    with pytest.raises(Refused):
        sniffed(behind, "a.html")


def test_macros_are_flagged_and_may_not_hide_under_another_name(sniffed):
    content_type = "application/vnd.ms-word.document.macroEnabled.main+xml"
    with_macros = made.package("word/document.xml", content_type, {"word/vbaProject.bin": b"x"})
    found = sniffed(with_macros, "a.docm")
    assert (found.media_type, found.macros) == (types.DOCM, True)
    with pytest.raises(TypeMismatch):
        sniffed(with_macros, "a.docx")
    assert sniffed(made.compound_file("Workbook", "_VBA_PROJECT"), "a.xls").macros
    assert not sniffed(CONTENTS[types.DOCX], "a.docx").macros


def test_a_password_is_seen_at_once(sniffed):
    found = sniffed(made.encrypted_office_file(), "a.docx")
    assert (found.media_type, found.encrypted) == (types.DOCX, True)
    assert sniffed(archives.encrypted(), "a.zip").encrypted
    with pytest.raises(Refused):
        sniffed(made.encrypted_office_file(), "a.pdf")


@pytest.mark.parametrize("name", ["a.zip", "a.docx", "a.epub"])
@pytest.mark.parametrize("hostile", [archives.flat_bomb, archives.symlink, lambda: CONTENTS[types.ZIP][:40]])
def test_every_archive_is_checked_whatever_it_is_called(sniffed, name, hostile):
    with pytest.raises(ArchiveError):
        sniffed(hostile(), name)


def test_a_stored_member_of_hostile_size_is_not_read_to_know_the_type(sniffed):
    with pytest.raises(ArchiveError):
        sniffed(archives.zip_of({"mimetype": "x" * 1000}, zipfile.ZIP_STORED), "a.epub")
