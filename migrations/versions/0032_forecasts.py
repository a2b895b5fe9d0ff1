"""How the day is likely to go on

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'visit_forecast',
        sa.Column('visit_id', sa.BigInteger(), nullable=False),
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('expected_start_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expected_end_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('late_seconds', sa.Integer(), nullable=False),
        sa.Column('overtime_seconds', sa.Integer(), nullable=False),
        sa.Column('cause', sa.String(), nullable=False),
        sa.Column('because_of_id', sa.BigInteger(), nullable=True),
        sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('late_seconds >= 0 AND overtime_seconds >= 0', name=op.f('ck_visit_forecast_seconds')),
        sa.ForeignKeyConstraint(['because_of_id'], ['visit.id'], name=op.f('fk_visit_forecast_because_of_id_visit'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_visit_forecast_person_id_person')),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_forecast_visit_id_visit'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('visit_id', name=op.f('pk_visit_forecast')),
    )
    op.create_index('ix_visit_forecast_person', 'visit_forecast', ['person_id'])
    op.create_table(
        'delay_notice',
        sa.Column('visit_id', sa.BigInteger(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('expected_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('promised_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('promised_until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('prepared', 'sent', 'dismissed', 'withdrawn')", name=op.f('ck_delay_notice_state')),
        sa.CheckConstraint('promised_until > promised_from', name=op.f('ck_delay_notice_window')),
        sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_delay_notice_decided_by_id_user')),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_delay_notice_visit_id_visit')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_delay_notice')),
    )
    op.create_index(
        'uq_delay_notice_prepared', 'delay_notice', ['visit_id'], unique=True, postgresql_where=sa.text("state = 'prepared'")
    )
    op.create_index('ix_delay_notice_visit', 'delay_notice', ['visit_id', 'id'])


def downgrade() -> None:
    op.drop_table('delay_notice')
    op.drop_table('visit_forecast')
