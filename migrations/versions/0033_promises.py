"""The firm's settings of visits

Revision ID: 0033
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'visit_settings',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('own_booking', sa.Boolean(), nullable=False),
        sa.Column('own_booking_hours', sa.Integer(), nullable=False),
        sa.Column('names_shown', sa.Boolean(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_visit_settings_one')),
        sa.CheckConstraint('own_booking_hours BETWEEN 0 AND 336', name=op.f('ck_visit_settings_own_booking_hours')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_settings')),
    )


def downgrade() -> None:
    op.drop_table('visit_settings')
