"""Custom fields of tickets, and what each kind's opening form asks

Revision ID: 0014
Revises: 0018b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0018b'
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        'ticket_field',
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('labels', jsonb, nullable=False),
        sa.Column('helps', jsonb, nullable=False),
        sa.Column('ticket_kinds', jsonb, nullable=False),
        sa.Column('options', jsonb, nullable=False),
        sa.Column('required', sa.String(), nullable=False),
        sa.Column('required_when', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('public', sa.Boolean(), nullable=False),
        sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'date', 'choice', 'choices', 'yes_no', 'reference')", name=op.f('ck_ticket_field_kind')
        ),
        sa.CheckConstraint("required IN ('never', 'opening', 'resolving', 'when')", name=op.f('ck_ticket_field_required')),
        sa.CheckConstraint("(required = 'when') = (required_when IS NOT NULL)", name=op.f('ck_ticket_field_required_when')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_field')),
        sa.UniqueConstraint('key', name=op.f('uq_ticket_field_key')),
    )
    op.create_table(
        'ticket_field_value',
        sa.Column('ticket_id', sa.BigInteger(), nullable=False),
        sa.Column('field_id', sa.BigInteger(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('word', sa.String(), nullable=True),
        sa.Column('number', sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_field_value_ticket_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['field_id'], ['ticket_field.id'], name=op.f('fk_ticket_field_value_field_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('ticket_id', 'field_id', 'place', name=op.f('pk_ticket_field_value')),
    )
    op.create_index(
        'ix_ticket_field_value_word',
        'ticket_field_value',
        ['field_id', 'word', 'ticket_id'],
        postgresql_where=sa.text('word IS NOT NULL'),
    )
    op.create_index(
        'ix_ticket_field_value_number',
        'ticket_field_value',
        ['field_id', 'number', 'ticket_id'],
        postgresql_where=sa.text('number IS NOT NULL'),
    )
    op.create_table(
        'ticket_form',
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('asks', jsonb, nullable=False),
        sa.PrimaryKeyConstraint('kind', name=op.f('pk_ticket_form')),
    )


def downgrade() -> None:
    op.drop_table('ticket_form')
    op.drop_table('ticket_field_value')
    op.drop_table('ticket_field')
