"""Users, roles, tokens. What a role may do stands in `permissions`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Keyed, Model

user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Keyed, Model, RoleMixin):  # type: ignore[misc]
    """agent, technician, dispatcher, supervisor, admin."""

    __tablename__ = "role"
    name: Mapped[str] = mapped_column(unique=True)


class User(Keyed, Model, UserMixin):  # type: ignore[misc]
    """Somebody who signs in. `fs_uniquifier` changes to end all sessions; `locked_until` after too many wrong passwords."""

    __tablename__ = "user"
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[str] = mapped_column(default="auto")
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=user_role, lazy="selectin", order_by=Role.name
    )

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.name for role in self.roles)


class Token(Keyed, Model):
    """A bearer token of the API. Only the SHA-256 of the secret is kept; it acts as its user, with no more than `role` allows."""

    __tablename__ = "token"
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Invitation(Keyed, Model):
    """A one-time link that makes an account (the first administrator's, a colleague's). Only the SHA-256 is kept."""

    __tablename__ = "invitation"
    sha256: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    roles: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
