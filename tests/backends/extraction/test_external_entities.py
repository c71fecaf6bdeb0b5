"""A document that asks for what lies outside of it gets nothing: no file, no connection (misuse 14; advisories 4-7)."""

import socket
from collections.abc import Iterator

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import extract
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.archive_factories import zip_of
from tests.backends.extraction.pdf_factories import pdf_of

CANARY = "canary-in-a-file"


@pytest.fixture
def outside(tmp_path) -> Iterator[tuple[list[str], socket.socket]]:
    """Addresses of what must not be read: a file, and a place that listens."""
    secret = tmp_path / "outside" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text(CANARY)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield [secret.as_uri(), f"http://127.0.0.1:{listening.getsockname()[1]}/x.dtd"], listening


def _doctype(address: str, root: str) -> str:
    # A parameter entity is fetched while the document type is read; a general one where the text names it.
    network = f'<!ENTITY % p SYSTEM "{address}"> %p;' if address.startswith("http") else ""
    return f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{address}">{network}]>'


def _xfa(address: str) -> bytes:
    form = f"{_doctype(address, 'xdp')}<xdp><template>&x;</template></xdp>".encode()
    packet = f"{_doctype(address, 'x')}<x:xmpmeta xmlns:x='adobe:ns:meta/'>&x;</x:xmpmeta>".encode()

    def catalog(pdf) -> str:
        return f" /AcroForm << /Fields [] /XFA {pdf.stream(form)} 0 R >> /Metadata {pdf.stream(packet)} 0 R "

    return pdf_of(["Trang một"], catalog=catalog)


def _scorm(address: str) -> bytes:
    manifest = f"{_doctype(address, 'manifest')}<manifest><title>&x;</title></manifest>"
    return zip_of({"imsmanifest.xml": manifest, "index.html": f'<p>bài</p><iframe src="{address}"></iframe>'})


def _docx(address: str) -> bytes:
    return made.docx(made.paragraph("trước &x; sau"), doctype=_doctype(address, "w"))


def _odt(address: str) -> bytes:
    return made.odf("text", "<text:p>trước</text:p>", parts={"meta.xml": f"{_doctype(address, 'm')}<m>&x;</m>"})


def _epub(address: str) -> bytes:
    return made.epub([f'<p>&x;</p><img src="{address}"/><link rel="stylesheet" href="{address}"/>'])


def _svg(address: str) -> bytes:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text><image href="{address}"/></svg>'
    return (_doctype(address, "svg") + drawn).encode()


def _html(address: str) -> bytes:
    return f'<html><body><p>bài</p><iframe src="{address}"></iframe><img src="{address}"></body></html>'.encode()


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (_xfa, types.PDF),
        (_scorm, types.ZIP),
        (_docx, types.DOCX),
        (_odt, types.ODT),
        (_epub, types.EPUB),
        (_svg, types.SVG),
        (_html, types.HTML),
    ],
    ids=["pdf", "scorm", "docx", "odt", "epub", "svg", "html"],
)
def test_what_a_document_asks_for_outside_of_itself_is_not_read(outside, tmp_path, make, media_type):
    addresses, listening = outside
    for address in addresses:
        path = tmp_path / "document"
        path.write_bytes(make(address))
        found = extract(path, media_type)
        assert CANARY not in repr(found)
        with pytest.raises(BlockingIOError):
            listening.accept()
