"""Learning points with their checks; events with materials and registrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KINDS = ("community-centre", "library", "culture-house", "school", "company", "other")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def _to(table: str, column: str, target: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", **more)


def upgrade() -> None:
    op.create_table(
        "learning_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("name_folded", sa.String(length=400), nullable=False),
        sa.Column("kind", _words("kind", *KINDS), nullable=False),
        sa.Column("ward_code", sa.String(length=5), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("hours", JSON, nullable=False),
        sa.Column("offers", JSON, nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_learning_point"),
        sa.UniqueConstraint("public_id", name="uq_learning_point_public_id"),
    )
    op.create_index("ix_learning_point_ward_code", "learning_point", ["ward_code"])
    op.create_table(
        "learning_point_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        _to("learning_point_check", "point_id", "learning_point", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_learning_point_check"),
    )
    op.create_index("ix_learning_point_check_point_id", "learning_point_check", ["point_id"])
    op.create_index("ix_learning_point_check_checked_on", "learning_point_check", ["checked_on"])
    op.create_table(
        "city_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("state", _words("state", "draft", "published", "cancelled"), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("ward_code", sa.String(length=5), nullable=True),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("online_url", sa.String(length=500), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("takes_registrations", sa.Boolean(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("is_measured", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("counted_by_code", sa.Integer(), nullable=False),
        sa.Column("counted_by_hand", sa.Integer(), nullable=True),
        sa.Column("registered", sa.Integer(), nullable=True),
        sa.Column("cancelled_because", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("city_event", "unit_id", "unit"),
        _to("city_event", "point_id", "learning_point"),
        sa.PrimaryKeyConstraint("id", name="pk_city_event"),
        sa.UniqueConstraint("public_id", name="uq_city_event_public_id"),
    )
    for column in ("starts_at", "ends_at", "unit_id", "ward_code", "point_id"):
        op.create_index(f"ix_city_event_{column}", "city_event", [column])
    op.create_table(
        "city_event_material",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _to("city_event_material", "event_id", "city_event", ondelete="CASCADE"),
        _to("city_event_material", "material_id", "material", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "material_id", name="pk_city_event_material"),
    )
    op.create_index("ix_city_event_material_material_id", "city_event_material", ["material_id"])
    op.create_table(
        "city_event_registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_folded", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", _words("state", "asked", "seated", "waiting"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("came", sa.Boolean(), nullable=False),
        _to("city_event_registration", "event_id", "city_event", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_city_event_registration"),
        sa.UniqueConstraint("event_id", "email_folded", name="uq_city_event_registration_event_id_email_folded"),
        sa.UniqueConstraint("token_hash", name="uq_city_event_registration_token_hash"),
    )
    op.create_index("ix_city_event_registration_email_folded", "city_event_registration", ["email_folded"])
