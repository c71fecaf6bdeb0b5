"""What is said under a material: figures of its ratings, questions with answers, and what waits for reviewers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from oer.accounts.models import Account, AccountState
from oer.accounts.permissions import Action, may_in, units_for
from oer.accounts.services.consents import selectable_groups
from oer.catalogue.models import Material
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import CITY_TIME_ZONE, today
from oer.core.db import Page, page_of
from oer.core.disclosure import LEAST_SHOWN, Disclosure, hide_in_row
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.learning.voice_models import STARS, Rating, Speaker, Voice, VoiceEdit, VoiceKind, VoiceState

MOST_ON_MATERIAL = 3
NO_VOICE = N_("There is no such contribution.")


def counts() -> sa.ColumnElement[bool]:
    """Return the condition under which the rating of an account (joined) counts.

    The account is in use, and was confirmed before today: whoever makes a hundred of them in an hour has not moved a
    figure in that hour, and somebody may look. Pages are kept for one day at most, so they know of the change of day.
    """
    midnight = datetime.combine(today(), time(), CITY_TIME_ZONE)
    since = sa.func.coalesce(Account.confirmed_at, Account.created_at)
    return sa.and_(Account.state == AccountState.ACTIVE, since < midnight)


@dataclass(frozen=True)
class RatingFigures:
    """How a material was rated: how often each number of stars was given, and by which groups.

    Nothing but that there are some is shown below ten ratings; of a group below ten, `<10` or nothing.
    """

    stars: Mapping[int, int]
    groups: list[tuple[str, int | None, Disclosure]]
    """Code, how many say that it helped them as one of the group (None: not shown), and why not."""

    @property
    def total(self) -> int:
        """How many ratings count."""
        return sum(self.stars.values())

    @property
    def is_enough(self) -> bool:
        """Whether there are enough for a mean."""
        return self.total >= LEAST_SHOWN

    @property
    def mean(self) -> float:
        """The mean number of stars."""
        return sum(star * times for star, times in self.stars.items()) / self.total

    def share(self, star: int) -> int:
        """Of a hundred ratings, how many give this number of stars."""
        return round(100 * self.stars.get(star, 0) / self.total)


def rating_figures(session: Session, material_id: int) -> RatingFigures:
    """Return the figures of a material's ratings, as anybody may see them."""
    query = (
        sa.select(Rating.stars, Rating.audience, sa.func.count())
        .join(Account, Account.id == Rating.account_id)
        .where(Rating.material_id == material_id, counts())
        .group_by(Rating.stars, Rating.audience)
    )
    stars, groups = Counter[int](), Counter[str]()
    for star, audience, number in session.execute(query):
        stars[star] += number
        groups[audience] += number
    return RatingFigures({star: stars[star] for star in STARS}, _groups(groups))


def _groups(found: Mapping[str, int]) -> list[tuple[str, int | None, Disclosure]]:
    """Return the groups that said something, in the city's order; those who named none are a row of the sum, too."""
    shown = hide_in_row(found)
    order = [term.code for term in selectable_groups() if found.get(term.code)]
    return [(code, found[code] if shown[code] is Disclosure.PLAIN else None, shown[code]) for code in order]


@dataclass
class Said:
    """Words that are shown, with the stars beside a reason and the answers to a question."""

    voice: Voice
    stars: int | None = None
    answers: list[Voice] = field(default_factory=list)


def said_under(session: Session, material: Material, kind: VoiceKind, page: int = 1, size: int = 20) -> Page[Said]:
    """Return a page of what is shown of a kind, the newest first; of answers the educator's first, then the oldest."""
    query = sa.select(Voice).where(*_shown(material.id), Voice.kind == kind)
    found = page_of(session, query.order_by(Voice.said_at.desc(), Voice.id.desc()), page, size)
    return Page(_said(session, found.items), found.number, found.size, found.total)


def first_said_under(session: Session, material: Material) -> dict[VoiceKind, list[Said]]:
    """Return the newest reasons and questions of a material, for its own page."""
    newest = sa.func.row_number().over(partition_by=Voice.kind, order_by=(Voice.said_at.desc(), Voice.id.desc()))
    kinds = (VoiceKind.REASON, VoiceKind.QUESTION)
    numbered = sa.select(Voice.id, newest.label("place")).where(*_shown(material.id), Voice.kind.in_(kinds)).subquery()
    first = sa.select(numbered.c.id).where(numbered.c.place <= MOST_ON_MATERIAL)
    query = sa.select(Voice).where(Voice.id.in_(first)).order_by(Voice.said_at.desc(), Voice.id.desc())
    said = _said(session, list(session.scalars(query)))
    return {kind: [each for each in said if each.voice.kind is kind] for kind in kinds}


