"""Parts of documents that somebody has meddled with: each reader ends in a named state, never in its own error."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oer.backends.extraction import media_types as types
from oer.backends.extraction.protocol import ExtractionError
from oer.backends.extraction.zip_directory import ArchiveError
from tests.backends.extraction import document_factories as made

SLIDE = (
    made.shape_of("một\nhai", "", (0, 1))
    + made.shape_of("Tiêu đề", "title")
    + '<p:pic><p:nvPicPr><p:cNvPr descr="Ảnh"/></p:nvPicPr><p:blipFill><a:blip r:embed="i"/></p:blipFill></p:pic>'
)
WORDS = (
    made.paragraph("Chương", "H1", "<w:b/>")
    + made.paragraph("mục", extra='<w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr><w:outlineLvl w:val="9"/>')
    + f"<w:tbl><w:tr><w:tc>{made.paragraph('ô')}</w:tc></w:tr></w:tbl>"
)
ODF_TEXT = (
    '<text:h text:outline-level="2">Mục</text:h><text:p>Xin<text:s text:c="3"/>chào<draw:frame>'
    '<draw:image xlink:href="a.png"/></draw:frame></text:p>'
    "<text:list><text:list-item><text:p>a</text:p></text:list-item></text:list><table:table>"
    '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/>'
    "</table:table-row></table:table>"
)
ROWS = '<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="C1" s="1"><v>45000.5</v></c><c t="b"><v>1</v></c></row>'
STYLES = '<numFmts><numFmt numFmtId="164" formatCode="dd/mm"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs>'
NAV = '<a href="text/c1.xhtml">Một</a>'
VALUES = ["", "-1", "0", "99999999999999999999", "1e400", "²", "x", "../../../x", "http://[", "#", "%", "\u0660"]


def mutated(draw, source):
    """Return markup with a few of its values and tags changed, still nearly what it was."""
    pieces = re.split(r'("[^"]*"|<[^>]*>|[^<"]+)', source)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(pieces) - 1))
        piece = pieces[place]
        if piece.startswith('"'):
            pieces[place] = f'"{draw(st.sampled_from(VALUES))}"'
        elif piece.startswith("<"):
            values = draw(st.sampled_from(VALUES))
            pieces[place] = draw(st.sampled_from(["", piece * 2, re.sub(r'"[^"]*"', f'"{values}"', piece)]))
        else:
            pieces[place] = draw(st.sampled_from(VALUES))
    return "".join(pieces)


MAKERS = {
    types.DOCX: lambda change: made.docx(change(WORDS), styles=change(made.heading_styles())),
    types.PPTX: lambda change: made.pptx([change(SLIDE)], {1: "x"}, links=[("i", "image", "../media/i.png")]),
    types.XLSX: lambda change: made.xlsx(change(ROWS), strings=["<t>x</t>"], styles=change(STYLES)),
    types.ODT: lambda change: made.odf("text", change(ODF_TEXT)),
    types.ODP: lambda change: made.odf("presentation", f"<draw:page>{change(ODF_TEXT)}</draw:page>"),
    types.ODS: lambda change: made.odf("spreadsheet", change(ODF_TEXT)),
    types.EPUB: lambda change: made.epub([change(f"<p>x</p>{NAV}<img src='i.png'>")], nav=change(NAV)),
    types.HTML: lambda change: change(f"<title>x</title><h1>a</h1><table><tr><td>1</td></tr></table>{NAV}"),
    types.MARKDOWN: lambda change: change("# a\n\n| a |\n|---|\n| b |\n\n[x](http://[) <b>"),
    types.SVG: lambda change: change("<svg xmlns='http://www.w3.org/2000/svg'><text>x</text><title>y</title></svg>"),
    types.SRT: lambda change: change("1\n00:00:01,000 --> 00:00:02,500\nx\n\n2\n99:99:99,999 --> 00:00:00,0\ny\n"),
    types.CSV: lambda change: change('a,b\n"1,2\n3;4\n'),
}


@pytest.mark.parametrize("media_type", MAKERS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_reader_ends_in_a_named_state(read_here, media_type, data):
    content = MAKERS[media_type](lambda source: mutated(data.draw, source))
    try:
        found = read_here(content, media_type)
    except (ExtractionError, ArchiveError):
        return
    for page in found.pages:
        assert "\0" not in page.text
        page.text.encode("utf-8")
        page.html.encode("utf-8")
