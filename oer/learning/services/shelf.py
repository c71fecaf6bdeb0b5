"""Shelf and progress: what somebody saved, where they are, what they finished. The caller commits.

Saving is one's own act. Positions and what was finished are kept by the consent HISTORY alone, and go with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Consent, Purpose
from oer.accounts.services.consents import CONSENT_TEXTS, on_consent_withdrawn
from oer.catalogue.models import Collection, CollectionItem, Material
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import now, today
from oer.core.db import insert_into, plain_rows
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.text import clean_text
from oer.learning.models import (
    DiaryEntry,
    FinishedMaterial,
    PlaceKind,
    PractisedQuestion,
    ReadingNote,
    ReadingPosition,
    ShelfItem,
    StartedCourse,
    WeeklyGoal,
)
from oer.learning.queries.diary import diary_entry

MOST_SAVED = 2000
# Turning a page, or listening on for two minutes, is going on; anything further is a jump, and keeps where one was.
NEAR = {PlaceKind.PAGE: 1, PlaceKind.SECOND: 120}
MOST_PLACE = 10_000_000
LONGEST_WORDS = 4000
_LONG_WORDS = N_("This is longer than %(most)s characters.")
_ENOUGH = N_("You have already saved %(most)s materials. Remove one that you no longer need.")
_NO_PLACE = N_("This place cannot be remembered.")
_NO_BEFORE = N_("There is no earlier place to go back to.")


def save_material(session: Session, account: Account, material: Material) -> None:
    """Put a material on somebody's shelf; saved twice, it keeps its place. Raises Invalid for more than 2,000."""
    if session.get(ShelfItem, (account.id, material.id)) is not None:
        return
    if len(_saved_by(session, account)) >= MOST_SAVED:
        raise Invalid(_ENOUGH, most=MOST_SAVED)
    insert = insert_into(session, ShelfItem).values(account_id=account.id, material_id=material.id, saved_at=now())
    session.execute(insert.on_conflict_do_nothing())


def _saved_by(session: Session, account: Account) -> set[int]:
    return set(session.scalars(sa.select(ShelfItem.material_id).where(ShelfItem.account_id == account.id)))


def unsave_material(session: Session, account: Account, public_id: str) -> None:
    """Take a material off somebody's shelf, whether it is public still or not."""
    of = sa.select(Material.id).where(Material.public_id == public_id).scalar_subquery()
    session.execute(sa.delete(ShelfItem).where(ShelfItem.account_id == account.id, ShelfItem.material_id == of))


@dataclass(frozen=True)
class Place:
    """A place in a file: its number in the material, page or second, and how many there are (0: not known)."""

    file: int
    kind: PlaceKind
    at: int
    total: int


def read_place(file: Any, kind: Any, at: Any, total: Any) -> Place:
    """Return a place as a form or a browser tells it. Raises Invalid."""
    numbers = [_whole(each) for each in (file, at, total)]
    if not isinstance(kind, str) or kind not in set(PlaceKind) or any(each is None for each in numbers):
        raise Invalid(_NO_PLACE, code="place")
    number, place, all_of_it = (each or 0 for each in numbers)
    return Place(number, PlaceKind(kind), place, all_of_it)


def _whole(value: Any) -> int | None:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) <= 8):
        return None
    return int(text) if int(text) <= MOST_PLACE else None


# Built once: it is asked with every page that is turned. The material's id, where there is a consent to keep a history;
# to which wording; whether today stands in the diary already.
_MAY_KEEP = (
    sa.select(
        Material.id,
        Consent.text_version,
        sa.exists().where(
            DiaryEntry.account_id == Consent.account_id,
            DiaryEntry.day == sa.bindparam("day", type_=sa.Date),
            DiaryEntry.material_id == Material.id,
        ),
    )
    .select_from(Material)
    .join(
        Consent,
        sa.and_(
            Consent.account_id == sa.bindparam("account_id", type_=sa.Integer),
            Consent.purpose == Purpose.HISTORY,
            Consent.withdrawn_at.is_(None),
        ),
    )
    .where(Material.public_id == sa.bindparam("public_id"), *IS_PUBLIC)
)


def _kept_material(session: Session, account_id: int, public_id: str) -> int | None:
    """Return the id of a material of which something may be kept for somebody, with today in their diary; else None."""
    day = today()
    found = plain_rows(session, _MAY_KEEP, {"public_id": public_id, "account_id": account_id, "day": day})
    if not found:
        return None
    material_id, wording, is_noted = found[0]
    if not is_noted and wording == CONSENT_TEXTS[Purpose.HISTORY].version:  # an older wording names no days
        row = {"account_id": account_id, "day": day, "material_id": material_id, "note": ""}
        session.execute(insert_into(session, DiaryEntry).values(row).on_conflict_do_nothing())
    return material_id


