"""How many SLA computations per second one core does: `python -m bench.calendar`.

Prints one line per kind of computation. The calendar is warmed first, as in a worker that keeps it by version.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, Pause, state
from tickets.sla.explain import explain

HOUR = 3600
SECONDS_PER_BENCH = 1.0
WEEK = {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOLIDAYS = [f"{year}-{day}" for year in range(2023, 2030) for day in ("01-01", "05-01", "10-03", "12-25", "12-26")]
DATA = {"timezone": "Europe/Berlin", "hours": WEEK, "holidays": HOLIDAYS}


def per_second(work: Callable[[datetime], object]) -> float:
    """Runs of `work` per second of processor time, each from another start within three years."""
    dice = random.Random(1)
    first = datetime(2024, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(seconds=dice.randrange(3 * 365 * 86_400)) for _ in range(2000)]
    for start in starts:
        work(start)
    done = 0
    began = time.process_time()
    while time.process_time() - began < SECONDS_PER_BENCH:
        for start in starts:
            work(start)
        done += len(starts)
    return done / (time.process_time() - began)


def main() -> None:
    calendar = Calendar.from_dict(DATA)
    paused = timedelta(hours=1), timedelta(hours=3)

    def clock(start: datetime) -> Clock:
        return Clock(ClockKind.RESOLUTION, start, (Pause(start + paused[0], start + paused[1], "part"),))

    benches: dict[str, Callable[[datetime], object]] = {
        "due, 8 h": lambda start: calendar.due(start, 8 * HOUR),
        "due, 8 h, one pause": lambda start: calendar.due(start, 8 * HOUR, [(start + paused[0], start + paused[1])]),
        "due, 4,000 h (two years)": lambda start: calendar.due(start, 4000 * HOUR),
        "elapsed, 90 days": lambda start: calendar.work_seconds(start, start + timedelta(days=90)),
        "state of a clock with one pause": lambda start: state(clock(start), calendar, 8 * HOUR, start + timedelta(days=1)),
        "explanation, 8 h": lambda start: explain(clock(start), calendar, 8 * HOUR, start + timedelta(days=1)),
        "new calendar and one due, 8 h": lambda start: Calendar.from_dict(DATA).due(start, 8 * HOUR),
    }
    print(f"{'computation':<36}{'per second':>14}")
    for name, work in benches.items():
        print(f"{name:<36}{per_second(work):>14,.0f}")


if __name__ == "__main__":
    main()
