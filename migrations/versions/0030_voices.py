"""Voices under materials, with what they were before and what became of them; identities at a provider of sign-ins."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None

RULES = ("personal", "insult", "advertising", "unlawful", "off-topic", "other")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)


def _key(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("rated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_rating_stars")),
        _key("rating", "account_id", "account", "CASCADE"),
        _key("rating", "material_id", "material", "CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "material_id", name="pk_rating"),
    )
    op.create_index("ix_rating_material_id", "rating", ["material_id"])
    op.create_index("ix_rating_rated_at", "rating", ["rated_at"])
    op.create_table(
        "voice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "reason", "question", "answer"), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("shown_as", sa.String(length=40), nullable=False),
        sa.Column("speaker", _words("speaker", "reader", "educator", "reviewer"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", _words("state", "held", "shown", "hidden", "taken-back"), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("rule", _words("rule", *RULES), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("reported_for", _words("reported_for", *RULES), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(kind = 'answer') = (question_id IS NOT NULL)", name=op.f("ck_voice_answers")),
        sa.CheckConstraint("reports >= 0", name=op.f("ck_voice_reports")),
        _key("voice", "material_id", "material", "CASCADE"),
        _key("voice", "question_id", "voice", "CASCADE"),
        _key("voice", "account_id", "account", "SET NULL"),
        _key("voice", "decided_by_id", "account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_voice"),
    )
    reasons = sa.text("kind = 'reason'")
    op.create_index(
        "ix_voice_reason",
        "voice",
        ["account_id", "material_id"],
        unique=True,
        sqlite_where=reasons,
        postgresql_where=reasons,
    )
    op.create_index("ix_voice_under", "voice", ["material_id", "state"])
    op.create_index("ix_voice_waiting", "voice", ["state", "said_at"])
    for column in ("question_id", "account_id", "decided_by_id"):
        op.create_index(f"ix_voice_{column}", "voice", [column])
    op.create_table(
        "voice_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voice_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shown_as", sa.String(length=40), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        _key("voice_edit", "voice_id", "voice", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_voice_edit"),
    )
    for column in ("voice_id", "replaced_at"):
        op.create_index(f"ix_voice_edit_{column}", "voice_edit", [column])
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        _key("external_identity", "account_id", "account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_external_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_external_identity_issuer_subject"),
        sa.UniqueConstraint("account_id", "issuer", name="uq_external_identity_account_id_issuer"),
    )
