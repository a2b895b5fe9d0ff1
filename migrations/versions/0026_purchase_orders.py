"""Purchase orders as documents, and their suppliers

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence('purchase_order_number_seq', start=1001)))
    op.create_table(
        'supplier',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('email', sa.String(), nullable=False),
        sa.Column('language', sa.String(), nullable=False),
        sa.Column('our_number', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier')),
        sa.UniqueConstraint('name', name=op.f('uq_supplier_name')),
    )
    op.create_table(
        'purchase_order',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        sa.Column('supplier_id', sa.BigInteger(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.BigInteger(), nullable=True),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('sent_by_id', sa.BigInteger(), nullable=True),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('mails', sa.Integer(), nullable=False),
        sa.Column('mailed_to', sa.String(), nullable=False),
        sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('mail_problem', sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'sent', 'cancelled')", name=op.f('ck_purchase_order_state')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_purchase_order_created_by_id')),
        sa.ForeignKeyConstraint(['sent_by_id'], ['user.id'], name=op.f('fk_purchase_order_sent_by_id')),
        sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_purchase_order_supplier_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_order')),
        sa.UniqueConstraint('number', name=op.f('uq_purchase_order_number')),
    )
    op.create_index(op.f('ix_purchase_order_supplier_id'), 'purchase_order', ['supplier_id'])
    op.add_column('purchase_line', sa.Column('order_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f('fk_purchase_line_order_id'), 'purchase_line', 'purchase_order', ['order_id'], ['id'])
    op.create_index(op.f('ix_purchase_line_order_id'), 'purchase_line', ['order_id'])
    for name, kind, default in (('cancelled', sa.Integer(), '0'), ('cost', sa.Integer(), '0'), ('currency', sa.String(), 'EUR')):
        op.add_column('purchase_line', sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column('purchase_line', name, server_default=None)
    op.drop_constraint(op.f('ck_purchase_line_quantities'), 'purchase_line')
    op.create_check_constraint(
        op.f('ck_purchase_line_quantities'), 'purchase_line', 'received >= 0 AND received <= quantity AND reserved >= 0'
    )
    op.create_check_constraint(op.f('ck_purchase_line_cancelled'), 'purchase_line', 'cancelled >= 0 AND quantity + cancelled > 0')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_purchase_line_cancelled'), 'purchase_line')
    op.drop_constraint(op.f('ck_purchase_line_quantities'), 'purchase_line')
    op.create_check_constraint(
        op.f('ck_purchase_line_quantities'), 'purchase_line', 'quantity > 0 AND received >= 0 AND received <= quantity AND reserved >= 0'
    )
    op.drop_index(op.f('ix_purchase_line_order_id'), 'purchase_line')
    for name in ('order_id', 'cancelled', 'cost', 'currency'):
        op.drop_column('purchase_line', name)
    op.drop_table('purchase_order')
    op.drop_table('supplier')
    op.execute(sa.schema.DropSequence(sa.Sequence('purchase_order_number_seq')))
