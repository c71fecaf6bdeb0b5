"""Finding again the words that somebody marked in a text, and marking them in its HTML.

White space does not count: lines are broken anew by every reader, and a paragraph may have become two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from oer.learning.models import ReadingNote
from oer.learning.services.notes import without_space
from oer.reading.page_text import TAG_OR_ENTITY, as_text, shown_text

# Of a quote that stands on a page often.
_MOST_LOOKED_AT = 200
# So much of what stood around a quote has to be the same for it to be found on another page than before.
_ENOUGH_AROUND = 24


@dataclass(frozen=True)
class FoundQuote:
    """Where a quote stands in a text without white space, and how much of what stood around it is still there."""

    begin: int
    end: int
    around: int


def find_quote(note: ReadingNote, text: str, *, elsewhere: bool = False) -> FoundQuote | None:
    """Return where the quote of a note stands in a text without white space; None if it is not there.

    Of several places the one with most of what stood around it, then the nearest to where it was. With `elsewhere`, for
    pages that the note was not made on, much of what stood around must be there, too.
    """
    quote = without_space(note.quote)
    places = list(_places(text, quote)) if quote else []
    if not places:
        return None
    found = [FoundQuote(at, at + len(quote), _around(note, text, at, at + len(quote))) for at in places]
    best = max(found, key=lambda each: (each.around, -abs(each.begin - note.position)))
    return None if elsewhere and best.around < _ENOUGH_AROUND else best


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    for _ in range(_MOST_LOOKED_AT):
        if at < 0:
            return
        yield at
        at = text.find(quote, at + 1)


def _around(note: ReadingNote, text: str, begin: int, end: int) -> int:
    before, after = text[max(0, begin - len(note.before)) : begin], text[end : end + len(note.after)]
    return _same(reversed(before), reversed(note.before)) + _same(after, note.after)


def _same(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def page_of_note(note: ReadingNote, pages: Sequence[tuple[int, str]]) -> int | None:
    """Return on which page the quote of a note stands now; `pages` are numbers and texts without white space.

    Its own page first, then that with most of what stood around it. None if it stands nowhere.
    """
    own = next((text for number, text in pages if number == note.place), "")
    if find_quote(note, own):
        return note.place
    others = [(find_quote(note, text, elsewhere=True), number) for number, text in pages if number != note.place]
    found = [(each.around, number) for each, number in others if each]
    return max(found)[1] if found else None


def mark_notes(html: Markup, notes: Sequence[ReadingNote], page: int) -> tuple[Markup, set[int]]:
    """Mark the quotes of notes in sanitised HTML of a page; return it with the ids of the notes that are there.

    Each gets the id `note-<id>` where it begins. Where two overlap, the first one goes on to its end.
    """
    text = shown_text(html)
    at = [place for place, letter in enumerate(text) if not letter.isspace()]
    squeezed = "".join(text[place] for place in at)
    found = [(find_quote(each, squeezed, elsewhere=each.place != page), each.id) for each in notes]
    spans = sorted((each.begin, each.end, number) for each, number in found if each)
    ranges, end = list[tuple[int, int, int]](), -1
    for begin, stop, number in spans:
        first = max(begin, end)
        if first < stop:
            ranges.append((at[first], at[stop - 1] + 1, number))
            end = stop
    return Markup("".join(_marked(html, ranges))), {number for _, _, number in spans}  # noqa: S704 (only marks added)


def _marked(html: str, ranges: Sequence[tuple[int, int, int]]) -> Iterator[str]:
    at, begun, rest = 0, set[int](), list(ranges)
    for number, part in enumerate(TAG_OR_ENTITY.split(html)):
        length = len(as_text(part)) if number % 2 else len(part)
        if number % 2 and not part.startswith("&"):
            yield part
        else:
            whole = bool(number % 2)  # an entity is one letter
            place = 0
            for begin, end, note in rest:
                first, last = max(begin - at, place), min(end - at, length)
                if first >= last or (not whole and not part[first:last].strip()):
                    continue
                yield "" if whole else part[place:first]
                own_id = "" if note in begun else f' id="note-{note}"'
                begun.add(note)
                yield f'<mark class="noted"{own_id}>{part if whole else part[first:last]}</mark>'
                place = last
            yield ("" if place else part) if whole else part[place:]
        at += length
        rest = [each for each in rest if each[1] > at]
