"""Readiness: whether a visit's parts are where they must be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _

# From these visits get their parts. What is to go back to a supplier, and old pieces that go back for their deposit (cores), are counted too, but are
# nobody's to promise or to use.
HOLDING = ("warehouse", "van", "staging")
COUNTED = (*HOLDING, "returns", "cores")
OUTSIDE = ("supplier", "customer", "transit", "scrap", "adjustment")
REFUSED_TO = ("returns", "scrap")  # where damaged and wrong deliveries go
KINDS = COUNTED + OUTSIDE
# An old piece never becomes a new one: between which kinds of places cores go.
_CORES_COME_FROM = ("customer", "cores", "adjustment")
_CORES_GO_TO = ("supplier", "cores", "scrap", "adjustment", "customer")


def may_move(source_kind: str, target_kind: str) -> bool:
    """Whether parts go from a kind of place to another; only cores are particular."""
    if "cores" not in (source_kind, target_kind):
        return True
    return source_kind in _CORES_COME_FROM and target_kind in _CORES_GO_TO


class LineState(StrEnum):
    """Where one line of a visit's parts is, from best to worst."""

    ON_VAN = "on_van"
    STAGED = "staged"
    WAREHOUSE = "warehouse"
    OTHER_VAN = "other_van"
    ON_ORDER = "on_order"
    SHORT = "short"


class Readiness(StrEnum):
    """A whole visit: everything on the van; something to fetch; something on order; something nobody has."""

    READY = "ready"
    PICKUP = "pickup"
    WAITING = "waiting"
    SHORT = "short"


_MEANS = {
    LineState.ON_VAN: Readiness.READY,
    LineState.STAGED: Readiness.PICKUP,
    LineState.WAREHOUSE: Readiness.PICKUP,
    LineState.OTHER_VAN: Readiness.PICKUP,
    LineState.ON_ORDER: Readiness.WAITING,
    LineState.SHORT: Readiness.SHORT,
}
_LINE_ORDER = list(LineState)
_ORDER = list(Readiness)


@dataclass(frozen=True, slots=True)
class Held:
    """A held reservation, reduced to what readiness asks. `place_kind` None: from an incoming purchase line with this `eta`.

    `instead_of`: the part that is needed, when this is an alternate of it.
    """

    part_id: int
    quantity: int
    place_kind: str | None = None
    place_id: int | None = None
    eta: date | None = None
    instead_of: int | None = None

    @property
    def asked(self) -> int:
        """The part that is needed."""
        return self.part_id if self.instead_of is None else self.instead_of


@dataclass(frozen=True, slots=True)
class Line:
    """One part for a visit: `quantity` of it, the worst place any of it is in, and the latest ETA of what is on order.

    `instead_of`: the part of the kit that it replaces; what is replaced is not in that part's own line.
    """

    part_id: int
    quantity: int
    state: LineState
    place_ids: tuple[int, ...] = ()
    eta: date | None = None
    missing: int = 0
    instead_of: int | None = None

    @property
    def asked(self) -> int:
        """The part that is needed."""
        return self.part_id if self.instead_of is None else self.instead_of


@dataclass(frozen=True, slots=True)
class VisitReadiness:
    """`eta`: when the last part on order is due; None when nothing is on order, or the supplier gave no date."""

    state: Readiness
    lines: tuple[Line, ...]
    eta: date | None = None


def line_state(place_kind: str | None, *, own_van: bool) -> LineState:
    """The state of parts at a place of this kind; None is a purchase line."""
    if place_kind is None:
        return LineState.ON_ORDER
    if place_kind == "van":
        return LineState.ON_VAN if own_van else LineState.OTHER_VAN
    return LineState.STAGED if place_kind == "staging" else LineState.WAREHOUSE


def lines_of(asked: int, quantity: int, held: Iterable[Held], van_ids: Collection[int]) -> list[Line]:
    """A needed part: a line of its own for what is not replaced, then one for each alternate that replaces some of it."""
    mine = [one for one in held if one.asked == asked]
    replaced: dict[int, int] = {}
    for one in mine:
        if one.instead_of is not None:
            replaced[one.part_id] = replaced.get(one.part_id, 0) + one.quantity
    left = quantity - sum(replaced.values())
    own = [line_of(asked, left, [one for one in mine if one.instead_of is None], van_ids)] if left > 0 else []
    others = (line_of(part, count, [one for one in mine if one.instead_of is not None], van_ids) for part, count in replaced.items())
    return [*own, *(replace(line, instead_of=asked) for line in others)]


def line_of(part_id: int, quantity: int, held: Iterable[Held], van_ids: Collection[int]) -> Line:
    """One line from the reservations of its part."""
    mine = [one for one in held if one.part_id == part_id]
    states = {line_state(one.place_kind, own_van=one.place_id in van_ids) for one in mine}
    missing = max(0, quantity - sum(one.quantity for one in mine))
    if missing:
        states.add(LineState.SHORT)
    etas = [one.eta for one in mine if one.eta is not None]
    places = tuple(sorted({one.place_id for one in mine if one.place_id is not None}))
    worst = max(states or {LineState.ON_VAN}, key=_LINE_ORDER.index)
    return Line(part_id, quantity, worst, places, max(etas, default=None), missing)


def readiness(kit: Mapping[int, int], held: Iterable[Held], van_ids: Collection[int]) -> VisitReadiness:
    """A visit's readiness: `kit` part → quantity, `held` its reservations, `van_ids` the vans that come to it. No kit: ready.

    What is reserved beyond the kit counts as needed too (somebody asked for it). What an alternate replaces is there as soon as the alternate is.
    """
    mine = list(held)
    needed = dict(kit)
    for one in mine:
        needed.setdefault(one.asked, sum(other.quantity for other in mine if other.asked == one.asked))
    return overall(line for part_id, quantity in sorted(needed.items()) for line in lines_of(part_id, quantity, mine, van_ids))


def overall(lines: Iterable[Line]) -> VisitReadiness:
    """The worst of the lines; the latest ETA."""
    found = tuple(lines)
    state = max((_MEANS[line.state] for line in found), key=_ORDER.index, default=Readiness.READY)
    return VisitReadiness(state, found, max((line.eta for line in found if line.eta), default=None))


class OrderState(StrEnum):
    """A purchase order, with what came of it."""

    DRAFT = "draft"
    SENT = "sent"
    PARTLY = "partly"
    RECEIVED = "received"
    CANCELLED = "cancelled"


def order_state(state: str, lines: Iterable[tuple[int, int]]) -> OrderState:
    """`state` as it is stored; `lines`: (quantity, received)."""
    if state != OrderState.SENT:
        return OrderState(state)
    found = list(lines)
    if all(received >= quantity for quantity, received in found):
        return OrderState.RECEIVED
    return OrderState.PARTLY if any(received for _quantity, received in found) else OrderState.SENT


LINE_WORDS: dict[str, str] = {
    LineState.ON_VAN: _("on the van"),
    LineState.STAGED: _("set aside"),
    LineState.WAREHOUSE: _("in the warehouse"),
    LineState.OTHER_VAN: _("on another van"),
    LineState.ON_ORDER: _("on order"),
    LineState.SHORT: _("short"),
}
KIND_WORDS: dict[str, str] = {
    "warehouse": _("Warehouse"),
    "van": _("Van"),
    "staging": _("Set aside"),
    "returns": _("To be returned"),
    "cores": _("Old parts"),
    "supplier": _("Supplier"),
    "customer": _("Customer"),
    "transit": _("In transit"),
    "scrap": _("Scrap"),
    "adjustment": _("Stock-taking difference"),
}
