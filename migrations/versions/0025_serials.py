"""Serial numbers: parts tracked piece by piece, where each piece is, and with which moves it went

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('part', sa.Column('serial_tracked', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('part', 'serial_tracked', server_default=None)
    op.create_table(
        'serial',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('part_id', sa.BigInteger(), nullable=False),
        sa.Column('number', sa.String(), nullable=False),
        sa.Column('place_id', sa.BigInteger(), nullable=False),
        sa.Column('visit_id', sa.BigInteger(), nullable=True),
        sa.Column('equipment_id', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['equipment_id'], ['equipment.id'], name=op.f('fk_serial_equipment_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_serial_part_id')),
        sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_serial_place_id')),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_serial_visit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_serial')),
        sa.UniqueConstraint('part_id', 'number', name=op.f('uq_serial_part_id_number')),
    )
    op.create_index('ix_serial_place', 'serial', ['place_id', 'part_id'])
    op.create_index(op.f('ix_serial_visit_id'), 'serial', ['visit_id'])
    op.create_index(op.f('ix_serial_equipment_id'), 'serial', ['equipment_id'])
    op.create_table(
        'stock_move_serial',
        sa.Column('move_id', sa.BigInteger(), nullable=False),
        sa.Column('serial_id', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['move_id'], ['stock_move.id'], name=op.f('fk_stock_move_serial_move_id')),
        sa.ForeignKeyConstraint(['serial_id'], ['serial.id'], name=op.f('fk_stock_move_serial_serial_id')),
        sa.PrimaryKeyConstraint('move_id', 'serial_id', name=op.f('pk_stock_move_serial')),
    )
    op.create_index(op.f('ix_stock_move_serial_serial_id'), 'stock_move_serial', ['serial_id'])


def downgrade() -> None:
    op.drop_table('stock_move_serial')
    op.drop_table('serial')
    op.drop_column('part', 'serial_tracked')
