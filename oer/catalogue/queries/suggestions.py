"""What the files of a draft suggest for its description: from their facts, their text, and what is catalogued alike."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue import first_draft
from oer.catalogue.fields import field_named
from oer.catalogue.first_draft import FoldedText
from oer.catalogue.models import FileRole, Version
from oer.catalogue.queries.files import ShownFile, files_of, formats_among
from oer.catalogue.queries.nearest import Neighbour, neighbours
from oer.core.durations import duration_of_minutes
from oer.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, N_
from oer.files.models import RenditionPage
from oer.vocabularies import vocabularies

_MAX_TITLE = 300
_READ_PAGES, _READ_FILES = 12, 4
_MOST_SUBJECTS = 3
# A neighbour that is as near as this says as much as words of a subject that stand in the title.
_NEIGHBOURS_WEIGH = 25.0
_ENOUGH_NEIGHBOURS = 0.5
_LEAST_SAID, _SHARE_OF_BEST = 3.0, 0.25

FROM_TITLE = N_("It is the title that the file itself has.")
FROM_FIRST_LINE = N_("It is the first line of the text.")
FROM_NAME = N_("It is the name of the file.")
FROM_TEXT = N_("It was read in the text of the file.")
FROM_LENGTH = N_("It is how long the recording plays.")
FROM_KIND = N_("It follows from the kind of file and what the file is called.")
FROM_LIKENESS = N_("It was guessed from the words of the text and from materials here that are like it.")


@dataclass(frozen=True)
class Suggested:
    """A value that is offered for a field, in the form that a record has it; `why` says where it comes from.

    `alternatives` are codes that may be meant instead.
    """

    name: str
    value: Any
    why: str
    alternatives: tuple[str, ...] = ()

    def chosen(self, code: str) -> Any:
        """Return the value with an alternative as its only code; the value itself for any other code."""
        return [code] if code in self.alternatives else self.value


@dataclass(frozen=True)
class Suggestions:
    """What is offered for the fields of a draft, by field. `waiting` while a file has not been read yet."""

    offered: Mapping[str, Suggested] = field(default_factory=dict)
    waiting: bool = False

    def for_empty(self, record: Mapping[str, Any]) -> "Suggestions":
        """Return those for fields that a record lacks: what somebody wrote is never in question."""
        kept = {name: each for name, each in self.offered.items() if not has_words(field_named(name).of(record))}
        return Suggestions(kept, self.waiting)

    @property
    def parts(self) -> dict[str, Any]:
        """What a page showed of them, for `oer.core.seen`."""
        return {name: [each.value, list(each.alternatives)] for name, each in self.offered.items()}


def has_words(value: Any) -> bool:
    """Tell whether a part of a record says anything: a language without a text, or a role without a name, does not."""
    if isinstance(value, Mapping):
        return any(has_words(each) for name, each in value.items() if name != "role")
    return any(map(has_words, value)) if isinstance(value, list) else bool(value)


def suggestions_for(session: Session, version: Version) -> Suggestions:
    """Return what the content files of a version suggest, whatever its record has by now."""
    files = [shown for shown in files_of(session, version) if shown.file.role == FileRole.CONTENT]
    if not files:
        return Suggestions()
    text = _text_of(session, files)
    near = neighbours(session, version)
    language = next((code for shown in files if (code := _language(shown))), "")
    found = [
        *_facts_suggest(files, text, language),
        *_text_suggests(text, language, near, [_title(files[0], text)[0], *_names(files)]),
    ]
    waiting = any(shown.is_being_read for shown in files)
    return Suggestions({each.name: each for each in found if each.value}, waiting)


def _facts(shown: ShownFile) -> dict[str, Any]:
    return shown.rendition.facts if shown.rendition else {}


def _language(shown: ShownFile) -> str:
    code = str(_facts(shown).get("language", ""))
    return code if code in vocabularies().languages else ""


def _stem(shown: ShownFile) -> str:
    stem = shown.file.name.rpartition(".")[0] or shown.file.name
    return stem.replace("_", " ").replace("-", " ").strip()


def _names(files: Sequence[ShownFile]) -> list[str]:
    """Return what names the files: their titles, names and headings."""
    outlines = (entry["title"] for shown in files for entry in _facts(shown).get("outline", ())[:40])
    return [*(str(_facts(shown).get("title", "")) for shown in files), *map(_stem, files), *outlines]


def _text_of(session: Session, files: Sequence[ShownFile]) -> str:
    """Return the beginnings of the texts of the first files."""
    ids = [shown.rendition.id for shown in files if shown.rendition and not shown.rendition.is_unfinished][:_READ_FILES]
    beginning = sa.func.substr(RenditionPage.text, 1, first_draft.READ_CHARACTERS)
    query = sa.select(RenditionPage.rendition_id, beginning).where(
        RenditionPage.rendition_id.in_(ids), RenditionPage.number <= _READ_PAGES
    )
    texts = defaultdict[int, list[str]](list)
    for rendition_id, text in session.execute(query.order_by(RenditionPage.number)) if ids else ():
        texts[rendition_id].append(text)
    share = first_draft.READ_CHARACTERS // max(len(texts), 1)
    return "\n\n".join("\n\n".join(texts[each])[:share] for each in ids)


def _facts_suggest(files: Sequence[ShownFile], text: str, language: str) -> Iterable[Suggested]:
    title, why = _title(files[0], text)
    yield Suggested("title", {language if language in LANGUAGES else DEFAULT_LANGUAGE: title}, why)
    yield Suggested("language", [language] if language else [], FROM_TEXT)
    minutes = round(sum(float(_facts(shown).get("duration") or 0) for shown in files) / 60)
    yield Suggested("time_required", str(duration_of_minutes(minutes)) if minutes else "", FROM_LENGTH)
    yield Suggested("types", _types(files, text), FROM_KIND)


def _title(shown: ShownFile, text: str) -> tuple[str, str]:
    if written := str(_facts(shown).get("title", "")).strip():
        return written[:_MAX_TITLE], FROM_TITLE
    if line := first_draft.title_in(text):
        return line, FROM_FIRST_LINE
    return _stem(shown)[:_MAX_TITLE], FROM_NAME


def _types(files: Sequence[ShownFile], text: str) -> list[str]:
    names = FoldedText.of("", [*_names(files)[: 2 * len(files)], text[:200]])
    said = first_draft.codes_said(names, vocabularies().types, 2, in_names_alone=True)
    formats = formats_among({}, (shown.blob.media_type for shown in files))
    by_kind = [
        term.code
        for code in formats
        for term in vocabularies().types
        if code in str(term.facts.get("files", "")).split()
    ]
    return list(dict.fromkeys([*by_kind, *said]))[:2]


def _text_suggests(text: str, language: str, near: Sequence[Neighbour], names: Sequence[str]) -> Iterable[Suggested]:
    folded = FoldedText.of(text, names)
    written_in = language if language in LANGUAGES else DEFAULT_LANGUAGE
    subjects = subjects_near(folded, near)
    yield Suggested("subjects", subjects[:1], FROM_LIKENESS, tuple(subjects[1:]))
    said = first_draft.codes_said(folded, vocabularies().levels, 2, in_names_alone=True)
    yield Suggested("levels", said or _shared_by_most(near, "levels"), FROM_TEXT if said else FROM_LIKENESS)
    grades = first_draft.codes_said(folded, vocabularies().grades, 3, in_names_alone=True)
    yield Suggested("grades", grades, FROM_TEXT)
    if grades:  # elsewhere "công nghệ" and its like are words as any other
        school_subjects = first_draft.codes_said(folded, vocabularies().school_subjects, 1, in_names_alone=True)
        yield Suggested("school_subjects", school_subjects, FROM_TEXT)
    summary = first_draft.summary_in(text)
    yield Suggested("summary", {written_in: summary} if summary else {}, FROM_TEXT)
    outcomes = first_draft.outcomes_in(text)
    yield Suggested("outcomes", {written_in: outcomes} if outcomes else {}, FROM_TEXT)
    known = dict.fromkeys(word for each in near for word in each.record.get("keywords", ()))
    yield Suggested("keywords", first_draft.keywords_in(text, known, names), FROM_TEXT)


def subjects_near(text: FoldedText, near: Sequence[Neighbour], most: int = _MOST_SUBJECTS) -> list[str]:
    """Return the subjects that a text is most likely about: by its words, and by those of the nearest materials."""
    scheme = vocabularies().subjects
    scores = first_draft.said_of_terms(text, (term for term in scheme if term.parent))
    for each in near:
        for place, code in enumerate(each.record.get("subjects", ())):
            if code in scheme:
                scores[code] = scores.get(code, 0.0) + _NEIGHBOURS_WEIGH * each.nearness * (1.0 if not place else 0.6)
    best = sorted(scores, key=lambda code: (-scores[code], code))
    least = max(_LEAST_SAID, _SHARE_OF_BEST * scores[best[0]]) if best else 0.0
    return [code for code in best[:most] if scores[code] >= least]


def _shared_by_most(near: Sequence[Neighbour], name: str) -> list[str]:
    """Return the code that most of the nearest materials have, weighed by how near they are."""
    weights = defaultdict[str, float](float)
    for each in near:
        for code in each.record.get(name, ()):
            weights[code] += each.nearness
    total = sum(each.nearness for each in near)
    best = max(weights, key=lambda code: weights[code], default="")
    return [best] if best and weights[best] > _ENOUGH_NEIGHBOURS * total else []
