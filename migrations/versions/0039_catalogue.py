"""Alternates of parts, and what was promised or used in place of another; old pieces that go back for their deposit;
names of parts in other languages

Revision ID: 0039
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0039'
down_revision = '0037'
branch_labels = None
depends_on = None

KINDS = "kind IN ('warehouse', 'van', 'staging', {}, 'supplier', 'customer', 'transit', 'scrap', 'adjustment')"


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
    op.add_column('part', sa.Column('names', postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column('part', sa.Column('core_value', sa.Integer(), nullable=True))
    op.create_check_constraint(op.f('ck_part_core_value'), 'part', 'core_value >= 0')
    op.drop_constraint(op.f('ck_place_kind'), 'place')
    op.create_check_constraint(op.f('ck_place_kind'), 'place', KINDS.format("'returns', 'cores'"))
    op.add_column('place', sa.Column('van_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f('fk_place_van_id'), 'place', 'place', ['van_id'], ['id'])
    op.create_unique_constraint(op.f('uq_place_van_id'), 'place', ['van_id'])
    op.create_check_constraint(op.f('ck_place_only_cores_have_a_van'), 'place', "(kind = 'cores') OR van_id IS NULL")
    op.create_table(
        'core_left',
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.Column('usage_id', sa.BigInteger(), nullable=False),
        sa.Column('visit_id', sa.BigInteger(), nullable=False),
        sa.Column('part_id', sa.BigInteger(), nullable=False),
        sa.Column('quantity', sa.Integer(), nullable=False),
        sa.Column('why', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_by_id', sa.BigInteger(), nullable=True),
        sa.Column('note', sa.String(), nullable=False),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_core_left_quantity')),
        sa.CheckConstraint("state IN ('left', 'arrived', 'written_off')", name=op.f('ck_core_left_state')),
        sa.ForeignKeyConstraint(['ended_by_id'], ['user.id'], name=op.f('fk_core_left_ended_by_id')),
        sa.ForeignKeyConstraint(['part_id'], ['part.id'], name=op.f('fk_core_left_part_id')),
        sa.ForeignKeyConstraint(['usage_id'], ['usage.id'], name=op.f('fk_core_left_usage_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_core_left_visit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_core_left')),
        sa.UniqueConstraint('usage_id', name=op.f('uq_core_left_usage_id')),
    )
    op.create_index('ix_core_left_open', 'core_left', ['id'], postgresql_where=sa.text("state = 'left'"))
    op.create_index(op.f('ix_core_left_visit_id'), 'core_left', ['visit_id'])


def downgrade() -> None:
    op.drop_table('core_left')
    op.drop_column('place', 'van_id')
    op.drop_constraint(op.f('ck_place_kind'), 'place')
    # What lies there stays counted, under a kind that the former version knows.
    op.execute("UPDATE place SET kind = 'staging', active = false, name = name || ' (' || id || ')' WHERE kind = 'cores'")
    op.create_check_constraint(op.f('ck_place_kind'), 'place', KINDS.format("'returns'"))
    op.drop_column('part', 'core_value')
    op.drop_column('part', 'names')
    for table in ('usage', 'reservation'):
        op.drop_column(table, 'instead_of_id')
    op.drop_table('part_alternate')
