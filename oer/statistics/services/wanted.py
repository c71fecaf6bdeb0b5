"""Wanted materials: asked for, taken on by an educator, fulfilled or dropped."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.queries.materials import find_public
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.ids import read_public_id
from oer.core.text import clean_line, clean_text
from oer.statistics.models import MaterialNeed, WantedMaterial, WantedState
from oer.vietnamese.keys import folded_text

ASKED_ALREADY = N_("A material for this has already been requested.")
WORDS_NEEDED = N_("Say in a few words what is missing.")
NOT_OPEN = N_("Somebody else has taken this on, or it is already done.")
NOT_YOURS = N_("Another educator has taken on this request.")
NO_SUCH_MATERIAL = N_("No published material has this identifier.")
REASON_NEEDED = N_("Say why it is no longer wanted.")
LONGEST_WORDS, LONGEST_TEXT = 200, 1000


def ask_for(session: Session, actor: Account, words: str, remark: str = "") -> WantedMaterial:
    """Add a wanted material. Raises Invalid without words, Conflict if it is already wanted."""
    words = clean_line(words)[:LONGEST_WORDS]
    folded = folded_text(words)[:LONGEST_WORDS]
    if not folded:
        raise Invalid(WORDS_NEEDED, field="words")
    wish = WantedMaterial(words=words, folded=folded, remark=clean_text(remark)[:LONGEST_TEXT])
    try:
        with session.begin_nested():
            session.add(wish)
    except IntegrityError:
        raise Conflict(ASKED_ALREADY) from None
    audit.record(session, actor.id, "wanted.asked", "wanted_material", wish.id, words=words)
    return wish


def take_on(session: Session, educator: Account, wish: WantedMaterial) -> None:
    """Assign a wanted material to an educator. Raises Conflict if somebody else was first."""
    taken = session.execute(
        sa.update(WantedMaterial)
        .where(WantedMaterial.id == wish.id, WantedMaterial.state == WantedState.OPEN)
        .values(state=WantedState.TAKEN, taken_by_id=educator.id, taken_at=now())
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(NOT_OPEN)
    session.refresh(wish)
    audit.record(session, educator.id, "wanted.taken", "wanted_material", wish.id)


def give_back(session: Session, educator: Account, wish: WantedMaterial) -> None:
    """Reopen a wanted material. Raises Forbidden if another educator has taken it on."""
    _require_taken_by(educator, wish)
    wish.state, wish.taken_by_id, wish.taken_at = WantedState.OPEN, None, None
    audit.record(session, educator.id, "wanted.given_back", "wanted_material", wish.id)
    session.flush()


def fulfil(session: Session, educator: Account, wish: WantedMaterial, identifier: str) -> None:
    """Close a wanted material with a published material, given by its public id or address.

    Raises Forbidden if another educator has taken it on, Invalid if no such material is published.
    """
    _require_taken_by(educator, wish)
    public_id = read_public_id(identifier.strip().rstrip("/").rsplit("/", 1)[-1])
    try:
        material = find_public(session, public_id or "")
    except (NotFound, Gone):
        raise Invalid(NO_SUCH_MATERIAL, field="material") from None
    wish.state, wish.material, wish.closed_at = WantedState.CLOSED, material.public_id, now()
    audit.record(session, educator.id, "wanted.fulfilled", "wanted_material", wish.id, material=material.public_id)
    _forget_remarks(session, wish)


def drop(session: Session, actor: Account, wish: WantedMaterial, reason: str) -> None:
    """Drop a wanted material. Raises Invalid without a reason, Conflict if it is already closed or dropped."""
    reason = clean_text(reason)
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    if wish.state not in {WantedState.OPEN, WantedState.TAKEN}:
        raise Conflict(NOT_OPEN)
    wish.state, wish.reason, wish.closed_at = WantedState.DROPPED, reason[:LONGEST_TEXT], now()
    audit.record(session, actor.id, "wanted.dropped", "wanted_material", wish.id)
    _forget_remarks(session, wish)


def _forget_remarks(session: Session, wish: WantedMaterial) -> None:
    session.flush()
    session.execute(sa.update(MaterialNeed).where(MaterialNeed.wish_id == wish.id).values(remark=""))


def _require_taken_by(educator: Account, wish: WantedMaterial) -> None:
    if wish.state != WantedState.TAKEN:
        raise Conflict(NOT_OPEN)
    if wish.taken_by_id != educator.id:
        raise Forbidden(NOT_YOURS)


# Needs: what people say is missing, grouped by wanted material.

TEXT_TOO_LONG = N_("This is longer than %(most)s characters.")


def record_need(session: Session, words: str, remark: str = "", language: str = "vi") -> MaterialNeed:
    """Record that somebody needs a material. All spellings belong to one wanted material, added with the first need.

    Raises Invalid without words, and for texts that are too long.
    """
    words, remark = clean_line(words), clean_line(remark)
    folded = folded_text(words)[:LONGEST_WORDS]
    if not folded:
        raise Invalid(WORDS_NEEDED, field="words")
    for field, text, most in (("words", words, LONGEST_WORDS), ("remark", remark, LONGEST_TEXT)):
        if len(text) > most:
            raise Invalid(TEXT_TOO_LONG, field=field, most=most)
    wish = _standing(session, folded) or _begin(session, words, folded)
    need = MaterialNeed(wish_id=wish.id, remark=remark, language=language)
    session.add(need)
    session.flush()
    return need


def _standing(session: Session, folded: str) -> WantedMaterial | None:
    standing = WantedMaterial.state.in_([WantedState.OPEN, WantedState.TAKEN])
    return session.scalar(sa.select(WantedMaterial).where(WantedMaterial.folded == folded, standing))


def _begin(session: Session, words: str, folded: str) -> WantedMaterial:
    wish = WantedMaterial(words=words, folded=folded)
    try:
        with session.begin_nested():
            session.add(wish)
    except IntegrityError:  # somebody else has just submitted the same
        found = _standing(session, folded)
        if found is None:
            raise
        return found
    return wish
