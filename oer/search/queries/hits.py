"""Hits of the index as a page shows them: the material, the sentence that matched, where to open it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from oer.backends.search import Hit, Place, Word
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.queries.rows import FileRow, MaterialRow, TextPlace, material_rows, texts_at
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

    @cached_property
    def formats(self) -> list[str]:
        """The formats of its files, each once, in order."""
        return list(dict.fromkeys(vocabularies().format_of(file.media_type) for file in self.material.content))

    @property
    def format(self) -> str:
        """The format of the file that the snippet is from."""
        return vocabularies().format_of(self.file.media_type) if self.file else ""

    @property
    def main_format(self) -> str:
        """The format of its first file."""
        return next(iter(self.formats), "")

    @property
    def pages(self) -> int:
        """How many pages, slides, sheets or chapters its first file has; 0 where that is not known."""
        return int(self._facts.get("pages") or 0)

    @property
    def seconds(self) -> float | None:
        """How long its first file plays, if it does."""
        return self._facts.get("duration")

    @property
    def _facts(self) -> Mapping[str, Any]:
        content = self.material.content
        return content[0].facts if content else {}


def found_materials(session: Session, hits: Sequence[Hit], words: Sequence[Word], language: str) -> list[Found]:
    """Return what a page shows of these hits, in their order. What is not in service any more is left out."""
    materials = material_rows(session, [hit.id for hit in hits])
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
    return Found(material, title, snippet(text, marks, place.word), _file(material, place), at.number, place.page)
