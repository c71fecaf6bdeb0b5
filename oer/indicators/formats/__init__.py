"""Indicator sets as files: one document shape, read from and written to YAML and XLSX."""

from oer.indicators.formats.documents import LineDocument, SetDocument, TargetDocument
from oer.indicators.formats.files import read_set_file
from oer.indicators.formats.workbooks import read_workbook, write_workbook
from oer.indicators.formats.yaml_files import read_yaml, write_yaml

__all__ = [
    "LineDocument",
    "SetDocument",
    "TargetDocument",
    "read_set_file",
    "read_workbook",
    "read_yaml",
    "write_workbook",
    "write_yaml",
]
