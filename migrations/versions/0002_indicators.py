"""Learning-city indicators."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('computed_figure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=10), nullable=False),
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('period_end', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('dimension', sa.String(length=30), nullable=False),
    sa.Column('member', sa.String(length=100), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=False),
    sa.Column('state', sa.Enum('ok', 'no_data', 'hidden', 'withheld', 'too_few', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=True),
    sa.Column('numerator', sa.String(length=40), nullable=True),
    sa.Column('denominator', sa.String(length=40), nullable=True),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.Column('denominator_source', sa.String(length=600), nullable=False),
    sa.Column('data_version', sa.String(length=64), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('correction', sa.String(length=1000), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_computed_figure')),
    sa.UniqueConstraint('code', 'period', 'version', 'dimension', 'member', 'measure', name=op.f('uq_computed_figure_code_period_version_dimension_member_measure'))
    )
    with op.batch_alter_table('computed_figure', schema=None) as batch_op:
        batch_op.create_index('ix_computed_figure_period', ['period', 'version'], unique=False)

    op.create_table('indicator_set',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', JSON, nullable=False),
    sa.Column('kind', sa.Enum('unesco', 'regulatory', 'computed', name='kind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('in_force', sa.String(), nullable=False),
    sa.Column('licence', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('facts', JSON, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('loaded_at', UtcDateTime(), nullable=False),
    sa.Column('superseded_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_set')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_indicator_set_code_version'))
    )
    with op.batch_alter_table('indicator_set', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_set_code'), ['code'], unique=False)

    op.create_table('learning_event',
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('name', JSON, nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_learning_event'))
    )
    op.create_table('reference_table',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=500), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('loaded_at', UtcDateTime(), nullable=False),
    sa.Column('loaded_by_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reference_table')),
    sa.UniqueConstraint('code', 'as_of', 'version', name=op.f('uq_reference_table_code_as_of_version'))
    )
    with op.batch_alter_table('reference_table', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reference_table_code'), ['code'], unique=False)

    op.create_table('reporting_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', JSON, nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('period_end', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('frozen_at', UtcDateTime(), nullable=True),
    sa.Column('published_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reporting_round'))
    )
    op.create_table('indicator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('set_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('wording', JSON, nullable=False),
    sa.Column('label', JSON, nullable=False),
    sa.Column('area_code', sa.String(length=40), nullable=False),
    sa.Column('area', JSON, nullable=False),
    sa.Column('group_code', sa.String(length=40), nullable=False),
    sa.Column('group', JSON, nullable=False),
    sa.Column('feature_code', sa.String(length=40), nullable=False),
    sa.Column('feature', JSON, nullable=False),
    sa.Column('unit', sa.String(length=60), nullable=False),
    sa.Column('answer', sa.Enum('number', 'percent', 'yes_no', 'text', name='answer', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('source_type', sa.String(length=40), nullable=False),
    sa.Column('entry', sa.String(), nullable=False),
    sa.Column('feed', sa.String(length=20), nullable=False),
    sa.Column('feeds_from', JSON, nullable=False),
    sa.Column('verification', JSON, nullable=False),
    sa.Column('level', sa.String(length=60), nullable=False),
    sa.Column('grade', sa.String(length=40), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('facts', JSON, nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['set_id'], ['indicator_set.id'], name=op.f('fk_indicator_set_id_indicator_set'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator')),
    sa.UniqueConstraint('set_id', 'code', name=op.f('uq_indicator_set_id_code'))
    )
    with op.batch_alter_table('indicator', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_code'), ['code'], unique=False)

    op.create_table('reference_value',
    sa.Column('table_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=40), nullable=False),
    sa.Column('band', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['table_id'], ['reference_table.id'], name=op.f('fk_reference_value_table_id_reference_table'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('table_id', 'place', 'band', name=op.f('pk_reference_value'))
    )
    op.create_table('report_build',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'running', 'done', 'failed', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('leased_until', UtcDateTime(), nullable=True),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.Column('facts', JSON, nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['reporting_round.id'], name=op.f('fk_report_build_round_id_reporting_round'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_report_build_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_build'))
    )
    with op.batch_alter_table('report_build', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_build_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_build_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_build_unit_id'), ['unit_id'], unique=False)

    op.create_table('report_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('chapter', sa.String(length=40), nullable=False),
    sa.Column('text', JSON, nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['reporting_round.id'], name=op.f('fk_report_text_round_id_reporting_round'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_report_text_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_text')),
    sa.UniqueConstraint('round_id', 'unit_id', 'kind', 'chapter', name=op.f('uq_report_text_round_id_unit_id_kind_chapter'))
    )
    op.create_table('reporting_round_set',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('set_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['reporting_round.id'], name=op.f('fk_reporting_round_set_round_id_reporting_round'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['set_id'], ['indicator_set.id'], name=op.f('fk_reporting_round_set_set_id_indicator_set')),
    sa.PrimaryKeyConstraint('round_id', 'set_id', name=op.f('pk_reporting_round_set'))
    )
    op.create_table('unit_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('open', 'submitted', 'returned', 'approved', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('first_submitted_at', UtcDateTime(), nullable=True),
    sa.Column('submitted_at', UtcDateTime(), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('return_reason', sa.Text(), nullable=False),
    sa.Column('complete', sa.Boolean(), nullable=False),
    sa.Column('reminded_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['reporting_round.id'], name=op.f('fk_unit_report_round_id_reporting_round'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_report_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_report')),
    sa.UniqueConstraint('round_id', 'unit_id', name=op.f('uq_unit_report_round_id_unit_id'))
    )
    with op.batch_alter_table('unit_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_report_unit_id'), ['unit_id'], unique=False)

    op.create_table('indicator_target',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('grade', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=True),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=500), nullable=False),
    sa.Column('at_most', sa.Boolean(), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['indicator_id'], ['indicator.id'], name=op.f('fk_indicator_target_indicator_id_indicator'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_indicator_target_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_target'))
    )
    with op.batch_alter_table('indicator_target', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_target_indicator_id'), ['indicator_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_indicator_target_unit_id'), ['unit_id'], unique=False)

    op.create_table('observation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=True),
    sa.Column('numerator', sa.String(length=40), nullable=True),
    sa.Column('denominator', sa.String(length=40), nullable=True),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.Column('not_available', sa.Boolean(), nullable=False),
    sa.Column('reference_date', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('link', sa.String(length=500), nullable=False),
    sa.Column('note', JSON, nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['indicator_id'], ['indicator.id'], name=op.f('fk_observation_indicator_id_indicator')),
    sa.ForeignKeyConstraint(['report_id'], ['unit_report.id'], name=op.f('fk_observation_report_id_unit_report'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_observation')),
    sa.UniqueConstraint('report_id', 'indicator_id', name=op.f('uq_observation_report_id_indicator_id'))
    )
    with op.batch_alter_table('observation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_observation_indicator_id'), ['indicator_id'], unique=False)

    op.create_table('report_duty',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['indicator_id'], ['indicator.id'], name=op.f('fk_report_duty_indicator_id_indicator')),
    sa.ForeignKeyConstraint(['report_id'], ['unit_report.id'], name=op.f('fk_report_duty_report_id_unit_report'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', 'indicator_id', name=op.f('pk_report_duty'))
    )
    with op.batch_alter_table('report_duty', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_duty_indicator_id'), ['indicator_id'], unique=False)

    op.create_table('report_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('build_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('format', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('blob_sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['blob_sha256'], ['blob.sha256'], name=op.f('fk_report_file_blob_sha256_blob')),
    sa.ForeignKeyConstraint(['build_id'], ['report_build.id'], name=op.f('fk_report_file_build_id_report_build'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_file')),
    sa.UniqueConstraint('build_id', 'language', 'format', name=op.f('uq_report_file_build_id_language_format'))
    )
    with op.batch_alter_table('report_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_file_blob_sha256'), ['blob_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_file_build_id'), ['build_id'], unique=False)

    op.create_table('series_point',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=False),
    sa.Column('name', JSON, nullable=False),
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=True),
    sa.Column('count', sa.String(length=40), nullable=True),
    sa.Column('source', sa.String(length=500), nullable=False),
    sa.Column('caution', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['indicator_id'], ['indicator.id'], name=op.f('fk_series_point_indicator_id_indicator'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_series_point')),
    sa.UniqueConstraint('series', 'indicator_id', 'as_of', name=op.f('uq_series_point_series_indicator_id_as_of'))
    )
    with op.batch_alter_table('series_point', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_series_point_indicator_id'), ['indicator_id'], unique=False)

    op.create_table('evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('observation_id', sa.Integer(), nullable=False),
    sa.Column('blob_sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('media_type', sa.String(length=127), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['blob_sha256'], ['blob.sha256'], name=op.f('fk_evidence_blob_sha256_blob')),
    sa.ForeignKeyConstraint(['observation_id'], ['observation.id'], name=op.f('fk_evidence_observation_id_observation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_blob_sha256'), ['blob_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_observation_id'), ['observation_id'], unique=False)

    op.create_table('observation_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('observation_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('before', JSON, nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['observation_id'], ['observation.id'], name=op.f('fk_observation_change_observation_id_observation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_observation_change'))
    )
    with op.batch_alter_table('observation_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_observation_change_observation_id'), ['observation_id'], unique=False)

