"""What we work with: parts, places, moves, balances, reservations. What holds under races is in shared notes/dispatch.md §5."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Keyed, Model
from staff.models import Person


class Part(Keyed, Model):
    """A catalogue entry. `cost` and `price` in minor units of `currency`; the usual `supplier` (its name) brings it `lead_days` after the order.

    `serial_tracked`: every piece has a serial number, and every move names them. `core_value`: the deposit that comes back with each old piece, in
    minor units of `currency`; None: old pieces need not come back. `names`: in other languages (`naming.title`).
    """

    __tablename__ = "part"
    __table_args__ = (CheckConstraint("lead_days >= 0", name="lead_days"), CheckConstraint("core_value >= 0", name="core_value"))
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    names: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    unit: Mapped[str] = mapped_column(default="pc")
    cost: Mapped[int] = mapped_column(default=0)
    price: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="EUR")
    supplier: Mapped[str] = mapped_column(default="")
    lead_days: Mapped[int] = mapped_column(default=0)
    serial_tracked: Mapped[bool] = mapped_column(default=False)
    core_value: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    alternates: Mapped[list[PartAlternate]] = relationship(
        foreign_keys="PartAlternate.part_id", order_by="PartAlternate.position", cascade="all, delete-orphan", lazy="select"
    )


class PartAlternate(Model):
    """`alternate` may be used in place of `part`, not the other way round; those with a smaller `position` first."""

    __tablename__ = "part_alternate"
    __table_args__ = (CheckConstraint("part_id <> alternate_id", name="other"),)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="CASCADE"), primary_key=True)
    alternate_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]
    alternate: Mapped[Part] = relationship(foreign_keys=[alternate_id], lazy="joined", innerjoin=True)


class Place(Keyed, Model):
    """Where parts can be. Only warehouse, van, staging, returns and cores hold balances, and visits get nothing from the last two; the others are
    outside. `van_id`: the van on which these cores (old pieces that go back for a deposit) lie; cores without one lie on the shelf.
    """

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('warehouse', 'van', 'staging', 'returns', 'cores', 'supplier', 'customer', 'transit', 'scrap', 'adjustment')",
            name="kind",
        ),
        CheckConstraint("(kind = 'van') OR person_id IS NULL", name="only_vans_have_a_person"),
        CheckConstraint("(kind = 'cores') OR van_id IS NULL", name="only_cores_have_a_van"),
    )
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    van_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    person: Mapped[Person | None] = relationship(lazy="joined")


class StockMove(Keyed, Model):
    """A quantity of a part from one place to another: never changed, reversed instead. `uuid` is the sender's, so an upload twice is once."""

    __tablename__ = "stock_move"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_place_id <> to_place_id", name="places"),
        Index("ix_stock_move_part", "part_id", "id"),
    )
    uuid: Mapped[uuid.UUID] = mapped_column(unique=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    from_place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    to_place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"), unique=True)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    count_id: Mapped[int | None] = mapped_column(ForeignKey("stock_count.id"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Serial(Keyed, Model):
    """A piece of a tracked part: one row, so it is at one place. Used at a visit it is the customer's, in that `equipment_id`."""

    __tablename__ = "serial"
    __table_args__ = (UniqueConstraint("part_id", "number"), Index("ix_serial_place", "place_id", "part_id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    number: Mapped[str]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id", ondelete="SET NULL"), index=True)
    part: Mapped[Part] = relationship(lazy="joined", innerjoin=True)
    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


class StockMoveSerial(Model):
    """A piece that went along with a move."""

    __tablename__ = "stock_move_serial"
    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"), primary_key=True)
    serial_id: Mapped[int] = mapped_column(ForeignKey("serial.id"), primary_key=True, index=True)


class StockBalance(Model):
    """How much of a part is at a place, and how much of that is promised to visits. Changed only together with a move or a reservation."""

    __tablename__ = "stock_balance"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    )
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)


