"""Slides, OpenDocument, books and pages of the samples: whole, described, in Vietnamese."""

import re
import zipfile
from itertools import pairwise

import pytest
from lxml import etree
from lxml import html as html_tree

from tests.samples.collection import with_ending

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
OPF = "{http://www.idpf.org/2007/opf}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def by_name(path):
    return path.name


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("path", with_ending(".pptx"), ids=by_name)
def test_each_powerpoint_slide_has_a_title_notes_and_described_pictures(path):
    members = parts(path)
    slides = [name for name in members if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    assert len(slides) >= 10
    for name in slides:
        slide = etree.fromstring(members[name])
        kinds = [each.get("type") for each in slide.iter(f"{P}ph")]
        assert kinds[0] in {"title", "ctrTitle"}
        assert {run.get("lang") for run in slide.iter(f"{A}rPr")} == {"vi-VN"}
        for picture in slide.iter(f"{P}pic"):
            assert picture.find(f".//{P}cNvPr").get("descr")
        notes = etree.fromstring(members[name.replace("slides/slide", "notesSlides/notesSlide")])
        assert len("".join(notes.itertext())) > 100


@pytest.mark.parametrize("path", with_ending(".pptx", ".docx"), ids=by_name)
def test_every_relationship_of_an_office_file_leads_to_a_part(path):
    members = parts(path)
    for name in members:
        if name.endswith(".rels"):
            base = name.replace("_rels/", "").rpartition("/")[0]
            for link in etree.fromstring(members[name]):
                if link.get("TargetMode") != "External":
                    steps = [step for step in f"{base}/{link.get('Target')}".split("/") if step]
                    while ".." in steps:
                        place = steps.index("..")
                        del steps[place - 1 : place + 1]
                    assert "/".join(steps) in members, (name, link.get("Target"))


@pytest.mark.parametrize("path", with_ending(".odt", ".odp"), ids=by_name)
def test_an_opendocument_file_has_its_type_first_and_unpacked(path):
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        listed = etree.fromstring(archive.read("META-INF/manifest.xml"))
        paths = {entry.get(f"{{{ODF}manifest:1.0}}full-path") for entry in listed}
        assert paths - {"/"} == set(archive.namelist()) - {"mimetype", "META-INF/manifest.xml"}


@pytest.mark.parametrize("path", with_ending(".odt", ".odp"), ids=by_name)
def test_an_opendocument_file_describes_its_pictures_and_names_its_language(path):
    members = parts(path)
    content, styles = etree.fromstring(members["content.xml"]), etree.fromstring(members["styles.xml"])
    for frame in content.iter(f"{{{ODF}drawing:1.0}}frame"):
        if frame.find(f"{{{ODF}drawing:1.0}}image") is not None:
            assert frame.findtext(f"{{{ODF}svg-compatible:1.0}}desc")
    languages = {each.get(f"{{{ODF}xsl-fo-compatible:1.0}}language") for each in styles.iter()}
    assert languages - {None} == {"vi"}
    for table in content.iter(f"{{{ODF}table:1.0}}table"):
        if path.suffix == ".odt":
            assert table.find(f"{{{ODF}table:1.0}}table-header-rows") is not None


@pytest.mark.parametrize("path", with_ending(".epub"), ids=by_name)
def test_a_book_is_whole_navigable_and_says_how_accessible_it_is(path):
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
    members = parts(path)
    package = etree.fromstring(members["book/package.opf"])
    items = {item.get("id"): item.get("href") for item in package.iter(f"{OPF}item")}
    inside = {f"book/{href}" for href in items.values()} | {"book/package.opf"}
    assert inside == {name for name in members if name.startswith("book/")}
    assert next(package.iter(f"{OPF}itemref")).get("idref") == "cover"
    properties = {meta.get("property") for meta in package.iter(f"{OPF}meta")}
    assert {f"schema:{name}" for name in ("accessMode", "accessibilityFeature", "accessibilityHazard")} <= properties
    navigation = etree.fromstring(members["book/nav.xhtml"])
    for link in navigation.iter(f"{XHTML}a"):
        page, _, mark = link.get("href").partition("#")
        ids = {each.get("id") for each in etree.fromstring(members[f"book/{page}"]).iter()}
        assert not mark or mark in ids


@pytest.mark.parametrize("path", with_ending(".epub"), ids=by_name)
def test_every_page_of_a_book_has_a_language_and_described_pictures(path):
    members = parts(path)
    for name, data in members.items():
        if name.endswith(".xhtml"):
            page = etree.fromstring(data)
            assert page.get("lang") == "vi"
            for image in page.iter(f"{XHTML}img"):
                assert image.get("alt") or "cover" in name
                assert f"book/{image.get('src')}" in members


@pytest.mark.parametrize("path", with_ending(".html"), ids=by_name)
def test_a_page_stands_alone_without_scripts_and_describes_its_pictures(path):
    page = html_tree.document_fromstring(path.read_text("utf-8"))
    assert page.get("lang") == "vi"
    assert not page.findall(".//script")
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for element in page.iter("img", "link", "a"):
        address = element.get("src") or element.get("href")
        assert address.startswith(("data:image/png", "#", "https://")), address
    figures = page.findall(".//figure/img")
    assert figures
    assert all(len(image.get("alt")) > 20 for image in figures)


def test_the_textbook_has_thirty_pages_and_more_and_chapters():
    pdfium = pytest.importorskip("pypdfium2")
    path = next(path for path in with_ending(".pdf") if path.name == "ky-nang-so-cho-moi-nguoi.pdf")
    document = pdfium.PdfDocument(path)
    try:
        assert len(document) >= 30
        titles = [entry.get_title() for entry in document.get_toc()]
        assert sum(title.startswith("Chương ") for title in titles) >= 11
    finally:
        document.close()
