"""Saved views of the list of tickets, and changes of many at once

Revision ID: 0015
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0015'
down_revision = '0019'
branch_labels = None
depends_on = None

OPEN = "status NOT IN ('resolved', 'closed')"


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'saved_view',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('owner_id', sa.BigInteger(), nullable=False),
        sa.Column('shared', sa.Boolean(), nullable=False),
        sa.Column('roles', jsonb, nullable=False),
        sa.Column('queue_ids', jsonb, nullable=False),
        sa.Column('conditions', jsonb, nullable=False),
        sa.Column('columns', jsonb, nullable=False),
        sa.Column('sort', sa.String(), nullable=False),
        sa.Column('descending', sa.Boolean(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_saved_view_owner_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    )
    op.create_index('ix_saved_view_owner', 'saved_view', ['owner_id'])
    op.create_index('ix_saved_view_shared', 'saved_view', ['id'], postgresql_where=sa.text('shared'))
    op.create_table(
        'bulk_run',
        sa.Column('created_by_id', sa.BigInteger(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('changes', jsonb, nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled', 'undoing', 'undone')", name=op.f('ck_bulk_run_state')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_bulk_run_created_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_run')),
    )
    op.create_table(
        'bulk_run_ticket',
        sa.Column('run_id', sa.BigInteger(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('outcome', sa.String(), server_default='waiting', nullable=False),
        sa.Column('code', sa.String(), server_default='', nullable=False),
        sa.Column('problem', sa.String(), server_default='', nullable=False),
        sa.Column('back', jsonb, nullable=True),
        sa.Column('version', sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'changed', 'same', 'refused', 'undone', 'kept')", name=op.f('ck_bulk_run_ticket_outcome')
        ),
        sa.ForeignKeyConstraint(['run_id'], ['bulk_run.id'], name=op.f('fk_bulk_run_ticket_run_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_bulk_run_ticket_ticket_id')),
        sa.PrimaryKeyConstraint('run_id', 'ticket_id', name=op.f('pk_bulk_run_ticket')),
    )
    op.create_index('ix_bulk_run_ticket_outcome', 'bulk_run_ticket', ['run_id', 'outcome', 'ticket_id'])


def downgrade() -> None:
    op.drop_table('bulk_run_ticket')
    op.drop_table('bulk_run')
    op.drop_table('saved_view')
