"""knowledge articles

Revision ID: 0019
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
TIME = sa.DateTime(timezone=True)


def key(table: str) -> tuple[sa.Column[int], sa.Constraint]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False), sa.PrimaryKeyConstraint(
        "id", name=op.f(f"pk_{table}")
    )


def to(table: str, column: str, target: str, **options: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), **options)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "article_category",
        sa.Column("names", JSON, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *key("article_category"),
    )
    op.create_table(
        "article",
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, JSON, nullable=False) for name in ("tags", "kinds", "models", "skus", "confirmed")),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("reviewed_at", TIME, nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *key("article"),
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name=op.f("ck_article_status")),
        to("article", "category_id", "article_category"),
        to("article", "author_id", "user"),
        to("article", "reviewer_id", "user"),
        to("article", "ticket_id", "ticket"),
    )
    op.create_index("ix_article_updated_at", "article", ["updated_at", "id"])
    op.create_index("ix_article_review_by", "article", ["review_by"], postgresql_where=sa.text("review_by IS NOT NULL"))
    op.create_index(op.f("ix_article_category_id"), "article", ["category_id"])
    op.create_index(op.f("ix_article_ticket_id"), "article", ["ticket_id"])
    op.create_table(
        "article_text",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        to("article_text", "article_id", "article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "language", name=op.f("pk_article_text")),
    )
    op.create_index("ix_article_text_words", "article_text", ["words"], postgresql_using="gin")
    op.create_index("ix_article_text_title", "article_text", ["title"], postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"})
    op.create_table(
        "article_version",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("file_ids", JSON, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        *key("article_version"),
        to("article_version", "article_id", "article", ondelete="CASCADE"),
        to("article_version", "author_id", "user"),
        sa.UniqueConstraint("article_id", "language", "number", name=op.f("uq_article_version_article_id_language_number")),
    )
    op.create_table(
        "article_file",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        to("article_file", "article_id", "article", ondelete="CASCADE"),
        to("article_file", "file_id", "file"),
        sa.PrimaryKeyConstraint("article_id", "file_id", name=op.f("pk_article_file")),
    )
    op.create_index(op.f("ix_article_file_file_id"), "article_file", ["file_id"])
    op.create_table(
        "article_mark",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        to("article_mark", "article_id", "article", ondelete="CASCADE"),
        to("article_mark", "user_id", "user"),
        sa.PrimaryKeyConstraint("article_id", "user_id", name=op.f("pk_article_mark")),
    )
    op.create_table(
        "article_use",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *key("article_use"),
        to("article_use", "article_id", "article", ondelete="CASCADE"),
        to("article_use", "ticket_id", "ticket"),
        to("article_use", "user_id", "user"),
        sa.UniqueConstraint("article_id", "ticket_id", "user_id", name=op.f("uq_article_use_article_id_ticket_id_user_id")),
    )
    op.create_index("ix_article_use_at", "article_use", ["article_id", "at"])
    op.create_index(op.f("ix_article_use_ticket_id"), "article_use", ["ticket_id"])
    # Macros and canned answers: folders, a short word to type, how often they are used.
    for table in ("macro", "canned_answer"):
        op.add_column(table, sa.Column("folder", sa.String(), nullable=False, server_default=""))
        op.add_column(table, sa.Column("used", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("used_at", TIME, nullable=True))
        op.alter_column(table, "folder", server_default=None)
        op.alter_column(table, "used", server_default=None)
    op.add_column("canned_answer", sa.Column("shortcut", sa.String(), nullable=False, server_default=""))
    op.alter_column("canned_answer", "shortcut", server_default=None)


def downgrade() -> None:
    op.drop_column("canned_answer", "shortcut")
    for table in ("macro", "canned_answer"):
        for name in ("used_at", "used", "folder"):
            op.drop_column(table, name)
    for table in ("article_use", "article_mark", "article_file", "article_version", "article_text", "article", "article_category"):
        op.drop_table(table)
