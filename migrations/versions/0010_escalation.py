"""Escalation: ladders of policies, levels of clocks, the log, notices, on-call rotas

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    # With a constant default no table is rewritten, also with a million clocks in it.
    op.add_column('policy', sa.Column('ladder', jsonb, server_default=sa.text("'[]'"), nullable=False))
    op.add_column('clock', sa.Column('ladder', jsonb, server_default=sa.text("'[]'"), nullable=False))
    op.add_column('clock', sa.Column('level', sa.Integer(), server_default=sa.text('0'), nullable=False))
    op.add_column('clock', sa.Column('escalate_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'escalation',
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('clock_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.Column('reached_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('fired_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actions', jsonb, nullable=False),
        sa.Column('done', jsonb, nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['clock_id'], ['clock.id'], name=op.f('fk_escalation_clock_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_escalation_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation')),
    )
    op.create_index('ix_escalation_fired_at', 'escalation', ['fired_at', 'id'])
    op.create_index('ix_escalation_ticket', 'escalation', ['ticket_id'])
    op.create_index('uq_escalation_standing', 'escalation', ['clock_id', 'level'], unique=True, postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.create_table(
        'escalation_notice',
        sa.Column('escalation_id', sa.BigInteger(), nullable=False),
        sa.Column('user_id', sa.BigInteger(), nullable=False),
        sa.Column('call', sa.Boolean(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(['escalation_id'], ['escalation.id'], name=op.f('fk_escalation_notice_escalation_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_escalation_notice_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation_notice')),
        sa.UniqueConstraint('escalation_id', 'user_id', name=op.f('uq_escalation_notice_escalation_id_user_id')),
    )
    op.create_index('ix_escalation_notice_unseen', 'escalation_notice', ['user_id'], postgresql_where=sa.text('seen_at IS NULL'))
    op.create_table(
        'on_call_rota',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('time_zone', sa.String(), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('handover', sa.String(), nullable=False),
        sa.Column('turn_days', sa.Integer(), nullable=False),
        sa.Column('people', jsonb, nullable=False),
        sa.Column('swaps', jsonb, nullable=False),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint('turn_days BETWEEN 1 AND 366', name=op.f('ck_on_call_rota_turn_days')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_on_call_rota')),
        sa.UniqueConstraint('name', name=op.f('uq_on_call_rota_name')),
    )


def downgrade() -> None:
    op.drop_table('on_call_rota')
    op.drop_table('escalation_notice')
    op.drop_table('escalation')
    for column in ('escalate_at', 'level', 'ladder'):
        op.drop_column('clock', column)
    op.drop_column('policy', 'ladder')
