"""Where a calendar's holidays come from by themselves

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'calendar_source',
        sa.Column('calendar_id', sa.BigInteger(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('address', sa.String(), nullable=False),
        sa.Column('language', sa.String(), nullable=False),
        sa.Column('days', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('feed', 'country')", name=op.f('ck_calendar_source_kind')),
        sa.ForeignKeyConstraint(['calendar_id'], ['calendar.id'], name=op.f('fk_calendar_source_calendar_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_source')),
        sa.UniqueConstraint('calendar_id', 'kind', 'address', name=op.f('uq_calendar_source_calendar_id_kind_address')),
    )
    op.create_index('ix_calendar_source_due_at', 'calendar_source', ['due_at'])


def downgrade() -> None:
    op.drop_table('calendar_source')
