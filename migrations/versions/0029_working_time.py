"""Breaks of shifts, overtime and cost of people, their certificates; finished visits by job type

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('shift', sa.Column('break_from', sa.String(), nullable=True))
    op.add_column('shift', sa.Column('break_until', sa.String(), nullable=True))
    op.add_column('shift', sa.Column('break_minutes', sa.Integer(), nullable=False, server_default='0'))
    op.create_check_constraint(op.f('ck_shift_rest'), 'shift', 'break_minutes >= 0 AND (break_minutes = 0) = (break_from IS NULL)')
    op.create_check_constraint(op.f('ck_shift_rest_window'), 'shift', '(break_from IS NULL) = (break_until IS NULL)')
    op.add_column('person', sa.Column('overtime_minutes', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('person', sa.Column('cost_per_hour', sa.Integer(), nullable=True))
    op.add_column('person', sa.Column('cost_currency', sa.String(), nullable=False, server_default='EUR'))
    op.create_check_constraint(op.f('ck_person_overtime'), 'person', 'overtime_minutes BETWEEN 0 AND 720')
    op.create_check_constraint(op.f('ck_person_cost'), 'person', 'cost_per_hour >= 0')
    for table, name in (('shift', 'break_minutes'), ('person', 'overtime_minutes'), ('person', 'cost_currency')):
        op.alter_column(table, name, server_default=None)
    op.add_column('person_skill', sa.Column('proof_id', sa.BigInteger(), nullable=True))
    op.add_column('person_skill', sa.Column('reminded_for', sa.Date(), nullable=True))
    op.create_foreign_key(op.f('fk_person_skill_proof_id'), 'person_skill', 'file', ['proof_id'], ['id'])
    op.create_index(op.f('ix_person_skill_expires_on'), 'person_skill', ['expires_on'])
    op.create_index('ix_visit_done', 'visit', ['job_type_id', 'ended_at'], postgresql_where=sa.text("status = 'done'"))


def downgrade() -> None:
    op.drop_index('ix_visit_done', 'visit')
    op.drop_index(op.f('ix_person_skill_expires_on'), 'person_skill')
    op.drop_constraint(op.f('fk_person_skill_proof_id'), 'person_skill')
    op.drop_column('person_skill', 'reminded_for')
    op.drop_column('person_skill', 'proof_id')
    for table, check in (('person', 'cost'), ('person', 'overtime'), ('shift', 'rest_window'), ('shift', 'rest')):
        op.drop_constraint(op.f(f'ck_{table}_{check}'), table)
    for name in ('cost_currency', 'cost_per_hour', 'overtime_minutes'):
        op.drop_column('person', name)
    for name in ('break_minutes', 'break_until', 'break_from'):
        op.drop_column('shift', name)
