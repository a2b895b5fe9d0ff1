"""Which rule a plan breaks, said so that a person can see why a drop was refused.

The core knows no language: a `Fault` carries its code and its facts; `str(fault)` is the English sentence. Who shows it in another language writes a
sentence of its own for the code and fills in the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    """What is wrong. Before the dot stands the rule (`Fault.rule`)."""

    SKILL_MISSING = "skill.missing"
    SKILL_LEVEL = "skill.level"
    SHIFT_EARLY = "shift.early"
    SHIFT_LATE = "shift.late"
    WINDOW_EARLY = "window.early"
    WINDOW_LATE = "window.late"
    READY_AT = "ready_at.early"
    STOCK_VAN = "stock.van"
    STOCK_WAREHOUSE = "stock.warehouse"
    STOCK_NEGATIVE = "stock.negative"
    STOCK_UNKNOWN = "stock.unknown"
    STOCK_ELSEWHERE = "stock.elsewhere"
    TOOL_MISSING = "tool.missing"
    CREW_NUMBER = "crew.number"
    CREW_START = "crew.start"
    CREW_PARTS = "crew.parts"
    CREW_TOOLS = "crew.tools"
    LOCK_TECHNICIAN = "lock.technician"
    LOCK_START = "lock.start"
    OVERLAP = "overlap.start"
    TRAVEL_ARRIVES = "travel.arrives"
    TRAVEL_STARTS = "travel.starts"
    TRAVEL_BACK = "travel.back"
    DURATION = "duration.short"
    REFILLS = "refills.many"
    WAREHOUSE_CLOSED = "warehouse.closed"
    WAREHOUSE_UNKNOWN = "warehouse.unknown"
    BREAK_MISSING = "break.missing"
    BREAK_EARLY = "break.early"
    BREAK_LATE = "break.late"
    BREAK_NONE = "break.none"
    BREAK_TWICE = "break.twice"
    JOB_TWICE = "job.twice"
    JOB_UNKNOWN = "job.unknown"
    JOB_BOTH = "job.both"
    JOB_NEITHER = "job.neither"
    TECHNICIAN_UNKNOWN = "technician.unknown"
    TECHNICIAN_TWICE = "technician.twice"


_SENTENCES: Mapping[Code, str] = {
    Code.SKILL_MISSING: "%(technician)s does job %(subject)s without having the skill %(skill)s (level %(needed)s).",
    Code.SKILL_LEVEL: "%(technician)s has %(skill)s at level %(has)s; job %(subject)s needs level %(needed)s.",
    Code.SHIFT_EARLY: "%(technician)s departs at %(time)s, before the shift begins at %(limit)s.",
    Code.SHIFT_LATE: "%(technician)s is back at %(time)s, after the shift ends at %(limit)s.",
    Code.WINDOW_EARLY: "Job %(subject)s starts at %(time)s, before its window opens at %(limit)s.",
    Code.WINDOW_LATE: "Job %(subject)s starts at %(time)s, after its window closes at %(limit)s.",
    Code.READY_AT: "Job %(subject)s starts at %(time)s, but is not ready before %(limit)s.",
    Code.STOCK_VAN: "Job %(subject)s needs %(needed)s of part %(part)s; the van of %(technician)s holds %(has)s then.",
    Code.STOCK_WAREHOUSE: "Warehouse %(subject)s has %(has)s of part %(part)s; with what %(technician)s takes it would give %(needed)s.",
    Code.STOCK_NEGATIVE: "%(technician)s takes %(taken)s of part %(part)s at warehouse %(subject)s: less than nothing.",
    Code.STOCK_UNKNOWN: "Warehouse %(subject)s does not keep part %(part)s, of which %(technician)s takes %(taken)s.",
    Code.STOCK_ELSEWHERE: "%(technician)s takes %(taken)s of part %(part)s at a stop that is not at a warehouse.",
    Code.TOOL_MISSING: "Job %(subject)s needs the tool %(tool)s; %(technician)s does not have it then.",
    Code.CREW_NUMBER: "Job %(subject)s needs %(needed)s technicians and has %(has)s.",
    Code.CREW_START: "Those who do job %(subject)s do not start together: %(technician)s starts at %(time)s, the first at %(limit)s.",
    Code.CREW_PARTS: "None of those who do job %(subject)s brings all its parts; %(part)s is short (%(needed)s needed).",
    Code.CREW_TOOLS: "None of those who do job %(subject)s brings all its tools; %(tool)s is missing.",
    Code.LOCK_TECHNICIAN: "Job %(subject)s is locked to %(locked)s and planned without.",
    Code.LOCK_START: "Job %(subject)s is locked to the start %(limit)s; %(technician)s starts at %(time)s.",
    Code.OVERLAP: "%(technician)s starts %(stop)s at %(time)s, before the stop before it ends at %(limit)s.",
    Code.TRAVEL_ARRIVES: "%(technician)s arrives at %(stop)s at %(time)s; the way allows %(limit)s at the earliest.",
    Code.TRAVEL_STARTS: "%(technician)s starts %(stop)s at %(time)s, before arriving at %(limit)s.",
    Code.TRAVEL_BACK: "%(technician)s is back at %(time)s; the way allows %(limit)s at the earliest.",
    Code.DURATION: "%(technician)s ends %(stop)s after %(has)s seconds; it takes %(needed)s.",
    Code.REFILLS: "%(technician)s stops at warehouses %(has)s times; %(needed)s are allowed.",
    Code.WAREHOUSE_CLOSED: "%(technician)s starts at warehouse %(subject)s at %(time)s; it is open from %(opens)s to %(closes)s.",
    Code.WAREHOUSE_UNKNOWN: "%(technician)s stops at warehouse %(subject)r, which does not exist.",
    Code.BREAK_MISSING: "%(technician)s is under way from %(departs)s to %(back)s without the break that begins by %(limit)s.",
    Code.BREAK_EARLY: "%(technician)s begins the break at %(time)s, before its window opens at %(limit)s.",
    Code.BREAK_LATE: "%(technician)s begins the break at %(time)s, after its window closes at %(limit)s.",
    Code.BREAK_NONE: "%(technician)s has no break, but one is planned.",
    Code.BREAK_TWICE: "%(technician)s has one break, but %(has)s are planned.",
    Code.JOB_TWICE: "Job %(subject)s stands in the plan %(has)s times.",
    Code.JOB_UNKNOWN: "Job %(subject)r does not exist.",
    Code.JOB_BOTH: "Job %(subject)s is done and also among those not done.",
    Code.JOB_NEITHER: "Job %(subject)s is neither done nor among those not done.",
    Code.TECHNICIAN_UNKNOWN: "Technician %(technician)r does not exist.",
    Code.TECHNICIAN_TWICE: "%(technician)s has %(has)s routes.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One broken rule. `technician`: whose route, None where the whole plan is meant. `subject`: the job's id, the warehouse's number as text, ""
    where the route as such is meant. `facts`: strings and numbers (seconds, quantities, levels) that the sentence tells."""

    code: Code
    technician: str | None = None
    subject: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        """What the code stands under: skill, shift, window, stock, crew…"""
        return self.code.value.partition(".")[0]

    def __str__(self) -> str:
        values = {name: readable(value) for name, value in self.facts.items()}
        return _SENTENCES[self.code] % {**values, "technician": self.technician, "subject": self.subject}


def readable(value: object) -> object:
    """Numbers as a person reads them: milliseconds at most, no `.0`."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
