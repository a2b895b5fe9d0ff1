"""Custom fields: what they hold, what they refuse, who is told, what keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, DomainError, NotValid
from tests.tickets.conftest import Firm
from tests.tickets.fields.conftest import BUILDINGS
from tests.tickets.test_api import Program
from tickets import queries, services
from tickets.fields import queries as field_queries
from tickets.fields import services as fields
from tickets.fields.models import TicketField, TicketFieldValue
from tickets.fields.values import lacking
from tickets.models import Ticket

Define = Callable[..., TicketField]
GOOD = {
    "room": "B 12",
    "floor": 3,
    "bought": "2025-02-28",
    "building": "north",
    "damage": ["smoke", "water"],
    "insured": False,
}


def index_of(ticket: Ticket) -> dict[str, list[Any]]:
    """What the ticket is found by: key → words and numbers."""
    database.session.flush()
    query = database.select(TicketField.key, TicketFieldValue.word, TicketFieldValue.number).join(TicketField)
    found: dict[str, list[Any]] = {}
    for key, word, number in database.session.execute(
        query.where(TicketFieldValue.ticket_id == ticket.id).order_by(TicketFieldValue.place)
    ):
        found.setdefault(key, []).append(word if word is not None else int(number))
    return found


def test_each_kind_keeps_its_value_and_is_found_by_it(firm: Firm, each_kind: dict[str, TicketField], make_user: Callable[..., Any]) -> None:
    person = firm.person(make_user("agent", name="Ana").id)
    ticket = firm.ticket(fields={**GOOD, "surveyor": person.id})
    assert ticket.fields == {**GOOD, "damage": ["water", "smoke"], "surveyor": person.id}
    day = datetime(2025, 2, 28).toordinal()
    assert index_of(ticket) == {
        "room": ["b 12"], "floor": [3], "bought": [day], "building": ["north"],
        "damage": ["water", "smoke"], "insured": ["false"], "surveyor": [person.id],
    }  # fmt: skip
    services.set_fields(ticket_id=ticket.id, fields={"damage": ["noise"], "room": "", "floor": 4}, actor_id=None, now=firm.now)
    assert "room" not in ticket.fields
    assert (index_of(ticket)["damage"], index_of(ticket)["floor"], "room" in index_of(ticket)) == (["noise"], [4], False)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("room", 12, "not a text"),
        ("floor", "3", "not a number"),
        ("floor", True, "not a number"),
        ("floor", float("nan"), "not a number"),
        ("floor", 3.5, "whole number"),
        ("floor", 81, "At most 80"),
        ("floor", -3, "At least -2"),
        ("bought", "28.02.2025", "2026-12-31"),
        ("bought", "2025-02-30", "2026-12-31"),
        ("building", "west", "not one of the choices"),
        ("damage", "water", "not a list"),
        ("damage", ["fire"], "not one of the choices"),
        ("insured", "yes", "neither yes nor no"),
        ("surveyor", 4711, "refers to nothing"),
        ("nowhere", "x", "There is no field"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_changes(
    firm: Firm, each_kind: dict[str, TicketField], key: str, value: Any, said: str
) -> None:
    ticket = firm.ticket(fields=GOOD)
    version = ticket.version
    with pytest.raises(NotValid) as refused:
        services.set_fields(ticket_id=ticket.id, fields={key: value}, actor_id=None, now=firm.now)
    assert said in str(refused.value)
    assert refused.value.field == f"fields.{key}"
    database.session.refresh(ticket)
    assert (ticket.fields["floor"], ticket.version) == (3, version)


def test_a_change_stands_in_the_timeline_with_the_words_of_then_and_is_told_field_by_field(
    firm: Firm, each_kind: dict[str, TicketField], make_user: Callable[..., Any]
) -> None:
    ana = make_user("agent", name="Ana")
    ticket = firm.ticket(fields={"building": "north", "floor": 1})
    services.set_fields(ticket_id=ticket.id, fields={"building": "south", "floor": 2}, actor_id=ana.id, now=firm.now)
    entry = queries.entries_of(ticket.id)[-1]
    assert (entry.kind, entry.author_name) == ("change", "Ana")
    assert entry.data["changes"] == {
        "fields.building": {
            "from": "north", "to": "south", "kind": "choice", "label": {"en": "Building", "zh_Hans": "楼"},
            "from_name": {"en": "North wing", "zh_Hans": "北楼"}, "to_name": {"en": "South wing"},
        },
        "fields.floor": {"from": 1, "to": 2, "kind": "number", "label": {"en": "Floor"}},
    }  # fmt: skip


def test_two_colleagues_change_two_fields_and_not_one(firm: Firm, each_kind: dict[str, TicketField]) -> None:
    ticket = firm.ticket(fields={"floor": 1})
    seen = ticket.version
    services.set_fields(ticket_id=ticket.id, fields={"floor": 2}, actor_id=None, now=firm.now)
    services.set_fields(ticket_id=ticket.id, fields={"room": "A"}, actor_id=None, now=firm.now, expected_version=seen)
    changes = {"fields": {"floor": 3}}
    with pytest.raises(Conflict) as refused:
        services.change_ticket(ticket_id=ticket.id, changes=changes, actor_id=None, now=firm.now, expected_version=seen)
    assert [change["field"] for change in refused.value.details["changes"]] == ["fields.floor"]
    assert ticket.fields == {"floor": 2, "room": "A"}


def test_a_field_of_other_kinds_of_tickets_is_refused_until_the_kind_changes(firm: Firm, define: Define) -> None:
    define("model_year", "number", ticket_kinds=["fault"])
    ticket = firm.ticket(kind="question")
    with pytest.raises(NotValid, match="do not have the field"):
        services.set_fields(ticket_id=ticket.id, fields={"model_year": 2020}, actor_id=None, now=firm.now)
    changes = {"kind": "fault", "fields": {"model_year": 2020}}
    assert services.change_ticket(ticket_id=ticket.id, changes=changes, actor_id=None, now=firm.now).fields == {"model_year": 2020}
    # Back again: what is there stays, and may go.
    services.set_kind(ticket_id=ticket.id, kind="question", actor_id=None, now=firm.now)
    assert services.set_fields(ticket_id=ticket.id, fields={"model_year": None}, actor_id=None, now=firm.now).fields == {}


def test_what_is_required_when_resolving_holds_the_ticket_until_it_is_there(firm: Firm, define: Define) -> None:
    define("cause", "text", required="resolving", ticket_kinds=["fault"])
    ticket = firm.ticket()
    with pytest.raises(DomainError) as refused:
        services.resolve(ticket_id=ticket.id, actor_id=None, now=firm.now)
    assert (refused.value.code, refused.value.details["missing"]) == ("fields_missing", [{"field": "fields.cause", "label": "Cause"}])
    assert ticket.status == "new"
    services.set_fields(ticket_id=ticket.id, fields={"cause": "Valve"}, actor_id=None, now=firm.now)
    assert services.resolve(ticket_id=ticket.id, actor_id=None, now=firm.now).status == "resolved"
    assert services.resolve(ticket_id=firm.ticket(kind="question").id, actor_id=None, now=firm.now).status == "resolved"


def test_a_field_that_another_one_makes_required(firm: Firm, define: Define) -> None:
    define("insured", "yes_no")
    define("policy_number", "text", required="when", required_when={"field": "insured", "op": "is", "value": [True]})
    free, covered = firm.ticket(fields={"insured": False}), firm.ticket(fields={"insured": True})
    assert lacking(free, "resolving") == []
    assert [one["field"] for one in lacking(covered, "opening")] == ["fields.policy_number"]
    with pytest.raises(DomainError, match="Policy_number"):
        services.resolve(ticket_id=covered.id, actor_id=None, now=firm.now)


def test_a_mail_is_never_refused_for_a_field(firm: Firm, define: Define) -> None:
    define("floor", "number", required="opening")
    assert firm.ticket().status == "new"
    with pytest.raises(NotValid, match="Floor"):
        firm.ticket(asked=True)
    assert firm.ticket(asked=True, fields={"floor": 0}).fields == {"floor": 0}


def test_the_form_of_a_kind_asks_for_what_every_ticket_has(firm: Firm) -> None:
    assert field_queries.asks_of("maintenance")["equipment_id"] == "opening"
    with pytest.raises(NotValid, match="Equipment"):
        firm.ticket(kind="maintenance", asked=True)
    fields.set_form(kind="maintenance", asks={"equipment_id": "asked", "contact_email": "resolving"}, now=firm.now, actor_id=None)
    ticket = firm.ticket(kind="maintenance", asked=True)
    assert [one["field"] for one in lacking(ticket, "resolving")] == ["contact_email"]
    for wrong in ({"colour": "asked"}, {"site_id": "always"}):
        with pytest.raises(NotValid):
            fields.set_form(kind="maintenance", asks=wrong, now=firm.now, actor_id=None)
    assert field_queries.asks()["fault"] == field_queries.asks_of("fault")


def test_a_field_in_use_is_not_deleted_but_retired_and_used_again(firm: Firm, each_kind: dict[str, TicketField], define: Define) -> None:
    define("wing", "text", required="when", required_when={"field": "building", "op": "filled"})
    ticket = firm.ticket(fields={"building": "north"})
    row, common = each_kind["building"], {"now": firm.now, "actor_id": None}
    with pytest.raises(DomainError) as refused:
        fields.remove_field(field_id=row.id, **common)
    assert (refused.value.code, [use["what"] for use in refused.value.details["uses"]]) == ("in_use", ["tickets", "field"])
    assert "1 ticket, the field “Wing”" in str(refused.value)
    fields.retire_field(field_id=row.id, **common)
    with pytest.raises(NotValid, match="not used any more"):
        services.set_fields(ticket_id=firm.ticket().id, fields={"building": "south"}, **common)
    services.set_fields(ticket_id=ticket.id, fields={"building": "north", "floor": 2}, **common)
    assert ticket.fields == {"building": "north", "floor": 2}
    fields.use_again(field_id=row.id, **common)
    assert firm.ticket(fields={"building": "south"}).fields == {"building": "south"}
    fields.remove_field(field_id=each_kind["insured"].id, **common)
    assert "insured" not in field_queries.by_key()
    actions = list(database.session.scalars(database.select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions[-3:] == ["ticket_field.retired", "ticket_field.used_again", "ticket_field.removed"]


def test_a_choice_is_renamed_and_keeps_its_tickets_but_is_not_taken_away(firm: Firm, each_kind: dict[str, TicketField]) -> None:
    ticket, common = firm.ticket(fields={"building": "south"}), {"now": firm.now, "actor_id": None}
    field_id = each_kind["building"].id
    renamed = [BUILDINGS[0], {"key": "south", "labels": {"en": "Annexe"}}]
    fields.update_field(field_id=field_id, options={"choices": renamed}, **common)
    assert ticket.fields == {"building": "south"}
    with pytest.raises(DomainError) as refused:
        fields.update_field(field_id=field_id, options={"choices": BUILDINGS[:1]}, **common)
    assert refused.value.details == {"choices": {"south": 1}}
    assert "Annexe" in str(refused.value)
    retired = [BUILDINGS[0], {**renamed[1], "retired": True}, {"labels": {"en": "North wing"}}]
    found = fields.update_field(field_id=field_id, options={"choices": retired}, **common)
    assert [one["key"] for one in found.options["choices"]] == ["north", "south", "north_wing"]
    with pytest.raises(NotValid, match="not one of the choices"):
        firm.ticket(fields={"building": "south"})
    services.set_fields(ticket_id=ticket.id, fields={"building": "south"}, **common)
    fields.update_field(field_id=field_id, options={"choices": [*renamed]}, **common)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "colour"},
        {"kind": "text", "labels": {"en": " "}},
        {"kind": "text", "labels": {"fr": "Étage"}},
        {"kind": "text", "key": "Floor!"},
        {"kind": "text", "options": {"unit": "m"}},
        {"kind": "choice"},
        {"kind": "choice", "options": {"choices": [{"key": "a", "labels": {"en": "A"}}, {"key": "a", "labels": {"en": "B"}}]}},
        {"kind": "choice", "options": {"choices": 7}},
        {"kind": "choice", "options": {"choices": ["A"]}},
        {"kind": "choice", "options": {"choices": [{"labels": {"en": 7}}]}},
        {"kind": "number", "options": {"decimals": ["2"]}},
        {"kind": "number", "options": {"min": "low"}},
        {"kind": "text", "required": "when", "required_when": {"field": ["priority"], "op": "is", "value": 3}},
        {"kind": "number", "options": {"min": 3, "max": 2}},
        {"kind": "number", "options": {"decimals": 9}},
        {"kind": "reference", "options": {"to": "moon"}},
        {"kind": "reference", "options": {"to": "customer"}, "public": True},
        {"kind": "text", "ticket_kinds": ["party"]},
        {"kind": "text", "required": "when"},
        {"kind": "text", "required": "when", "required_when": {"field": "priority", "op": "is", "value": ["soon"]}},
        {"kind": "text", "required": "when", "required_when": {"field": "gone", "op": "filled"}},
        {"kind": "text", "required": "sometimes"},
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(firm: Firm, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotValid):
        fields.create_field(**{"labels": {"en": "Floor"}, **wrong}, now=firm.now, actor_id=None)
    assert field_queries.definitions() == []


def test_fields_through_the_api(firm: Firm, as_role: Callable[[str], Program]) -> None:
    admin, agent = as_role("admin"), as_role("agent")
    body = {"kind": "choice", "labels": {"en": "Building"}, "options": {"choices": BUILDINGS}, "required": "opening"}
    assert agent("POST", "/ticket-fields", body).status_code == 403
    made = admin("POST", "/ticket-fields", body)
    assert (made.status_code, made.json["key"], made.json["label"]) == (201, "building", "Building")
    assert admin("POST", "/ticket-fields", {**body, "key": "building"}).json["code"] == "field_exists"
    opened = {"subject": "Cold", "queue_id": firm.queue.id}
    lacks = agent("POST", "/tickets", opened)
    assert (lacks.status_code, lacks.json["code"], lacks.json["missing"][0]["field"]) == (422, "fields_missing", "fields.building")
    ticket = agent("POST", "/tickets", {**opened, "fields": {"building": "north"}}).json
    assert (ticket["fields"], ticket["field_names"]) == ({"building": "north"}, {})
    wrong = agent("PATCH", f"/tickets/{ticket['number']}", {"fields": {"building": "moon"}})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["fields.building"])
    assert agent("GET", "/tickets").json["items"][0]["fields"] == {"building": "north"}
    address = f"/ticket-fields/{made.json['id']}"
    assert admin("PATCH", address, {"labels": {"en": "House"}}).json["label"] == "House"
    assert admin("GET", f"{address}/uses").json["items"] == [{"what": "tickets", "count": 1}]
    refused = admin("DELETE", address)
    assert (refused.status_code, refused.json["uses"]) == (409, [{"what": "tickets", "count": 1}])
    assert admin("POST", f"{address}/retirement").json["retired"] is True
    assert agent("POST", "/tickets", opened).status_code == 201
    assert admin("DELETE", f"{address}/retirement").json["retired"] is False
    other = admin("POST", "/ticket-fields", {"kind": "reference", "labels": {"en": "Follows"}, "options": {"to": "ticket"}}).json
    order = admin("POST", "/ticket-field-order", {"ids": [other["id"], made.json["id"]]})
    assert [one["key"] for one in order.json["items"]] == ["follows", "building"]
    assert admin("POST", "/ticket-field-order", {"ids": [other["id"]]}).status_code == 409
    patched = agent("PATCH", f"/tickets/{ticket['number']}", {"fields": {"follows": ticket["number"]}}).json
    assert patched["field_names"] == {"follows": f"#{ticket['number']} Cold"}
    assert admin("DELETE", f"/ticket-fields/{other['id'] + 1000}").status_code == 404
    kinds = admin("PATCH", "/ticket-kinds/fault", {"asks": {"equipment_id": "opening"}})
    assert kinds.json["asks"]["equipment_id"] == "opening"
    assert agent("POST", "/tickets", {**opened, "fields": {"building": "north"}}).json["missing"][0]["field"] == "equipment_id"
    assert admin("PATCH", "/ticket-kinds/party", {"asks": {}}).status_code == 422


def test_a_list_costs_the_same_whatever_its_tickets_refer_to(
    firm: Firm, as_role: Callable[[str], Program], define: Define, make_user: Callable[..., Any]
) -> None:
    define("seen_by", "reference", to="person")
    define("twin", "reference", to="ticket")
    agent = as_role("agent")
    counted = []
    for more in (1, 6):
        for number in range(more):
            person = firm.person(make_user("agent", name=f"P{number}").id)
            firm.ticket(fields={"seen_by": person.id, "twin": firm.ticket().number})
        database.session.commit()
        statements: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = statements) -> None:
            seen.append(statement)

        database.event.listen(database.engine.engine, "before_cursor_execute", count)
        try:
            items = agent("GET", "/tickets?limit=50").json["items"]
        finally:
            database.event.remove(database.engine.engine, "before_cursor_execute", count)
        assert sum(bool(item["field_names"]) for item in items) >= more
        counted.append(len([statement for statement in statements if statement.startswith("SELECT")]))
    assert counted[0] == counted[1]
