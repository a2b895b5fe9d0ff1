"""Indexes for the orders of lists

Revision ID: 0021
Revises: 0015b
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0015b'
branch_labels = None
depends_on = None

RANK = "COALESCE(array_position(ARRAY['urgent', 'high', 'normal', 'low']::text[], CAST(priority AS TEXT)), 99)"


def upgrade() -> None:
    op.create_index('ix_ticket_due_at', 'ticket', ['due_at', 'id'], postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_ticket_subject', 'ticket', [sa.text('"left"(lower(subject), 120)'), 'id'])
    op.create_index('ix_ticket_priority_rank', 'ticket', [sa.text(RANK), 'id'])


def downgrade() -> None:
    for name in ('ix_ticket_priority_rank', 'ix_ticket_subject', 'ix_ticket_due_at'):
        op.drop_index(name, 'ticket')
