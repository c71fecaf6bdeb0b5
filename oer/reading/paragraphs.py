"""Text of printed pages, whose lines end where the paper did, put together again into paragraphs."""

import re

# A line this much shorter than the longest ends a paragraph, or is a heading or a line of a poem.
_FULL = 0.72
_ITEM = re.compile(r"\s*(?:[-–—•▪◦●○■□✓➢*+]|\(?\d{1,3}[.)]|\(?[a-zđ][.)])\s", re.IGNORECASE)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a page's text: full lines run on, short lines and list items stay lines of their own."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        longest = max((len(line) for line in lines), default=0)
        found.extend(_joined(lines, longest))
    return found


def _joined(lines: list[str], longest: int) -> list[str]:
    result: list[str] = []
    runs_on = False
    for line in lines:
        if runs_on and not _ITEM.match(line):
            result[-1] += f" {line}"
        else:
            result.append(line)
        runs_on = len(line) >= _FULL * longest and longest > 40
    return result
