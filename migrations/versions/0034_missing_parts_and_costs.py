"""Missing parts that raise tasks; what parts cost when they were used, what jobs are charged, who pays for a visit

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'material_settings',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('missing_days', sa.Integer(), nullable=False),
        sa.Column('raise_tasks', sa.Boolean(), nullable=False),
        sa.Column('overtime_percent', sa.Integer(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_material_settings_one')),
        sa.CheckConstraint('missing_days BETWEEN 1 AND 30', name=op.f('ck_material_settings_missing_days')),
        sa.CheckConstraint('overtime_percent BETWEEN 0 AND 300', name=op.f('ck_material_settings_overtime_percent')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_material_settings')),
    )
    op.create_table(
        'missing_parts_notice',
        sa.Column('visit_id', sa.BigInteger(), nullable=False),
        sa.Column('task_id', sa.BigInteger(), nullable=False),
        sa.Column('facts', postgresql.JSONB(), nullable=False),
        sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_missing_parts_notice_task_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_missing_parts_notice_visit_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('visit_id', name=op.f('pk_missing_parts_notice')),
    )
    op.create_index(op.f('ix_missing_parts_notice_task_id'), 'missing_parts_notice', ['task_id'])
    op.add_column('usage', sa.Column('cost', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('usage', sa.Column('price', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('usage', sa.Column('currency', sa.String(), nullable=False, server_default='EUR'))
    op.execute('UPDATE usage SET cost = part.cost, price = part.price, currency = part.currency FROM part WHERE part.id = usage.part_id')
    for name in ('cost', 'price', 'currency'):
        op.alter_column('usage', name, server_default=None)
    op.add_column('job_type', sa.Column('price', sa.Integer(), nullable=True))
    op.add_column('job_type', sa.Column('price_per_hour', sa.Integer(), nullable=True))
    op.add_column('job_type', sa.Column('price_currency', sa.String(), nullable=False, server_default='EUR'))
    op.alter_column('job_type', 'price_currency', server_default=None)
    op.create_check_constraint(op.f('ck_job_type_price'), 'job_type', 'price >= 0 AND price_per_hour >= 0')
    op.add_column('visit', sa.Column('coverage', sa.String(), nullable=True))
    op.create_check_constraint(op.f('ck_visit_coverage'), 'visit', "coverage IN ('warranty', 'contract', 'goodwill', 'charged')")
    op.create_index('ix_visit_ended', 'visit', ['ended_at'], postgresql_where=sa.text('ended_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_visit_ended', 'visit')
    op.drop_constraint(op.f('ck_visit_coverage'), 'visit')
    op.drop_column('visit', 'coverage')
    op.drop_constraint(op.f('ck_job_type_price'), 'job_type')
    for name in ('price', 'price_per_hour', 'price_currency'):
        op.drop_column('job_type', name)
    for name in ('cost', 'price', 'currency'):
        op.drop_column('usage', name)
    op.drop_table('missing_parts_notice')
    op.drop_table('material_settings')