class StockLevel(Model):
    """With `reorder_at` free pieces or fewer of a part, a place is filled up to `fill_to`."""

    __tablename__ = "stock_level"
    __table_args__ = (CheckConstraint("reorder_at >= 0 AND fill_to > reorder_at", name="levels"),)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True)
    reorder_at: Mapped[int]
    fill_to: Mapped[int]
    part: Mapped[Part] = relationship(lazy="joined", innerjoin=True)
    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


order_number = Sequence("purchase_order_number_seq", start=1001, metadata=Base.metadata)


class Supplier(Keyed, Model):
    """Who brings parts; parts and purchase lines name it. `language`: of our mails; `our_number`: what they know us by."""

    __tablename__ = "supplier"
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    language: Mapped[str]
    our_number: Mapped[str]


class PurchaseOrder(Keyed, Model):
    """An order as a document. `state`: draft, sent, cancelled; what came of it is on its lines (`rules.order_state`).

    `mails`: how often it was mailed; the last to `mailed_to`, taken at `mailed_at` or not, then `mail_problem` says why once it is known.
    """

    __tablename__ = "purchase_order"
    __table_args__ = (CheckConstraint("state IN ('draft', 'sent', 'cancelled')", name="state"),)
    number: Mapped[int] = mapped_column(BigInteger, order_number, unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    state: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    cancelled_at: Mapped[datetime | None]
    mails: Mapped[int] = mapped_column(default=0)
    mailed_to: Mapped[str] = mapped_column(default="")
    mailed_at: Mapped[datetime | None]
    mail_problem: Mapped[str | None]
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list[PurchaseLine]] = relationship(back_populates="order", order_by="PurchaseLine.id", lazy="selectin")


class PurchaseLine(Keyed, Model):
    """Ordered and not all here yet: `eta` is the supplier's date. `quantity` is what comes or came; `cancelled` more were ordered.

    A line noted by hand has no `order`; those of a draft have no `eta`. `cost` of one in minor units of `currency`, as it was ordered.
    """

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint("received >= 0 AND received <= quantity AND reserved >= 0", name="quantities"),
        CheckConstraint("cancelled >= 0 AND quantity + cancelled > 0", name="cancelled"),
    )
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    supplier: Mapped[str]
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    eta: Mapped[date | None]
    ordered_at: Mapped[datetime]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    cancelled: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="EUR")
    order: Mapped[PurchaseOrder | None] = relationship(back_populates="lines", lazy="select")
    part: Mapped[Part] = relationship(lazy="select")
    place: Mapped[Place] = relationship(lazy="select")


