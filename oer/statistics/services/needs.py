"""Needs: what people say is missing, each put to the wish for the same material."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.vietnamese import folded_text
from oer.statistics.models import MaterialNeed, WantedMaterial, WantedState
from oer.statistics.services.wanted import LONGEST_TEXT, LONGEST_WORDS, WORDS_NEEDED

TOO_LONG = N_("This is longer than %(most)s characters.")


def tell_need(session: Session, words: str, remark: str = "", language: str = "vi") -> MaterialNeed:
    """Keep that somebody needs a material; all spellings of one need are one wish, which stands from the first on.

    Raises Invalid without words, and for a text that is too long.
    """
    words, remark = _line(words), _line(remark)
    folded = folded_text(words)[:LONGEST_WORDS]
    if not folded:
        raise Invalid(WORDS_NEEDED, field="words")
    for field, text, most in (("words", words, LONGEST_WORDS), ("remark", remark, LONGEST_TEXT)):
        if len(text) > most:
            raise Invalid(TOO_LONG, field=field, most=most)
    wish = _standing(session, folded) or _begin(session, words, folded)
    need = MaterialNeed(wish_id=wish.id, remark=remark, language=language)
    session.add(need)
    session.flush()
    return need


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _standing(session: Session, folded: str) -> WantedMaterial | None:
    standing = WantedMaterial.state.in_([WantedState.OPEN, WantedState.TAKEN])
    return session.scalar(sa.select(WantedMaterial).where(WantedMaterial.folded == folded, standing))


def _begin(session: Session, words: str, folded: str) -> WantedMaterial:
    wish = WantedMaterial(words=words, folded=folded)
    try:
        with session.begin_nested():
            session.add(wish)
    except IntegrityError:  # somebody else said the same at this moment
        found = _standing(session, folded)
        if found is None:
            raise
        return found
    return wish
