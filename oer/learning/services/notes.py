"""Highlights and notes in texts, kept for whoever made them, by their consent to a history. The caller commits."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.learning.models import ReadingNote
from oer.learning.services.shelf import Place, has_history

MOST_NOTES, MOST_IN_MATERIAL = 5000, 500
LONGEST_QUOTE, LONGEST_CONTEXT, LONGEST_WORDS = 600, 80, 4000
_ENOUGH = N_("You have %(most)s notes. Delete some that you no longer need.")
_ENOUGH_HERE = N_("You have %(most)s notes in this material. Delete some that you no longer need.")
_TOO_LONG_QUOTE = N_("Mark no more than about %(most)s characters at once.")
_TOO_LONG = N_("A note has no more than %(most)s characters.")
_SAYS_NOTHING = N_("Mark some words of the text, or write a note.")
_UNKNOWN = N_("There is no such note.")
_SPACE = re.compile(r"\s+")


def without_space(text: str) -> str:
    """Return a text in NFC without white space: how quotes are compared, for lines are broken anew by every reader."""
    return _SPACE.sub("", unicodedata.normalize("NFC", text))


@dataclass(frozen=True)
class Anchor:
    """Where a note belongs: a place of a file; a quote from it, what stands around that, and where it begins."""

    place: Place
    quote: str = ""
    before: str = ""
    after: str = ""
    position: int = 0


def read_anchor(place: Place, form: Mapping[str, str]) -> Anchor:
    """Return where a note belongs, as a form tells it. Raises Invalid for a quote that is too long."""
    quote = " ".join(unicodedata.normalize("NFC", form.get("quote", "")).replace("\0", "").split())
    if len(quote) > LONGEST_QUOTE:
        raise Invalid(_TOO_LONG_QUOTE, most=LONGEST_QUOTE)
    before, after = (without_space(form.get(each, "").replace("\0", "")) for each in ("before", "after"))
    written = form.get("position", "")
    position = int(written) if written.isascii() and written.isdecimal() and len(written) <= 8 else 0
    return Anchor(place, quote, before[-LONGEST_CONTEXT:], after[:LONGEST_CONTEXT], position)


def _checked(words: str) -> str:
    text = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\0", "")).strip()
    if len(text) > LONGEST_WORDS:
        raise Invalid(_TOO_LONG, most=LONGEST_WORDS)
    return text


def add_note(session: Session, account: Account, material: Material, anchor: Anchor, words: str) -> ReadingNote | None:
    """Keep a highlight (without words) or a note; the same one sent twice is kept once.

    Returns None, and keeps nothing, without a consent to a history. Raises Invalid for a note that says nothing, is too
    long, or is one too many.
    """
    if not has_history(session, account.id):
        return None
    text = _checked(words)
    if not text and not anchor.quote:
        raise Invalid(_SAYS_NOTHING)
    here = notes_in(session, account.id, material.id)
    note = ReadingNote(
        account_id=account.id,
        material_id=material.id,
        file_number=anchor.place.file,
        kind=anchor.place.kind,
        place=anchor.place.at,
        quote=anchor.quote,
        before=anchor.before,
        after=anchor.after,
        position=anchor.position,
        words=text,
    )
    same = [each for each in here if _identity(each) == _identity(note)]
    if same:
        return same[0]
    count = session.scalar(sa.select(sa.func.count()).where(ReadingNote.account_id == account.id)) or 0
    if len(here) >= MOST_IN_MATERIAL:
        raise Invalid(_ENOUGH_HERE, most=MOST_IN_MATERIAL)
    if count >= MOST_NOTES:
        raise Invalid(_ENOUGH, most=MOST_NOTES)
    session.add(note)
    session.flush()
    return note


def _identity(note: ReadingNote) -> tuple[object, ...]:
    return note.file_number, note.kind, note.place, note.quote, note.before, note.after, note.words


def notes_in(session: Session, account_id: int, material_id: int, file: int | None = None) -> Sequence[ReadingNote]:
    """Return somebody's notes in a material, or in one file of it, in the order of the text."""
    query = sa.select(ReadingNote).where(ReadingNote.account_id == account_id, ReadingNote.material_id == material_id)
    if file is not None:
        query = query.where(ReadingNote.file_number == file)
    order = (ReadingNote.file_number, ReadingNote.place, ReadingNote.position, ReadingNote.id)
    return session.scalars(query.order_by(*order)).all()


def all_notes(session: Session, account_id: int) -> list[tuple[Material, list[ReadingNote]]]:
    """Return somebody's notes by material, the one with the newest note first, each in the order of the text."""
    with_version = selectinload(ReadingNote.material).selectinload(Material.current_version)
    query = sa.select(ReadingNote).where(ReadingNote.account_id == account_id).options(with_version)
    found = session.scalars(query).all()
    newest: dict[int, int] = {}
    for each in found:
        newest[each.material_id] = max(newest.get(each.material_id, 0), each.id)
    ordered = sorted(
        found,
        key=lambda each: (-newest[each.material_id], each.file_number, each.place, each.position, each.id),
    )
    return [(notes[0].material, notes) for _, notes in ((key, list(of)) for key, of in groupby(ordered, _material_id))]


def _material_id(note: ReadingNote) -> int:
    return note.material_id


def own_note(session: Session, account: Account, number: int) -> ReadingNote:
    """Return a note of somebody. Raises NotFound for any other, as if it did not exist."""
    note = session.get(ReadingNote, number)
    if note is None or note.account_id != account.id:
        raise NotFound(_UNKNOWN)
    return note


def change_note(session: Session, note: ReadingNote, words: str) -> None:
    """Change what a note says. Raises Invalid for a note that says nothing or is too long."""
    text = _checked(words)
    if not text and not note.quote:
        raise Invalid(_SAYS_NOTHING)
    note.words, note.changed_at = text, now()
    session.flush()


def delete_note(session: Session, note: ReadingNote) -> None:
    """Delete a note."""
    session.delete(note)
    session.flush()
