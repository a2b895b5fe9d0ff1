"""JSON as `script/flask plan solve` has it → `Problem` and `Plan`, and back. What cannot be planned is refused in one sentence that names its place.

    {"travel": {"kind": "euclidean"}
             | {"kind": "haversine", "speed_kmh": 35, "road_factor": 1.3, "fixed_s": 120}
             | {"kind": "matrix", "seconds": [[…]]},
     "places": [[x, y], …], "objective": "duty" | "travel",
     "warehouses": […], "technicians": […], "jobs": […], "change_cost": 600}

Places are [x, y] in the plane, [longitude, latitude] for haversine; beside a matrix they may be left out. The keys of
warehouses, technicians and jobs are those of the values in `problem` (`break` is `Technician.rest`); what has a default
there may be left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import marshmallow as ma

from dispatch.planning import ways
from dispatch.planning.fields import MOST_PIECES, REQUIRED, Choice, Matrix, Names, Number, Points, Quantities, Span, Text, Whole, refuse
from dispatch.planning.problem import Break, Job, Kind, Objective, Plan, Problem, Route, Stop, Technician, Warehouse

Read = TypeVar("Read")


class PlanInputError(ValueError):
    """The input cannot be planned or checked. `path`: where, as `jobs[3].window`; the message begins with it."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path = path


def read_problem(data: object, *, at: str = "") -> Problem:
    """What is to be planned, of parsed JSON. `at`: the path under which the data stood. Raises PlanInputError."""
    return _load(_ProblemSchema(), data, at, _problem)


def read_plan(data: object, *, at: str = "") -> Plan:
    """A plan of parsed JSON; an answer of `plan solve` is one, its cost and reasons are left aside. Raises PlanInputError.

    Only the shape is asked for: a plan that breaks rules, or speaks of jobs that do not exist, is read, and `check` says so.
    """
    return _load(_PlanSchema(), data, at, lambda loaded: Plan(routes=loaded["routes"], unserved=loaded["unserved"]))


def write_plan(plan: Plan, reasons: Mapping[str, Mapping[str, object]] | None = None) -> dict[str, object]:
    """`{"routes": […], "unserved": […]}` as JSON can hold it. `reasons`: by job what stands beside its id among the unserved."""
    return {
        "routes": [_written_route(route) for route in plan.routes if route.stops],
        "unserved": [{"id": id, **(reasons or {}).get(id, {})} for id in plan.unserved],
    }


def _written_route(route: Route) -> dict[str, object]:
    stops = []
    for stop in route.stops:
        written: dict[str, object] = {"kind": stop.kind.value, "id": stop.id, "arrive": stop.arrive, "start": stop.start, "end": stop.end}
        if stop.kind is Kind.WAREHOUSE or stop.take:
            written["take"] = dict(stop.take)
        stops.append(written)
    return {"technician": route.technician, "depart": route.depart, "return": route.back, "stops": stops}


def _load(schema: ma.Schema, data: object, at: str, make: Callable[[dict[str, Any]], Read]) -> Read:
    try:
        return make(schema.load(data))  # type: ignore[arg-type]
    except ma.ValidationError as error:
        path, sentence = _first(error.messages, at)
        raise PlanInputError(path, sentence) from None


def _first(messages: object, path: str) -> tuple[str, str]:
    """The path and sentence of the first of marshmallow's nested errors."""
    while True:
        if isinstance(messages, Mapping):
            key, messages = next(iter(messages.items()))
            if key != ma.exceptions.SCHEMA:
                path = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else str(key)
        elif isinstance(messages, list):
            messages = messages[0]
        else:
            return path, str(messages)


class _Object(ma.Schema):
    """An object without other keys than those named."""

    error_messages = {"unknown": "is not a key that is known here.", "type": "must be an object."}

    class Meta:
        unknown = ma.RAISE


def _list_of(schema: type[ma.Schema], **options: Any) -> ma.fields.List[Any]:
    invalid = {**REQUIRED, "invalid": "must be a list."}
    one = ma.fields.Nested(schema, error_messages={**REQUIRED, "type": "must be an object."})
    return ma.fields.List(one, error_messages=invalid, **options)


class _BreakSchema(_Object):
    window = Span(required=True)
    seconds = Number(least=0, required=True)

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Break:
        return Break(**data)


class _WarehouseSchema(_Object):
    place = Whole(required=True)
    seconds = Number(least=0)
    stock = Quantities(allow_none=True)
    tools = Names(allow_none=True)
    open = Span(allow_none=True)

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Warehouse:
        return Warehouse(**data)


class _TechnicianSchema(_Object):
    id = Text(required=True)
    start_place = Whole(required=True)
    end_place = Whole(allow_none=True)
    shift = Span(required=True)
    skills = Quantities()
    stock = Quantities()
    tools = Names()
    max_refills = Whole()
    rest = ma.fields.Nested(_BreakSchema, data_key="break", allow_none=True)

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Technician:
        return Technician(**data)


class _JobSchema(_Object):
    id = Text(required=True)
    place = Whole(required=True)
    seconds = Number(least=0, required=True)
    window = Span(allow_none=True)
    due = Number(allow_none=True)
    lateness_cost = Number(least=0)
    skills = Quantities()
    parts = Quantities()
    tools = Names()
    unserved_cost = Number(least=0)
    ready_at = Number()
    crew = Whole(least=1)
    locked_to = Text(allow_none=True)
    locked_start = Number(allow_none=True)
    previous_technician = Text(allow_none=True)

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Job:
        return Job(**data)


