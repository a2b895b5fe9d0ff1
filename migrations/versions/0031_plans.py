"""Plans of a day as proposals, with the rows of their difference

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

_STATUS = "status IN ('queued', 'running', 'ready', 'partly', 'accepted', 'refused', 'cancelled', 'failed', 'superseded')"


def upgrade() -> None:
    op.create_table(
        'plan',
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('branch_id', sa.BigInteger(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('seconds', sa.Integer(), nullable=False),
        sa.Column('status', sa.String(), nullable=False),
        sa.Column('progress', sa.Integer(), nullable=False),
        sa.Column('problem', sa.String(), nullable=True),
        sa.Column('asked', postgresql.JSONB(), nullable=False),
        sa.Column('found', postgresql.JSONB(), nullable=False),
        sa.Column('before', postgresql.JSONB(), nullable=False),
        sa.Column('after', postgresql.JSONB(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.BigInteger(), nullable=True),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('day', 'repair')", name=op.f('ck_plan_kind')),
        sa.CheckConstraint(_STATUS, name=op.f('ck_plan_status')),
        sa.CheckConstraint('last_day >= first_day', name=op.f('ck_plan_days')),
        sa.CheckConstraint('seconds BETWEEN 0 AND 60', name=op.f('ck_plan_seconds')),
        sa.CheckConstraint('progress BETWEEN 0 AND 100', name=op.f('ck_plan_progress')),
        sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_plan_branch_id')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_plan_created_by_id')),
        sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_plan_decided_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_plan')),
    )
    op.create_index('ix_plan_branch', 'plan', ['branch_id', 'first_day'])
    op.create_table(
        'plan_row',
        sa.Column('plan_id', sa.BigInteger(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('visit_id', sa.BigInteger(), nullable=True),
        sa.Column('job_type_id', sa.BigInteger(), nullable=True),
        sa.Column('from_person_id', sa.BigInteger(), nullable=True),
        sa.Column('from_start', sa.DateTime(timezone=True), nullable=True),
        sa.Column('to_person_id', sa.BigInteger(), nullable=True),
        sa.Column('to_start', sa.DateTime(timezone=True), nullable=True),
        sa.Column('to_end', sa.DateTime(timezone=True), nullable=True),
        sa.Column('promised_from', sa.DateTime(timezone=True), nullable=True),
        sa.Column('promised_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('facts', postgresql.JSONB(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('reason_code', sa.String(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('book', 'give', 'shift', 'left')", name=op.f('ck_plan_row_kind')),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused', 'conflict')", name=op.f('ck_plan_row_state')),
        sa.CheckConstraint("(kind = 'left') = (to_start IS NULL)", name=op.f('ck_plan_row_target')),
        sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_row_plan_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_plan_row_ticket_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_plan_row_visit_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['job_type_id'], ['job_type.id'], name=op.f('fk_plan_row_job_type_id')),
        sa.ForeignKeyConstraint(['from_person_id'], ['person.id'], name=op.f('fk_plan_row_from_person_id')),
        sa.ForeignKeyConstraint(['to_person_id'], ['person.id'], name=op.f('fk_plan_row_to_person_id')),
        sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_plan_row_decided_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_row')),
    )
    op.create_index('ix_plan_row_plan', 'plan_row', ['plan_id', 'position'])
    op.create_index(op.f('ix_plan_row_ticket_id'), 'plan_row', ['ticket_id'])
    op.create_index(op.f('ix_plan_row_visit_id'), 'plan_row', ['visit_id'])


def downgrade() -> None:
    op.drop_table('plan_row')
    op.drop_table('plan')