class Receipt(Keyed, Model):
    """What arrived of a purchase line: `accepted` went to its place, `damaged` and `wrong` to returns or scrap, and are still to come.

    `wrong_part_id`: what came instead; None: nobody knows, and it is counted as the part that was ordered. `uuid` is the sender's.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("accepted >= 0 AND damaged >= 0 AND wrong >= 0 AND accepted + damaged + wrong > 0", name="quantities"),
        CheckConstraint("refused_to IN ('returns', 'scrap')", name="refused_to"),
        CheckConstraint("wrong > 0 OR wrong_part_id IS NULL", name="wrong_part"),
    )
    uuid: Mapped[uuid.UUID] = mapped_column(unique=True)
    purchase_line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), index=True)
    accepted: Mapped[int]
    damaged: Mapped[int]
    wrong: Mapped[int]
    wrong_part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"))
    refused_to: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class StockCount(Keyed, Model):
    """A place being counted, or counted once. `state`: open, closed, cancelled; one open count a place."""

    __tablename__ = "stock_count"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed', 'cancelled')", name="state"),
        CheckConstraint("recount_from >= 0", name="recount_from"),
        Index("ix_stock_count_open", "place_id", unique=True, postgresql_where=text("state = 'open'")),
    )
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    blind: Mapped[bool]
    recount_from: Mapped[int]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)


class StockCountLine(Model):
    """One part of a count: `counted` pieces lay there at `counted_at`, when the balance said `expected`; counted `times` times."""

    __tablename__ = "stock_count_line"
    __table_args__ = (CheckConstraint("counted >= 0 AND first_counted >= 0 AND times > 0", name="counted"),)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    counted: Mapped[int]
    expected: Mapped[int]
    first_counted: Mapped[int]
    times: Mapped[int]
    counted_at: Mapped[datetime]
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    move_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"))
    part: Mapped[Part] = relationship(lazy="joined", innerjoin=True)
    count: Mapped[StockCount] = relationship(lazy="joined", innerjoin=True)

    @property
    def recount_from(self) -> int:
        return self.count.recount_from


class Reservation(Keyed, Model):
    """Parts promised to a visit, from a place or from an incoming purchase line. `state`: held, used, released.

    `instead_of_id`: the part that the visit needs, when this is an alternate of it.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("state IN ('held', 'used', 'released')", name="state"),
        CheckConstraint("(place_id IS NULL) <> (purchase_line_id IS NULL)", name="source"),
        CheckConstraint("instead_of_id <> part_id", name="instead_of"),
        Index("ix_reservation_held", "part_id", "place_id", postgresql_where=text("state = 'held'")),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_line.id"))
    quantity: Mapped[int]
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"))
    state: Mapped[str] = mapped_column(default="held")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    part: Mapped[Part] = relationship(foreign_keys=[part_id], lazy="joined", innerjoin=True)
    place: Mapped[Place | None] = relationship(lazy="joined")


class Usage(Keyed, Model):
    """Parts that a visit really used, from which place, by which move; cost and price of one, as they were then, in minor units of `currency`.

    `instead_of_id`: the part of the kit in whose place it was used.
    """

    __tablename__ = "usage"
    __table_args__ = (UniqueConstraint("move_id"),)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    quantity: Mapped[int]
    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"))
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"))
    cost: Mapped[int] = mapped_column(default=0)
    price: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="EUR")
    part: Mapped[Part] = relationship(foreign_keys=[part_id], lazy="joined", innerjoin=True)
    instead_of: Mapped[Part | None] = relationship(foreign_keys=[instead_of_id], lazy="joined")


class CoreLeft(Keyed, Model):
    """Old pieces that a technician did not take along when new ones were used, and `why`. `state`: left; then arrived or written_off, with a note."""

    __tablename__ = "core_left"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("state IN ('left', 'arrived', 'written_off')", name="state"),
        Index("ix_core_left_open", "id", postgresql_where=text("state = 'left'")),
    )
    usage_id: Mapped[int] = mapped_column(ForeignKey("usage.id", ondelete="CASCADE"), unique=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"))
    quantity: Mapped[int]
    why: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="left")
    happened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(default="")
    part: Mapped[Part] = relationship(lazy="joined", innerjoin=True)


class MaterialSettings(Model):
    """One row. `missing_days`: so many days ahead the parts of booked visits are watched; `raise_tasks`: a visit that will lack some gets a task.
    `overtime_percent`: by how much an hour of overtime costs more.
    """

    __tablename__ = "material_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("missing_days BETWEEN 1 AND 30", name="missing_days"),
        CheckConstraint("overtime_percent BETWEEN 0 AND 300", name="overtime_percent"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    missing_days: Mapped[int] = mapped_column(default=3)
    raise_tasks: Mapped[bool] = mapped_column(default=True)
    overtime_percent: Mapped[int] = mapped_column(default=0)


class MissingPartsNotice(Model):
    """That a task was raised because a visit will lack parts; one a visit. `facts`: what was missing when its text was written."""

    __tablename__ = "missing_parts_notice"
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    facts: Mapped[list[Any]] = mapped_column(default=list)
    raised_at: Mapped[datetime]
