"""Day plans of 25 to 1,000 jobs with parts, ours beside plain insertion, PyVRP, OR-Tools and VROOM: `python -m bench.plan [jobs …] [--seconds S …]`.

Every engine gets the same processor seconds and one thread, one after the other on each instance; `--only` and `--without` choose among them.
Every answer is judged by the law first: what it forbids is taken out ("out") until the plan is sound. Then: served jobs, score (duty, lateness,
unserved and changes, in thousands of seconds), travel and lateness in hours, wall and processor time. At last an urgent job comes at eleven: what
has begun stays, the engine plans the rest anew (from its own plan where it can), and "moved" counts the jobs that change technician.

The instances are the same everywhere: drawn by `bench.plan_days.instance` from fixed seeds, a little more work than there is time for.
`--solomon FILE …` plans the published files of that name instead, through `flask plan solve`, beside the engines.

The engines live in an environment of their own, .bench/plan-venv, made once from bench/requirements-plan.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import mean

from bench.plan_days import HOUR, URGENT, instance, interrupted, solomon
from bench.plan_judge import sound
from bench.plan_rivals import ENGINES, Answer, Orders, Question
from dispatch.planning.problem import Kind, Plan, Problem
from dispatch.planning.reading import read_problem
from dispatch.planning.search import replan, solve
from dispatch.planning.search.answers import write
from dispatch.planning.search.kernel import Kernel
from dispatch.planning.search.tables import Tables
from dispatch.planning.simulating import check, cost

ROOT = Path(__file__).parent.parent
ENVIRONMENT, REQUIREMENTS = ROOT / ".bench/plan-venv", ROOT / "bench/requirements-plan.txt"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
SIZES = (25, 100, 300, 1000)
SECONDS = (1.0, 20.0)
SEEDS = (1, 2)
LARGEST = {"pyvrp": 400}  # jobs; a matrix for each technician's skills would take 3.4 GB for 1,000
ELEVEN = 11 * HOUR
AGAIN = 2.0  # processor seconds for the rest of the day after an urgent job
MOST_CHANGES = 2  # jobs that may change technician for it
REPEAT = 0.9  # of its processor seconds an engine that stops by the wall must have had

Start = Plan | None
Found = tuple[Plan, int, float, float, str]  # a sound plan, jobs taken out for it, wall and processor seconds, a note
Engine = Callable[[Problem, float, Start], Found]


def environment() -> Path:
    """The Python of the engines' environment, made when there is none for these requirements yet."""
    python, stamp = ENVIRONMENT / "bin/python", ENVIRONMENT / ".stamp"
    wanted = sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"bench: installing {REQUIREMENTS.name} into {ENVIRONMENT.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        quietly = ("--quiet", "--quiet", "--disable-pip-version-check")
        install: list[str | Path] = [python, "-m", "pip", "install", *quietly, "--requirement", REQUIREMENTS]
        if subprocess.run(install, check=False).returncode:
            raise SystemExit(f"bench: {REQUIREMENTS.name} could not be installed; --without pyvrp ortools vroom does without")
        stamp.write_text(wanted)
    return python


def inserted(regret: int) -> Engine:
    """Insertion alone: one by one in the order given (0), or by regret, at most 400 at a time."""

    def plan(problem: Problem, seconds: float, start: Start) -> Found:
        wall, processor = time.perf_counter(), time.process_time()
        tables = Tables(problem)
        kernel = Kernel(tables)
        step = 400 if regret else 1
        for first in range(0, len(problem.jobs), step):
            kernel.insert(range(first, min(first + step, len(problem.jobs))), regret)
        found = write(problem, tables, kernel)
        return found, 0, time.perf_counter() - wall, time.process_time() - processor, ""

    return plan


def ours(problem: Problem, seconds: float, start: Start) -> Found:
    """What the product does; from a plan on with `MOST_CHANGES` jobs that change technician."""
    wall, processor = time.perf_counter(), time.process_time()
    if start is None:
        found = solve(problem, seconds=seconds, clock=time.process_time)
    else:
        found = replan(problem, seconds=seconds, most_changes=MOST_CHANGES, start=start, clock=time.process_time)
    return found.plan, 0, time.perf_counter() - wall, time.process_time() - processor, ""


def rival(name: str) -> Engine:
    """One of the engines in the environment of its own."""

    def plan(problem: Problem, seconds: float, start: Start) -> Found:
        wall = seconds
        while True:
            question = Question(engine=name, problem=problem, seconds=wall, start=None if start is None else orders_of(start))
            command: list[str | Path] = [environment(), "-c", "from bench.plan_rivals import main; main()"]
            asked = subprocess.run(
                command, input=pickle.dumps(question), stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}, check=False, cwd=ROOT
            )
            if asked.returncode:
                raise SystemExit(f"bench: {name} failed")
            answer: Answer = pickle.loads(asked.stdout)
            if name != "vroom" or answer.note or answer.processor >= REPEAT * seconds:
                break
            wall *= 1.1 * seconds / answer.processor  # others were at the processor too
        found, out = sound(problem, answer.orders)
        return found, out, answer.wall, answer.processor, answer.note

    return plan


def orders_of(plan: Plan) -> Orders:
    """The stops of a plan without its breaks."""
    return {route.technician: [(stop.kind, stop.id) for stop in route.stops if stop.kind is not Kind.BREAK] for route in plan.routes}


