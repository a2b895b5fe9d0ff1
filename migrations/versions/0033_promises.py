"""What customers were told of visits, and the firm's settings of them

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'visit_settings',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('own_booking', sa.Boolean(), nullable=False),
        sa.Column('own_booking_hours', sa.Integer(), nullable=False),
        sa.Column('names_shown', sa.Boolean(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_visit_settings_one')),
        sa.CheckConstraint('own_booking_hours BETWEEN 0 AND 336', name=op.f('ck_visit_settings_own_booking_hours')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_settings')),
    )
    op.create_table(
        'lateness',
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('what', sa.String(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('minutes', sa.Float(), nullable=False),
        sa.Column('promises', sa.Integer(), nullable=False),
        sa.Column('learned_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('kind', 'what', 'key', name=op.f('pk_lateness')),
    )
    op.create_table(
        'travel_pace',
        sa.Column('hours', sa.String(), nullable=False),
        sa.Column('ratio', sa.Float(), nullable=False),
        sa.Column('ways', sa.Integer(), nullable=False),
        sa.Column('learned_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('ratio BETWEEN 0.5 AND 2', name=op.f('ck_travel_pace_ratio')),
        sa.PrimaryKeyConstraint('hours', name=op.f('pk_travel_pace')),
    )
    op.create_table(
        'promise',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('visit_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('given_by_id', sa.BigInteger(), nullable=True),
        sa.Column('promised_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('promised_until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('estimated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.BigInteger(), nullable=True),
        sa.Column('area', sa.String(), nullable=False),
        sa.Column('local_hour', sa.Integer(), nullable=False),
        sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('minutes_off', sa.Integer(), nullable=True),
        sa.Column('correction_minutes', sa.Integer(), nullable=False),
        sa.Column('outcome', sa.String(), nullable=True),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('booked', 'changed', 'arrival')", name=op.f('ck_promise_kind')),
        sa.CheckConstraint("channel IN ('staff', 'portal', 'field')", name=op.f('ck_promise_channel')),
        sa.CheckConstraint(
            "outcome IN ('kept', 'early', 'late', 'no_access', 'cancelled', 'cancelled_by_customer', 'replaced', 'unknown')",
            name=op.f('ck_promise_outcome'),
        ),
        sa.CheckConstraint('promised_until > promised_from', name=op.f('ck_promise_window')),
        sa.CheckConstraint('local_hour BETWEEN 0 AND 23', name=op.f('ck_promise_local_hour')),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_promise_visit_id')),
        sa.ForeignKeyConstraint(['given_by_id'], ['user.id'], name=op.f('fk_promise_given_by_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_promise_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_promise')),
    )
    op.create_index('ix_promise_visit', 'promise', ['visit_id'])
    op.create_index('ix_promise_from', 'promise', ['promised_from', 'id'])
    # Visits that are still to come were promised too.
    op.execute(
        """
        INSERT INTO promise (visit_id, kind, channel, given_at, given_by_id, promised_from, promised_until, estimated_at, person_id, area, local_hour,
                             correction_minutes)
        SELECT DISTINCT ON (visit.id) visit.id, 'booked', 'staff', visit.created_at, visit.created_by_id, visit.promised_from, visit.promised_until,
               visit.planned_start, assignment.person_id, COALESCE(NULLIF(upper(left(trim(site.postal_code), 2)), ''), trim(site.city), ''),
               extract(hour FROM visit.planned_start AT TIME ZONE COALESCE(site.time_zone, branch.time_zone)), 0
        FROM visit
        JOIN ticket ON ticket.id = visit.ticket_id
        JOIN queue ON queue.id = ticket.queue_id
        JOIN branch ON branch.id = queue.branch_id
        LEFT JOIN site ON site.id = visit.site_id
        LEFT JOIN assignment ON assignment.visit_id = visit.id AND assignment.active AND assignment.person_id IS NOT NULL
        WHERE visit.status IN ('booked', 'on_the_way')
        ORDER BY visit.id, assignment.id
        """
    )


def downgrade() -> None:
    op.drop_table('promise')
    op.drop_table('travel_pace')
    op.drop_table('lateness')
    op.drop_table('visit_settings')
