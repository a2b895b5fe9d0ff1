"""merged tickets

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_ticket_merged_into_id"), "ticket", "ticket", ["merged_into_id"], ["id"])
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into_id"], postgresql_where=sa.text("merged_into_id IS NOT NULL"))
    op.create_table(
        "ticket_merge",
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("survivor_id <> merged_id", name=op.f("ck_ticket_merge_not_itself")),
        sa.ForeignKeyConstraint(["merged_by_id"], ["user.id"], name=op.f("fk_ticket_merge_merged_by_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["ticket.id"], name=op.f("fk_ticket_merge_merged_id")),
        sa.ForeignKeyConstraint(["survivor_id"], ["ticket.id"], name=op.f("fk_ticket_merge_survivor_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_ticket_merge_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_merge")),
    )
    op.create_index("ix_ticket_merge_merged_id", "ticket_merge", ["merged_id"])
    op.create_index("ix_ticket_merge_survivor_id", "ticket_merge", ["survivor_id"])
    op.create_index("uq_ticket_merge_in_force", "ticket_merge", ["merged_id"], unique=True, postgresql_where=sa.text("undone_at IS NULL"))


def downgrade() -> None:
    op.drop_table("ticket_merge")
    op.drop_column("ticket", "merged_into_id")
