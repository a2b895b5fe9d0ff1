"""Weekly shifts for a time, and dates that are not as every week

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('shift', sa.Column('valid_from', sa.Date(), nullable=True))
    op.add_column('shift', sa.Column('valid_until', sa.Date(), nullable=True))
    op.create_check_constraint(op.f('ck_shift_validity'), 'shift', 'valid_until >= valid_from')
    op.drop_constraint('uq_shift_person_id_weekday_starts', 'shift')
    op.create_unique_constraint(
        op.f('uq_shift_person_id_weekday_starts_valid_from'),
        'shift',
        ['person_id', 'weekday', 'starts', 'valid_from'],
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        'shift_exception',
        sa.Column('person_id', sa.BigInteger(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('windows', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('extra', 'hours', 'off')", name=op.f('ck_shift_exception_kind')),
        sa.CheckConstraint("(kind = 'off') = (jsonb_array_length(windows) = 0)", name=op.f('ck_shift_exception_windows')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_shift_exception_person_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('person_id', 'day', name=op.f('pk_shift_exception')),
    )


def downgrade() -> None:
    op.drop_table('shift_exception')
    op.drop_constraint(op.f('uq_shift_person_id_weekday_starts_valid_from'), 'shift')
    op.execute('DELETE FROM shift WHERE valid_until < CURRENT_DATE OR valid_from > CURRENT_DATE')  # what holds today is what there was
    op.create_unique_constraint(op.f('uq_shift_person_id_weekday_starts'), 'shift', ['person_id', 'weekday', 'starts'])
    op.drop_constraint(op.f('ck_shift_validity'), 'shift')
    op.drop_column('shift', 'valid_until')
    op.drop_column('shift', 'valid_from')
