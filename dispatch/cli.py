"""Commands of the dispatch package: `flask plan solve`, `flask plan check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, BinaryIO

import click
from flask.cli import AppGroup

from dispatch.planning.problem import Problem
from dispatch.planning.reading import PlanInputError, read_plan, read_problem, write_plan
from dispatch.planning.reasons import reasons
from dispatch.planning.search import Solution, replan, solve
from dispatch.planning.simulating import Cost, check, cost

LONGEST = 86_400.0  # seconds of thinking


class BrokenPlanError(RuntimeError):
    """The search gave a plan that breaks a rule: nobody is to drive it."""


plan_cli = AppGroup("plan", help="Plans: who goes where, when, with what.")


@plan_cli.command("solve", with_appcontext=False)
@click.option(
    "--seconds", type=click.FloatRange(0, LONGEST), required=True, help="How long to improve the plan; 0: the first plan at once."
)
@click.option(
    "--most-changes", type=click.IntRange(0), help="Give no more jobs than this to another person than their previous_technician."
)
@click.argument("file", type=click.File("rb"), default="-")
def solve_command(seconds: float, most_changes: int | None, file: BinaryIO) -> None:
    """Plan: a JSON problem from FILE or standard input, the JSON plan to standard output.

    Needs no database. Ends with status 1 and one line on standard error when the input cannot be planned.
    """
    if seconds != seconds:  # NaN is in every range
        raise click.BadParameter("must be a number of seconds.", param_hint="--seconds")
    try:
        problem = read_problem(_parsed(file))
    except PlanInputError as error:
        raise click.ClickException(str(error)) from error
    try:
        if most_changes is None:
            solution = solve(problem, seconds=seconds)
        else:
            solution = replan(problem, seconds=seconds, most_changes=most_changes)
        found = answer(problem, solution)
    except BrokenPlanError as error:
        raise click.ClickException(f"Internal error: {error}") from error
    click.echo(json.dumps(found))


@plan_cli.command("check", with_appcontext=False)
@click.argument("file", type=click.File("rb"), default="-")
def check_command(file: BinaryIO) -> None:
    """Check: JSON {"problem": …, "plan": …} from FILE or standard input; broken rules and cost as JSON to standard output.

    Needs no database. Ends with status 1 when a rule is broken, or with one line on standard error when the input cannot be read.
    """
    data = _parsed(file)
    if not isinstance(data, dict) or not {"problem", "plan"} <= data.keys():
        raise click.ClickException("The input is an object with the keys problem and plan.")
    try:
        problem = read_problem(data["problem"], at="problem")
        plan = read_plan(data["plan"], at="plan")
    except PlanInputError as error:
        raise click.ClickException(str(error)) from error
    faults = check(problem, plan)
    named = [
        {"code": one.code.value, "technician": one.technician, "subject": one.subject, "facts": dict(one.facts), "sentence": str(one)}
        for one in faults
    ]
    click.echo(json.dumps({"faults": named, "cost": cost(problem, plan).total, "costs": _costs(cost(problem, plan))}, indent=1))
    if faults:
        raise click.exceptions.Exit(1)


def answer(problem: Problem, solution: Solution) -> dict[str, object]:
    """A solution as JSON has it, with what it costs and why jobs are left. Raises BrokenPlanError, which names the first fault."""
    faults = check(problem, solution.plan)
    if faults:
        raise BrokenPlanError(f"The plan of {solution.engine} breaks {len(faults)} rules. {faults[0]}")
    why = {id: reason.written() for id, reason in reasons(problem, solution.plan.unserved).items()}
    spent = cost(problem, solution.plan)
    return {
        "cost": spent.total,
        "costs": _costs(spent),
        "engine": solution.engine,
        "seconds_used": solution.seconds_used,
        "partial": solution.partial,
        **write_plan(solution.plan, why),
    }


def _costs(spent: Cost) -> dict[str, object]:
    return {**asdict(spent), "objective": spent.objective.value}


def _parsed(file: BinaryIO) -> Any:
    try:
        return json.load(file)
    except (ValueError, RecursionError) as error:  # not JSON, or not in UTF-8; lists in lists without end
        raise click.ClickException(f"The input is not JSON: {error}") from error
