"""Parts of materials that take 5, 10 or 15 minutes: where they begin, and how long they are.

Minutes come from the text (150 syllables a minute, of other languages words: about as fast as it is read aloud; a slide
takes a minute at least), from recordings, or from what the author said of the whole. docs/look.md says so to people.
"""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import Family
from oer.catalogue.home_models import PartKind
from oer.catalogue.models import FileRole, Material, Version
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.durations import learning_minutes
from oer.files import queries as files
from oer.files.models import RenditionPage
from oer.reading.page_text import with_anchors
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.sanitising import ID_PREFIX, Addresses, clean_html

SYLLABLES_A_MINUTE = 150
# What somebody has -> from how many minutes to how many a part of it may take.
SLOTS: Mapping[int, tuple[float, float]] = {5: (3.5, 6.5), 10: (8.0, 12.0), 15: (12.5, 17.5)}
# What is longer is a book: its sections are looked for in its first pages.
MOST_PAGES, MOST_SECTIONS = 120, 200
_PLAYER = "player"  # the id of the player in its page
_SYLLABLE = re.compile(r"\w+")
_NOWHERE = Addresses(page=lambda *_: "", member=lambda _: "")


@dataclass(frozen=True)
class Part:
    """A part of a material that fits into a slot. `page`, `anchor`: where it begins."""

    slot: int
    kind: PartKind
    file_number: int
    page: int = 1
    last_page: int = 1
    anchor: str = ""
    title: str = ""
    last_title: str = ""


@dataclass(frozen=True)
class Section:
    """A heading of a file with the text up to the next one, in minutes."""

    title: str
    level: int
    page: int
    anchor: str
    minutes: float


def minutes_of_text(text: str) -> float:
    """Return about how many minutes it takes to read a text."""
    return len(_SYLLABLE.findall(text)) / SYLLABLES_A_MINUTE


def slot_of(minutes: float) -> int | None:
    """Return into which slot so many minutes fit, None if into none."""
    return next((slot for slot, (least, most) in SLOTS.items() if least <= minutes <= most), None)


def parts_of(session: Session, version: Version) -> list[Part]:
    """Return the parts of a version that fit into a slot, in the order of its files."""
    contents = [line for line in file_lines(session, version) if line.role == FileRole.CONTENT and line.opens]
    said = slot_of(learning_minutes(version.record.get("time_required")) or 0)
    if said and contents:
        return [Part(said, PartKind.WHOLE, contents[0].number, anchor=_PLAYER if contents[0].is_played else "")]
    return [part for line in contents for part in _parts_of_file(session, line)]


def _parts_of_file(session: Session, line: FileLine) -> Iterator[Part]:
    rendition = line.shown.rendition
    if line.is_played:
        slot = slot_of((line.duration or 0) / 60)
        if slot:
            yield Part(slot, PartKind.RECORDING, line.number, anchor=_PLAYER)
        return
    # A sheet of numbers or a picture is no reading matter, however many words stand in it.
    if rendition is None or line.family in {Family.SHEET, Family.IMAGE, Family.ARCHIVE, Family.CAPTIONS}:
        return
    pages = files.pages(session, rendition.id)[:MOST_PAGES]
    if line.family is Family.SLIDES:
        yield from _runs_of_slides(line.number, pages)
    else:
        yield from _runs_of_sections(line.number, sections_of(pages, rendition.facts.get("outline", [])))


def _runs_of_slides(number: int, pages: Sequence[RenditionPage]) -> Iterator[Part]:
    """Yield runs of slides, each run as long as it may be, from every slide but the first, which is the title."""
    for first, page in enumerate(pages[1:], 1):
        minutes, title = 0.0, page.label or page.text.strip().partition("\n")[0]
        for last in pages[first:]:
            minutes += max(1.0, minutes_of_text(last.text))
            slot = slot_of(minutes)
            if slot and title and math.isclose(minutes, slot, abs_tol=1.5):
                yield Part(slot, PartKind.SLIDES, number, page.number, last.number, title=title)


def sections_of(pages: Sequence[RenditionPage], outline: Sequence[Mapping[str, Any]]) -> list[Section]:
    """Return the headings of a text with what stands below each of them up to the next."""
    found: list[Section] = []
    by_page = {page.number: page for page in pages}
    entries = [entry for entry in outline[:MOST_SECTIONS] if entry["page"] in by_page]
    anchors = _anchors(by_page, entries)
    places = list(_places(by_page, entries))
    ends = [*places[1:], (pages[-1].number, len(pages[-1].text))] if places else []
    for entry, anchor, begin, end in zip(entries, anchors, places, ends, strict=True):
        minutes = minutes_of_text(_between(by_page, begin, end))
        found.append(Section(str(entry["title"]), int(entry["level"]), begin[0], anchor, minutes))
    return found


Place = tuple[int, int]
"""Number of a page, and place in its text."""


