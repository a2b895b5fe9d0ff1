"""Follow-up tasks with reminders

Revision ID: 0018
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'reminder_wish',
        sa.Column('user_id', sa.BigInteger(), nullable=False),
        sa.Column('by_mail', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_reminder_wish_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_reminder_wish')),
    )
    op.create_table(
        'task',
        sa.Column('ticket_id', sa.BigInteger(), nullable=True),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('person_id', sa.BigInteger(), nullable=True),
        sa.Column('queue_id', sa.BigInteger(), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('remind_before', sa.Integer(), nullable=True),
        sa.Column('remind_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('done_by_id', sa.BigInteger(), nullable=True),
        sa.Column('source', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.BigInteger(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint('(person_id IS NULL) <> (queue_id IS NULL)', name=op.f('ck_task_for_whom')),
        sa.CheckConstraint('remind_at IS NULL OR due_at IS NOT NULL', name=op.f('ck_task_remind_at')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_task_created_by_id')),
        sa.ForeignKeyConstraint(['done_by_id'], ['user.id'], name=op.f('fk_task_done_by_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_task_person_id')),
        sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_task_queue_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_task_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_task')),
    )
    op.create_index('ix_task_person_open', 'task', ['person_id', 'due_at', 'id'], postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('ix_task_queue_open', 'task', ['queue_id', 'due_at', 'id'], postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('ix_task_remind_at', 'task', ['remind_at'], postgresql_where=sa.text('remind_at IS NOT NULL AND reminded_at IS NULL AND done_at IS NULL'))
    op.create_index('ix_task_ticket', 'task', ['ticket_id'], postgresql_where=sa.text('ticket_id IS NOT NULL'))
    op.create_table(
        'task_change',
        sa.Column('task_id', sa.BigInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.BigInteger(), nullable=True),
        sa.Column('what', sa.String(), nullable=False),
        sa.Column('data', jsonb, nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_task_change_actor_id')),
        sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_change_task_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_task_change')),
    )
    op.create_index('ix_task_change_task', 'task_change', ['task_id', 'id'])


def downgrade() -> None:
    op.drop_table('task_change')
    op.drop_table('task')
    op.drop_table('reminder_wish')
