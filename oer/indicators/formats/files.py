"""A set's file, whatever its format: told by its content, not by its name."""

from oer.indicators.formats.documents import SetDocument
from oer.indicators.formats.workbooks import read_workbook
from oer.indicators.formats.yaml_files import read_yaml

ZIP_SIGNATURE = b"PK\x03\x04"


def read_set_file(content: bytes) -> list[SetDocument]:
    """Return the sets of an XLSX or YAML file. Raises Unprocessable."""
    return read_workbook(content) if content.startswith(ZIP_SIGNATURE) else read_yaml(content)
