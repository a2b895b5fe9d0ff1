"""What a visit cost us and what the customer is charged: whole minor units, by currency. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from flask_babel import lazy_gettext as _

_HOUR = Decimal(3600)


class Coverage(StrEnum):
    """Who pays for a visit."""

    WARRANTY = "warranty"
    CONTRACT = "contract"
    GOODWILL = "goodwill"  # nobody, because we say so
    CHARGED = "charged"


COVERAGE_WORDS: dict[str, str] = {
    Coverage.WARRANTY: _("warranty"),
    Coverage.CONTRACT: _("contract"),
    Coverage.GOODWILL: _("goodwill"),
    Coverage.CHARGED: _("charged"),
}


@dataclass(frozen=True, slots=True)
class Used:
    """So many of a part, with cost and price of one."""

    quantity: int
    cost: int
    price: int
    currency: str


@dataclass(frozen=True, slots=True)
class Labour:
    """Seconds of work (`overtime` of them after hours) and of travel, by somebody whose hour costs so much."""

    work: int
    overtime: int
    travel: int
    per_hour: int
    currency: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the work is charged: a fixed price, else by the hour; None: not at all."""

    price: int | None
    per_hour: int | None
    currency: str


@dataclass(slots=True)
class Sum:
    """In one currency. `price` is what the visit is worth; `due` of it the customer pays."""

    currency: str
    parts_cost: int = 0
    labour_cost: int = 0
    travel_cost: int = 0
    parts_price: int = 0
    work_price: int = 0
    covered: bool = field(default=False)

    @property
    def cost(self) -> int:
        return self.parts_cost + self.labour_cost + self.travel_cost

    @property
    def price(self) -> int:
        return self.parts_price + self.work_price

    @property
    def due(self) -> int:
        return 0 if self.covered else self.price


def for_time(per_hour: int, seconds: int, *, percent: int = 100) -> int:
    """What so many seconds cost: half a minor unit is rounded up."""
    exact = Decimal(per_hour) * Decimal(seconds) * Decimal(percent) / (_HOUR * 100)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def sums(
    *, used: Iterable[Used], labour: Iterable[Labour], work: int, tariff: Tariff, coverage: Coverage, overtime_percent: int
) -> list[Sum]:
    """By currency, in the order of their names; those without anything are left out. `labour`: of each technician, without those of whom nobody said
    what an hour costs; `work`: seconds that are charged. `overtime_percent`: by how much an hour of overtime costs more."""
    found: dict[str, Sum] = {}

    def of(currency: str) -> Sum:
        return found.setdefault(currency, Sum(currency, covered=coverage is not Coverage.CHARGED))

    for one in used:
        mine = of(one.currency)
        mine.parts_cost += one.quantity * one.cost
        mine.parts_price += one.quantity * one.price
    for theirs in labour:
        mine = of(theirs.currency)
        mine.labour_cost += for_time(theirs.per_hour, theirs.work)
        mine.labour_cost += for_time(theirs.per_hour, theirs.overtime, percent=overtime_percent)
        mine.travel_cost += for_time(theirs.per_hour, theirs.travel)
    if tariff.price is not None:
        of(tariff.currency).work_price += tariff.price
    elif tariff.per_hour is not None:
        of(tariff.currency).work_price += for_time(tariff.per_hour, work)
    return [one for _currency, one in sorted(found.items()) if one.cost or one.price]


def overtime(start: datetime, end: datetime, windows: Sequence[tuple[datetime, datetime]]) -> int:
    """Seconds between two instants that lie in no window of work."""
    inside = sum((max(timedelta(), min(end, until) - max(start, since)) for since, until in windows), timedelta())
    return max(0, int((end - start - inside).total_seconds()))


def coverage(*, said: str | None, on: date, warranty_until: date | None, contract: bool) -> Coverage:
    """As somebody said; else the warranty on that day (its last day included), else a contract that runs, else it is charged."""
    if said is not None:
        return Coverage(said)
    if warranty_until is not None and on <= warranty_until:
        return Coverage.WARRANTY
    return Coverage.CONTRACT if contract else Coverage.CHARGED