def _shown(material_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Voice.material_id == material_id, Voice.state == VoiceState.SHOWN


def _said(session: Session, voices: Sequence[Voice]) -> list[Said]:
    if not voices:
        return []
    found = {voice.id: Said(voice) for voice in voices}
    educators_first = sa.case((Voice.speaker == Speaker.READER, 1), else_=0)
    replies = sa.select(Voice).where(Voice.question_id.in_(list(found)), Voice.state == VoiceState.SHOWN)
    for each in session.scalars(replies.order_by(educators_first, Voice.said_at, Voice.id)):
        found[each.question_id or 0].answers.append(each)
    people = [voice.account_id for voice in voices if voice.kind is VoiceKind.REASON and voice.account_id]
    of_material = (Rating.material_id == voices[0].material_id, Rating.account_id.in_(people))
    stars = (
        dict(session.execute(sa.select(Rating.account_id, Rating.stars).where(*of_material)).all()) if people else {}
    )
    for said in found.values():
        if said.voice.kind is VoiceKind.REASON:
            said.stars = stars.get(said.voice.account_id or 0)
    return list(found.values())


def own_rating(session: Session, account_id: int, material_id: int) -> Rating | None:
    """Return somebody's rating of a material."""
    return session.get(Rating, (account_id, material_id))


def public_voice(session: Session, voice_id: int) -> Voice:
    """Return words that everybody may see. Raises NotFound for all others."""
    voice = session.get(Voice, voice_id)
    if voice is None or not voice.is_shown or not voice.material.is_public or not _question_is_shown(session, voice):
        raise NotFound(NO_VOICE)
    return voice


def _question_is_shown(session: Session, voice: Voice) -> bool:
    question = session.get(Voice, voice.question_id) if voice.question_id else None
    return question is None or question.is_shown


def own_voice(session: Session, account_id: int, voice_id: int) -> Voice:
    """Return somebody's own words. Raises NotFound for any others, as if they did not exist."""
    voice = session.get(Voice, voice_id)
    if voice is None or voice.account_id != account_id or voice.state is VoiceState.TAKEN_BACK:
        raise NotFound(NO_VOICE)
    return voice


def own_voices(session: Session, account_id: int, page: int = 1) -> Page[Voice]:
    """Return what somebody has said, the newest first."""
    query = sa.select(Voice).where(Voice.account_id == account_id, Voice.state != VoiceState.TAKEN_BACK)
    loads = joinedload(Voice.material).joinedload(Material.current_version)
    return page_of(session, query.options(loads).order_by(Voice.said_at.desc(), Voice.id.desc()), page)


@dataclass(frozen=True)
class RatedMaterial:
    """A rating of one's own: what was rated, with how many stars, when."""

    public_id: str
    title: dict[str, str]
    stars: int
    rated_at: datetime


def own_ratings(session: Session, account_id: int, most: int = 200) -> list[RatedMaterial]:
    """Return somebody's ratings of materials that are public, the newest first."""
    query = (
        sa.select(Rating, Material)
        .join(Material, Material.id == Rating.material_id)
        .where(Rating.account_id == account_id, *IS_PUBLIC)
        .options(joinedload(Material.current_version))
        .order_by(Rating.rated_at.desc(), Rating.material_id)
        .limit(most)
    )
    return [
        RatedMaterial(
            material.public_id,
            material.current_version.record.get("title", {}) if material.current_version else {},
            rating.stars,
            rating.rated_at,
        )
        for rating, material in session.execute(query)
    ]


# For reviewers and educators.

WAITING, REPORTED = "waiting", "reported"
QUEUES = (WAITING, REPORTED, VoiceState.HIDDEN.value, VoiceState.SHOWN.value)


def voices_to_review(session: Session, account: Account, queue: str, page: int = 1) -> Page[Voice]:
    """Return what an account may decide on: what waits and what is reported the oldest first, else the newest."""
    query = sa.select(Voice)
    units = units_for(account, Action.VOICE_REVIEW)
    if units is not None:
        query = query.where(Voice.material.has(Material.unit_id.in_(units)))
    match queue:
        case "reported":
            query = query.where(Voice.reports > 0, Voice.state != VoiceState.TAKEN_BACK)
            query = query.order_by(Voice.reported_at, Voice.id)
        case "hidden" | "shown":
            query = query.where(Voice.state == VoiceState(queue)).order_by(Voice.said_at.desc(), Voice.id.desc())
        case _:
            query = query.where(Voice.state == VoiceState.HELD).order_by(Voice.said_at, Voice.id)
    loads = joinedload(Voice.material).joinedload(Material.current_version)
    return page_of(session, query.options(loads), page)


def voice_to_review(session: Session, account: Account, voice_id: int) -> Voice:
    """Return words that an account may decide on. Raises NotFound for any others, as if they did not exist."""
    voice = session.get(Voice, voice_id)
    if voice is None or voice.state is VoiceState.TAKEN_BACK:
        raise NotFound(NO_VOICE)
    if not may_in(account, Action.VOICE_REVIEW, voice.material.unit_id):
        raise NotFound(NO_VOICE)
    return voice


def edits_of(session: Session, voice: Voice) -> list[VoiceEdit]:
    """Return the words as they were before each change, the latest first."""
    query = sa.select(VoiceEdit).where(VoiceEdit.voice_id == voice.id)
    return list(session.scalars(query.order_by(VoiceEdit.replaced_at.desc(), VoiceEdit.id.desc())))


def questions_for(session: Session, account: Account, page: int = 1) -> Page[Voice]:
    """Return the questions about somebody's own materials that no educator has answered, the oldest first."""
    answered = aliased(Voice)
    has_answer = sa.exists().where(
        answered.question_id == Voice.id, answered.state == VoiceState.SHOWN, answered.speaker == Speaker.EDUCATOR
    )
    query = (
        sa.select(Voice)
        .join(Material, Material.id == Voice.material_id)
        .where(Material.owner_id == account.id, *IS_PUBLIC, Voice.state == VoiceState.SHOWN)
        .where(Voice.kind == VoiceKind.QUESTION, sa.not_(has_answer))
        .order_by(Voice.said_at, Voice.id)
    )
    loads = joinedload(Voice.material).joinedload(Material.current_version)
    return page_of(session, query.options(loads), page)
