"""Alternates of parts, and what was promised or used in place of another

Revision ID: 0039
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'part_alternate',
        sa.Column('part_id', sa.BigInteger(), nullable=False),
        sa.Column('alternate_id', sa.BigInteger(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.CheckConstraint('part_id <> alternate_id', name=op.f('ck_part_alternate_other')),
        sa.ForeignKeyConstraint(['alternate_id'], ['part.id'], name=op.f('fk_part_alternate_alternate_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_part_alternate_part_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('part_id', 'alternate_id', name=op.f('pk_part_alternate')),
    )
    op.create_index(op.f('ix_part_alternate_alternate_id'), 'part_alternate', ['alternate_id'])
    for table in ('reservation', 'usage'):
        op.add_column(table, sa.Column('instead_of_id', sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f'fk_{table}_instead_of_id'), table, 'part', ['instead_of_id'], ['id'])
    op.create_check_constraint(op.f('ck_reservation_instead_of'), 'reservation', 'instead_of_id <> part_id')


def downgrade() -> None:
    for table in ('usage', 'reservation'):
        op.drop_column(table, 'instead_of_id')
    op.drop_table('part_alternate')
