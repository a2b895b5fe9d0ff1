"""What a draft of a policy would have done

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'policy_trial',
        sa.Column('policy_id', sa.BigInteger(), nullable=True),
        sa.Column('draft', jsonb, nullable=False),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('done', sa.Integer(), nullable=False),
        sa.Column('place', sa.BigInteger(), nullable=False),
        sa.Column('result', jsonb, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.BigInteger(), nullable=True),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled')", name=op.f('ck_policy_trial_state')),
        sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_policy_trial_created_by_id')),
        sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_policy_trial_policy_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_trial')),
    )


def downgrade() -> None:
    op.drop_table('policy_trial')
