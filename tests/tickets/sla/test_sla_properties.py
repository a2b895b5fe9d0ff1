"""What holds for every calendar, every start, every pause: searched for counter-examples."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, Pause
from tickets.sla.explain import explain

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Tehran",
    "Asia/Shanghai",
    "Africa/Cairo",
    "Africa/Casablanca",
)
FIRST = datetime(2017, 1, 1, tzinfo=UTC)
SPAN = 3 * 365 * 86_400
NIGHT = ["20:15", "05:45"]


def clock_face(quarter: int) -> str:
    return f"{quarter // 4:02d}:{quarter % 4 * 15:02d}"


@st.composite
def day_windows(draw: Callable[..., Any]) -> list[list[str]]:
    """Up to three windows between 06:00 and 20:00, and perhaps one over midnight."""
    edges = sorted(draw(st.sets(st.integers(24, 80), max_size=6)))
    pairs = [[clock_face(start), clock_face(end)] for start, end in zip(edges[::2], edges[1::2], strict=False)]
    return [*pairs, NIGHT] if draw(st.booleans()) else pairs


dates = st.dates(date(2017, 1, 1), date(2019, 12, 31)).map(date.isoformat)
definitions = st.fixed_dictionaries(
    {
        "timezone": st.sampled_from(ZONES),
        # Thursday always has hours, so every budget is used up some day.
        "hours": st.dictionaries(st.sampled_from(DAYS), day_windows()).map(lambda hours: {**hours, "thu": [["09:00", "17:00"]]}),
        "holidays": st.lists(dates, max_size=30),
        "exceptions": st.dictionaries(dates, day_windows(), max_size=5),
    }
)
calendars = definitions.map(Calendar.from_dict)
instants = st.integers(0, SPAN).map(lambda second: FIRST + timedelta(seconds=second))
near = st.integers(0, 21 * 86_400).map(lambda second: FIRST + timedelta(days=400, seconds=second))
budgets = st.integers(0, 400 * 3600)


@st.composite
def pause_lists(draw: Callable[..., Any]) -> list[tuple[datetime, datetime | None]]:
    """Pauses in any order, overlapping or not."""
    starts = draw(st.lists(near, max_size=6))
    return [(start, start + timedelta(seconds=draw(st.integers(0, 3 * 86_400)))) for start in starts]


@given(calendars, st.tuples(near, near, near).map(sorted), pause_lists())
def test_working_time_is_additive(calendar: Calendar, three: list[datetime], pauses: list[Any]) -> None:
    a, b, c = three
    assert calendar.work_seconds(a, b, pauses) + calendar.work_seconds(b, c, pauses) == calendar.work_seconds(a, c, pauses)


@given(calendars, st.tuples(instants, instants, instants).map(sorted))
def test_working_time_grows_with_time_and_never_faster_than_it(calendar: Calendar, three: list[datetime]) -> None:
    a, b, c = three
    assert 0 <= calendar.work_seconds(a, b) <= calendar.work_seconds(a, c)
    assert calendar.work_seconds(b, c) <= (c - b).total_seconds()
    assert calendar.work_seconds(b, a) == 0


@given(calendars, near, st.integers(1, 400 * 3600), pause_lists())
def test_due_is_the_first_second_at_which_the_budget_is_used_up(
    calendar: Calendar, start: datetime, seconds: int, pauses: list[Any]
) -> None:
    due = calendar.due(start, seconds, pauses)
    assert due is not None
    assert calendar.work_seconds(start, due, pauses) == seconds
    assert calendar.work_seconds(start, due - timedelta(seconds=1), pauses) == seconds - 1


@given(calendars, instants, budgets, budgets)
def test_due_grows_with_the_budget_and_can_be_taken_in_two_steps(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    halfway, whole = calendar.due(start, first), calendar.due(start, first + second)
    assert halfway is not None
    assert whole is not None
    assert start <= halfway <= whole
    assert calendar.due(halfway, second) == whole


@given(calendars, instants, instants, budgets)
def test_an_earlier_start_is_never_due_later(calendar: Calendar, one: datetime, other: datetime, seconds: int) -> None:
    first, last = calendar.due(min(one, other), seconds), calendar.due(max(one, other), seconds)
    assert first is not None
    assert last is not None
    assert first <= last


@given(calendars, near, budgets, pause_lists(), st.randoms(use_true_random=False))
def test_pauses_count_the_same_in_any_order_cut_up_or_repeated(
    calendar: Calendar, start: datetime, seconds: int, pauses: list[Any], dice: Any
) -> None:
    cut = [piece for begin, end in pauses for middle in [begin + (end - begin) / 3] for piece in ((begin, middle), (middle, end))]
    # The second a piece ends in begins the next one, so cutting must be at whole seconds.
    cut = [(begin.replace(microsecond=0), end.replace(microsecond=0)) for begin, end in cut]
    mixed = [*cut, *pauses]
    dice.shuffle(mixed)
    assert calendar.due(start, seconds, mixed) == calendar.due(start, seconds, pauses)
    end = start + timedelta(days=20)
    assert calendar.work_seconds(start, end, mixed) == calendar.work_seconds(start, end, pauses)


@given(calendars, near, budgets, near, st.integers(0, 86_400), st.integers(0, 86_400))
def test_overlapping_pauses_count_as_one(
    calendar: Calendar, start: datetime, seconds: int, begin: datetime, first: int, second: int
) -> None:
    one = (begin, begin + timedelta(seconds=first))
    other = (begin + timedelta(seconds=first // 2), begin + timedelta(seconds=first // 2 + second))
    joined = (begin, max(one[1], other[1]))
    assert calendar.due(start, seconds, [other, one]) == calendar.due(start, seconds, [joined])


@given(definitions, near, st.integers(0, 4 * 24 * 4))
@settings(max_examples=60)
def test_working_time_agrees_with_the_wall_clock_quarter_by_quarter(data: dict[str, Any], start: datetime, quarters: int) -> None:
    """The calendar against the plainest reading of its definition: what does the wall clock show, which date does it belong to?"""
    calendar = Calendar.from_dict(data)
    begin = start.replace(minute=start.minute // 15 * 15, second=0)
    expected = 900 * sum(1 for step in range(quarters) if is_open(data, begin + timedelta(minutes=15 * step)))
    assert calendar.work_seconds(begin, begin + timedelta(minutes=15 * quarters)) == expected


def is_open(data: dict[str, Any], instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(data["timezone"]))
    shown = local.strftime("%H:%M")
    today, yesterday = windows_of(data, local.date()), windows_of(data, local.date() - timedelta(days=1))
    in_day = any(start <= shown < end for start, end in today if start < end)
    return in_day or (NIGHT in today and shown >= NIGHT[0]) or (NIGHT in yesterday and shown < NIGHT[1])


def windows_of(data: dict[str, Any], day: date) -> list[list[str]]:
    if day.isoformat() in data["exceptions"]:
        return list(data["exceptions"][day.isoformat()])
    return [] if day.isoformat() in data["holidays"] else list(data["hours"].get(DAYS[day.weekday()], []))


# What happens to a clock: seconds since the last event, and what.
stories = st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from(("pause", "resume", "stop", "reopen"))), max_size=12)


def tell(calendar: Calendar, start: datetime, story: list[tuple[int, str]]) -> tuple[Clock, int, datetime]:
    """Let a story happen to a clock, adding up its time step by step as a naive implementation would."""
    clock = Clock(ClockKind.RESOLUTION, start)
    running, stopped, used, now = True, False, 0, start
    for seconds, event in story:
        later = now + timedelta(seconds=seconds)
        if running:
            used += calendar.work_seconds(now, later)
        now = later
        if event == "reopen" and stopped:
            clock, running, stopped = clocks.reopen(clock, now), True, False
        elif event == "pause" and not stopped:
            clock, running = clocks.pause(clock, now, "customer"), False
        elif event == "resume" and not stopped:
            clock, running = clocks.resume(clock, now), True
        elif event == "stop" and not stopped:
            clock, running, stopped = clocks.stop(clock, now), False, True
    return clock, used, now


@given(definitions, near, stories)
def test_computing_from_scratch_equals_adding_up_as_it_happens(data: dict[str, Any], start: datetime, story: list[tuple[int, str]]) -> None:
    clock, used, now = tell(Calendar.from_dict(data), start, story)
    assert clocks.used_seconds(clock, Calendar.from_dict(data), now) == used


@given(calendars, near, stories, st.integers(1, 200 * 3600))
def test_what_a_clock_shows_never_contradicts_itself(
    calendar: Calendar, start: datetime, story: list[tuple[int, str]], target: int
) -> None:
    clock, used, now = tell(calendar, start, story)
    due, state = clocks.due_at(clock, calendar, target, now), clocks.state(clock, calendar, target, now)
    assert clocks.remaining_seconds(clock, calendar, target, now) == target - used
    if clock.stopped_at is not None:
        assert state is (clocks.ClockState.BREACHED if used > target else clocks.ClockState.MET)
    elif due is None:
        assert state is clocks.ClockState.PAUSED
        assert used < target
    else:
        assert (state is clocks.ClockState.BREACHED) == (due <= now) == (used >= target)
    if due is not None and clock.stopped_at is None:
        assert clocks.used_seconds(clock, calendar, due) == target


@given(calendars, near, stories, pause_lists(), st.integers(1, 200 * 3600), st.integers(0, 3600))
def test_every_explanation_sums_exactly(
    calendar: Calendar, start: datetime, story: list[tuple[int, str]], pauses: list[Any], target: int, carried: int
) -> None:
    told, _used, now = tell(calendar, start, story)
    extra = tuple(Pause(begin, end, "part") for begin, end in pauses)
    clock = Clock(told.kind, start, (*extra, *told.pauses), told.stopped_at, carried)
    shown = explain(clock, calendar, target, now)
    total = shown.carried_seconds + sum(line.seconds for line in shown.windows) - sum(line.seconds for line in shown.pauses)
    assert total == shown.counted_seconds
    assert shown.counted_seconds + shown.remaining_seconds == shown.target_seconds
    assert shown.due_at == clocks.due_at(clock, calendar, target, now)
    if shown.due_at is None:
        assert shown.counted_seconds == clocks.used_seconds(clock, calendar, now)
    else:
        assert shown.counted_seconds == max(target, carried)
