"""Crews: how many technicians a kind of job takes, who of a visit's people is the lead, helpers in the rows of plans

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('job_type', sa.Column('crew', sa.Integer(), nullable=False, server_default='1'))
    op.create_check_constraint(op.f('ck_job_type_crew'), 'job_type', 'crew BETWEEN 1 AND 6')
    op.add_column('assignment', sa.Column('lead', sa.Boolean(), nullable=False, server_default=sa.text('true')))
    op.execute('UPDATE assignment SET lead = false WHERE person_id IS NULL')
    op.create_check_constraint(op.f('ck_assignment_lead'), 'assignment', 'person_id IS NOT NULL OR NOT lead')
    op.create_index('ix_assignment_helper', 'assignment', ['visit_id'], postgresql_where=sa.text('active AND NOT lead'))
    op.create_index('uq_assignment_lead', 'assignment', ['visit_id'], unique=True, postgresql_where=sa.text('active AND lead'))
    for name in ('from_helper_ids', 'to_helper_ids'):
        op.add_column('plan_row', sa.Column(name, postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    for name in ('to_helper_ids', 'from_helper_ids'):
        op.drop_column('plan_row', name)
    op.drop_index('uq_assignment_lead', 'assignment')
    op.drop_index('ix_assignment_helper', 'assignment')
    op.drop_constraint(op.f('ck_assignment_lead'), 'assignment')
    op.drop_column('assignment', 'lead')
    op.drop_constraint(op.f('ck_job_type_crew'), 'job_type')
    op.drop_column('job_type', 'crew')
