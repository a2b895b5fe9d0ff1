"""Messages spoilt at random, read without exception, loss or delay: `script/bench mail_fuzz [HOW_MANY] [FIRST]` (100,000 from 0)."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter

from callcenter.mail.parsing import parse
from tests.callcenter.mail.parsing.mutating import mutated, seeds, wrong_with

SECONDS = 2.0  # of processor time for one message
MEGABYTES = 200  # beyond what the first thousand took
SHOWN = 20


def main() -> int:
    """Prints the figures; status 1 when something was wrong, with the numbers that repeat it."""
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    originals, wrong, taken, size = seeds(), dict[int, str](), list[float](), 0
    repaired, warm = Counter[str](), 0
    begun = time.process_time()
    for number in range(first, first + how_many):
        raw = mutated(number, originals)
        size += len(raw)
        before = time.process_time()
        try:
            mail = parse(raw)
        except Exception as error:
            wrong[number] = f"{type(error).__name__}: {error}"
            continue
        taken.append(time.process_time() - before)
        problem = wrong_with(raw, mail) or (f"took {taken[-1]:.2f} s" if taken[-1] > SECONDS else "")
        if problem:
            wrong[number] = problem
        repaired["repaired" if mail.problems else "read as it was"] += 1
        if number - first == min(1_000, how_many - 1):
            warm = _megabytes()
    taken.sort()
    grown = _megabytes() - warm
    figures = {
        "messages": how_many,
        "originals": len(originals),
        "bytes": size,
        **repaired,
        "milliseconds_median": round(taken[len(taken) // 2] * 1000, 2),
        "milliseconds_p99": round(taken[len(taken) * 99 // 100] * 1000, 2),
        "milliseconds_worst": round(taken[-1] * 1000, 1),
        "megabytes_most": _megabytes(),
        "megabytes_grown": grown,
        "processor_seconds": round(time.process_time() - begun, 1),
        "wrong": len(wrong),
    }
    print(json.dumps(figures, indent=2))
    for number, problem in list(wrong.items())[:SHOWN]:
        print(f"{number}: {problem}")
    return 1 if wrong or grown > MEGABYTES else 0


def _megabytes() -> int:
    """The most this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
