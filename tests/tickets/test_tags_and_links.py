"""Tags and links: what people put on tickets and between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.audit import AuditEntry
from core.auth import services as accounts
from core.db import db as database
from core.errors import Conflict, DomainError, NotFound, NotValid
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program, numbers
from tickets import presenters, queries, rules, services
from tickets.models import Tag, Ticket, TicketLink

LATER = timedelta(minutes=5)


@pytest.fixture
def as_role(app: Flask, make_user: Callable[..., Any], now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Program]:
    """`as_role("agent")` → a Program of a fresh user; business time stands at `now`."""
    monkeypatch.setattr(clock, "now", lambda: now)

    def make(role: str) -> Program:
        user = make_user(role)
        token, secret = accounts.create_token(name="test", user=user, role=role, now=now, actor_id=None)
        token.last_used_at = now
        return Program(app, secret, user.id)

    return make


def tag(ticket: Ticket, *add: str, now: datetime, remove: tuple[str, ...] = ()) -> list[str]:
    services.change_tags(ticket_id=ticket.id, add=add, remove=remove, now=now, actor_id=None)
    return queries.tags_of([ticket.id])[ticket.id]


def link(one: Ticket, kind: str, other: Ticket, now: datetime) -> TicketLink:
    return services.link_tickets(from_id=one.id, to_id=other.id, kind=kind, now=now, actor_id=None)


def last(ticket: Ticket) -> dict[str, Any]:
    return queries.entries_of(ticket.id)[-1].data


def test_a_tag_is_one_however_it_is_spelled(firm: Firm, now: datetime) -> None:
    ticket, other = firm.ticket(), firm.ticket()
    assert tag(ticket, "VIP", " recall  2026 ", now=now) == ["recall 2026", "VIP"]
    assert tag(other, "vip", now=now) == ["VIP"]
    assert database.session.scalar(database.select(database.func.count(Tag.id))) == 2
    assert last(ticket)["changes"]["tags"] == {"from": [], "to": ["recall 2026", "VIP"]}


def test_tags_of_two_colleagues_stand_beside_each_other(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    seen = ticket.version
    tag(ticket, "a", now=now)
    assert tag(ticket, "b", now=now, remove=("nothing",)) == ["a", "b"]
    with pytest.raises(Conflict) as refused:
        services.set_tags(ticket_id=ticket.id, tags=["c"], now=now, actor_id=None, expected_version=seen)
    assert refused.value.details["changes"][0]["field"] == "tags"
    services.set_tags(ticket_id=ticket.id, tags=["b", "c"], now=now, actor_id=None, expected_version=ticket.version)
    assert queries.tags_of([ticket.id])[ticket.id] == ["b", "c"]


def test_the_same_tags_again_change_nothing(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    tag(ticket, "a", now=now)
    version, entries = ticket.version, len(queries.entries_of(ticket.id))
    tag(ticket, "A", now=now + LATER)
    assert (ticket.version, len(queries.entries_of(ticket.id))) == (version, entries)


@pytest.mark.parametrize("name", [" ", "x" * 51, "a,b"])
def test_what_cannot_be_a_tag_is_refused(firm: Firm, now: datetime, name: str) -> None:
    ticket = firm.ticket()
    with pytest.raises(NotValid) as refused:
        tag(ticket, "fine", name, now=now)
    assert (refused.value.field, queries.tags_of([ticket.id])[ticket.id]) == ("tags", [])


def test_a_ticket_has_at_most_thirty_tags(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    tag(ticket, *(str(number) for number in range(rules.TAGS_AT_MOST)), now=now)
    with pytest.raises(NotValid):
        tag(ticket, "one more", now=now)
    assert len(tag(ticket, "one more", now=now, remove=("0",))) == rules.TAGS_AT_MOST


def test_renaming_and_merging_tags_reach_every_ticket_and_the_audit(firm: Firm, now: datetime) -> None:
    one, both = firm.ticket(), firm.ticket()
    tag(one, "urgnt", now=now)
    tag(both, "urgnt", "hurry", now=now)
    ids = {row.name: row.id for row in database.session.scalars(database.select(Tag))}
    with pytest.raises(Conflict) as refused:
        services.rename_tag(tag_id=ids["urgnt"], name="Hurry", now=now, actor_id=None)
    assert (refused.value.code, refused.value.details) == ("tag_exists", {"tag_id": ids["hurry"]})
    services.rename_tag(tag_id=ids["urgnt"], name="Urgnt", now=now, actor_id=None)
    services.merge_tags(tag_id=ids["urgnt"], into_id=ids["hurry"], now=now, actor_id=None)
    assert queries.tags_of([one.id, both.id]) == {one.id: ["hurry"], both.id: ["hurry"]}
    database.session.expire_all()
    assert database.session.get(Tag, ids["urgnt"]) is None
    renamed = database.select(AuditEntry.action).where(AuditEntry.action.startswith("tag.")).order_by(AuditEntry.id)
    assert database.session.scalars(renamed).all() == ["tag.renamed", "tag.merged"]
    with pytest.raises(NotValid):
        services.merge_tags(tag_id=ids["hurry"], into_id=ids["hurry"], now=now, actor_id=None)
    services.remove_tag(tag_id=ids["hurry"], now=now, actor_id=None)
    assert queries.tags_of([one.id])[one.id] == []
    with pytest.raises(NotFound):
        services.remove_tag(tag_id=ids["hurry"], now=now, actor_id=None)


def test_links_show_on_both_sides_and_in_both_timelines(firm: Firm, now: datetime) -> None:
    one, other = firm.ticket(), firm.ticket(subject="Main leak")
    made = link(one, "duplicate", other, now)
    assert link(one, "duplicate", other, now).id == made.id
    assert [(found["kind"], found["number"], found["to"]) for found in presenters.ticket(one)["links"]] == [
        ("duplicate", other.number, False)
    ]
    assert [(found["kind"], found["number"], found["to"]) for found in presenters.ticket(other)["links"]] == [
        ("duplicate", one.number, True)
    ]
    assert last(one)["linked"] == {"kind": "duplicate", "number": other.number, "to": False}
    assert last(other)["linked"] == {"kind": "duplicate", "number": one.number, "to": True}
    services.unlink(ticket_id=other.id, link_id=made.id, now=now, actor_id=None)
    assert presenters.ticket(one)["links"] == []
    assert last(one)["unlinked"]["number"] == other.number
    with pytest.raises(NotFound):
        services.unlink(ticket_id=one.id, link_id=made.id, now=now, actor_id=None)


@pytest.mark.parametrize("kind", rules.LINKS_BY_HAND)
def test_a_circle_of_links_is_refused_over_any_number_of_tickets(firm: Firm, now: datetime, kind: str) -> None:
    first, second, third = firm.ticket(), firm.ticket(), firm.ticket()
    link(first, kind, second, now)
    link(second, kind, third, now)
    with pytest.raises(Conflict) as refused:
        link(third, kind, first, now)
    assert refused.value.code == "circular"
    assert database.session.scalar(database.select(database.func.count(TicketLink.id))) == 2
    other = next(each for each in rules.LINKS_BY_HAND if each != kind)
    link(third, other, first, now)  # another sort of link is no circle


def test_links_that_mean_nothing_are_refused(firm: Firm, now: datetime) -> None:
    one, other = firm.ticket(), firm.ticket()
    for kind in ("follow_up", "friend"):
        with pytest.raises(NotValid):
            link(one, kind, other, now)
    with pytest.raises(NotValid):
        link(one, "child", one, now)
    with pytest.raises(DomainError):
        services.link_tickets(from_id=one.id, to_id=999_999, kind="child", now=now, actor_id=None)


def test_a_linked_tickets_page_follows_the_others_status(firm: Firm, now: datetime) -> None:
    one, other = firm.ticket(), firm.ticket()
    link(one, "child", other, now)
    database.session().info.pop("live.touched", None)
    services.resolve(ticket_id=other.id, now=now, actor_id=None)
    assert "ticket" in database.session().info["live.touched"]["touched"][f"ticket:{one.number}"]


def test_tags_and_links_over_the_api(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    agent, admin = as_role("agent"), as_role("admin")
    one, other = firm.ticket(), firm.ticket()
    path = f"/tickets/{one.number}"
    assert agent("POST", f"{path}/tags", {"tags": ["Recall", "vip"]}).json["tags"] == ["Recall", "vip"]
    assert agent("DELETE", f"{path}/tags", {"tags": ["VIP"]}).json["tags"] == ["Recall"]
    assert agent("PATCH", path, {"tags": ["Recall", "b"]}).json["tags"] == ["b", "Recall"]
    assert numbers(agent("GET", "/tickets?tags=recall,B")) == [one.number]
    assert agent("GET", "/tickets?tags=recall").json["items"][0]["tags"] == ["b", "Recall"]
    assert numbers(agent("GET", "/tickets?tags=recall,nobody")) == []
    bulk = {"numbers": [one.number, other.number], "changes": {"add_tags": ["all"], "remove_tags": ["b"]}}
    assert agent("POST", "/tickets/bulk", bulk).json["changed"] == [one.number, other.number]
    assert [(found["name"], found["tickets"]) for found in agent("GET", "/tags?text=re").json["items"]] == [("Recall", 1)]
    tag_id = agent("GET", "/tags?text=all").json["items"][0]["id"]
    assert agent("PATCH", f"/tags/{tag_id}", {"name": "every"}).status_code == 403
    assert admin("PATCH", f"/tags/{tag_id}", {"name": "every"}).json == {"id": tag_id, "name": "every", "tickets": 2}
    assert admin("PATCH", f"/tags/{tag_id}", {"name": "RECALL"}).json["code"] == "tag_exists"
    into = agent("GET", "/tags?text=recall").json["items"][0]["id"]
    assert admin("POST", f"/tags/{tag_id}/merging", {"into_id": into}).json["tickets"] == 2
    assert admin("POST", "/tags", {"name": "new"}).status_code == 201
    assert admin("DELETE", f"/tags/{into}").status_code == 204
    assert admin("DELETE", f"/tags/{into}").status_code == 404

    made = agent("POST", f"{path}/links", {"kind": "child", "number": other.number, "to": True})
    assert (made.status_code, [(found["kind"], found["to"]) for found in made.json["links"]]) == (201, [("child", True)])
    assert agent("POST", f"{path}/links", {"kind": "child", "number": other.number}).json["code"] == "circular"
    assert agent("POST", f"{path}/links", {"kind": "split", "number": other.number}).status_code == 422
    link_id = made.json["links"][0]["id"]
    assert agent("DELETE", f"{path}/links/{link_id}").json["links"] == []
    assert agent("DELETE", f"{path}/links/{link_id}").status_code == 404
