"""Text of printed pages, whose lines end where the paper did, put together again into paragraphs."""

import re

# A line this much shorter than the longest ends a paragraph, or is a heading or a line of a poem.
_FULL = 0.72
_ITEM = re.compile(r"\s*(?:[-–—•▪◦●○■□✓➢*+]|\(?\d{1,3}[.)]|\(?[a-zđ][.)])\s", re.IGNORECASE)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a page: full lines run on; short ones and list items stay lines, of one paragraph."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        longest = max((len(line) for line in lines), default=0)
        found.extend(_joined(lines, longest))
    return found


def _joined(lines: list[str], longest: int) -> list[str]:
    result: list[str] = []
    runs_on = was_short = False
    for line in lines:
        is_short = len(line) < _FULL * longest or longest <= 40
        if runs_on and not _ITEM.match(line):
            result[-1] += f" {line}"
            was_short = False
        elif was_short and is_short:
            result[-1] += f"\n{line}"
        else:
            result.append(line)
            was_short = is_short
        runs_on = not is_short
    return result
