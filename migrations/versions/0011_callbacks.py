"""callbacks: a place in the queue that outlives the call, and calls that we dial

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("state IN ('open', 'reached', 'cancelled', 'failed')", name=op.f("ck_callback_state")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_callback_queue_id_queue")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_callback_ended_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    op.create_index("uq_callback_open", "callback", ["number", "queue_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.alter_column("call", "call_sid", existing_type=sa.String(), nullable=True)
    op.add_column("call", sa.Column("callback_id", sa.BigInteger(), nullable=True))
    op.add_column("call", sa.Column("answered_by", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_call_callback_id_callback"), "call", "callback", ["callback_id"], ["id"])
    op.create_index("ix_call_callback", "call", ["callback_id"], postgresql_where=sa.text("callback_id IS NOT NULL"))
    op.add_column("queue_entry", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("queue_entry", "not_before")
    op.drop_index("ix_call_callback", "call")
    op.drop_column("call", "answered_by")
    op.drop_column("call", "callback_id")
    # A try that was never dialled is no call the schema before knows.
    op.execute("DELETE FROM offer WHERE entry_id IN (SELECT e.id FROM queue_entry e JOIN call c ON c.id = e.call_id WHERE c.call_sid IS NULL)")
    for table in ("queue_entry", "call_leg"):
        op.execute(f"DELETE FROM {table} WHERE call_id IN (SELECT id FROM call WHERE call_sid IS NULL)")
    op.execute("DELETE FROM call WHERE call_sid IS NULL")
    op.alter_column("call", "call_sid", existing_type=sa.String(), nullable=False)
    op.drop_table("callback")
