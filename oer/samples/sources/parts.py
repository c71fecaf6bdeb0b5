"""Parts of office documents and books that are kept as files, with words in @CAPITALS@ to be filled in."""

import re
from pathlib import Path

PARTS = Path(__file__).with_name("parts")
LANGUAGE_TAGS = {"vi": "vi-VN", "en": "en-GB"}


def filled(name: str, /, **values: object) -> str:
    """The part `name` with each @WORD@ replaced by the (already escaped) value of that name."""
    text = (PARTS / name).read_text("utf-8")
    return re.sub(r"@([A-Z]+)@", lambda found: str(values[found[1].lower()]), text)
