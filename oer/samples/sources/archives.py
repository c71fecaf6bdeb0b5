"""ZIP containers (DOCX, PPTX, ODT, EPUB, plain ZIP) that come out the same whenever they are made."""

import zipfile
from pathlib import Path

MOMENT = (2026, 1, 1, 0, 0, 0)


def write_archive(target: Path, members: dict[str, bytes | str], *, first_stored: str | None = None) -> None:
    """Writes members in the order given; `first_stored` is kept uncompressed (`mimetype` of ODF and EPUB)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_STORED if name == first_stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content.encode() if isinstance(content, str) else content)