def note_place(session: Session, account_id: int, public_id: str, place: Place, device: str) -> bool:
    """Keep where somebody is in a material; the server's time decides which is the later place.

    Returns False, and keeps nothing, without their consent to a history or without such a material.
    """
    material_id = _kept_material(session, account_id, public_id)
    if material_id is None:
        return False
    key = {"account_id": account_id, "material_id": material_id}
    row = {**key, **_columns(place), "device": device, "saved_at": now()}
    session.connection().execute(_note(session), row)  # through the session it takes four times as long
    return True


def _columns(place: Place) -> dict[str, Any]:
    return {"file_number": place.file, "kind": place.kind, "place": place.at, "total": place.total}


_KEPT = {
    "before_file": "file_number",
    "before_kind": "kind",
    "before_place": "place",
    "before_total": "total",
    "before_at": "saved_at",
}
_notes: dict[str, Any] = {}


def _note(session: Session) -> Any:
    dialect = session.get_bind().dialect.name
    if dialect not in _notes:
        _notes[dialect] = _made_note(session)
    return _notes[dialect]


def _made_note(session: Session) -> Any:
    table = cast("Any", ReadingPosition.__table__)
    insert = insert_into(session, table)
    new, old = insert.excluded, table.c
    far = sa.case((old.kind == PlaceKind.SECOND, NEAR[PlaceKind.SECOND]), else_=NEAR[PlaceKind.PAGE])
    elsewhere = sa.or_(
        old.device != new.device,
        old.file_number != new.file_number,
        old.kind != new.kind,
        sa.func.abs(old.place - new.place) > far,
    )
    is_same = sa.and_(old.file_number == new.file_number, old.kind == new.kind, old.place == new.place)
    moves = sa.and_(elsewhere, sa.not_(is_same))
    kept = {name: sa.case((moves, old[column]), else_=old[name]) for name, column in _KEPT.items()}
    told = {name: new[name] for name in ("file_number", "kind", "place", "total", "device", "saved_at")}
    return insert.on_conflict_do_update(index_elements=["account_id", "material_id"], set_={**kept, **told})


def swap_places(session: Session, account: Account, public_id: str) -> Place:
    """Go back to the place before; the one that is left is kept in its stead, so going back can be undone, too.

    Raises Conflict if there is none.
    """
    of = sa.select(Material.id).where(Material.public_id == public_id).scalar_subquery()
    position = session.scalar(
        sa.select(ReadingPosition).where(ReadingPosition.account_id == account.id, ReadingPosition.material_id == of)
    )
    if position is None or position.before_at is None or position.before_kind is None:
        raise Conflict(_NO_BEFORE)
    left = (position.file_number, position.kind, position.place, position.total, position.saved_at)
    back = Place(
        position.before_file or 0, position.before_kind, position.before_place or 0, position.before_total or 0
    )
    position.file_number, position.kind = back.file, back.kind
    position.place, position.total, position.saved_at = back.at, back.total, now()
    position.before_file, position.before_kind, position.before_place, position.before_total, position.before_at = left
    session.flush()
    return back


def finish_material(session: Session, account_id: int, public_id: str) -> bool:
    """Note that somebody has finished a material. Returns False, and notes nothing, as `note_place` does."""
    material_id = _kept_material(session, account_id, public_id)
    if material_id is None:
        return False
    row = {"account_id": account_id, "material_id": material_id, "finished_at": now()}
    session.execute(insert_into(session, FinishedMaterial).values(row).on_conflict_do_nothing())
    note_courses(session, account_id, [material_id])
    return True


def note_courses(session: Session, account_id: int, material_ids: Sequence[int]) -> None:
    """Note the courses of which somebody has finished a part with these materials, and those that they finished.

    Both are noted once: a course that gets another part later stays finished.
    """
    parts = (
        sa.select(
            Collection.public_id,
            sa.func.count(CollectionItem.material_id),
            sa.func.count(FinishedMaterial.material_id),
        )
        .join(CollectionItem, CollectionItem.collection_id == Collection.id)
        .join(Material, Material.id == CollectionItem.material_id)
        .outerjoin(
            FinishedMaterial,
            sa.and_(FinishedMaterial.account_id == account_id, FinishedMaterial.material_id == Material.id),
        )
        .where(
            Collection.id.in_(
                sa.select(CollectionItem.collection_id).where(CollectionItem.material_id.in_(material_ids))
            ),
            Collection.published_at.is_not(None),
            *IS_PUBLIC,
        )
        .group_by(Collection.public_id)
    )
    moment = now()
    for course, total, done in session.execute(parts).all():
        row = {"account_id": account_id, "course": course, "started_at": moment}
        session.execute(insert_into(session, StartedCourse).values(row).on_conflict_do_nothing())
        if done == total:
            theirs = (StartedCourse.account_id == account_id, StartedCourse.course == course)
            first = sa.update(StartedCourse).where(*theirs, StartedCourse.finished_at.is_(None))
            session.execute(first.values(finished_at=moment))


