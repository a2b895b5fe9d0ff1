"""Suppliers of parts and how long they take; levels at which places are filled up

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('part', sa.Column('supplier', sa.String(), nullable=False, server_default=''))
    op.add_column('part', sa.Column('lead_days', sa.Integer(), nullable=False, server_default='0'))
    op.create_check_constraint(op.f('ck_part_lead_days'), 'part', 'lead_days >= 0')
    for name in ('supplier', 'lead_days'):
        op.alter_column('part', name, server_default=None)
    op.create_table(
        'stock_level',
        sa.Column('part_id', sa.BigInteger(), nullable=False),
        sa.Column('place_id', sa.BigInteger(), nullable=False),
        sa.Column('reorder_at', sa.Integer(), nullable=False),
        sa.Column('fill_to', sa.Integer(), nullable=False),
        sa.CheckConstraint('reorder_at >= 0 AND fill_to > reorder_at', name=op.f('ck_stock_level_levels')),
        sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_stock_level_part_id')),
        sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_stock_level_place_id')),
        sa.PrimaryKeyConstraint('part_id', 'place_id', name=op.f('pk_stock_level')),
    )


def downgrade() -> None:
    op.drop_table('stock_level')
    op.drop_constraint(op.f('ck_part_lead_days'), 'part')
    op.drop_column('part', 'lead_days')
    op.drop_column('part', 'supplier')
