"""What is read together, needs, saved searches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('read_together',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('item', sa.String(length=100), nullable=False),
    sa.Column('other', sa.String(length=100), nullable=False),
    sa.Column('visitors', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'item', 'other', name=op.f('pk_read_together')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('read_together', schema=None) as batch_op:
        batch_op.create_index('ix_read_together_item', ['item', 'day'], unique=False)

    op.create_table('saved_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('arguments', JSON, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('saved_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_saved_search_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_search')),
    sa.UniqueConstraint('account_id', 'digest', name=op.f('uq_saved_search_account_id_digest'))
    )
    op.create_table('material_need',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wish_id', sa.Integer(), nullable=False),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('said_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['wish_id'], ['wanted_material.id'], name=op.f('fk_material_need_wish_id_wanted_material'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material_need'))
    )
    with op.batch_alter_table('material_need', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_need_said_at'), ['said_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_need_wish_id'), ['wish_id'], unique=False)

