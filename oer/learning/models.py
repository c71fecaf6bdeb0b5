"""Tables of what readers give back and keep: reports, searches, shelf, lists, progress, practice, diary, statements."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.db import Base, JsonValue, enum_type
from oer.learning.recall import Memory


class ProblemKind(StrEnum):
    """What a problem is about, as a reader sees it."""

    CONTENT = "content"
    OPENING = "opening"
    LINK = "link"
    ACCESSIBILITY = "accessibility"
    RIGHTS = "rights"
    PRIVACY = "privacy"
    HARM = "harm"
    OTHER = "other"


class ProblemState(StrEnum):
    """What has become of a report."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SOLVED = "solved"
    DECLINED = "declined"


class ProblemReport(Base):
    """A problem that somebody found in a material, and its answer. `reporter_id` is set if they were signed in.

    Whoever has the secret of `follow_hash` in their address sees what becomes of it, also without an account.
    """

    __tablename__ = "problem_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    version_number: Mapped[int]
    kind: Mapped[ProblemKind] = mapped_column(enum_type(ProblemKind, "kind", length=16))
    place: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reported_at: Mapped[datetime] = mapped_column(default=now, index=True)
    state: Mapped[ProblemState] = mapped_column(
        enum_type(ProblemState, "state", length=16), default=ProblemState.OPEN, index=True
    )
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None]
    follow_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)

    material: Mapped[Material] = relationship(lazy="joined", innerjoin=True)

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What an answer looks at, for `oer.core.seen`: another reviewer may have answered meanwhile."""
        return {"state": self.state.value, "answer": self.answer}


class SavedSearch(Base):
    """A search that a person saved under a name: the arguments of its address, without those of paging."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("account_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[dict[str, list[str]]] = mapped_column(JsonValue)
    digest: Mapped[str] = mapped_column(String(64))
    """Of the arguments, so that the same search is saved once."""
    saved_at: Mapped[datetime] = mapped_column(default=now)


