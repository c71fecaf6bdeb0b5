"""The form of an administrative report in Word: heading, signature, annex; and charts that Word draws itself."""

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm

from oer.indicators.reports.document import FONT_FAMILY, Chart, ReportDocument
from oer.indicators.reports.docx_styles import LANDSCAPE_CENTIMETRES, PORTRAIT_CENTIMETRES
from oer.indicators.reports.form import DOTS, AdministrativeForm

_DATE_HYPHEN = re.compile(r"(?<=\d)-(?=\d{2}\b)")
AGENCY_CENTIMETRES = 6.1  # beside it, the name of the nation has room for one line


def add_head(made: Any, form: AdministrativeForm, document: ReportDocument) -> None:
    """Add agency and nation, number and day side by side, then what kind of document it is, and about what."""
    total = LANDSCAPE_CENTIMETRES if document.landscape else PORTRAIT_CENTIMETRES
    left = total / 2 if document.landscape else AGENCY_CENTIMETRES
    first, second = _columns(made, 2, left, total - left)
    above = [("Agency above", form.agency_above)] if form.agency_above else []
    _fill(first[0], [*above, ("Agency", form.agency)], rule=2.4, width=left)
    _fill(first[1], [("Nation", form.nation), ("Motto", form.motto)], rule=5.4, width=total - left)
    _fill(second[0], [("Document number", form.number)])
    _fill(second[1], [("Place and day", form.place_and_day)])
    for style, text in (
        ("Document kind", form.kind),
        ("Document about", form.about),
        ("Subtitle line", document.subtitle),
    ):
        made.add_paragraph(text, style=style)
    _rule(made.add_paragraph(style="Rule"), 3, total)


def add_signature(made: Any, form: AdministrativeForm, landscape: bool) -> None:
    """Add who receives it, and beside that by what right it is signed, room for the hand and the seal, the name."""
    total = LANDSCAPE_CENTIMETRES if landscape else PORTRAIT_CENTIMETRES
    made.add_paragraph()
    (cells,) = _columns(made, 1, total / 2, total / 2)
    recipients = [("Recipients", line) for line in form.recipients]
    _fill(cells[0], [("Recipients heading", form.recipients_heading), *recipients])
    authority = [("Authority", line) for line in form.authority]
    _fill(cells[1], [*authority, ("Signing space", ""), ("Signer", form.signer or DOTS * 2)])


def _columns(made: Any, rows: int, *centimetres: float) -> list[list[Any]]:
    table = made.add_table(rows=rows, cols=len(centimetres))
    table.autofit = False
    for column, width in zip(table.columns, centimetres, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, centimetres, strict=True):
            cell.width = Cm(width)
    return [list(row.cells) for row in table.rows]


def _fill(cell: Any, texts: list[tuple[str, str]], *, rule: float = 0, width: float = 0) -> None:
    for number, (style, text) in enumerate(texts):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        paragraph.style = style
        paragraph.add_run(text)
    if rule:
        _rule(cell.add_paragraph(style="Rule"), rule, width)


def _rule(paragraph: Any, length: float, width: float) -> None:
    """Draw a thin line in the middle of a column."""
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Cm((width - length) / 2)
    properties = paragraph._p.get_or_add_pPr()
    border = parse_xml(
        f'<w:pBdr xmlns:w="{_WORD}"><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>'
    )
    properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


# Charts (ISO/IEC 29500-1, 21.2): figures, not a picture: Word draws them in the fonts of the document.

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
EMU = 360_000  # in a centimetre
_FILLS = ("1F4E79", "A6A6A6")


def add_chart(made: Any, block: Chart, number: int, document: ReportDocument) -> None:
    """Add a chart with its caption; its bars in words are what a screen reader says."""
    made.add_paragraph(block.caption, style="Caption")
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, _CHART_TYPE, _chart_xml(block, document).encode(), made.part.package)
    relation = made.part.relate_to(part, f"{_RELATIONS}/chart")
    width = LANDSCAPE_CENTIMETRES if document.landscape else PORTRAIT_CENTIMETRES
    height = 1.6 + len(block.bars) * (1.25 if _has_targets(block) else 0.9)
    paragraph = made.add_paragraph(style="Normal")
    paragraph.add_run()._r.append(
        parse_xml(
            f'<w:drawing xmlns:w="{_WORD}" xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main">'
            f'<wp:inline distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{int(width * EMU)}" cy="{int(height * EMU)}"/>'
            f'<wp:docPr id="{1000 + number}" name="Chart {number}" descr={quoteattr(block.in_words)}/>'
            f'<a:graphic><a:graphicData uri="{_DRAWING}/chart"><c:chart xmlns:c="{_DRAWING}/chart" '
            f'xmlns:r="{_RELATIONS}" r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
        )
    )


def _has_targets(block: Chart) -> bool:
    return any(each.target is not None for each in block.bars)


def _chart_xml(block: Chart, document: ReportDocument) -> str:
    labels = [f"{each.label}: {each.shown}" for each in block.bars]
    series = [_series(0, document.labels.figure, labels, [each.percent for each in block.bars])]
    if _has_targets(block):
        series.append(_series(1, document.labels.target, labels, [each.target for each in block.bars]))
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(series) > 1 else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace xmlns:c="{_DRAWING}/chart" '
        f'xmlns:a="{_DRAWING}/main"><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        '<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{"".join(series)}<c:gapWidth val="45"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="l"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>'
        '<c:crossAx val="2"/></c:catAx><c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/>'
        '<c:max val="100"/><c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="b"/>'
        '<c:numFmt formatCode="0&quot;%&quot;" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/><c:crosses val="max"/>'
        f'</c:valAx></c:plotArea>{legend}<c:plotVisOnly val="1"/></c:chart>'
        f'<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1000"><a:latin typeface="{FONT_FAMILY}"/></a:defRPr></a:pPr>'
        "<a:endParaRPr/></a:p></c:txPr></c:chartSpace>"
    )


def _series(number: int, name: str, labels: list[str], values: list[Decimal | None] | list[Decimal]) -> str:
    texts = "".join(f'<c:pt idx="{n}"><c:v>{escape(text)}</c:v></c:pt>' for n, text in enumerate(labels))
    points = "".join(f'<c:pt idx="{n}"><c:v>{each:f}</c:v></c:pt>' for n, each in enumerate(values) if each is not None)
    count = f'<c:ptCount val="{len(labels)}"/>'
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/><c:tx><c:v>{escape(name)}</c:v></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{_FILLS[number]}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>'
        f"<c:cat><c:strLit>{count}{texts}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>General</c:formatCode>{count}{points}</c:numLit></c:val></c:ser>"
    )


def keep_dates_whole(paragraph: Any) -> None:
    """Make the hyphens within dates ones at which Word does not break a line."""
    for run in paragraph.runs:
        for text in run._r.findall(qn("w:t")):
            parts = _DATE_HYPHEN.split(text.text or "")
            if len(parts) == 1:
                continue
            at = text
            text.text = parts[0]
            text.set(qn("xml:space"), "preserve")
            for part in parts[1:]:
                hyphen, rest = OxmlElement("w:noBreakHyphen"), OxmlElement("w:t")
                rest.text = part
                rest.set(qn("xml:space"), "preserve")
                at.addnext(hyphen)
                hyphen.addnext(rest)
                at = rest