def _places(pages: Mapping[int, RenditionPage], entries: Sequence[Mapping[str, Any]]) -> Iterator[Place]:
    """Yield where each entry of an outline begins: at its heading, else where the one before it began."""
    page = at = 0
    for entry in entries:
        if entry["page"] != page:
            page, at = int(entry["page"]), 0
        heading = r"\s+".join(map(re.escape, str(entry["title"]).split()))
        found = re.compile(heading).search(pages[page].text, at)
        at = found.start() if found else at
        yield page, at


def _between(pages: Mapping[int, RenditionPage], begin: Place, end: Place) -> str:
    if begin[0] == end[0]:
        return pages[begin[0]].text[begin[1] : end[1]]
    between = [pages[number].text for number in range(begin[0] + 1, end[0]) if number in pages]
    return "\n".join([pages[begin[0]].text[begin[1] :], *between, pages[end[0]].text[: end[1]]])


def _anchors(pages: Mapping[int, RenditionPage], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each entry the id to which its reader leads, as the reader makes it; "" where there is none."""
    found: list[str] = []
    for number in dict.fromkeys(int(entry["page"]) for entry in entries):
        here = [entry for entry in entries if entry["page"] == number]
        html = pages[number].html
        made = with_anchors(Markup(clean_html(html, _NOWHERE)), [e["title"] for e in here])[1] if html else {}  # noqa: S704
        found += [ID_PREFIX + e["anchor"] if e.get("anchor") else made.get(at, "") for at, e in enumerate(here)]
    return found


def _runs_of_sections(number: int, sections: Sequence[Section]) -> Iterator[Part]:
    """Yield runs of sections of one level, each with what is below it."""
    for first, begin in enumerate(sections):
        minutes, last = 0.0, begin
        for at, section in enumerate(sections[first:], first):
            if section.level < begin.level:
                break
            last = section if section.level == begin.level else last
            minutes += section.minutes
            is_end = at + 1 == len(sections) or sections[at + 1].level <= begin.level
            slot = slot_of(minutes)
            if is_end and slot and (at > first or len(sections) > 1):
                yield Part(
                    slot,
                    PartKind.SECTION,
                    number,
                    begin.page,
                    section.page,
                    begin.anchor,
                    begin.title,
                    last.title if last is not begin else "",
                )


# Which parts a day has. The same day and catalogue always give the same ones.

ENOUGH = 8  # candidates of a slot among which three that go together are looked for
MOST_LOOKED_AT = 120


@dataclass(frozen=True)
class Candidate:
    """A part that a day may have, of which version, and the subjects that it is about, without their narrower ones."""

    part: Part
    version_id: int
    subjects: frozenset[str]


def parts_for_day(
    session: Session, day: date, shown_lately: Collection[int], chosen: Collection[Candidate] = ()
) -> list[Candidate]:
    """Return a part for each slot that none of `chosen` has, of different subjects; fewer where there are none.

    Materials in `shown_lately`, by the ids of their versions, come last.
    """
    wanted = [slot for slot in SLOTS if slot not in {each.part.slot for each in chosen}]
    found: dict[int, list[Candidate]] = defaultdict(list)
    for version_id in _order_of(session, day, shown_lately)[:MOST_LOOKED_AT]:
        version = session.get_one(Version, version_id)
        for slot, part in _one_for_each_slot(parts_of(session, version), f"{day}:{version_id}").items():
            found[slot].append(Candidate(part, version_id, subjects_of(version.record)))
        if all(len(found[slot]) >= ENOUGH for slot in wanted):
            break
    for count in range(len(wanted), 0, -1):
        together = [
            some
            for slots in combinations(wanted, count)
            for some in product(*(found[slot][:ENOUGH] for slot in slots))
            if _go_together([*chosen, *some])
        ]
        if together:
            return list(max(together, key=lambda some: len({each.part.kind for each in some})))  # the first of these
    return []


def subjects_of(record: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of the main subjects of a material."""
    return frozenset(code.partition(".")[0] for code in record.get("subjects") or ())


def _go_together(candidates: Collection[Candidate]) -> bool:
    return all(
        one.version_id != other.version_id and not one.subjects & other.subjects
        for one, other in combinations(candidates, 2)
    )


def _order_of(session: Session, day: date, shown_lately: Collection[int]) -> list[int]:
    query = sa.select(Material.current_version_id).where(*IS_PUBLIC).order_by(Material.id)
    found = [version_id for version_id in session.scalars(query) if version_id is not None]
    return sorted(found, key=lambda each: (each in shown_lately, _chance(f"{day}:{each}")))


def _one_for_each_slot(parts: Sequence[Part], seed: str) -> dict[int, Part]:
    by_slot: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_slot[part.slot].append(part)
    return {slot: some[_chance(f"{seed}:{slot}") % len(some)] for slot, some in by_slot.items()}


def _chance(seed: str) -> int:
    """Return a number that looks like chance and is always the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
