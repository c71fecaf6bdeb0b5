"""The headings of a page that is shown, which its table of contents leads to."""

import re
from collections.abc import Sequence
from html import unescape

from markupsafe import Markup

_HEADING = re.compile(r"<h([1-6])((?: [^>]*)?)>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(r' id="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")


def with_anchors(html: Markup, titles: Sequence[str]) -> tuple[Markup, dict[int, str]]:
    """Give an id to each heading of sanitised HTML that stands among `titles`, in their order.

    Returns the HTML, and by the place of a title the id that leads to it; what has an id keeps it.
    """
    anchors: dict[int, str] = {}
    begin = 0

    def anchored(found: re.Match[str]) -> str:
        nonlocal begin
        words = " ".join(unescape(_TAG.sub("", found[3])).split())
        place = next((each for each in range(begin, len(titles)) if titles[each] == words), None)
        if place is None:
            return found[0]
        begin = place + 1
        own = _ID.search(found[2])
        anchors[place] = own[1] if own else f"heading-{place + 1}"
        return found[0] if own else f'<h{found[1]} id="{anchors[place]}"{found[2]}>{found[3]}</h{found[1]}>'

    return Markup(_HEADING.sub(anchored, html)), anchors  # noqa: S704 (as clean as it came)
