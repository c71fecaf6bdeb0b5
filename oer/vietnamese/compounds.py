"""Words of two or three syllables that stay on one line: a title that breaks inside of "an toàn" reads badly."""

import re
from functools import cache
from pathlib import Path

NO_BREAK = "\u00a0"
_COMPOUNDS = Path(__file__).parent / "data" / "compounds.txt"
_COUNTED = "phút|giờ|giây|trang|phần|câu|bước|lần|học liệu|KB|MB|GB|byte|px|kWh|W|min|minutes?|hours?"
_AMOUNT = rf"(?:trên )?(?<![\d.,])\d[\d.,]* (?:{_COUNTED})|trên \d+"


@cache
def _bound() -> re.Pattern[str]:
    """Return what finds words that stay together, and a number with what it counts."""
    compounds = [re.escape(each) for each in _COMPOUNDS.read_text(encoding="utf-8").splitlines()]
    # Longer ones first, so that not their beginnings are found instead.
    either = "|".join(sorted(compounds, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either}|{_AMOUNT})(?!\w)", re.IGNORECASE)


def with_bound_words(text: str) -> str:
    """Return a text with no-break spaces inside its compounds, and between a number and what it counts."""
    return _bound().sub(lambda found: found[0].replace(" ", NO_BREAK), text)
