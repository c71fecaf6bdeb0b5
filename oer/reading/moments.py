"""When in a recording something is said: times in a transcript become links, searched words lead to their time."""

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from oer.reading.captions import Cue
from oer.reading.marking import TAG_OR_ENTITY, Wanted, wanted_in

_TIME = re.compile(r"\[(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)\]")


def link_times(html: Markup, address: Callable[[int], str]) -> Markup:
    """Return sanitised HTML in which each time, `[3:20]` or `[1:03:20]`, is a link that plays the recording there."""

    def link(found: re.Match[str]) -> str:
        seconds = _seconds(found)
        shown = Markup('<a href="%s" data-time="%s" rel="nofollow">%s</a>')
        return shown % (address(seconds), seconds, found[0].strip("[]"))

    parts = TAG_OR_ENTITY.split(html)
    parts[::2] = [_TIME.sub(link, text) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only links to our own page were added)


def timed_parts(text: str) -> list[Cue]:
    """Return the parts of a transcript that begin with a time; what stands before the first has none."""
    found = list(_TIME.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    return [Cue(_seconds(each), _seconds(each), text[each.end() : end]) for each, end in zip(found, ends, strict=False)]


def moment_of(cues: Sequence[Cue], wanted: Wanted) -> int | None:
    """Return the second at which most of the wanted words are said, None where none is.

    A sentence runs over the end of a caption: each is looked at with the one that follows it.
    """
    said = [wanted_in(cue.text, wanted) for cue in cues]
    together = [len(own | after) if own else 0 for own, after in zip(said, [*said[1:], set()], strict=False)]
    most = max(together, default=0)
    return int(cues[together.index(most)].start) if most else None


def _seconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