PLAIN = {"greedy insertion": inserted(0), "regret-2 insertion": inserted(2)}
SEARCHES: dict[str, Engine] = {"ours": ours, **{name: rival(name) for name in ENGINES}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one engine made of one instance."""

    served: int
    out: int
    score: float
    travel: float
    late: float
    wall: float
    processor: float
    moved: float
    urgent: float
    note: str


def judged(problem: Problem, found: Found, engine: Engine, urgent: bool) -> Row:
    """The figures of a plan; with `urgent` also those of the rest of the day with the urgent job, planned by the same engine."""
    plan, out, wall, processor, note = found
    faults = check(problem, plan)
    if faults:
        raise SystemExit(f"bench: a rule is broken: {faults[0]}")
    costs = cost(problem, plan)
    moved, came = float("nan"), float("nan")
    if urgent:
        rest, before = interrupted(problem, plan, ELEVEN)
        after = engine(rest, AGAIN, before)[0]
        then, now = people(before), people(after)
        moved = sum(id in now and now[id] != who for id, who in then.items())
        came = float(URGENT in now)
    return Row(
        served=len(problem.jobs) - len(plan.unserved),
        out=out,
        score=costs.total / 1000,
        travel=costs.travel / HOUR,
        late=costs.lateness / HOUR,
        wall=wall,
        processor=processor,
        moved=moved,
        urgent=came,
        note=note,
    )


def people(plan: Plan) -> dict[str, str]:
    """By job who does it."""
    return {stop.id: route.technician for route in plan.routes for stop in route.stops if stop.kind is Kind.JOB}


def show(name: str, rows: list[Row]) -> None:
    """One line: the means of an engine's rows."""
    served, out, score, travel, late = (mean(getattr(row, key) for row in rows) for key in ("served", "out", "score", "travel", "late"))
    wall, processor, moved, urgent = (mean(getattr(row, key) for row in rows) for key in ("wall", "processor", "moved", "urgent"))
    notes = ", ".join(sorted({row.note for row in rows if row.note}))
    then = f"{moved:>8.1f}{urgent:>8.0%}" if moved == moved else f"{'':>16}"
    print(
        f"{name:<22}{served:>8.1f}{out:>6.1f}{score:>10.1f}{travel:>9.1f}{late:>8.2f}{wall:>8.1f}{processor:>8.1f}{then}  {notes}".rstrip(),
        flush=True,
    )


def days(jobs: int, seeds: Iterable[int], spans: Iterable[float], engines: Sequence[str], urgent: bool) -> None:
    """The table of one size."""
    problems = [instance(jobs, seed) for seed in seeds]
    print(f"\n{jobs} jobs, {len(problems[0].technicians)} technicians, mean of {len(problems)} instances")
    print(
        f"{'':<22}{'served':>8}{'out':>6}{'score, k':>10}{'travel h':>9}{'late h':>8}{'wall s':>8}{'cpu s':>8}"
        + (f"{'moved':>8}{'urgent':>8}" if urgent else "")
    )
    for name, plain in PLAIN.items():
        show(name, [judged(problem, plain(problem, 0.0, None), plain, False) for problem in problems])
    for seconds in spans:
        rows: dict[str, list[Row]] = {name: [] for name in engines if jobs <= LARGEST.get(name, jobs)}
        for problem in problems:  # engines take turns, so that a busy minute of the machine meets all
            for name in rows:
                rows[name].append(judged(problem, SEARCHES[name](problem, seconds, None), SEARCHES[name], urgent))
        for name in set(engines) - set(rows):
            print(f"{name}: not asked for more than {LARGEST[name]} jobs")
        for name, some in rows.items():
            show(f"{name}, {seconds:g} s", some)


def published(files: Iterable[Path], seconds: float, engines: Iterable[str]) -> None:
    """Solomon's files: ours as anybody gets it, by `flask plan solve`; lengths in the published units."""
    print(
        f"\nvehicle routing with time windows, {seconds:g} s: length, vehicles, jobs left\n{'':<12}"
        + "".join(f"{one:>22}" for one in engines)
    )
    for file in files:
        data = solomon(file)
        problem = read_problem(data)
        shown = []
        for name in engines:
            if name == "ours":
                command: list[str | Path] = [ROOT / "script/flask", "plan", "solve", "--seconds", str(seconds)]
                told = subprocess.run(command, input=json.dumps(data).encode(), stdout=subprocess.PIPE, check=True).stdout
                found = json.loads(told)
                length, vehicles, left = found["cost"], len(found["routes"]), len(found["unserved"])
            else:
                plan = SEARCHES[name](problem, seconds, None)[0]
                length, vehicles, left = cost(problem, plan).total, len(plan.routes), len(plan.unserved)
            shown.append(f"{length / 10:>12.1f}{vehicles:>5}{left:>5}")
        print(f"{file.stem:<12}" + "".join(shown), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Day plans: ours beside greedy and regret insertion, PyVRP, OR-Tools and VROOM.")
    parser.add_argument("jobs", nargs="*", type=int, default=SIZES)
    parser.add_argument("--seconds", nargs="+", type=float, default=SECONDS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--only", nargs="+", choices=SEARCHES, default=list(SEARCHES))
    parser.add_argument("--without", nargs="+", choices=SEARCHES, default=[])
    parser.add_argument("--no-urgent", action="store_true", help="leave out the urgent job")
    parser.add_argument("--solomon", nargs="+", type=Path, metavar="FILE", help="plan these instead, for the first of --seconds")
    arguments = parser.parse_args()
    engines = [name for name in arguments.only if name not in arguments.without]
    if arguments.solomon:
        published(arguments.solomon, arguments.seconds[0], engines)
        return
    for jobs in arguments.jobs:
        days(jobs, arguments.seeds, arguments.seconds, engines, not arguments.no_urgent)


if __name__ == "__main__":
    main()