class ShelfItem(Base):
    """A material that somebody saved. Saving is one's own act, so it needs no consent besides."""

    __tablename__ = "shelf_item"
    __table_args__ = (sa.Index("ix_shelf_item_of", "account_id", "saved_at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    saved_at: Mapped[datetime] = mapped_column(default=now)


class OwnList(Base):
    """Materials that somebody put in an order under a title. Whoever has the link with `share_token` may read it."""

    __tablename__ = "own_list"
    __table_args__ = (sa.CheckConstraint("title <> ''", name="titled"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    share_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class OwnListItem(Base):
    """A material in somebody's list. `position` orders; gaps and equal ones are allowed."""

    __tablename__ = "own_list_item"
    __table_args__ = (sa.CheckConstraint("position >= 0", name="position"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("own_list.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")


class PlaceKind(StrEnum):
    """What a place in a file is counted in: pages (chapters, slides, sheets, parts), or seconds of a recording."""

    PAGE = "page"
    SECOND = "second"


class ReadingPosition(Base):
    """Where somebody is in a material, by their consent to a history. The time is the server's, never a device's.

    Whoever saves last wins. What was there before is kept in `before_*` when it came from another browser or from
    elsewhere in the material, so that opening page 1 does not lose page 40. `device` tells browsers apart: the
    beginning of the hash of a sign-in's token.
    """

    __tablename__ = "reading_position"
    __table_args__ = (
        sa.Index("ix_reading_position_of", "account_id", "saved_at"),
        sa.CheckConstraint("place >= 0 AND total >= 0", name="place"),
        sa.CheckConstraint("(before_at IS NULL) = (before_place IS NULL)", name="before"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    file_number: Mapped[int]
    kind: Mapped[PlaceKind] = mapped_column(enum_type(PlaceKind, "kind", length=8))
    place: Mapped[int]
    total: Mapped[int]
    """How many pages or seconds there are; 0 where that is not known."""
    device: Mapped[str] = mapped_column(String(16))
    saved_at: Mapped[datetime]
    before_file: Mapped[int | None]
    before_kind: Mapped[PlaceKind | None] = mapped_column(enum_type(PlaceKind, "before_kind", length=8))
    before_place: Mapped[int | None]
    before_total: Mapped[int | None]
    before_at: Mapped[datetime | None]


class FinishedMaterial(Base):
    """A material that somebody has finished, by their consent to a history."""

    __tablename__ = "finished_material"
    __table_args__ = (sa.Index("ix_finished_material_of", "account_id", "finished_at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    finished_at: Mapped[datetime] = mapped_column(default=now)


class PractisedQuestion(Base):
    """A question of a self-check that somebody has practised, by their consent to a history, and when it comes back.

    It is known by its content (`digest`), not by its place, so it outlives a new version that has it still. `revision`
    rises with each answer and judgement: an answer to what was shown before counts no more. `before_*` is what was
    known before the last answer, so that a judgement can be taken in its place.
    """

    __tablename__ = "practised_question"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "material_id", "digest"),
        sa.Index("ix_practised_question_due", "account_id", "is_new", "due_at"),
        sa.Index("ix_practised_question_asked", "account_id", "asked_at"),
        sa.Index("ix_practised_question_in", "material_id", "version_id"),
        sa.Index("ix_practised_question_reviewed_at", "reviewed_at"),
        sa.CheckConstraint("stability > 0 AND difficulty > 0", name="memory"),
        sa.CheckConstraint("is_new = (asked_at IS NULL)", name="asked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"))
    version_id: Mapped[int]
    """The version in which it was seen last: no key, as a sweep compares it with the published one."""
    digest: Mapped[str] = mapped_column(String(32))
    stability: Mapped[float]
    difficulty: Mapped[float]
    reviewed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)
    is_new: Mapped[bool] = mapped_column(default=True)
    """It was answered with its material alone, and has not come back yet."""
    first_asked_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    was_right: Mapped[bool] = mapped_column(default=True)
    before_stability: Mapped[float | None]
    before_difficulty: Mapped[float | None]
    before_at: Mapped[datetime | None]

    @property
    def memory(self) -> Memory:
        """How well it is remembered."""
        return Memory(self.stability, self.difficulty, self.reviewed_at)

    @property
    def before(self) -> Memory | None:
        """How well it was remembered before the last answer; None where that was judged already, or has not been."""
        if self.before_stability is None or self.before_difficulty is None or self.before_at is None:
            return None
        return Memory(self.before_stability, self.before_difficulty, self.before_at)

    def remember(self, memory: Memory, due_at: datetime, *, before: Memory | None) -> None:
        """Take in what an answer, or the judgement of it, has changed."""
        self.stability, self.difficulty, self.reviewed_at = memory.stability, memory.difficulty, memory.at
        self.due_at, self.revision = due_at, self.revision + 1
        self.before_stability = before.stability if before else None
        self.before_difficulty, self.before_at = (before.difficulty, before.at) if before else (None, None)


class DiaryEntry(Base):
    """A day on which somebody learnt with a material, by their consent to a history, and what they wrote about it."""

    __tablename__ = "diary_entry"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    note: Mapped[str] = mapped_column(sa.Text, default="")


class StartedCourse(Base):
    """A course of which somebody has finished a part, by their consent to a history; `finished_at`: all of its parts.

    By the public id of the course: no key, as it may be hidden and come back. It stays finished when parts are added.
    """

    __tablename__ = "started_course"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    course: Mapped[str] = mapped_column(String(100), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)


class CompletionStatement(Base):
    """A statement that somebody asked for. All that it says is in `seal`, signed: see `oer.learning.seals`.

    Taking it back and erasing the account delete the row.
    """

    __tablename__ = "completion_statement"
    __table_args__ = (sa.UniqueConstraint("account_id", "course"),)

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    course: Mapped[str] = mapped_column(String(100))
    issued_at: Mapped[datetime] = mapped_column(default=now)
    place: Mapped[int] = mapped_column(unique=True)
    seal: Mapped[str] = mapped_column(sa.Text)


class StatementKey(Base):
    """A key that signs statements: its public part, and the salt that gives it together with the secret."""

    __tablename__ = "statement_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    salt: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[dict[str, str]] = mapped_column(JsonValue)
    made_at: Mapped[datetime] = mapped_column(default=now)


class ReadingNote(Base):
    """A highlight or note of somebody for themselves, by their consent to a history.

    It is found again by its `quote` and what stands `before` and `after` it, each without its white space, and by the
    `position` of the quote in the text of its page, also without: so it stays where it was when a file is read anew or
    replaced. Without a quote it is a note on the whole page, or on a second of a recording.
    """

    __tablename__ = "reading_note"
    __table_args__ = (
        sa.Index("ix_reading_note_of", "account_id", "material_id", "file_number"),
        sa.CheckConstraint("quote <> '' OR words <> ''", name="says"),
        sa.CheckConstraint("place >= 0 AND position >= 0", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    file_number: Mapped[int]
    kind: Mapped[PlaceKind] = mapped_column(enum_type(PlaceKind, "kind", length=8))
    place: Mapped[int]
    quote: Mapped[str] = mapped_column(String(600), default="")
    before: Mapped[str] = mapped_column(String(80), default="")
    after: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    material: Mapped[Material] = relationship(lazy="joined", innerjoin=True)


class WeeklyGoal(Base):
    """On how many days of a week somebody would like to learn, as they said themselves. Nothing follows from it."""

    __tablename__ = "weekly_goal"
    __table_args__ = (sa.CheckConstraint("days BETWEEN 1 AND 7", name="days"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    days: Mapped[int]
    set_at: Mapped[datetime] = mapped_column(default=now)


class FollowedKind(StrEnum):
    """What can be followed. A search is followed by being saved."""

    SUBJECT = "subject"
    COURSE = "course"
    UNIT = "unit"


class Following(Base):
    """A subject, course or unit that somebody follows, by its code or public id: no key, as it may go and come back."""

    __tablename__ = "following"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "kind", "target"),
        sa.CheckConstraint("target <> ''", name="target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[FollowedKind] = mapped_column(enum_type(FollowedKind, "kind", length=8))
    target: Mapped[str] = mapped_column(String(100))
    followed_at: Mapped[datetime] = mapped_column(default=now)


class WeeklyDigest(Base):
    """Somebody wants a mail each week with what is new in what they follow: as long as there is this row.

    What was published until `told_until` has been told; the next mail is due at `next_at`. Whoever has `token` ends it.
    """

    __tablename__ = "weekly_digest"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    told_until: Mapped[datetime]
    next_at: Mapped[datetime] = mapped_column(index=True)
