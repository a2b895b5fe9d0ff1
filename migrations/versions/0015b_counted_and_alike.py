"""Open tickets are sorted and counted, breached clocks counted, and misspelt names of customers found along indexes

Revision ID: 0015b
Revises: 0014c
"""

import sqlalchemy as sa
from alembic import op

revision = '0015b'
down_revision = '0014c'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index('ix_customer_name_alike', 'customer', [sa.text('lower(name) gin_trgm_ops')], postgresql_using='gin')
    for name, columns in (('ix_ticket_open_by_due', ['due_at', 'id']), ('ix_ticket_open_facts', ['status', 'unanswered_since'])):
        op.create_index(name, 'ticket', columns, postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"))
    op.create_index(
        'ix_clock_breached',
        'clock',
        ['ticket_id'],
        postgresql_where=sa.text("state IN ('running', 'paused') AND breached_at IS NOT NULL AND withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    for name in ('ix_ticket_open_by_due', 'ix_ticket_open_facts'):
        op.drop_index(name, table_name='ticket')
    op.drop_index('ix_clock_breached', table_name='clock')
    op.drop_index('ix_customer_name_alike', table_name='customer')
