"""What the board's filters leave, how that is written in an address, and the order of stops on the map; the browser's own modules, in node."""

from __future__ import annotations

from typing import Any

from tests.javascript import evaluate

JOB = {"id": 3, "name": "Service", "minutes": 60, "skills": [{"id": 7, "name": "Gas", "level": 2}]}
PLAIN = {"id": 4, "name": "Look", "minutes": 30, "skills": []}
PEOPLE = [
    {"id": 1, "name": "Ana", "branch_id": 10, "branch": "Berlin", "skills": [{"id": 7, "name": "Gas", "level": 2}]},
    {"id": 2, "name": "Bo", "branch_id": 20, "branch": "Hamburg", "skills": []},
]


def visit(number: int, person: int | None, **more: Any) -> dict[str, Any]:
    """A booked one of this afternoon that goes as promised."""
    return {
        "number": number,
        "person_id": person,
        "status": "booked",
        "open": True,
        "job_type": JOB,
        "planned_start": "2026-03-10T14:00:00Z",
        "planned_end": "2026-03-10T15:00:00Z",
        "late_seconds": 0,
        "overtime_seconds": 0,
        "cause": "",
        "due_at": None,
        "readiness": None,
        **more,
    }


VISITS = [
    visit(1, 1),
    visit(2, 1, job_type=PLAIN, late_seconds=900, expected_start_at="2026-03-10T16:15:00Z"),
    visit(3, 2, status="proposed", readiness={"state": "short", "lines": [{"part_id": 5}]}),
    visit(4, 2, readiness={"state": "ready", "lines": [{"part_id": 5}]}),
    visit(5, 99, due_at="2026-03-10T13:00:00Z"),  # of somebody who left: whose branch nobody knows
]
LINES = [
    {"number": 100, "branch_id": 10, "job_type": JOB},
    {"number": 101, "branch_id": 20, "job_type": PLAIN},
    {"number": 102, "branch_id": 20, "job_type": None},
]
SETUP = """(() => {
  const people = new Map(given.people.map((one) => [one.id, one]));
  const world = { people, troubled: new Set(["4"]) };
  const left = (search) => {
    const filters = it.readFilters(search);
    const found = [
      given.visits.filter((one) => it.visitFits(one, filters, world)),
      given.people.filter((one) => it.personFits(one, filters)),
      given.lines.filter((one) => it.jobFits(one, filters)),
    ];
    return found.map((rows) => rows.map((row) => row.number ?? row.id));
  };
  return %s;
})()"""
GIVEN = {"people": PEOPLE, "visits": VISITS, "lines": LINES}


def test_filters_leave_what_fits_and_never_drop_what_nobody_knows() -> None:
    asked = {
        "": [[1, 2, 3, 4, 5], [1, 2], [100, 101, 102]],
        "branch=20": [[3, 4, 5], [2], [101, 102]],
        "branch=10&branch=20": [[1, 2, 3, 4, 5], [1, 2], [100, 101, 102]],
        "technician=1": [[1, 2], [1], [100, 101, 102]],
        "skill=7": [[1, 3, 4, 5], [1], [100, 102]],
        "work=4": [[2], [1, 2], [101, 102]],
        "state=at_risk": [[2, 4, 5], [1, 2], [100, 101, 102]],
        "state=not_ready": [[3], [1, 2], [100, 101, 102]],
        "state=unconfirmed&state=at_risk": [[2, 3, 4, 5], [1, 2], [100, 101, 102]],
        "technician=1&state=at_risk": [[2], [1], [100, 101, 102]],
        "branch=x&state=nonsense&technician=1%27": [[1, 2, 3, 4, 5], [1, 2], [100, 101, 102]],
    }
    found = evaluate("dispatch/filters.js", SETUP % "given.asked.map(left)", {**GIVEN, "asked": list(asked)})
    assert dict(zip(asked, found, strict=True)) == asked


def test_an_address_holds_the_filters_and_choices_count_what_the_other_groups_leave() -> None:
    expression = """(() => {
      const filters = it.toggled(it.toggled(it.readFilters("day=2026-03-10&technician=1&technician=1"), "state", "at_risk"), "branch", "99");
      const options = it.choices({ ...given, filters, world });
      const named = (group) => options[group].map((one) => [one.label || one.value, one.count]);
      const counts = [it.count(filters), it.count(it.toggled(filters, "technician", "1"))];
      return [it.addressOf(filters, { day: "2026-03-10" }), ...counts, ...["branch", "technician", "state", "work"].map(named)];
    })()"""
    asked = {**GIVEN, "visits": VISITS[:4]}
    address, count, fewer, branch, technician, state, work = evaluate("dispatch/filters.js", SETUP % expression, asked)
    assert (address, count, fewer) == ("?day=2026-03-10&branch=99&technician=1&state=at_risk", 3, 2)
    assert branch == [["#99", 0], ["Berlin", 1], ["Hamburg", 0]], "what is chosen and not there stays, to be taken away"
    assert technician == [["Ana", 0], ["Bo", 0]]
    assert state == [["at_risk", 0], ["not_ready", 0], ["unconfirmed", 0]]
    assert work == [["Look", 0], ["Service", 0]]


def test_stops_are_numbered_by_the_whole_day_and_people_are_where_they_last_reported() -> None:
    day = [
        visit(1, 1, planned_start="2026-03-10T12:00:00Z"),
        visit(2, 1, planned_start="2026-03-10T08:00:00Z", status="done", ended_at="2026-03-10T08:50:00Z"),
        visit(3, 1, planned_start="2026-03-10T10:00:00Z", status="on_the_way", left_at="2026-03-10T09:50:00Z"),
        visit(4, None),
    ]
    expression = """(() => {
      const days = [...it.stopsOf(given.filter((one) => one.number !== 2), given)];
      const stops = days.map(([id, mine]) => [id, mine.map(({ visit, order }) => [visit.number, order])]);
      const where = [() => true, (one) => one.number !== 3, (one) => one.number === 1].map((known) => it.whereabouts(given.filter(known)));
      const places = [{ latitude: 0, longitude: 0 }, { latitude: null, longitude: 1 }, null];
      return [stops, where.map((at) => at && [at.visit.number, at.status]), places.map(it.located)];
    })()"""
    stops, where, located = evaluate("dispatch/stops.js", expression, day)
    assert stops == [[1, [[3, 2], [1, 3]]]]
    assert where == [[3, "on_the_way"], [2, "ended"], None]
    assert located == [True, False, False]
