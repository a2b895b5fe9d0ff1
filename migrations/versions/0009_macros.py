"""macros and canned answers

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, content in (("macro", "steps"), ("canned_answer", "texts")):
        op.create_table(
            table,
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("owner_id", sa.BigInteger(), nullable=True),
            sa.Column(content, postgresql.JSONB(astext_type=sa.Text()), nullable=False),
            sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
            sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f(f"fk_{table}_owner_id")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_owner", table, ["owner_id"])


def downgrade() -> None:
    op.drop_table("canned_answer")
    op.drop_table("macro")