class _EuclideanSchema(_Object):
    kind = Text()


class _HaversineSchema(_Object):
    kind = Text()
    speed_kmh = Number(above=0, load_default=35.0)
    road_factor = Number(above=0, load_default=1.3)
    fixed_s = Number(least=0, load_default=120.0)


class _MatrixSchema(_Object):
    kind = Text()
    seconds = Matrix(required=True)


_TRAVEL: Mapping[str, type[ma.Schema]] = {"euclidean": _EuclideanSchema, "haversine": _HaversineSchema, "matrix": _MatrixSchema}


class _Travel(ma.fields.Field[dict[str, Any]]):
    """An object whose `kind` says which other keys it has."""

    default_error_messages = REQUIRED

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise refuse("must be an object", value)
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in _TRAVEL:
            raise refuse("must be " + " or ".join(map(repr, _TRAVEL)), kind, "kind")
        loaded: dict[str, Any] = _TRAVEL[kind]().load(value)
        return loaded


class _ProblemSchema(_Object):
    travel = _Travel(required=True)
    places = Points(load_default=None)
    objective = Choice(*Objective, load_default=Objective.DUTY.value)
    warehouses = _list_of(_WarehouseSchema, load_default=())
    technicians = _list_of(_TechnicianSchema, required=True)
    jobs = _list_of(_JobSchema, required=True)
    change_cost = Number(least=0, load_default=0.0)


class _StopSchema(_Object):
    kind = Choice(*Kind, required=True)
    id = ma.fields.String(load_default="", error_messages={"invalid": "must be a text."})
    arrive = Number(required=True)
    start = Number(required=True)
    end = Number(required=True)
    take = Quantities(least=-MOST_PIECES)  # less than nothing is a fault of the plan, not of its shape

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Stop:
        return Stop(**{**data, "kind": Kind(data["kind"])})


class _RouteSchema(_Object):
    technician = Text(required=True)
    depart = Number(required=True)
    back = Number(required=True, data_key="return")
    stops = _list_of(_StopSchema, required=True)

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> Route:
        return Route(**data)


class _UnservedSchema(_Object):
    id = Text(required=True)

    class Meta:
        unknown = ma.EXCLUDE  # the reason, told to people

    @ma.post_load
    def made(self, data: dict[str, Any], **kwargs: Any) -> str:
        return str(data["id"])


class _PlanSchema(_Object):
    routes = _list_of(_RouteSchema, required=True)
    unserved = _list_of(_UnservedSchema, load_default=())

    class Meta:
        unknown = ma.EXCLUDE  # what `plan solve` says beside the plan


def _problem(loaded: dict[str, Any]) -> Problem:
    """The problem, once everything fits together. Raises PlanInputError's forerunner, a ValidationError by path."""
    travel = _travel(loaded["travel"], loaded["places"])
    problem = Problem(
        travel=travel,
        technicians=loaded["technicians"],
        jobs=loaded["jobs"],
        warehouses=loaded["warehouses"],
        objective=Objective(loaded["objective"]),
        change_cost=loaded["change_cost"],
    )
    _require_once("technicians", problem.technicians)
    _require_once("jobs", problem.jobs)
    places = len(travel)
    for index, warehouse in enumerate(problem.warehouses):
        _require_place(warehouse.place, places, "warehouses", index, "place")
    known = set()
    for index, technician in enumerate(problem.technicians):
        known.add(technician.id)
        _require_place(technician.start_place, places, "technicians", index, "start_place")
        if technician.end_place is not None:
            _require_place(technician.end_place, places, "technicians", index, "end_place")
    for index, job in enumerate(problem.jobs):
        _require_place(job.place, places, "jobs", index, "place")
        if job.locked_to is not None and job.locked_to not in known:
            raise refuse("must be the id of one of the technicians", job.locked_to, "jobs", index, "locked_to")
    return problem


def _travel(travel: Mapping[str, Any], points: list[ways.Point] | None) -> Sequence[Sequence[float]]:
    if travel["kind"] == "matrix":
        rows: list[array[float]] = travel["seconds"]
        if points is not None and len(rows) != len(points):
            raise ma.ValidationError(
                {"travel": {"seconds": [f"must have as many rows as there are places, {len(points)}, found {len(rows)}."]}}
            )
        return rows
    if points is None:
        raise ma.ValidationError({"places": [REQUIRED["required"]]})
    if travel["kind"] == "euclidean":
        return ways.euclidean(points)
    for index, (longitude, latitude) in enumerate(points):
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            raise refuse("must be [longitude, latitude] in degrees", [longitude, latitude], "places", index)
    return ways.haversine(points, speed_kmh=travel["speed_kmh"], road_factor=travel["road_factor"], fixed_s=travel["fixed_s"])


def _require_once(key: str, things: Iterable[Technician | Job]) -> None:
    seen: dict[str, int] = {}
    for index, thing in enumerate(things):
        first = seen.setdefault(thing.id, index)
        if first != index:
            raise refuse(f"must be an id of its own, {key}[{first}] has the same", thing.id, key, index, "id")


def _require_place(place: int, places: int, *path: str | int) -> None:
    if place >= places:
        raise refuse(f"must be the number of one of the {places} places, counted from 0", place, *path)
