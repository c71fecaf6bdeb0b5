"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('email_folded', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('name_folded', sa.String(length=160), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('state', sa.Enum('unconfirmed', 'active', 'disabled', 'system', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('confirmed_at', UtcDateTime(), nullable=True),
    sa.Column('pseudonym_secret', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email_folded', name=op.f('uq_account_email_folded'))
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_name_folded'), ['name_folded'], unique=False)

    op.create_table('audit_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject_type', sa.String(), nullable=False),
    sa.Column('subject_id', sa.String(), nullable=False),
    sa.Column('details', JSON, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_record'))
    )
    with op.batch_alter_table('audit_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_record_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_record_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_record_at'), ['at'], unique=False)

    op.create_table('blob',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.String(length=127), nullable=False),
    sa.Column('macros', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('condition', sa.Enum('whole', 'damaged', 'missing', name='condition', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('last_checked_at', UtcDateTime(), nullable=True),
    sa.Column('scan_state', sa.Enum('unscanned', 'clean', 'waiting', 'infected', name='scan_state', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('scan_finding', sa.String(length=200), nullable=False),
    sa.Column('found_unreferenced_at', UtcDateTime(), nullable=True),
    sa.Column('leaving', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    with op.batch_alter_table('blob', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blob_found_unreferenced_at'), ['found_unreferenced_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_blob_last_checked_at'), ['last_checked_at'], unique=False)

    op.create_table('catalogue_month',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=100), nullable=False),
    sa.Column('materials', sa.Integer(), nullable=False),
    sa.Column('accessible', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'dimension', 'value', name=op.f('pk_catalogue_month')),
    sqlite_with_rowid=False
    )
    op.create_table('catalogue_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('page_revision', sa.Integer(), nullable=False),
    sa.Column('index_generation', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_state'))
    )
    op.create_table('collection_hold',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_hold'))
    )
    op.create_table('counter_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('requestor_id', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_counter_key')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_counter_key_key_hash')),
    sa.UniqueConstraint('requestor_id', name=op.f('uq_counter_key_requestor_id'))
    )
    op.create_table('daily_usage',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('format', sa.String(length=100), nullable=False),
    sa.Column('item', sa.String(length=100), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('views', sa.Integer(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('plays', sa.Integer(), nullable=False),
    sa.Column('downloads', sa.Integer(), nullable=False),
    sa.Column('tii', sa.Integer(), nullable=False),
    sa.Column('tir', sa.Integer(), nullable=False),
    sa.Column('uii', sa.Integer(), nullable=False),
    sa.Column('uir', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'format', 'item', 'method', name=op.f('pk_daily_usage')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('daily_usage', schema=None) as batch_op:
        batch_op.create_index('ix_daily_usage_item', ['item', 'format', 'day'], unique=False)

    op.create_table('month_version',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('sums', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'version', name=op.f('pk_month_version'))
    )
    op.create_table('monthly_usage',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('format', sa.String(length=100), nullable=False),
    sa.Column('item', sa.String(length=100), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('views', sa.Integer(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('plays', sa.Integer(), nullable=False),
    sa.Column('downloads', sa.Integer(), nullable=False),
    sa.Column('tii', sa.Integer(), nullable=False),
    sa.Column('tir', sa.Integer(), nullable=False),
    sa.Column('uii', sa.Integer(), nullable=False),
    sa.Column('uir', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'version', 'format', 'item', 'method', name=op.f('pk_monthly_usage')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('monthly_usage', schema=None) as batch_op:
        batch_op.create_index('ix_monthly_usage_item', ['item', 'format', 'month'], unique=False)

    op.create_table('outgoing_mail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('template', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('values', JSON, nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail'))
    )
    op.create_table('people_figure',
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('dimension', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=60), nullable=False),
    sa.Column('second_value', sa.String(length=60), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('regular', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('period', 'version', 'dimension', 'value', 'second_value', name=op.f('pk_people_figure')),
    sqlite_with_rowid=False
    )
    op.create_table('person_month',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('person', sa.String(length=100), nullable=False),
    sa.Column('ward', sa.String(length=40), nullable=False),
    sa.Column('age_band', sa.String(length=40), nullable=False),
    sa.Column('gender', sa.String(length=40), nullable=False),
    sa.Column('disability', sa.String(length=40), nullable=False),
    sa.Column('groups', JSON, nullable=False),
    sa.Column('weeks', JSON, nullable=False),
    sa.PrimaryKeyConstraint('month', 'person', name=op.f('pk_person_month'))
    )
    op.create_table('query_figure',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('folded', sa.String(length=200), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('visitors', sa.Integer(), nullable=False),
    sa.Column('searches', sa.Integer(), nullable=False),
    sa.Column('without_result', sa.Integer(), nullable=False),
    sa.Column('abandoned', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'folded', name=op.f('pk_query_figure'))
    )
    op.create_table('search_figure',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('searches', sa.Integer(), nullable=False),
    sa.Column('without_result', sa.Integer(), nullable=False),
    sa.Column('abandoned', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'language', name=op.f('pk_search_figure'))
    )
    op.create_table('session_figure',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=60), nullable=False),
    sa.Column('sessions', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'dimension', 'value', name=op.f('pk_session_figure')),
    sqlite_with_rowid=False
    )
    op.create_table('set_aside_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('file', sa.String(length=100), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_set_aside_line')),
    sa.UniqueConstraint('file', 'offset', name=op.f('uq_set_aside_line_file_offset'))
    )
    with op.batch_alter_table('set_aside_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_set_aside_line_at'), ['at'], unique=False)

    op.create_table('spool_progress',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('events', sa.BigInteger(), nullable=False),
    sa.Column('lost', sa.BigInteger(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_spool_progress'))
    )
    op.create_table('store_owner',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('database_id', sa.String(length=64), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_store_owner_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_store_owner'))
    )
    op.create_table('submitted_form',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('result', JSON, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_submitted_form'))
    )
    with op.batch_alter_table('submitted_form', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submitted_form_at'), ['at'], unique=False)

    op.create_table('throttle_count',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('ends_at', UtcDateTime(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', 'ends_at', name=op.f('pk_throttle_count'))
    )
    with op.batch_alter_table('throttle_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_throttle_count_ends_at'), ['ends_at'], unique=False)

    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', JSON, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('ward_code', sa.String(length=5), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('code', name=op.f('uq_unit_code'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_ward_code'), ['ward_code'], unique=False)

    op.create_table('usage_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('touched', sa.BigInteger(), nullable=False),
    sa.Column('counted', sa.BigInteger(), nullable=False),
    sa.Column('counted_at', UtcDateTime(), nullable=True),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.Column('robots', sa.Integer(), nullable=False),
    sa.Column('double_clicks', sa.Integer(), nullable=False),
    sa.Column('searches', sa.Integer(), nullable=False),
    sa.Column('acts', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_usage_day'))
    )
    op.create_table('usage_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_item')),
    sa.UniqueConstraint('key', name=op.f('uq_usage_item_key'))
    )
    op.create_table('usage_pack',
    sa.Column('begins', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('formats', JSON, nullable=False),
    sa.Column('together', sa.LargeBinary(), nullable=False),
    sa.Column('by_format', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('begins', 'version', name=op.f('pk_usage_pack'))
    )
    op.create_table('usage_worker_clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('last_seen', UtcDateTime(), nullable=False),
    sa.Column('steady_since', UtcDateTime(), nullable=False),
    sa.Column('nightly_done', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_worker_clock'))
    )
    op.create_table('user_agent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('text', sa.String(length=512), nullable=False),
    sa.Column('is_robot', sa.Boolean(), nullable=False),
    sa.Column('list_version', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_agent')),
    sa.UniqueConstraint('digest', name=op.f('uq_user_agent_digest'))
    )
    op.create_table('collection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('identifier', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', JSON, nullable=False),
    sa.Column('summary', JSON, nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('published_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('page_revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['account.id'], name=op.f('fk_collection_owner_id_account')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_collection_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection')),
    sa.UniqueConstraint('identifier', name=op.f('uq_collection_identifier')),
    sa.UniqueConstraint('public_id', name=op.f('uq_collection_public_id'))
    )
    with op.batch_alter_table('collection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_collection_unit_id'), ['unit_id'], unique=False)

    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('account', 'history', 'statistics', 'groups', 'disability', 'messages', name='purpose', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('text_version', sa.String(length=20), nullable=False),
    sa.Column('method', sa.String(length=40), nullable=False),
    sa.Column('given_at', UtcDateTime(), nullable=False),
    sa.Column('withdrawn_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_consent_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_of', ['account_id', 'purpose'], unique=False)

    op.create_table('declaration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('dimension', sa.Enum('ward', 'birth-year', 'gender', 'group', 'disability', name='dimension', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=False),
    sa.Column('valid_from', UtcDateTime(), nullable=False),
    sa.Column('valid_to', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_declaration_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_declaration'))
    )
    with op.batch_alter_table('declaration', schema=None) as batch_op:
        batch_op.create_index('ix_declaration_of', ['account_id', 'dimension'], unique=False)

    op.create_table('fixity_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blob_sha256', sa.String(length=64), nullable=False),
    sa.Column('checked_at', UtcDateTime(), nullable=False),
    sa.Column('found', sa.Enum('whole', 'damaged', 'missing', name='found', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.ForeignKeyConstraint(['blob_sha256'], ['blob.sha256'], name=op.f('fk_fixity_check_blob_sha256_blob'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fixity_check'))
    )
    with op.batch_alter_table('fixity_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fixity_check_blob_sha256'), ['blob_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_fixity_check_checked_at'), ['checked_at'], unique=False)

    op.create_table('material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('identifier', sa.String(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('first_published_at', UtcDateTime(), nullable=True),
    sa.Column('published_at', UtcDateTime(), nullable=True),
    sa.Column('current_version_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('page_revision', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', UtcDateTime(), nullable=True),
    sa.Column('withdrawn_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawal_category', sa.String(), nullable=True),
    sa.Column('withdrawal_reason', sa.String(), nullable=True),
    sa.Column('withdrawal_asked_at', UtcDateTime(), nullable=True),
    sa.Column('withdrawal_asked_reason', sa.String(), nullable=True),
    sa.Column('link_broken_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['current_version_id'], ['version.id'], name='fk_material_current_version_id_version', use_alter=True),
    sa.ForeignKeyConstraint(['owner_id'], ['account.id'], name=op.f('fk_material_owner_id_account')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_material_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
    sa.UniqueConstraint('owner_id', 'identifier', name=op.f('uq_material_owner_id_identifier')),
    sa.UniqueConstraint('public_id', name=op.f('uq_material_public_id'))
    )
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_current_version_id'), ['current_version_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_first_published_at'), ['first_published_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_withdrawn_at'), ['withdrawn_at'], unique=False)

    op.create_table('one_time_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('confirm', 'reset', 'new-email', name='purpose', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_one_time_token_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_one_time_token_token_hash'))
    )
    with op.batch_alter_table('one_time_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_one_time_token_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_one_time_token_expires_at'), ['expires_at'], unique=False)

    op.create_table('rendition',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blob_sha256', sa.String(length=64), nullable=False),
    sa.Column('extractor_version', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'running', 'ok', 'no_text', 'encrypted', 'damaged', 'limit', 'unsupported', 'failed', name='state', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('leased_until', UtcDateTime(), nullable=True),
    sa.Column('facts', JSON, nullable=False),
    sa.Column('cover_sha256', sa.String(length=64), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['blob_sha256'], ['blob.sha256'], name=op.f('fk_rendition_blob_sha256_blob'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['cover_sha256'], ['blob.sha256'], name=op.f('fk_rendition_cover_sha256_blob')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rendition')),
    sa.UniqueConstraint('blob_sha256', 'extractor_version', name=op.f('uq_rendition_blob_sha256_extractor_version'))
    )
    with op.batch_alter_table('rendition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rendition_cover_sha256'), ['cover_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_rendition_state'), ['state'], unique=False)

    op.create_table('role_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('learner', 'educator', 'reviewer', 'reporter', 'admin', name='role', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.Column('granted_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_role_grant_account_id_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['granted_by_id'], ['account.id'], name=op.f('fk_role_grant_granted_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_role_grant_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grant'))
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index('ix_role_grant_everywhere', ['account_id', 'role'], unique=True, sqlite_where=sa.text('unit_id IS NULL'), postgresql_where=sa.text('unit_id IS NULL'))
        batch_op.create_index('ix_role_grant_in_unit', ['account_id', 'role', 'unit_id'], unique=True)
        batch_op.create_index(batch_op.f('ix_role_grant_role'), ['role'], unique=False)
        batch_op.create_index(batch_op.f('ix_role_grant_unit_id'), ['unit_id'], unique=False)

    op.create_table('role_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.Enum('open', 'granted', 'refused', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_role_request_account_id_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_role_request_decided_by_id_account'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_role_request_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_request'))
    )
    with op.batch_alter_table('role_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_request_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_role_request_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index('ix_role_request_open', ['account_id', 'unit_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.create_index(batch_op.f('ix_role_request_unit_id'), ['unit_id'], unique=False)

    op.create_table('sign_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('browser', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_expires_at'), ['expires_at'], unique=False)

    op.create_table('usage_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('item', sa.String(length=100), nullable=False),
    sa.Column('format', sa.String(length=100), nullable=False),
    sa.Column('access_method', sa.String(length=10), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('visitor', sa.String(length=100), nullable=False),
    sa.Column('visitor_before', sa.String(length=100), nullable=True),
    sa.Column('session', sa.String(length=100), nullable=True),
    sa.Column('person', sa.String(length=100), nullable=True),
    sa.Column('user_agent_id', sa.Integer(), nullable=False),
    sa.Column('via', sa.String(length=10), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=True),
    sa.Column('hits', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['user_agent_id'], ['user_agent.id'], name=op.f('fk_usage_event_user_agent_id_user_agent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_event'))
    )
    with op.batch_alter_table('usage_event', schema=None) as batch_op:
        batch_op.create_index('ix_usage_event_day', ['day', 'at'], unique=False)
        batch_op.create_index('ix_usage_event_person', ['person'], unique=False, sqlite_where=sa.text('person IS NOT NULL'), postgresql_where=sa.text('person IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_usage_event_user_agent_id'), ['user_agent_id'], unique=False)

    op.create_table('wanted_material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('folded', sa.String(length=200), nullable=False),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('material', sa.String(length=20), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['taken_by_id'], ['account.id'], name=op.f('fk_wanted_material_taken_by_id_account'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wanted_material'))
    )
    with op.batch_alter_table('wanted_material', schema=None) as batch_op:
        batch_op.create_index('ix_wanted_material_standing', ['folded'], unique=True, sqlite_where=sa.text("state IN ('open', 'taken')"), postgresql_where=sa.text("state IN ('open', 'taken')"))
        batch_op.create_index(batch_op.f('ix_wanted_material_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_wanted_material_taken_by_id'), ['taken_by_id'], unique=False)

    op.create_table('collection_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', JSON, nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_collection_part_collection_id_collection'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_part'))
    )
    with op.batch_alter_table('collection_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_part_collection_id'), ['collection_id'], unique=False)

    op.create_table('index_state',
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('signature', sa.String(), nullable=False),
    sa.Column('put_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_index_state_material_id_material'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('material_id', name=op.f('pk_index_state'))
    )
    op.create_table('problem_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('version_number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('content', 'opening', 'link', 'accessibility', 'rights', 'privacy', 'harm', 'other', name='kind', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('reporter_id', sa.Integer(), nullable=True),
    sa.Column('reported_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.Enum('open', 'accepted', 'solved', 'declined', name='state', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_problem_report_material_id_material'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reporter_id'], ['account.id'], name=op.f('fk_problem_report_reporter_id_account'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_report'))
    )
    with op.batch_alter_table('problem_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_problem_report_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_problem_report_reported_at'), ['reported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_problem_report_reporter_id'), ['reporter_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_problem_report_state'), ['state'], unique=False)

    op.create_table('rendition_page',
    sa.Column('rendition_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('html', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['rendition_id'], ['rendition.id'], name=op.f('fk_rendition_page_rendition_id_rendition'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('rendition_id', 'number', name=op.f('pk_rendition_page'))
    )
    op.create_table('version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('record', JSON, nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('submitted_at', UtcDateTime(), nullable=True),
    sa.Column('reviewed_at', UtcDateTime(), nullable=True),
    sa.Column('reviewed_by_id', sa.Integer(), nullable=True),
    sa.Column('return_reason', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_version_material_id_material'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version')),
    sa.UniqueConstraint('material_id', 'number', name=op.f('uq_version_material_id_number'))
    )
    with op.batch_alter_table('version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_version_material_id'), ['material_id'], unique=False)
        batch_op.create_index('ix_version_open', ['material_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'in_review')"), postgresql_where=sa.text("state IN ('draft', 'in_review')"))
        batch_op.create_index(batch_op.f('ix_version_state'), ['state'], unique=False)

    op.create_table('collection_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('part_id', sa.Integer(), nullable=True),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_collection_item_collection_id_collection'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_collection_item_material_id_material'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['part_id'], ['collection_part.id'], name=op.f('fk_collection_item_part_id_collection_part'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_item')),
    sa.UniqueConstraint('collection_id', 'material_id', name=op.f('uq_collection_item_collection_id_material_id'))
    )
    with op.batch_alter_table('collection_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_item_collection_id'), ['collection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_collection_item_material_id'), ['material_id'], unique=False)

    op.create_table('contributor',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('folded', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('affiliation', sa.String(), nullable=True),
    sa.Column('orcid', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['version_id'], ['version.id'], name=op.f('fk_contributor_version_id_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('version_id', 'position', name=op.f('pk_contributor'))
    )
    with op.batch_alter_table('contributor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contributor_folded'), ['folded'], unique=False)

    op.create_table('version_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('blob_id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['blob_id'], ['blob.sha256'], name=op.f('fk_version_file_blob_id_blob')),
    sa.ForeignKeyConstraint(['version_id'], ['version.id'], name=op.f('fk_version_file_version_id_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version_file')),
    sa.UniqueConstraint('version_id', 'position', name=op.f('uq_version_file_version_id_position'))
    )
    with op.batch_alter_table('version_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_version_file_blob_id'), ['blob_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_version_file_version_id'), ['version_id'], unique=False)

    op.create_table('version_term',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['version.id'], name=op.f('fk_version_term_version_id_version'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('version_id', 'scheme', 'code', name=op.f('pk_version_term'))
    )
    with op.batch_alter_table('version_term', schema=None) as batch_op:
        batch_op.create_index('ix_version_term_scheme_code', ['scheme', 'code'], unique=False)

    if op.get_bind().dialect.name != "sqlite":  # which has it in the table; elsewhere it needs both tables
        op.create_foreign_key(
            "fk_material_current_version_id_version", "material", "version", ["current_version_id"], ["id"]
        )
