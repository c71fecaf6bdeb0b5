"""Ratings, questions and answers under a material, and what reviewers decide about them. Each service flushes.

The words of somebody new wait until a reviewer has let something of theirs through; so do words with a link or a long
number, whoever of the readers writes them. Ratings count by themselves, but from the day on that follows the one on
which the account was confirmed (`oer.learning.queries.voices.counts`).
"""

import re
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState
from oer.accounts.permissions import Action, may_in
from oer.accounts.services.consents import selectable_groups
from oer.catalogue.models import Material, Version
from oer.catalogue.permissions import is_own_work, may_review, owns
from oer.core import audit
from oer.core.clock import city_date, now, today
from oer.core.db import insert_into
from oer.core.errors import Conflict, Forbidden, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.core.text import clean_line, clean_text
from oer.jobs.mail import send_later
from oer.learning.queries.voices import NO_VOICE
from oer.learning.voice_models import Rating, Rule, Speaker, Voice, VoiceEdit, VoiceKind, VoiceState

LONGEST = {VoiceKind.REASON: 600, VoiceKind.QUESTION: 1000, VoiceKind.ANSWER: 2000}
LONGEST_NAME = 40
SUSPECT_FOR = timedelta(days=180)
EDITS_KEPT = timedelta(days=365)
TOLD_AT_MOST_EVERY = timedelta(days=1)
OWN_MATERIAL = N_("You made this material, so you cannot rate it. Readers' ratings are on its page.")
_NO_STARS = N_("Choose one to five stars.")
_NO_GROUP = N_("Choose a group from the list, or none.")
_NO_WORDS = N_("Write a few words.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_NO_NAME = N_("Choose a name without an address or a link in it.")
_NO_RULE = N_("Choose which rule it breaks.")
_NO_DECISION = N_("Choose a decision.")
_NOT_OPEN = N_("This question cannot be answered.")
_LINK = re.compile(r"://|www\.|\S@\S|\w\.(?:com|vn|net|org|info|xyz|top|shop|club|me|ly|io)\b", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(?:\d[\s.()+-]{0,2}){9,}")
# NFC leaves at most two marks beside a Vietnamese letter; more of them only spoil the lines around.
_MARKS = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{2})[\u0300-\u036f"
                    "\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")  # fmt: skip


def rate(
    session: Session,
    account: Account,
    material: Material,
    *,
    stars: str,
    words: str = "",
    audience: str = "",
    shown_as: str = "",
    language: str = "vi",
) -> Rating:
    """Rate a public material, or change one's rating; words are the reason. Raises Invalid, Forbidden."""
    if wrote(session, account, material):
        raise Forbidden(OWN_MATERIAL)
    if stars not in {"1", "2", "3", "4", "5"}:
        raise Invalid(_NO_STARS, field="stars")
    if audience and audience not in {term.code for term in selectable_groups()}:
        raise Invalid(_NO_GROUP, field="audience")
    reason, name = _read_words(words, VoiceKind.REASON, required=False), _read_name(shown_as)
    values = {"stars": int(stars), "audience": audience, "rated_at": now()}
    # First the rating: its row makes two forms sent at once wait for each other.
    session.execute(
        insert_into(session, Rating)
        .values(account_id=account.id, material_id=material.id, **values)
        .on_conflict_do_update(index_elements=["account_id", "material_id"], set_=values)
    )
    _set_reason(session, account, material, reason, name, language)
    _page_changed(session, material.id)
    return session.get_one(Rating, (account.id, material.id), populate_existing=True)


def wrote(session: Session, account: Account, material: Material) -> bool:
    """Tell whether somebody owns a material or wrote its published version, so that they cannot rate it."""
    if owns(account, material):
        return True
    version = session.get(Version, material.current_version_id) if material.current_version_id else None
    return version is not None and is_own_work(account, version)


def _set_reason(session: Session, account: Account, material: Material, words: str, name: str, language: str) -> None:
    found = reason_of(session, account.id, material.id)
    if found is not None and words:
        _change(session, account, found, words, name)
    elif found is not None:
        _take_back(session, found)
    elif words:
        _say(session, account, material, VoiceKind.REASON, words, name, language)


def counts_today(account: Account) -> bool:
    """Tell whether the ratings of an account count already: it was confirmed before today."""
    return city_date(account.confirmed_at or account.created_at) < today()


def reason_of(session: Session, account_id: int, material_id: int) -> Voice | None:
    """Return the words beside somebody's rating, None if there were never any."""
    theirs = (Voice.account_id == account_id, Voice.material_id == material_id, Voice.kind == VoiceKind.REASON)
    return session.scalar(sa.select(Voice).where(*theirs))


def take_back_rating(session: Session, account: Account, material: Material) -> None:
    """Take somebody's rating of a material back, with its reason; nothing happens if there is none."""
    theirs = (Rating.account_id == account.id, Rating.material_id == material.id)
    session.execute(sa.delete(Rating).where(*theirs))
    found = reason_of(session, account.id, material.id)
    if found is not None:
        _take_back(session, found)
    _page_changed(session, material.id)
    session.flush()


def ask(session: Session, account: Account, material: Material, *, words: str, shown_as: str, language: str) -> Voice:
    """Ask a question about a public material. Raises Invalid."""
    text, name = _read_words(words, VoiceKind.QUESTION), _read_name(shown_as)
    asked = _say(session, account, material, VoiceKind.QUESTION, text, name, language)
    _tell_of(session, asked)
    return asked


def answer(session: Session, account: Account, question: Voice, *, words: str, shown_as: str, language: str) -> Voice:
    """Answer a question that is shown. Raises Invalid, or Conflict if it is not shown (any more)."""
    if question.kind is not VoiceKind.QUESTION or not question.is_shown:
        raise Conflict(_NOT_OPEN)
    text, name = _read_words(words, VoiceKind.ANSWER), _read_name(shown_as)
    given = _say(session, account, question.material, VoiceKind.ANSWER, text, name, language, question.id)
    _tell_of(session, given)
    return given


def change_voice(session: Session, account: Account, voice: Voice, *, words: str, shown_as: str) -> None:
    """Change one's own words; what was there is kept for the reviewers. Raises Invalid."""
    text, name = _read_words(words, voice.kind), _read_name(shown_as)
    _change(session, account, voice, text, name)
    _page_changed(session, voice.material_id)
    _tell_of(session, voice)


def take_back_voice(session: Session, voice: Voice) -> None:
    """Delete one's own words. Of a question the answers are no longer shown; they stay with those who gave them."""
    _take_back(session, voice)
    _page_changed(session, voice.material_id)


def report_voice(session: Session, voice: Voice, rule: str) -> None:
    """Count a report against words that are shown; who reports is not kept. Raises Invalid."""
    if rule not in set(Rule):
        raise Invalid(_NO_RULE, field="rule")
    values = {"reports": Voice.reports + 1, "reported_for": Rule(rule), "reported_at": now()}
    session.execute(sa.update(Voice).where(Voice.id == voice.id).values(values))
    session.flush()


def decide_on_voice(
    session: Session, actor: Account, voice: Voice, *, decision: str, rule: str, seen: str | None
) -> None:
    """Let words through or hide them, which also settles the reports. Raises Invalid, Conflict, ChangedMeanwhile."""
    session.execute(sa.select(Voice.id).where(Voice.id == voice.id).with_for_update())
    session.refresh(voice)
    if voice.state is VoiceState.TAKEN_BACK:
        raise NotFound(NO_VOICE)
    require_seen(seen, voice.seen_parts)
    if decision not in {VoiceState.SHOWN, VoiceState.HIDDEN}:
        raise Invalid(_NO_DECISION, field="decision")
    if decision == VoiceState.HIDDEN and rule not in set(Rule):
        raise Invalid(_NO_RULE, field="rule")
    voice.state = VoiceState(decision)
    voice.rule = Rule(rule) if voice.state is VoiceState.HIDDEN else None
    voice.decided_at, voice.decided_by_id = now(), actor.id
    voice.reports, voice.reported_for, voice.reported_at = 0, None, None
    audit.record(session, actor.id, f"voice.{decision}", "material", voice.material.public_id, kind=voice.kind.value)
    _page_changed(session, voice.material_id)
    session.flush()
    _tell_of(session, voice)


def forget_old_edits(session: Session) -> None:
    """Delete words as they were before a change, after a year."""
    session.execute(sa.delete(VoiceEdit).where(VoiceEdit.replaced_at < now() - EDITS_KEPT))


def speaker_for(account: Account, material: Material) -> Speaker:
    """Return as whom an account speaks under a material."""
    in_unit = material.unit_id is not None and may_in(account, Action.MATERIAL_CREATE, material.unit_id)
    if owns(account, material) or in_unit:
        return Speaker.EDUCATOR
    return Speaker.REVIEWER if may_review(account, material) else Speaker.READER


def _say(
    session: Session,
    account: Account,
    material: Material,
    kind: VoiceKind,
    words: str,
    name: str,
    language: str,
    question_id: int | None = None,
) -> Voice:
    speaker = speaker_for(account, material) if kind is not VoiceKind.REASON else Speaker.READER
    said = Voice(
        kind=kind,
        material=material,
        question_id=question_id,
        account_id=account.id,
        shown_as=name,
        speaker=speaker,
        words=words,
        language=language,
        state=_state_of(session, account, speaker, words, name),
    )
    session.add(said)
    session.flush()
    if said.is_shown:
        _page_changed(session, material.id)
    return said


def _change(session: Session, account: Account, voice: Voice, words: str, name: str) -> None:
    """Put new words in the place of others, which wait again as new ones would."""
    if (voice.words, voice.shown_as) == (words, name) and voice.state is not VoiceState.TAKEN_BACK:
        return
    if voice.words and voice.words != words:
        session.add(VoiceEdit(voice_id=voice.id, words=voice.words, shown_as=voice.shown_as))
    was_hidden = voice.state is VoiceState.HIDDEN
    voice.words, voice.shown_as, voice.changed_at = words, name, now()
    decided = _state_of(session, account, voice.speaker, words, name)
    voice.state = VoiceState.HELD if was_hidden else decided
    session.flush()


def _take_back(session: Session, voice: Voice) -> None:
    # The row stays, without words, where a reviewer hid something: whoever breaks rules is not new again by it.
    voice.state, voice.words, voice.shown_as = VoiceState.TAKEN_BACK, "", ""
    voice.reports, voice.reported_for, voice.reported_at = 0, None, None
    session.execute(sa.delete(VoiceEdit).where(VoiceEdit.voice_id == voice.id))
    session.flush()


def _state_of(session: Session, account: Account, speaker: Speaker, words: str, name: str) -> VoiceState:
    """Return whether words are shown at once or wait for a reviewer."""
    if speaker is not Speaker.READER:
        return VoiceState.SHOWN
    if _LINK.search(words) or _LONG_NUMBER.search(words):
        return VoiceState.HELD
    let_through = sa.and_(Voice.state == VoiceState.SHOWN, Voice.decided_at.is_not(None))
    if name:  # a name that nobody has looked at waits like words
        let_through = sa.and_(let_through, Voice.shown_as == name)
    suspect = sa.and_(Voice.rule.is_not(None), Voice.decided_at > now() - SUSPECT_FOR)
    known, suspected = session.execute(
        sa.select(
            sa.exists().where(Voice.account_id == account.id, let_through),
            sa.exists().where(Voice.account_id == account.id, suspect),
        )
    ).one()
    return VoiceState.SHOWN if known and not suspected else VoiceState.HELD


def _page_changed(session: Session, material_id: int) -> None:
    """Have the material's own page rendered again; what search finds has not changed."""
    changed = {"page_revision": Material.page_revision + 1}
    session.execute(sa.update(Material).where(Material.id == material_id).values(changed))


def _tell_of(session: Session, voice: Voice) -> None:
    """Write once to the educator of a question that is shown, or to the asker of a question that has an answer."""
    if not voice.is_shown or voice.told_at is not None or voice.kind is VoiceKind.REASON:
        return
    asked = voice.kind is VoiceKind.QUESTION
    question = None if asked else session.get(Voice, voice.question_id)
    account_id = voice.material.owner_id if asked else question.account_id if question else None
    to = session.get(Account, account_id) if account_id else None
    if to is None or to.state is not AccountState.ACTIVE or to.id == voice.account_id:
        return
    if _was_told_lately(session, voice):
        return
    voice.told_at = now()
    version = voice.material.current_version
    values = {
        "name": to.name,
        "title": version.record.get("title", {}) if version else {},
        "words": voice.words,
        "path": f"/materials/{voice.material.public_id}/voices",
    }
    template = "question_asked" if asked else "question_answered"
    send_later(session, to=to.email, template=template, language=to.language, values=values)


def _was_told_lately(session: Session, voice: Voice) -> bool:
    """Tell whether a mail about this material's questions, or about this question's answers, went out within a day."""
    asked = voice.kind is VoiceKind.QUESTION
    same = Voice.material_id == voice.material_id if asked else Voice.question_id == voice.question_id
    lately = (Voice.kind == voice.kind, Voice.told_at > now() - TOLD_AT_MOST_EVERY)
    return bool(session.scalar(sa.select(sa.exists().where(same, *lately))))


def _read_words(text: str, kind: VoiceKind, *, required: bool = True) -> str:
    words = _MARKS.sub(r"\1", clean_text(text))
    if required and not words:
        raise Invalid(_NO_WORDS, field="words")
    if len(words) > LONGEST[kind]:
        raise Invalid(_TOO_LONG, field="words", most=LONGEST[kind])
    return words


def _read_name(text: str) -> str:
    name = _MARKS.sub(r"\1", clean_line(text))
    if len(name) > LONGEST_NAME:
        raise Invalid(_TOO_LONG, field="shown_as", most=LONGEST_NAME)
    if _LINK.search(name):
        raise Invalid(_NO_NAME, field="shown_as")
    return name
