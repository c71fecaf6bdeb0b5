"""What office documents and books are made of: template parts kept as files, and reproducible ZIP archives."""

import re
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


# Parts of office documents and books that are kept as files, with words in @CAPITALS@ to be filled in.

PARTS = Path(__file__).with_name("parts")
LANGUAGE_TAGS = {"vi": "vi-VN", "en": "en-GB"}


def filled(name: str, /, **values: object) -> str:
    """The part `name` with each @WORD@ replaced by the (already escaped) value of that name."""
    text = (PARTS / name).read_text("utf-8")
    return re.sub(r"@([A-Z]+)@", lambda found: str(values[found[1].lower()]), text)
