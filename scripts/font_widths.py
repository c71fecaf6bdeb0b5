"""Writes how wide the letters of the heading font are, in thousandths of an em: what titles on covers are set by.

    .venv/bin/python scripts/font_widths.py FONT.woff2 > oer/covers/data/heading_font.json

Run it whenever the font changes.
"""

import json
import sys
from collections import defaultdict

from PIL import ImageFont

# Latin with Vietnamese, combining marks, punctuation, currency: no font for headings here has more.
LETTERS = [*range(0x20, 0x250), *range(0x300, 0x330), *range(0x1E00, 0x1F00), *range(0x2010, 0x2200)]
MISSING = "\U0010fffd"


def widths_of(path: str) -> dict[str, str]:
    """Return the letters that a font has by their width; letters that it has not are left out."""
    font = ImageFont.truetype(path, 1000, layout_engine=ImageFont.Layout.BASIC)
    box, missing = font.getbbox(MISSING), bytes(font.getmask(MISSING))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for letter in map(chr, LETTERS):
        if font.getbbox(letter) != box or bytes(font.getmask(letter)) != missing:
            found[round(font.getlength(letter))].append(letter)
    return {str(width): "".join(letters) for width, letters in sorted(found.items())}


if __name__ == "__main__":
    json.dump(widths_of(sys.argv[1]), sys.stdout, ensure_ascii=False, indent=0)
    print()
