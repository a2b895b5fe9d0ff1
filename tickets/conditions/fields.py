"""What can be asked of a ticket: one class per kind of field, each operator one SQL clause on `Ticket`.

`column` is an expression over Ticket's columns, or over those of a row that belongs to the ticket; `within` then says how the ticket has such a row:
`within=lambda clause: Ticket.customer_id.in_(select(Customer.id).where(clause))`. Every operator but the negative ones is false where there is no
value; `is_not` and its like are exactly the opposite of the others, so that a ticket without customer "is not" of tier gold.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from core.errors import NotValid
from tickets.conditions import moments

ME = "me"
LONGEST = 300
VALUES = 200
_EMPTY = ("empty", "not_empty")
Clause = ColumnElement[bool]


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something to choose: `value` as it is stored."""

    value: str | int
    label: Any


def _itself(clause: Clause) -> Clause:
    return clause


@dataclass(frozen=True, kw_only=True)
class Field(ABC):
    """`name`: as stored; `label`: for people; `nullable`: a ticket may have none, and then it can be asked whether it does.

    `options`: all there is to choose from; `find(text, values)`: of a long list the first that match `text`, or exactly those of `values`.
    """

    name: str
    label: Any
    column: Any
    within: Callable[[Clause], Clause] = _itself
    nullable: bool = False
    options: Callable[[], list[Option]] | None = None
    find: Callable[[str, Collection[Any]], list[Option]] | None = None
    unit: str = ""
    kind: ClassVar[str] = ""
    own_operators: ClassVar[tuple[str, ...]] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return self.own_operators + (_EMPTY if self.nullable else ())

    def check(self, op: str, value: Any, *, personal: bool = True) -> None:
        """Raises NotValid for what `check_form` refuses, for a value that is not (any more) among those to choose from, and for "me" when nobody asks
        (not `personal`)."""
        self.check_form(op, value)
        if op not in _EMPTY:
            self.check_known(value, personal=personal)

    def check_form(self, op: str, value: Any) -> None:
        """Raises NotValid for an operator that this field does not have and for a value that cannot be one. No database."""
        if op not in self.operators:
            raise NotValid(_("“%(field)s” cannot be asked with “%(op)s”.", field=self.label, op=op), field="op")
        if op in _EMPTY:
            if value is not None:
                raise NotValid(_("“%(field)s”: this question takes no value.", field=self.label), field="value")
            return
        self.check_value(op, value)

    @abstractmethod
    def check_value(self, op: str, value: Any) -> None:
        """Raises NotValid for a value that cannot be one with this operator."""

    def check_known(self, value: Any, *, personal: bool) -> None:
        """Raises NotValid for a value that is not among those to choose from. Numbers, texts and moments have none to choose from."""
        return

    def refuse_unknown(self, values: Collection[Any], known: Collection[Option]) -> None:
        """Raises NotValid for the first value that is none of the options."""
        there = {option.value for option in known}
        for one in values:
            if one not in there:
                raise NotValid(_("“%(field)s” has no “%(value)s” (any more).", field=self.label, value=str(one)[:100]), field="value")

    def clause(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        """A condition on Ticket, never NULL. The value was checked."""
        if op == "empty":
            return not_(self._has_one())
        if op == "not_empty":
            return self._has_one()
        return self.holds(op, value, now, person_id)

    @abstractmethod
    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        """`clause` of the field's own operators."""

    def _has_one(self) -> Clause:
        return self.within(self.column.is_not(None))

    def _positive(self, clause: Clause) -> Clause:
        """The clause on the column as one on the ticket, false instead of NULL."""
        return self.within(and_(self.column.is_not(None), clause) if self.nullable else clause)

    def _refuse(self, value: object) -> NotValid:
        return NotValid(_("“%(field)s”: “%(value)s” cannot be used.", field=self.label, value=str(value)[:100]), field="value")


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One of a few. Values: a list of its options' values."""

    kind: ClassVar[str] = "choice"
    own_operators: ClassVar[tuple[str, ...]] = ("is", "is_not")

    def check_value(self, op: str, value: Any) -> None:
        for one in listed(self, value):
            if not isinstance(one, str):
                raise self._refuse(one)

    def check_known(self, value: Any, *, personal: bool) -> None:
        found = self.options() if self.options is not None else self.find("", value) if self.find is not None else []
        self.refuse_unknown(value, found)

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        clause = self._positive(self.column.in_(value))
        return clause if op == "is" else not_(clause)


@dataclass(frozen=True, kw_only=True)
class ReferenceField(ChoiceField):
    """One of many rows, named by id; found by typing (`find`)."""

    kind: ClassVar[str] = "reference"
    nullable: bool = True

    def check_value(self, op: str, value: Any) -> None:
        for one in listed(self, value):
            if not isinstance(one, int) or isinstance(one, bool) or not 0 < one < 1 << 63:
                raise self._refuse(one)


@dataclass(frozen=True, kw_only=True)
class PersonField(ReferenceField):
    """A colleague by id of the person, or "me": whoever asks."""

    kind: ClassVar[str] = "person"

    def check_value(self, op: str, value: Any) -> None:
        if others := [one for one in listed(self, value) if one != ME]:
            super().check_value(op, others)

    def check_known(self, value: Any, *, personal: bool) -> None:
        if ME in value and not personal:
            raise NotValid(_("“%(field)s”: nobody asks here, so that “me” is nobody.", field=self.label), field="value")
        if others := [one for one in value if one != ME]:
            super().check_known(others, personal=personal)

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        ids = [person_id if one == ME else one for one in value]
        return super().holds(op, [one for one in ids if one is not None], now, person_id)


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """A text; upper and lower case are one. An empty text is none."""

    kind: ClassVar[str] = "text"
    own_operators: ClassVar[tuple[str, ...]] = ("contains", "contains_not", "is", "is_not", "starts_with")

    def check_value(self, op: str, value: Any) -> None:
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or "\0" in value:
            raise NotValid(_("“%(field)s” needs a text of at most %(most)d characters.", field=self.label, most=LONGEST), field="value")

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        if op in ("contains", "contains_not"):
            clause = self._positive(self.column.icontains(value, autoescape=True))
        elif op == "starts_with":
            clause = self._positive(self.column.istartswith(value, autoescape=True))
        else:
            clause = self._positive(func.lower(self.column) == func.lower(value))
        return not_(clause) if op in ("contains_not", "is_not") else clause

    def _has_one(self) -> Clause:
        return self._positive(self.column != "")


@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    """A number; whole ones stay whole."""

    kind: ClassVar[str] = "number"
    own_operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "at_least", "at_most")

    def check_value(self, op: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not -(1 << 63) < value < 1 << 63:
            raise NotValid(_("“%(field)s” needs a number.", field=self.label), field="value")

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        comparisons = {"at_least": self.column >= value, "at_most": self.column <= value}
        clause = self._positive(comparisons.get(op, self.column == value))
        return not_(clause) if op == "is_not" else clause


@dataclass(frozen=True, kw_only=True)
class YesNoField(Field):
    """Yes or no. `column` is a clause itself; where it is NULL it is neither."""

    kind: ClassVar[str] = "yes_no"
    own_operators: ClassVar[tuple[str, ...]] = ("is",)

    def check_value(self, op: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise NotValid(_("“%(field)s” is asked with yes or no.", field=self.label), field="value")

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        return self._positive(self.column if value else not_(self.column))


@dataclass(frozen=True, kw_only=True)
class MomentField(Field):
    """A point in time. Values of before, after, on: `now`, "2026-03-10" (a day in the firm's time zone), an ISO 8601 instant with offset (not of
    `on`), or one of `moments.DAYS`; of last, next (within so much of now), longer_ago, further_ahead: {"count": 7, "unit": "days"}."""

    kind: ClassVar[str] = "moment"
    own_operators: ClassVar[tuple[str, ...]] = ("before", "after", "on", "last", "next", "longer_ago", "further_ahead")

    def check_value(self, op: str, value: Any) -> None:
        if op in ("before", "after", "on"):
            day = (isinstance(value, str) and value in moments.DAYS) or moments.read_date(value) is not None
            if not day and (op == "on" or (value != "now" and moments.read_instant(value) is None)):
                raise NotValid(_("“%(field)s” needs a date.", field=self.label), field="value")
        elif moments.read_span(value) is None:
            raise NotValid(_("“%(field)s” needs a length of time: a whole number and a unit.", field=self.label), field="value")

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        column, zone = self.column, moments.firm_zone()
        if op in ("before", "after", "on"):
            start, end = moments.period(value, now=now, zone=zone)
            clause = {"before": column < start, "after": column >= end, "on": and_(column >= start, column < end)}[op]
            return self._positive(clause)
        count, unit = value["count"], value["unit"]
        edge = moments.shifted(now, count if op in ("next", "further_ahead") else -count, unit, zone=zone)
        clauses = {
            "last": and_(column >= edge, column <= now),
            "next": and_(column >= now, column <= edge),
            "longer_ago": column < edge,
            "further_ahead": column > edge,
        }
        return self._positive(clauses[op])


@dataclass(frozen=True, kw_only=True)
class TagsField(Field):
    """Any number of words. Values: a list of texts. `having(values)` is a clause: the ticket has one of these words (of an empty list: any word at
    all); `column` is not used."""

    column: Any = None
    having: Callable[[Collection[str]], Clause]
    nullable: bool = True
    kind: ClassVar[str] = "tags"
    own_operators: ClassVar[tuple[str, ...]] = ("has_any", "has_all", "has_none")

    def check_value(self, op: str, value: Any) -> None:
        for one in listed(self, value):
            if not isinstance(one, str) or not one.strip() or len(one) > LONGEST or "\0" in one:
                raise self._refuse(one)

    def check_known(self, value: Any, *, personal: bool) -> None:
        if self.options is not None:
            self.refuse_unknown(value, self.options())

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        if op == "has_all":
            return and_(true(), *(self.having([one]) for one in value))
        clause = self.having(value)
        return clause if op == "has_any" else not_(clause)

    def _has_one(self) -> Clause:
        return self.having([])


def listed(field: Field, value: Any) -> list[Any]:
    """The value as a list of at least one. Raises NotValid."""
    if not isinstance(value, list) or not value:
        raise NotValid(_("“%(field)s”: choose at least one.", field=field.label), field="value")
    if len(value) > VALUES:
        raise NotValid(_("“%(field)s” takes at most %(most)d values.", field=field.label, most=VALUES), field="value")
    return value


def joined(match: str, clauses: list[Clause]) -> Clause:
    """All or any of these; of none: every ticket."""
    if not clauses:
        return true()
    return and_(true(), *clauses) if match == "all" else or_(false(), *clauses)
