"""Receipts that say what was accepted, damaged and wrong; places for what goes back to suppliers; stock-taking

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = "'supplier', 'customer', 'transit', 'scrap', 'adjustment'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_place_kind"), "place")
    op.create_check_constraint(op.f("ck_place_kind"), "place", f"kind IN ('warehouse', 'van', 'staging', 'returns', {KINDS})")
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("purchase_line_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("wrong_part_id", sa.BigInteger(), nullable=True),
        sa.Column("refused_to", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "accepted >= 0 AND damaged >= 0 AND wrong >= 0 AND accepted + damaged + wrong > 0", name=op.f("ck_receipt_quantities")
        ),
        sa.CheckConstraint("refused_to IN ('returns', 'scrap')", name=op.f("ck_receipt_refused_to")),
        sa.CheckConstraint("wrong > 0 OR wrong_part_id IS NULL", name=op.f("ck_receipt_wrong_part")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_receipt_actor_id")),
        sa.ForeignKeyConstraint(["purchase_line_id"], ["purchase_line.id"], name=op.f("fk_receipt_purchase_line_id")),
        sa.ForeignKeyConstraint(["wrong_part_id"], ["part.id"], name=op.f("fk_receipt_wrong_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("uuid", name=op.f("uq_receipt_uuid")),
    )
    op.create_index(op.f("ix_receipt_purchase_line_id"), "receipt", ["purchase_line_id"])
    op.add_column("stock_move", sa.Column("receipt_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_stock_move_receipt_id"), "stock_move", "receipt", ["receipt_id"], ["id"])
    op.create_index(op.f("ix_stock_move_receipt_id"), "stock_move", ["receipt_id"])
    op.create_table(
        "stock_count",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("recount_from", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed', 'cancelled')", name=op.f("ck_stock_count_state")),
        sa.CheckConstraint("recount_from >= 0", name=op.f("ck_stock_count_recount_from")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_stock_count_ended_by_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user.id"], name=op.f("fk_stock_count_opened_by_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_stock_count_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
    )
    op.create_index("ix_stock_count_open", "stock_count", ["place_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "stock_count_line",
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("first_counted", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("move_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("counted >= 0 AND first_counted >= 0 AND times > 0", name=op.f("ck_stock_count_line_counted")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_stock_count_line_count_id")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["user.id"], name=op.f("fk_stock_count_line_counted_by_id")),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_stock_count_line_move_id")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_stock_count_line_part_id")),
        sa.PrimaryKeyConstraint("count_id", "part_id", name=op.f("pk_stock_count_line")),
    )
    op.add_column("stock_move", sa.Column("count_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_stock_move_count_id"), "stock_move", "stock_count", ["count_id"], ["id"])
    op.create_index(op.f("ix_stock_move_count_id"), "stock_move", ["count_id"])


def downgrade() -> None:
    op.drop_table("stock_count_line")
    op.drop_index(op.f("ix_stock_move_count_id"), "stock_move")
    op.drop_column("stock_move", "count_id")
    op.drop_table("stock_count")
    op.drop_index(op.f("ix_stock_move_receipt_id"), "stock_move")
    op.drop_column("stock_move", "receipt_id")
    op.drop_table("receipt")
    op.drop_constraint(op.f("ck_place_kind"), "place")
    # What lies there stays on the books, at a place that is not in use: no visit is given any of it.
    op.execute("UPDATE place SET kind = 'staging', active = false, name = name || ' (' || id || ')' WHERE kind = 'returns'")
    op.create_check_constraint(op.f("ck_place_kind"), "place", f"kind IN ('warehouse', 'van', 'staging', {KINDS})")
