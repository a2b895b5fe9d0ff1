"""Plans that are being accepted, group by group; what notices of delays said, as promises; notices without a time where nobody is known to come

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

_STATUS = "status IN ('queued', 'running', 'ready', {}'partly', 'accepted', 'refused', 'cancelled', 'failed', 'superseded')"
_TIMES = ('expected_at', 'promised_from', 'promised_until')


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f'ck_{table}_{name}'), table)
    op.create_check_constraint(op.f(f'ck_{table}_{name}'), table, condition)


def upgrade() -> None:
    op.add_column('plan', sa.Column('accepting', postgresql.JSONB(), nullable=False, server_default='[]'))
    op.alter_column('plan', 'accepting', server_default=None)
    _check('plan', 'status', _STATUS.format("'accepting', "))
    op.create_check_constraint(op.f('ck_plan_accepting'), 'plan', "(status = 'accepting') = (jsonb_array_length(accepting) > 0)")
    _check('plan_row', 'state', "state IN ('open', 'waiting', 'accepted', 'refused', 'conflict')")
    op.add_column('delay_notice', sa.Column('kind', sa.String(), nullable=False, server_default='late'))
    op.alter_column('delay_notice', 'kind', server_default=None)
    op.add_column('delay_notice', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
    for name in _TIMES:
        op.alter_column('delay_notice', name, nullable=True)
    op.create_check_constraint(op.f('ck_delay_notice_kind'), 'delay_notice', "kind IN ('late', 'away')")
    op.create_check_constraint(
        op.f('ck_delay_notice_times'),
        'delay_notice',
        "(kind = 'away') = (expected_at IS NULL) AND (kind = 'away') = (promised_from IS NULL) AND (kind = 'away') = (promised_until IS NULL)",
    )
    _check('promise', 'kind', "kind IN ('booked', 'changed', 'arrival', 'delay')")


def downgrade() -> None:
    op.execute("DELETE FROM promise WHERE kind = 'delay'")
    _check('promise', 'kind', "kind IN ('booked', 'changed', 'arrival')")
    op.execute("DELETE FROM delay_notice WHERE kind = 'away'")
    op.drop_constraint(op.f('ck_delay_notice_times'), 'delay_notice')
    op.drop_constraint(op.f('ck_delay_notice_kind'), 'delay_notice')
    for name in _TIMES:
        op.alter_column('delay_notice', name, nullable=False)
    op.drop_column('delay_notice', 'told_at')
    op.drop_column('delay_notice', 'kind')
    op.execute("UPDATE plan_row SET state = 'open' WHERE state = 'waiting'")
    _check('plan_row', 'state', "state IN ('open', 'accepted', 'refused', 'conflict')")
    op.drop_constraint(op.f('ck_plan_accepting'), 'plan')
    op.execute("UPDATE plan SET status = 'partly' WHERE status = 'accepting'")
    _check('plan', 'status', _STATUS.format(''))
    op.drop_column('plan', 'accepting')
