"""Where in a material's files a query is answered: chosen from the places that the index names, by their texts."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import MEDIA_TYPES, TEXT, Family
from oer.backends.search import Hit, Location
from oer.search.highlighting import HighlightTerms
from oer.search.passages import Kind
from oer.search.queries.rows import FileRow, MaterialRow, TextPart, part_texts
from oer.search.snippets import Answer, answer_near

# Their texts have the lines of a page or of a screen, and so has plain text.
_PRINTED = frozenset({Family.PDF, Family.IMAGE, Family.CAPTIONS, Family.AUDIO, Family.VIDEO})
_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True)
class Place:
    """The passage of a file that is shown, with the text that it is in."""

    file: FileRow
    part: int
    page: int | None
    text: str
    answer: Answer

    @property
    def is_worth_opening(self) -> bool:
        """Whether somebody who is led there finds more than titles and rights."""
        return self.answer.answers or self.answer.kind is Kind.NUMBERS


@dataclass(frozen=True)
class _Spot:
    """A place that the index named."""

    file: FileRow
    location: Location
    part: TextPart


def best_places(
    session: Session, found: Sequence[tuple[MaterialRow, Hit]], terms: HighlightTerms
) -> list[Place | None]:
    """Return for each hit where its text answers the query best; None where its files have no word of it.

    Most are answered at the first place that the index names; the texts of the others are only read for the rest.
    """
    spots = [list(_spots(material, hit)) for material, hit in found]
    texts: dict[TextPart, str] = {}
    _read(session, texts, (each[0].part for each in spots if each))
    places = [_place(each[0], texts, terms) if each else None for each in spots]
    unanswered = [number for number, place in enumerate(places) if not (place and place.answer.is_enough)]
    _read(session, texts, (each.part for number in unanswered for each in spots[number][1:]))
    for number in unanswered:
        places[number] = _better([places[number], *(_place(each, texts, terms) for each in spots[number][1:])])
    return places


def _spots(material: MaterialRow, hit: Hit) -> Iterator[_Spot]:
    for location in (hit.location, *hit.others) if hit.location else ():
        file = next((file for file in material.files if file.number == location.file), None)
        number = _NUMBER.search(location.anchor)
        if file is not None and file.rendition_id is not None and number is not None:
            yield _Spot(file, location, TextPart(file.rendition_id, int(number[0])))


def _read(session: Session, texts: dict[TextPart, str], parts: Iterable[TextPart]) -> None:
    read = part_texts(session, {part for part in parts if part not in texts})
    texts.update((part, unicodedata.normalize("NFC", text)) for part, text in read.items())


def _place(spot: _Spot, texts: dict[TextPart, str], terms: HighlightTerms) -> Place | None:
    text = texts.get(spot.part)
    if not text:
        return None
    media_type = spot.file.media_type
    printed = media_type == TEXT or (media_type in MEDIA_TYPES and MEDIA_TYPES[media_type].family in _PRINTED)
    answer = answer_near(text, terms, spot.location.word, spot.location.offset, printed=printed)
    return Place(spot.file, spot.part.number, spot.location.page, text, answer) if answer else None


def _better(places: Iterable[Place | None]) -> Place | None:
    """Return the place that answers best, of equals the first."""
    there = [place for place in places if place]
    if not there:
        return None
    best = max(there, key=lambda place: place.answer.rank)
    most = max(place.answer.score + place.answer.missed for place in there)
    return replace(best, answer=replace(best.answer, missed=most - best.answer.score))
