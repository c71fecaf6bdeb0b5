"""Tables of voices: what readers think of a material, ask about it and answer, and what became of the words."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Account
from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.db import Base, enum_type

STARS = (5, 4, 3, 2, 1)


class Rating(Base):
    """How many stars somebody gives a material: one row for each person and material, changed in place.

    `audience` is the group as whose member the person says it helped them; it is counted and never shown beside them.
    Why they think so is a `Voice` of the kind REASON.
    """

    __tablename__ = "rating"
    __table_args__ = (
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        Index("ix_rating_rated_at", "rated_at"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(
        ForeignKey("material.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    stars: Mapped[int]
    audience: Mapped[str] = mapped_column(String(40), default="")
    rated_at: Mapped[datetime] = mapped_column(default=now)


class VoiceKind(StrEnum):
    """Why somebody gave their stars; a question; an answer to one."""

    REASON = "reason"
    QUESTION = "question"
    ANSWER = "answer"


class VoiceState(StrEnum):
    """Whether the words are public. HELD waits for a reviewer; TAKEN_BACK by who wrote them, and they are gone."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"
    TAKEN_BACK = "taken-back"


class Speaker(StrEnum):
    """As whom somebody answers, decided by the rights that they had then: nobody can choose it."""

    READER = "reader"
    EDUCATOR = "educator"
    REVIEWER = "reviewer"


class Rule(StrEnum):
    """The rule that words are reported for, or hidden for."""

    PERSONAL = "personal"
    INSULT = "insult"
    ADVERTISING = "advertising"
    UNLAWFUL = "unlawful"
    OFF_TOPIC = "off-topic"
    OTHER = "other"


class Voice(Base):
    """Words under a material. `shown_as` is the name that the person chose, "" for "a reader".

    `account_id` is NULL once the person has gone: questions and answers stay, without a name. Reports are counted since
    a reviewer last looked; who reported is not kept.
    """

    __tablename__ = "voice"
    __table_args__ = (
        Index(
            "ix_voice_reason",
            "account_id",
            "material_id",
            unique=True,
            sqlite_where=text("kind = 'reason'"),
            postgresql_where=text("kind = 'reason'"),
        ),
        Index("ix_voice_under", "material_id", "state"),
        Index("ix_voice_waiting", "state", "said_at"),
        sa.CheckConstraint("(kind = 'answer') = (question_id IS NOT NULL)", name="answers"),
        sa.CheckConstraint("reports >= 0", name="reports"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[VoiceKind] = mapped_column(enum_type(VoiceKind, "kind", length=16))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("voice.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    shown_as: Mapped[str] = mapped_column(String(40), default="")
    speaker: Mapped[Speaker] = mapped_column(enum_type(Speaker, "speaker", length=16), default=Speaker.READER)
    words: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    state: Mapped[VoiceState] = mapped_column(enum_type(VoiceState, "state", length=16))
    said_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When the educator was written to about a question, or the asker about an answer."""
    rule: Mapped[Rule | None] = mapped_column(enum_type(Rule, "rule", length=16))
    """The rule for which a reviewer has hidden it."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reports: Mapped[int] = mapped_column(default=0)
    reported_for: Mapped[Rule | None] = mapped_column(enum_type(Rule, "reported_for", length=16))
    reported_at: Mapped[datetime | None]

    material: Mapped[Material] = relationship(lazy="joined", innerjoin=True)
    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])

    @property
    def is_shown(self) -> bool:
        """Whether its words are public, as far as its material is."""
        return self.state is VoiceState.SHOWN

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What a reviewer decides on, for `oer.core.seen`: the words may be changed while somebody reads them."""
        return {"words": self.words, "name": self.shown_as, "state": self.state.value}


class VoiceEdit(Base):
    """Words as they were before somebody changed them: for the reviewers alone, and for a year."""

    __tablename__ = "voice_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    voice_id: Mapped[int] = mapped_column(ForeignKey("voice.id", ondelete="CASCADE"), index=True)
    words: Mapped[str] = mapped_column(sa.Text)
    shown_as: Mapped[str] = mapped_column(String(40), default="")
    replaced_at: Mapped[datetime] = mapped_column(default=now, index=True)
