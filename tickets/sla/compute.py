"""The pure command: cases in, due times or working seconds out.

A case is `{"kind": "due" | "elapsed", "timezone", "hours", "holidays", "exceptions", "paused_utc", "start_utc"}` plus
`"work_seconds"` (for due: the budget) or `"end_utc"` (for elapsed). `holidays`, `exceptions` and `paused_utc` may be
missing, as may the `name`; further keys are left alone.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tickets.sla.calendar import Calendar
from tickets.sla.errors import N_, CaseError, SlaInputError
from tickets.sla.instants import PauseSpan

_CALENDAR_KEYS = ("timezone", "hours", "holidays", "exceptions")


def compute(cases: object) -> list[dict[str, object]]:
    """Answer each case with `{"due_utc": ISO 8601 | None}` or `{"work_seconds": int}`, in order.

    `due_utc` is None when the budget is never used up (no working time, a pause without an end). Raises CaseError naming
    the case by its position (from 0) and name.
    """
    if not isinstance(cases, list):
        raise CaseError(N_("Expected a list of cases, found %(type)s."), type=type(cases).__name__)
    return [_answer_named(index, case) for index, case in enumerate(cases)]


def _answer_named(index: int, case: object) -> dict[str, object]:
    name = case.get("name", "") if isinstance(case, Mapping) else ""
    try:
        if not isinstance(case, Mapping):
            raise CaseError(N_("expected an object, found %(value)r."), value=case)
        return _answer(case)
    except SlaInputError as error:
        raise CaseError(N_("Case %(index)s (%(name)r): %(reason)s"), index=index, name=name, reason=str(error)) from error


def _answer(case: Mapping[str, object]) -> dict[str, object]:
    calendar = Calendar.from_dict({key: case[key] for key in _CALENDAR_KEYS if key in case})
    start = _instant(case, "start_utc")
    pauses = _pauses(case.get("paused_utc", []))
    kind = case.get("kind")
    if kind == "due":
        due = calendar.due(start, _seconds(case, "work_seconds"), pauses)
        return {"due_utc": None if due is None else due.isoformat()}
    if kind == "elapsed":
        return {"work_seconds": calendar.work_seconds(start, _instant(case, "end_utc"), pauses)}
    raise CaseError(N_("kind is 'due' or 'elapsed', found %(value)r."), value=kind)


def _seconds(case: Mapping[str, object], key: str) -> int:
    value = case.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CaseError(N_("%(key)s is a whole number of seconds, 0 or more, found %(value)r."), key=key, value=value)
    return value


def _instant(case: Mapping[str, object], key: str) -> datetime:
    return _parse_instant(case.get(key), key)


def _parse_instant(value: object, key: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC, as the keys say."""
    try:
        if isinstance(value, str):
            instant = datetime.fromisoformat(value)
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CaseError(N_("%(key)s is an ISO 8601 date and time, found %(value)r."), key=key, value=value)


def _pauses(value: object) -> list[PauseSpan]:
    """`[[from, until], …]`; until null: not ended."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise CaseError(N_("paused_utc is a list of [from, until] pairs, found %(value)r."), value=value)
    return [_pause(pair) for pair in value]


def _pause(pair: object) -> PauseSpan:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise CaseError(N_("paused_utc is a list of [from, until] pairs, found %(value)r."), value=pair)
    until = None if pair[1] is None else _parse_instant(pair[1], "paused_utc")
    return _parse_instant(pair[0], "paused_utc"), until
