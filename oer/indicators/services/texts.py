"""Text boxes of the reports: 150 words in each language for a chapter."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.indicators.models import ReportText, Round
from oer.indicators.models.observations import WORDS_OF_A_NOTE

TOO_MANY_WORDS = N_("A text box has at most 150 words in each language; this one has %(words)s.")


def write_text(
    session: Session,
    actor_id: int | None,
    found: Round,
    unit_id: int | None,
    *,
    kind: str,
    chapter: str,
    text: dict[str, str],
) -> None:
    """Keep a chapter's text box of a report; an empty one goes. Raises Invalid where it has too many words."""
    for language, words in text.items():
        number = len(words.split())
        if number > WORDS_OF_A_NOTE:
            raise Invalid(TOO_MANY_WORDS, field=f"{chapter}-{language}", words=number)
    kept = {language: words.strip() for language, words in text.items() if words.strip()}
    made = _row(session, found.id, unit_id, kind, chapter)
    if made.text == kept:
        return
    made.text, made.revision = kept, made.revision + 1
    session.flush()
    told = {"kind": kind, "chapter": chapter, "text": kept}
    record(session, actor_id, "report_text.written", "reporting_round", found.id, **told)


def _row(session: Session, round_id: int, unit_id: int | None, kind: str, chapter: str) -> ReportText:
    text = ReportText
    same_unit = text.unit_id.is_(None) if unit_id is None else text.unit_id == unit_id
    query = sa.select(text).where(text.round_id == round_id, same_unit, text.kind == kind, text.chapter == chapter)
    found = session.scalar(query)
    if found is None:
        found = ReportText(round_id=round_id, unit_id=unit_id, kind=kind, chapter=chapter, revision=0)
        session.add(found)
    return found
