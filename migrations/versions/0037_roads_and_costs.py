"""Ways by road: the routing service, what it said, what it is to be asked; paces of both sorts of ways; what an hour cost on earlier days

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'road_provider',
        sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('address', sa.String(), nullable=False),
        sa.Column('key_sealed', sa.String(), nullable=False),
        sa.Column('key_in', sa.String(), nullable=False),
        sa.Column('generation', sa.Integer(), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('rest_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', sa.String(), nullable=True),
        sa.Column('problem_text', sa.String(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_road_provider_one')),
        sa.CheckConstraint("kind IN ('none', 'osrm', 'valhalla')", name=op.f('ck_road_provider_kind')),
        sa.CheckConstraint("key_in IN ('header', 'query')", name=op.f('ck_road_provider_key_in')),
        sa.CheckConstraint('failures >= 0', name=op.f('ck_road_provider_failures')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_road_provider')),
    )
    op.create_table(
        'road',
        sa.Column('origin', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('destination', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('generation', sa.Integer(), nullable=False),
        sa.Column('seconds', sa.Integer(), nullable=True),
        sa.Column('metres', sa.Integer(), nullable=True),
        sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('seconds >= 0 AND metres >= 0', name=op.f('ck_road_length')),
        sa.PrimaryKeyConstraint('origin', 'destination', name=op.f('pk_road')),
    )
    op.create_index('ix_road_fetched', 'road', ['fetched_at'])
    op.create_table(
        'road_wish',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column('origins', postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column('destinations', postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_road_wish')),
    )
    op.create_table(
        'hourly_cost',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('cost_per_hour', sa.Integer(), nullable=True),
        sa.Column('cost_currency', sa.String(), nullable=False),
        sa.CheckConstraint('cost_per_hour >= 0', name=op.f('ck_hourly_cost_cost')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_hourly_cost_person_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('person_id', 'since', name=op.f('pk_hourly_cost')),
    )
    # What was learned until now is of ways by straight line.
    op.add_column('travel_pace', sa.Column('base', sa.String(), nullable=False, server_default='line'))
    op.drop_constraint(op.f('pk_travel_pace'), 'travel_pace')
    op.create_primary_key(op.f('pk_travel_pace'), 'travel_pace', ['hours', 'base'])
    op.create_check_constraint(op.f('ck_travel_pace_base'), 'travel_pace', "base IN ('line', 'road')")


def downgrade() -> None:
    op.execute("DELETE FROM travel_pace WHERE base <> 'line'")
    op.drop_constraint(op.f('ck_travel_pace_base'), 'travel_pace')
    op.drop_constraint(op.f('pk_travel_pace'), 'travel_pace')
    op.drop_column('travel_pace', 'base')
    op.create_primary_key(op.f('pk_travel_pace'), 'travel_pace', ['hours'])
    op.drop_table('hourly_cost')
    op.drop_table('road_wish')
    op.drop_table('road')
    op.drop_table('road_provider')
