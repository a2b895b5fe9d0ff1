"""Knowledge articles: facts in one row, each language a line of versions, what readers and searches see beside it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.models import User
from core.db import Keyed, Model
from core.files import File


class ArticleCategory(Keyed, Model):
    """A shelf of the knowledge base. `names`: by language (en, zh_Hans, zh_Hant), at least one."""

    __tablename__ = "article_category"
    names: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)


class Article(Keyed, Model):
    """One article in all its languages. `public`: customers may read it once it is published. `confirmed`: texts that look like private data and
    that a publisher has looked at. `version` guards a save of the facts over a colleague's change; texts have numbers of their own."""

    __tablename__ = "article"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'archived')", name="status"),
        Index("ix_article_updated_at", "updated_at", "id"),
        Index("ix_article_review_by", "review_by", postgresql_where=text("review_by IS NOT NULL")),
    )
    status: Mapped[str] = mapped_column(default="draft")
    public: Mapped[bool] = mapped_column(default=False)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("article_category.id"), index=True)
    tags: Mapped[list[str]] = mapped_column(default=list)
    kinds: Mapped[list[str]] = mapped_column(default=list)
    models: Mapped[list[str]] = mapped_column(default=list)
    skus: Mapped[list[str]] = mapped_column(default=list)
    confirmed: Mapped[list[str]] = mapped_column(default=list)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_by: Mapped[date | None]
    reviewed_at: Mapped[datetime | None]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    category: Mapped[ArticleCategory | None] = relationship(lazy="joined")
    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="joined")
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id], lazy="joined")
    texts: Mapped[list[ArticleText]] = relationship(back_populates="article", cascade="all, delete-orphan", lazy="selectin")


class ArticleText(Model):
    """An article in one language. `latest`: number of its newest version; `published`: of the one that readers see, None before that.
    `title`, `text` and `words` are of the published one, else of the newest."""

    __tablename__ = "article_text"
    __table_args__ = (
        Index("ix_article_text_words", "words", postgresql_using="gin"),
        Index("ix_article_text_title", "title", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}),
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    latest: Mapped[int]
    published: Mapped[int | None]
    title: Mapped[str]
    text: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR, deferred=True)
    article: Mapped[Article] = relationship(back_populates="texts")


class ArticleVersion(Keyed, Model):
    """What was saved, never changed. `body`: sanitised HTML; `text`: the same to read and search; `file_ids`: attachments; `note`: what changed, in
    the author's words; `restored_from`: number of the version that this one brings back."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "language", "number"),)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str]
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    text: Mapped[str]
    file_ids: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    restored_from: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    author: Mapped[User | None] = relationship(lazy="joined")


class ArticleFile(Model):
    """A file that some version of the article shows or has attached."""

    __tablename__ = "article_file"
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True, index=True)
    file: Mapped[File] = relationship(lazy="joined", innerjoin=True)


class ArticleMark(Model):
    """Whether the article helped somebody, in their last opinion."""

    __tablename__ = "article_mark"
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    helpful: Mapped[bool]
    comment: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class ArticleUse(Keyed, Model):
    """The article was put into an answer on a ticket; by one person on one ticket it counts once, the last time."""

    __tablename__ = "article_use"
    __table_args__ = (UniqueConstraint("article_id", "ticket_id", "user_id"), Index("ix_article_use_at", "article_id", "at"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user.id"))
    language: Mapped[str]
    how: Mapped[str]
    at: Mapped[datetime]
