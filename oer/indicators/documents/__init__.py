"""Reports as documents: one model of blocks, written as DOCX, PDF, XLSX and JSON. No database in them."""

from oer.indicators.documents.blocks import Block, Facts, Heading, Paragraph, ReportDocument, Table
from oer.indicators.documents.docx_writer import write_docx
from oer.indicators.documents.json_writer import read_json, write_json
from oer.indicators.documents.pdf_writer import write_pdf
from oer.indicators.documents.xlsx_writer import write_xlsx

WRITERS = {"docx": write_docx, "pdf": write_pdf, "xlsx": write_xlsx, "json": write_json}
MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

__all__ = ["MEDIA_TYPES", "WRITERS", "Block", "Facts", "Heading", "Paragraph", "ReportDocument", "Table", "read_json"]
