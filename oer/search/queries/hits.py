"""Hits of the index as a page shows them: the material, the sentence that matched, where to open it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.backends.search import Hit, Place, Word
from oer.catalogue.models import CAPTIONS, TRANSCRIPT
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.queries.kept_rows import kept_rows
from oer.search.queries.rows import FileRow, MaterialRow, TextPlace, texts_at
from oer.search.snippets import Marks, Piece, mark, snippet
from oer.vocabularies import vocabularies

_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True)
class Found:
    """A material that answers, as a list of results shows it."""

    material: MaterialRow
    title: Sequence[Piece]
    snippet: Sequence[Piece]
    file: FileRow | None
    """The file that the snippet is from; None where it is from the summary."""
    part: int
    """Number of the page, chapter or section that the snippet is from."""
    page: int | None
    """The same, where people know it by its number."""

    @property
    def format(self) -> str:
        """The format of the file that the snippet is from."""
        return vocabularies().format_of(self.file.media_type) if self.file else ""

    @property
    def is_spoken(self) -> bool:
        """Whether the snippet is from what is said in a recording."""
        return self.file is not None and self.file.role in (CAPTIONS, TRANSCRIPT)


def found_materials(session: Session, hits: Sequence[Hit], words: Sequence[Word], language: str) -> list[Found]:
    """Return what a page shows of these hits, in their order. What is not in service any more is left out."""
    materials = kept_rows(session, [hit.id for hit in hits])
    shown = [(materials[hit.id], hit.place) for hit in hits if hit.id in materials]
    places = [_text_place(material, place) for material, place in shown]
    texts, marks = texts_at(session, [place for place in places if place]), Marks.of(words)
    return [
        _found(material, place, texts.get(at) if at else None, at, marks, language)
        for (material, place), at in zip(shown, places, strict=True)
    ]


def _file(material: MaterialRow, place: Place) -> FileRow | None:
    return next((file for file in material.files if file.position == place.file), None)


def _text_place(material: MaterialRow, place: Place | None) -> TextPlace | None:
    file = _file(material, place) if place else None
    number = _NUMBER.search(place.anchor) if place else None
    if file is None or file.rendition_id is None or number is None:
        return None
    return TextPlace(file.rendition_id, int(number[0]))


def _found(
    material: MaterialRow,
    place: Place | None,
    text: str | None,
    at: TextPlace | None,
    marks: Marks,
    language: str,
) -> Found:
    title = mark(in_language(material.record.get("title"), language or DEFAULT_LANGUAGE), marks)
    if place is None or at is None or not text:
        summary = in_language(material.record.get("summary"), language)
        return Found(material, title, snippet(summary, marks) if summary else (), None, 1, None)
    return Found(
        material, title, snippet(text, marks, place.word, place.start), _file(material, place), at.number, place.page
    )
