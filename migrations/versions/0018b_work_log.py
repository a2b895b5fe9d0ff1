"""Work log: entries, corrections, timers

Revision ID: 0018b
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018b'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'work_entry',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=True),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=False),
        sa.Column('activity', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint('(started_at IS NULL) = (ended_at IS NULL)', name=op.f('ck_work_entry_timed')),
        sa.CheckConstraint('minutes BETWEEN 1 AND 1440', name=op.f('ck_work_entry_minutes')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_work_entry_person_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_work_entry_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_work_entry')),
    )
    op.create_index('ix_work_entry_person_day', 'work_entry', ['person_id', 'day'])
    op.create_index('ix_work_entry_ticket', 'work_entry', ['ticket_id'], postgresql_where=sa.text('ticket_id IS NOT NULL'))
    op.create_table(
        'work_timer',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=True),
        sa.Column('activity', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_work_timer_person_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_work_timer_ticket_id')),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_work_timer')),
    )
    op.create_index(op.f('ix_work_timer_ticket_id'), 'work_timer', ['ticket_id'])
    op.create_table(
        'work_change',
        sa.Column('entry_id', sa.BigInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.BigInteger(), nullable=True),
        sa.Column('before', jsonb, nullable=False),
        sa.Column('after', jsonb, nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_work_change_actor_id')),
        sa.ForeignKeyConstraint(['entry_id'], ['work_entry.id'], name=op.f('fk_work_change_entry_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_work_change')),
    )
    op.create_index('ix_work_change_entry', 'work_change', ['entry_id', 'id'])
    op.create_index('ix_call_leg_person', 'call_leg', ['person_id', 'joined_at'])


def downgrade() -> None:
    op.drop_index('ix_call_leg_person', 'call_leg')
    op.drop_table('work_change')
    op.drop_table('work_timer')
    op.drop_table('work_entry')
