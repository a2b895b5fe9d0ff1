"""The optimiser: from a problem to a plan, within a given time. `solve` and `replan` are all that others need."""

from dispatch.planning.search.replanning import replan
from dispatch.planning.search.solving import Progress, Solution, solve

__all__ = ["Progress", "Solution", "replan", "solve"]
