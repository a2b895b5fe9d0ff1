"""Indexes for lists, boards and searches of a million tickets

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

OPEN = "status NOT IN ('resolved', 'closed')"


def upgrade() -> None:
    op.create_index('ix_search_entry_newest', 'search_entry', ['kind', sa.text('at DESC'), sa.text('ref DESC')])
    op.create_index('ix_ticket_open_status', 'ticket', ['status', 'due_at', 'id'], postgresql_where=sa.text(OPEN))
    op.create_index('ix_ticket_unanswered', 'ticket', ['due_at', 'id'], postgresql_where=sa.text(f'{OPEN} AND unanswered_since IS NOT NULL'))
    op.drop_index('ix_ticket_open_facts', 'ticket')
    op.drop_index('ix_ticket_open_due', 'ticket')
    op.create_index(
        'ix_ticket_open_due', 'ticket', ['queue_id', 'due_at', 'id'], postgresql_include=['channel'], postgresql_where=sa.text(OPEN)
    )


def downgrade() -> None:
    op.drop_index('ix_ticket_open_due', 'ticket')
    op.create_index('ix_ticket_open_due', 'ticket', ['queue_id', 'due_at', 'id'], postgresql_where=sa.text(OPEN))
    op.create_index('ix_ticket_open_facts', 'ticket', ['status', 'unanswered_since'], postgresql_where=sa.text(OPEN))
    for name in ('ix_ticket_unanswered', 'ix_ticket_open_status'):
        op.drop_index(name, 'ticket')
    op.drop_index('ix_search_entry_newest', 'search_entry')
