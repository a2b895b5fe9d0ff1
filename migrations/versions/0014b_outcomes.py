"""Outcomes told to customers, what exactly a ticket waits for, and for what a policy's clocks run on

Revision ID: 0014b
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014b'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.add_column('ticket', sa.Column('wait_note', sa.String(), nullable=True))
    op.add_column('policy', sa.Column('running_waits', jsonb, server_default=sa.text("'[]'"), nullable=False))
    op.create_table(
        'ticket_outcome',
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('entry_id', sa.BigInteger(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('told_by_id', sa.BigInteger(), nullable=True),
        sa.Column('void_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_outcome_ticket_id')),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_ticket_outcome_entry_id')),
        sa.ForeignKeyConstraint(['told_by_id'], ['user.id'], name=op.f('fk_ticket_outcome_told_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_outcome')),
    )
    op.create_index('ix_ticket_outcome_ticket', 'ticket_outcome', ['ticket_id'])
    op.create_index(
        'uq_ticket_outcome_standing', 'ticket_outcome', ['ticket_id'], unique=True, postgresql_where=sa.text('void_at IS NULL')
    )


def downgrade() -> None:
    op.drop_table('ticket_outcome')
    op.drop_column('policy', 'running_waits')
    op.drop_column('ticket', 'wait_note')
