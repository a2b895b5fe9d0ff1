"""Statistics for the index of custom fields: which values are common depends on the field

Without them PostgreSQL takes a common choice for a rare one and reads all its tickets before it sorts them.

Revision ID: 0014c
Revises: 0018c
"""

from alembic import op

revision = '0014c'
down_revision = '0018c'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('CREATE STATISTICS ticket_field_value_words (mcv, dependencies, ndistinct) ON field_id, word FROM ticket_field_value')
    op.execute('ALTER STATISTICS ticket_field_value_words SET STATISTICS 1000')
    op.execute('ALTER TABLE ticket_field_value ALTER COLUMN word SET STATISTICS 1000, ALTER COLUMN number SET STATISTICS 1000')


def downgrade() -> None:
    op.execute('ALTER TABLE ticket_field_value ALTER COLUMN word SET STATISTICS -1, ALTER COLUMN number SET STATISTICS -1')
    op.execute('DROP STATISTICS ticket_field_value_words')
