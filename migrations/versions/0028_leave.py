"""Leave that is asked for and decided on

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'leave_request',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('starts', sa.String(), nullable=True),
        sa.Column('ends', sa.String(), nullable=True),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by_id', sa.BigInteger(), nullable=True),
        sa.Column('answer', sa.String(), nullable=False),
        sa.Column('absence_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('requested', 'approved', 'refused', 'cancelled')", name=op.f('ck_leave_request_state')),
        sa.CheckConstraint('last_day >= first_day', name=op.f('ck_leave_request_days')),
        sa.ForeignKeyConstraint(['absence_id'], ['absence.id'], name=op.f('fk_leave_request_absence_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_leave_request_decided_by_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_leave_request_person_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_leave_request')),
    )
    op.create_index(op.f('ix_leave_request_absence_id'), 'leave_request', ['absence_id'])
    op.create_index('ix_leave_request_person', 'leave_request', ['person_id', 'first_day'])
    op.create_index('ix_leave_request_waiting', 'leave_request', ['first_day'], postgresql_where=sa.text("state = 'requested'"))


def downgrade() -> None:
    op.drop_table('leave_request')
