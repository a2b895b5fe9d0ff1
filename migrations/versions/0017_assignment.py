"""Assignment: deputies, service flows, rules, needs, routes, what waits, handovers

Revision ID: 0017
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0017'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'deputy',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('deputy_id', sa.BigInteger(), nullable=False),
        sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint('(starts_at IS NULL) = (ends_at IS NULL)', name=op.f('ck_deputy_both_times')),
        sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_deputy_order')),
        sa.CheckConstraint('person_id <> deputy_id', name=op.f('ck_deputy_not_oneself')),
        sa.ForeignKeyConstraint(['deputy_id'], ['person.id'], name=op.f('fk_deputy_deputy_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_deputy_person_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_deputy')),
    )
    op.create_index('ix_deputy_person', 'deputy', ['person_id', 'ends_at'])
    op.create_index('uq_deputy_standing', 'deputy', ['person_id'], unique=True, postgresql_where=sa.text('starts_at IS NULL'))
    op.add_column('customer', sa.Column('deputy_id', sa.BigInteger(), nullable=True))
    op.add_column('customer', sa.Column('service_flow', sa.String(), nullable=True))
    op.create_foreign_key(op.f('fk_customer_deputy_id'), 'customer', 'person', ['deputy_id'], ['id'])
    op.create_check_constraint(op.f('ck_customer_service_flow'), 'customer', "service_flow IN ('department', 'representative')")
    op.create_table(
        'assignment_rule',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('queue_id', sa.BigInteger(), nullable=True),
        sa.Column('conditions', jsonb, nullable=False),
        sa.Column('method', sa.String(), nullable=False),
        sa.Column('skills', jsonb, nullable=False),
        sa.Column('sources', jsonb, nullable=False),
        sa.Column('presence', sa.String(), nullable=False),
        sa.Column('on_shift', sa.Boolean(), nullable=False),
        sa.Column('widen_after', sa.Integer(), nullable=True),
        sa.Column('tell_after', sa.Integer(), nullable=True),
        sa.Column('last_person_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "method IN ('manual', 'round_robin', 'least_loaded', 'skill', 'last_contact', 'representative')",
            name=op.f('ck_assignment_rule_method'),
        ),
        sa.CheckConstraint("presence IN ('any', 'online', 'available')", name=op.f('ck_assignment_rule_presence')),
        sa.ForeignKeyConstraint(['last_person_id'], ['person.id'], name=op.f('fk_assignment_rule_last_person_id')),
        sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_assignment_rule_queue_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment_rule')),
        sa.UniqueConstraint('name', name=op.f('uq_assignment_rule_name')),
    )
    op.create_table(
        'skill_need',
        sa.Column('source', sa.String(), nullable=False),
        sa.Column('value', sa.String(), nullable=False),
        sa.Column('skill_id', sa.BigInteger(), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint('level BETWEEN 1 AND 5', name=op.f('ck_skill_need_level')),
        sa.CheckConstraint("source IN ('kind', 'equipment', 'language')", name=op.f('ck_skill_need_source')),
        sa.ForeignKeyConstraint(['skill_id'], ['skill.id'], name=op.f('fk_skill_need_skill_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_skill_need')),
        sa.UniqueConstraint('source', 'value', 'skill_id', name=op.f('uq_skill_need_source_value_skill_id')),
    )
    op.create_table(
        'queue_route',
        sa.Column('from_queue_id', sa.BigInteger(), nullable=True),
        sa.Column('kind', sa.String(), nullable=True),
        sa.Column('equipment_kind', sa.String(), nullable=True),
        sa.Column('queue_id', sa.BigInteger(), nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['from_queue_id'], ['queue.id'], name=op.f('fk_queue_route_from_queue_id')),
        sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_queue_route_queue_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_route')),
        sa.UniqueConstraint(
            'from_queue_id',
            'kind',
            'equipment_kind',
            name=op.f('uq_queue_route_from_queue_id_kind_equipment_kind'),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        'assignment_settings',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('flow', sa.String(), nullable=False),
        sa.Column('by_hand', sa.String(), nullable=False),
        sa.Column('weights', jsonb, nullable=False),
        sa.Column('long_absence_hours', sa.Integer(), nullable=False),
        sa.CheckConstraint("by_hand IN ('warn', 'refuse')", name=op.f('ck_assignment_settings_by_hand')),
        sa.CheckConstraint("flow IN ('department', 'representative')", name=op.f('ck_assignment_settings_flow')),
        sa.CheckConstraint('id = 1', name=op.f('ck_assignment_settings_one')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment_settings')),
    )
    op.create_table(
        'placement',
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('why', jsonb, nullable=True),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_placement_ticket_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('ticket_id', name=op.f('pk_placement')),
    )
    op.create_index('ix_placement_due_at', 'placement', ['due_at'])
    op.create_table(
        'handover',
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('person_id', sa.BigInteger(), nullable=True),
        sa.Column('customer_id', sa.BigInteger(), nullable=True),
        sa.Column('moves', jsonb, nullable=False),
        sa.Column('before', jsonb, nullable=False),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('done_by_id', sa.BigInteger(), nullable=True),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_by_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("reason IN ('absence', 'flow')", name=op.f('ck_handover_reason')),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_handover_customer_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['done_by_id'], ['user.id'], name=op.f('fk_handover_done_by_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_handover_person_id')),
        sa.ForeignKeyConstraint(['undone_by_id'], ['user.id'], name=op.f('fk_handover_undone_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    )
    op.create_index('ix_handover_customer_id', 'handover', ['customer_id'])
    op.create_index('ix_handover_done_at', 'handover', ['done_at'])


def downgrade() -> None:
    for table in ('handover', 'placement', 'assignment_settings', 'queue_route', 'skill_need', 'assignment_rule'):
        op.drop_table(table)
    op.drop_constraint(op.f('ck_customer_service_flow'), 'customer', type_='check')
    op.drop_constraint(op.f('fk_customer_deputy_id'), 'customer', type_='foreignkey')
    op.drop_column('customer', 'service_flow')
    op.drop_column('customer', 'deputy_id')
    op.drop_table('deputy')
