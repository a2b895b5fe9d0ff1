"""Visits that are held for a caller, and what planning leaves as it is

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

_BEFORE = "status IN ('proposed', 'booked', 'on_the_way', 'on_site', 'done', 'needs_part', 'no_access', 'cancelled')"
_STATUS = "status IN ('proposed', 'booked', 'on_the_way', 'on_site', 'done', 'needs_part', 'no_access', 'cancelled', 'lapsed')"


def upgrade() -> None:
    op.add_column('visit', sa.Column('held_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('visit', sa.Column('lock', sa.String(), nullable=False, server_default='none'))
    op.add_column('visit', sa.Column('gave_way', postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.create_check_constraint(op.f('ck_visit_lock'), 'visit', "lock IN ('none', 'technician', 'time')")
    op.drop_constraint(op.f('ck_visit_status'), 'visit')
    op.create_check_constraint(op.f('ck_visit_status'), 'visit', _STATUS)
    op.create_index(
        'ix_visit_held', 'visit', ['held_until'], postgresql_where=sa.text("status = 'proposed' AND held_until IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index('ix_visit_held', 'visit')
    op.execute("UPDATE visit SET status = 'cancelled' WHERE status = 'lapsed'")
    op.drop_constraint(op.f('ck_visit_status'), 'visit')
    op.create_check_constraint(op.f('ck_visit_status'), 'visit', _BEFORE)
    op.drop_constraint(op.f('ck_visit_lock'), 'visit')
    op.drop_column('visit', 'gave_way')
    op.drop_column('visit', 'lock')
    op.drop_column('visit', 'held_until')
