"""The long fault run: two hundred kills under traffic, in random order, then everything is counted.

    script/bench faults [--kills 200] [--seed 1]

The same run as `tests/faults/test_road_survives.py`, which does everything once. Starts a demonstration of its own. Ends with 1 when an accepted
input has not exactly one effect, something is left open, or the open board is not what a fresh fetch says.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.faults.boards import open_board
from tests.faults.road import GIVEN_UP, effects
from tests.faults.run import FREEZABLE, QUEUES_WATCHED, VICTIMS, Run, flowing, wrong
from tests.installation import demonstration


def disturb(run: Run, dice: random.Random) -> None:
    """One kill, freeze or emptied Redis."""
    what = dice.choice([*VICTIMS, "FLUSHALL", *(f"SIGSTOP {duty}" for duty in FREEZABLE)])
    if what == "FLUSHALL":
        run.empty_redis()
    elif what.startswith("SIGSTOP "):
        run.freeze(what.removeprefix("SIGSTOP "))
    else:
        run.kill(what)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench faults", description="Kill processes under traffic and count.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    with demonstration() as installation, flowing(installation) as run:
        queues = [row.id for row in run.records.rows("SELECT id FROM queue ORDER BY position LIMIT :count", count=QUEUES_WATCHED)]
        with open_board(run.traffic.doors.web, ["board", "calls", *(f"queue:{number}" for number in queues)]) as board:
            for number in range(chosen.kills):
                disturb(run, dice)
                time.sleep(dice.uniform(0, 2))
                if number % 10 == 9:
                    print(f"{number + 1} of {chosen.kills}", flush=True)
            left, differences = run.quiet(), board.settle()
            print("\n".join(run.table()))
            print(f"boards: {board.counts()}, different from a fresh fetch: {differences or 'none'}")
        bad = wrong(effects(run.records, run.traffic.book))
        given_up = run.records.rows(GIVEN_UP)
        print(f"wrong: {bad or 'nothing'}; given up: {given_up or 'nothing'}; odd: {run.odd() or 'none'}")
        return 1 if bad or left or differences or given_up or run.odd() else 0


if __name__ == "__main__":
    sys.exit(main())
