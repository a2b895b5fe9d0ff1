"""Who they are: people and organisations, how to reach them, where their things stand and what these are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from core.db import Keyed, Model
from core.files import File


class Customer(Keyed, Model):
    """A person or an organisation. `version` guards against overwriting a colleague's change.

    `service_flow`: department (whoever serves the queue) or representative (who has all of their tickets; while they are away `deputy_id`, else
    that person's own deputy); None: as the firm does by default.

    `last_contact_at`: when they last called or wrote; among several who share a number, the newest comes first.
    """

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'organisation')", name="kind"),
        CheckConstraint("service_flow IN ('department', 'representative')", name="service_flow"),
        Index("ix_customer_name", text("lower(name)"), "id"),
        Index("ix_customer_name_alike", text("lower(name) gin_trgm_ops"), postgresql_using="gin"),
    )
    kind: Mapped[str] = mapped_column(default="person")
    name: Mapped[str] = mapped_column()
    language: Mapped[str] = mapped_column(default="en")
    tier: Mapped[str] = mapped_column(default="standard")
    representative_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    service_flow: Mapped[str | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_contact_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("customer_import.id"), index=True)
    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="customer", order_by="ContactPoint.id", cascade="all, delete-orphan"
    )
    sites: Mapped[list[Site]] = relationship(back_populates="customer", order_by="Site.id", cascade="all, delete-orphan")
    equipment: Mapped[list[Equipment]] = relationship(back_populates="customer", order_by="Equipment.id", cascade="all, delete-orphan")
    contracts: Mapped[list[Contract]] = relationship(order_by="Contract.id", cascade="all, delete-orphan")
    sort_name: Mapped[str] = column_property(func.lower(name))
    __mapper_args__ = {"version_id_col": version}


class ContactPoint(Keyed, Model):
    """A way to reach a customer: `kind` phone (E.164, `extension` apart) or email (lower case).

    Unique per customer only: households and switchboards share.
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "value", "extension"),
        Index("ix_contact_point_value", "kind", "value"),
        CheckConstraint("kind IN ('phone', 'email')", name="kind"),
    )
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    kind: Mapped[str]
    value: Mapped[str]
    extension: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    undeliverable_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship(back_populates="contact_points")


class Site(Keyed, Model):
    """Where a customer's equipment stands. `access` tells a technician how to get in."""

    __tablename__ = "site"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="DE")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    access: Mapped[str] = mapped_column(default="")
    customer: Mapped[Customer] = relationship(back_populates="sites")

    @property
    def address(self) -> str:
        """One line, empty parts left out."""
        place = " ".join(part for part in (self.postal_code, self.city) if part)
        return ", ".join(part for part in (self.street, place) if part)


class Equipment(Keyed, Model):
    """A thing that we repair. `warranty_until` is the last day covered; `retired_on` the day it was taken out of use."""

    __tablename__ = "equipment"
    __table_args__ = (Index("ix_equipment_serial", text("lower(serial)")),)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str]
    maker: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    installed_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    retired_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    customer: Mapped[Customer] = relationship(back_populates="equipment")
    site: Mapped[Site | None] = relationship(lazy="joined")

    @property
    def label(self) -> str:
        return " ".join(part for part in (self.kind, self.maker, self.model) if part)


class Contract(Keyed, Model):
    """What a customer is covered for, between two dates (both included, open end allowed)."""

    __tablename__ = "contract"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"), index=True)
    name: Mapped[str]
    coverage: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    visits_per_year: Mapped[int] = mapped_column(default=0)


class Consent(Keyed, Model):
    """A customer's yes or no to something (`recording`, `sms`, `email`), as a history: the newest counts. `source` says how it was given."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_customer", "customer_id", "kind", "at"),)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    kind: Mapped[str]
    given: Mapped[bool]
    at: Mapped[datetime]
    source: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CustomerImport(Keyed, Model):
    """A table of customers (CSV or XLSX) being read in; its lines are CustomerImportRows.

    `state`: uploaded, checking, checked, importing, confirmed, undoing, undone, failed (`problem` says why). `columns` holds the file's headers,
    what each stands for, and how to read it: {"headers": [...], "targets": [...], "country": "DE", "language": "en"}.
    """

    __tablename__ = "customer_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'importing', 'confirmed', 'undoing', 'undone', 'failed')", name="state"
        ),
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    state: Mapped[str] = mapped_column(default="uploaded")
    columns: Mapped[dict[str, Any]]
    problem: Mapped[str] = mapped_column(default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    file: Mapped[File] = relationship(lazy="joined", innerjoin=True)


class CustomerImportRow(Model):
    """One line of an imported table. `number` counts from 1 below the headers; `cells` as in the file or corrected since.

    `outcome`: open (not checked), ok, joins (adds to the customer of row `same_as`), duplicate (of the customers in `like`), problem
    (`problems`: field → message), done (read in), undone, kept (an undo was refused; `problems` says why). `decision` about a duplicate: skip or add.
    """

    __tablename__ = "customer_import_row"
    __table_args__ = (
        CheckConstraint("outcome IN ('open', 'ok', 'joins', 'duplicate', 'problem', 'done', 'undone', 'kept')", name="outcome"),
        CheckConstraint("decision IN ('skip', 'add')", name="decision"),
        Index("ix_customer_import_row_outcome", "import_id", "outcome", "number"),
    )
    import_id: Mapped[int] = mapped_column(ForeignKey("customer_import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str]]
    outcome: Mapped[str] = mapped_column(default="open")
    decision: Mapped[str] = mapped_column(default="skip")
    problems: Mapped[dict[str, Any]] = mapped_column(default=dict)
    like: Mapped[list[Any]] = mapped_column(default=list)
    same_as: Mapped[int | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