def unfinish_material(session: Session, account: Account, public_id: str) -> None:
    """Forget that somebody has finished a material."""
    of = sa.select(Material.id).where(Material.public_id == public_id).scalar_subquery()
    theirs = FinishedMaterial.account_id == account.id
    session.execute(sa.delete(FinishedMaterial).where(theirs, FinishedMaterial.material_id == of))


def forget_place(session: Session, account: Account, public_id: str) -> None:
    """Forget where somebody is in a material, and where they were before."""
    of = sa.select(Material.id).where(Material.public_id == public_id).scalar_subquery()
    theirs = ReadingPosition.account_id == account.id
    session.execute(sa.delete(ReadingPosition).where(theirs, ReadingPosition.material_id == of))


def write_in_diary(session: Session, account: Account, day: date, public_id: str, words: str) -> None:
    """Set one's own words about a day with a material: plain text. Raises NotFound, Invalid where they are too long."""
    entry = diary_entry(session, account.id, day, public_id)
    text = clean_text(words)
    if len(text) > LONGEST_WORDS:
        raise Invalid(_LONG_WORDS, field="note", most=LONGEST_WORDS)
    entry.note = text
    session.flush()


def forget_day(session: Session, account: Account, day: date, public_id: str) -> None:
    """Take a material off a day of somebody's diary, with what they wrote. Raises NotFound."""
    session.delete(diary_entry(session, account.id, day, public_id))
    session.flush()


def forget_history(session: Session, account_id: int) -> None:
    """Delete what was kept by the consent to a history."""
    own = (ReadingPosition, FinishedMaterial, DiaryEntry, StartedCourse, ReadingNote, PractisedQuestion, WeeklyGoal)
    for table in own:
        session.execute(sa.delete(table).where(table.account_id == account_id))


on_consent_withdrawn(Purpose.HISTORY, forget_history)


@dataclass(frozen=True)
class KeptInBrowser:
    """What a browser kept for somebody without an account: ids of saved and finished materials, and places by id."""

    saved: Sequence[str]
    finished: Sequence[str]
    places: Sequence[tuple[str, Place]]

    @property
    def ids(self) -> set[str]:
        """The materials that it names."""
        return {*self.saved, *self.finished, *(public_id for public_id, _ in self.places)}


def take_over(session: Session, account: Account, kept: KeptInBrowser, device: str) -> int:
    """Put what a browser kept on somebody's shelf: the saved always, the rest where they keep a history.

    What their account knows already stays as it is. Unknown and withdrawn materials are left out, and so is what does
    not fit onto the shelf; returns how many materials were taken over.
    """
    asked = sa.select(Material.public_id, Material.id).where(Material.public_id.in_(kept.ids), *IS_PUBLIC)
    numbers: dict[str, int] = dict(session.execute(asked).all())
    moment, theirs = now(), {"account_id": account.id}
    there = _saved_by(session, account)
    known = [each for each in dict.fromkeys(kept.saved) if each in numbers]
    fresh = [each for each in known if numbers[each] not in there][: max(0, MOST_SAVED - len(there))]
    _add(session, ShelfItem, [{**theirs, "material_id": numbers[each], "saved_at": moment} for each in fresh])
    taken = {*fresh, *(each for each in known if numbers[each] in there)}
    if has_history(session, account.id):
        done = [each for each in kept.finished if each in numbers]
        rows = [{**theirs, "material_id": numbers[each], "finished_at": moment} for each in done]
        _add(session, FinishedMaterial, rows)
        note_courses(session, account.id, [numbers[each] for each in done])
        of = {public_id: place for public_id, place in kept.places if public_id in numbers}
        found = {"device": device, "saved_at": moment}
        places = [{**theirs, **found, "material_id": numbers[each], **_columns(of[each])} for each in of]
        _add(session, ReadingPosition, places)
        taken |= {*done, *of}
    return len(taken)


def _add(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    # One by one: a statement of many rows has too many values for SQLite, and there are a few hundred at most.
    for row in {each["material_id"]: each for each in rows}.values():
        session.execute(insert_into(session, table).values(row).on_conflict_do_nothing())


def has_history(session: Session, account_id: int) -> bool:
    """Whether somebody has agreed to a history for themselves."""
    agreed = (Consent.account_id == account_id, Consent.purpose == Purpose.HISTORY, Consent.withdrawn_at.is_(None))
    return bool(session.scalar(sa.select(sa.exists().where(*agreed))))
