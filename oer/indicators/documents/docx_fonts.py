"""Fonts embedded in a Word document (ISO/IEC 29500-1, 17.8: obfuscated fonts)."""

import uuid
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from oer.indicators.documents.fonts import FACES, FAMILY

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
# As the font's own OS/2 table says it.
_ABOUT = (
    '<w:altName w:val="Times New Roman"/><w:panose1 w:val="02020603050405020304"/><w:charset w:val="00"/>'
    '<w:family w:val="roman"/><w:pitch w:val="variable"/><w:sig w:usb0="E0000AFF" w:usb1="500078FF" '
    'w:usb2="00000021" w:usb3="00000000" w:csb0="600001BF" w:csb1="DFF70000"/>'
)
_OBFUSCATED = 32


def obfuscated(font: bytes, key: uuid.UUID) -> bytes:
    """Return a font with its first 32 bytes hidden by a key, or such a font as it was: doing it twice undoes it.

    The key's sixteen bytes are taken from the last written digit to the first (17.8.1).
    """
    mask = key.bytes[::-1] * 2
    return bytes(one ^ other for one, other in zip(font[:_OBFUSCATED], mask, strict=True)) + font[_OBFUSCATED:]


def embed_fonts(made: Any) -> None:
    """Put the font of the reports into a document, regular and bold."""
    table = made.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    faces = ""
    for number, (element, path) in enumerate(FACES.items(), 1):
        font = path.read_bytes()
        key = uuid.uuid5(uuid.NAMESPACE_URL, path.name)
        name = PackURI(f"/word/fonts/font{number}.odttf")
        part = Part(name, CONTENT_TYPE, obfuscated(font, key), made.part.package)
        relation = table.relate_to(part, RELATIONSHIP_TYPE.FONT)
        faces += f'<w:{element} r:id="{relation}" w:fontKey="{{{str(key).upper()}}}"/>'
    font_xml = f'<w:font w:name="{FAMILY}">{_ABOUT}{faces}</w:font>'
    table._blob = f'<?xml version="1.0" encoding="UTF-8"?>\n<w:fonts {NAMESPACES}>{font_xml}</w:fonts>'.encode()
    # Where it is not said, Word throws the fonts away as it saves.
    zoom = made.settings.element.find(qn("w:zoom"))
    zoom.addnext(OxmlElement("w:embedTrueTypeFonts"))
