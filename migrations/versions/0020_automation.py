"""Rules without code: rules with versions, what they did, what they wait for

Revision ID: 0020
Revises: 0014b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0020'
down_revision = '0014b'
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'automation_rule',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('trigger', sa.String(), nullable=False),
        sa.Column('definition', JSONB, nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('look_at', MOMENT, nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('updated_at', MOMENT, nullable=False),
        sa.Column('updated_by_id', sa.BigInteger(), nullable=True),
        sa.Column('removed_at', MOMENT, nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['updated_by_id'], ['user.id'], name=op.f('fk_automation_rule_updated_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_automation_rule')),
    )
    op.create_index(
        'ix_automation_rule_trigger', 'automation_rule', ['trigger'], postgresql_where=sa.text('active AND removed_at IS NULL')
    )
    op.create_table(
        'automation_rule_version',
        sa.Column('rule_id', sa.BigInteger(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('definition', JSONB, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('by_id', sa.BigInteger(), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['rule_id'], ['automation_rule.id'], name=op.f('fk_automation_rule_version_rule_id')),
        sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_automation_rule_version_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_automation_rule_version')),
        sa.UniqueConstraint('rule_id', 'version', name=op.f('uq_automation_rule_version_rule_id_version')),
    )
    op.create_table(
        'automation_firing',
        sa.Column('rule_id', sa.BigInteger(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('chain', JSONB, nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('reason', sa.String(), nullable=True),
        sa.Column('results', JSONB, nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('done', 'failed', 'retrying', 'stopped')", name=op.f('ck_automation_firing_state')),
        sa.ForeignKeyConstraint(['rule_id'], ['automation_rule.id'], name=op.f('fk_automation_firing_rule_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_automation_firing_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_automation_firing')),
        sa.UniqueConstraint('rule_id', 'key', name=op.f('uq_automation_firing_rule_id_key')),
    )
    op.create_index('ix_automation_firing_rule', 'automation_firing', ['rule_id', 'id'])
    op.create_index('ix_automation_firing_ticket', 'automation_firing', ['ticket_id', 'rule_id', 'at'])
    op.create_index('ix_automation_firing_at', 'automation_firing', ['at'])
    for name, moment in (('mark', 'since'), ('timer', 'due_at'), ('pause', 'at')):
        table = f'automation_{name}'
        more = [sa.Column('key', sa.String(), nullable=False), sa.Column('chain', JSONB, nullable=False)] if name == 'timer' else []
        op.create_table(
            table,
            sa.Column('rule_id', sa.BigInteger(), nullable=False),
            sa.Column('ticket_id', sa.BigInteger(), nullable=False),
            *more,
            sa.Column(moment, MOMENT, nullable=False),
            sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
            sa.ForeignKeyConstraint(['rule_id'], ['automation_rule.id'], name=op.f(f'fk_{table}_rule_id')),
            sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f(f'fk_{table}_ticket_id')),
            sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
            sa.UniqueConstraint('rule_id', 'ticket_id', name=op.f(f'uq_{table}_rule_id_ticket_id')),
        )
    op.create_index('ix_automation_timer_due_at', 'automation_timer', ['due_at'])


def downgrade() -> None:
    for name in ('pause', 'timer', 'mark', 'firing', 'rule_version', 'rule'):
        op.drop_table(f'automation_{name}')
