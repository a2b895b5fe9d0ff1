"""Maintenance plans and their dates

Revision ID: 0018c
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0018c'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'maintenance_plan',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('checklist', jsonb, nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('priority', sa.String(), nullable=False),
        sa.Column('queue_id', sa.BigInteger(), nullable=False),
        sa.Column('job_type', sa.String(), nullable=False),
        sa.Column('propose_visit', sa.Boolean(), nullable=False),
        sa.Column('customer_id', sa.BigInteger(), nullable=False),
        sa.Column('site_id', sa.BigInteger(), nullable=True),
        sa.Column('equipment_id', sa.BigInteger(), nullable=True),
        sa.Column('recurrence', jsonb, nullable=False),
        sa.Column('base', sa.String(), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.Column('lead_days', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('state_reason', sa.String(), nullable=False),
        sa.Column('next_planned_on', sa.Date(), nullable=True),
        sa.Column('next_due_on', sa.Date(), nullable=True),
        sa.Column('next_number', sa.Integer(), nullable=False),
        sa.Column('look_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.BigInteger(), nullable=True),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("base IN ('plan', 'completion')", name=op.f('ck_maintenance_plan_base')),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name=op.f('ck_maintenance_plan_state')),
        sa.CheckConstraint('(next_planned_on IS NULL) = (next_due_on IS NULL)', name=op.f('ck_maintenance_plan_next')),
        sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_maintenance_plan_ends_on')),
        sa.CheckConstraint('lead_days BETWEEN 0 AND 365', name=op.f('ck_maintenance_plan_lead_days')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_maintenance_plan_created_by_id')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_maintenance_plan_customer_id')),
        sa.ForeignKeyConstraint(['equipment_id'], ['equipment.id'], name=op.f('fk_maintenance_plan_equipment_id')),
        sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_maintenance_plan_queue_id')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_maintenance_plan_site_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_maintenance_plan')),
    )
    op.create_index('ix_maintenance_plan_customer', 'maintenance_plan', ['customer_id'])
    op.create_index('ix_maintenance_plan_due', 'maintenance_plan', ['next_due_on', 'id'])
    op.create_index('ix_maintenance_plan_equipment', 'maintenance_plan', ['equipment_id'], postgresql_where=sa.text('equipment_id IS NOT NULL'))
    op.create_index('ix_maintenance_plan_look_at', 'maintenance_plan', ['look_at'], postgresql_where=sa.text('look_at IS NOT NULL'))
    op.create_table(
        'maintenance_occurrence',
        sa.Column('plan_id', sa.BigInteger(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('planned_on', sa.Date(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=True),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.BigInteger(), nullable=True),
        sa.Column('completed_on', sa.Date(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(state = 'opened') = (ticket_id IS NOT NULL)", name=op.f('ck_maintenance_occurrence_ticket')),
        sa.CheckConstraint("state IN ('postponed', 'opened', 'skipped', 'missed')", name=op.f('ck_maintenance_occurrence_state')),
        sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_maintenance_occurrence_actor_id')),
        sa.ForeignKeyConstraint(['plan_id'], ['maintenance_plan.id'], name=op.f('fk_maintenance_occurrence_plan_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_maintenance_occurrence_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_maintenance_occurrence')),
        sa.UniqueConstraint('plan_id', 'number', name=op.f('uq_maintenance_occurrence_plan_id_number')),
        sa.UniqueConstraint('plan_id', 'planned_on', name=op.f('uq_maintenance_occurrence_plan_id_planned_on')),
    )
    op.create_index('ix_maintenance_occurrence_ticket', 'maintenance_occurrence', ['ticket_id'], postgresql_where=sa.text('ticket_id IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('maintenance_occurrence')
    op.drop_table('maintenance_plan')
