"""Articles over the API and as pages: who may what, and how refusals are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from core.search_api import SEARCH
from tests.tickets.knowledge.conftest import PUMP, Desk
from tests.tickets.test_api import Program

FIRST = {"language": "en", "title": "The pump is loud", "body": PUMP, "models": ["WM-7"], "tags": ["pump"]}


def test_an_agent_writes_and_a_supervisor_publishes(desk: Desk, as_role: Callable[[str], Program]) -> None:
    agent, supervisor = as_role("agent"), as_role("supervisor")
    ticket = desk.firm.ticket(subject="Loud pump")
    made = agent("POST", "/articles", {**FIRST, "ticket": ticket.number})
    assert (made.status_code, made.json["status"], made.json["ticket"]) == (201, "draft", ticket.number)
    path = f"/articles/{made.json['id']}"
    assert agent("POST", f"{path}/publication", {}).status_code == 403
    assert agent("PATCH", path, {"public": True, "version": made.json["version"]}).json["public"] is True
    body = {"language": "en", "title": "The pump is loud", "body": f"{PUMP}<p>Call +49 30 23125100</p>", "base": 1, "note": "Number"}
    assert agent("POST", f"{path}/versions", body).json["findings"] == [{"kind": "phone", "text": "+49 30 23125100"}]
    refused = supervisor("POST", f"{path}/publication", {})
    assert (refused.status_code, refused.json["code"], len(refused.json["findings"])) == (422, "private_data", 1)
    shown = supervisor("POST", f"{path}/publication", {"confirmed": ["+49 30 23125100"], "seen": {"en": 2}}).json
    assert (shown["status"], shown["lines"][0]["published"]["number"]) == ("published", 2)
    assert shown["lines"][0]["address"] == f"/help/articles/en/{made.json['id']}"
    assert [row["note"] for row in agent("GET", f"{path}/versions?language=en").json["items"]] == ["Number", ""]
    told = agent("GET", f"{path}/versions/2/difference?language=en").json
    assert [part["text"] for part in told["text"] if part["kind"] == "added"] == ["\n\nCall +49 30 23125100"]
    assert agent("GET", f"{path}/versions/1/difference?language=en").json["old"] is None
    suggested = agent("GET", f"/tickets/{ticket.number}/articles").json
    assert [(one["id"], one["public"]) for one in suggested["items"]] == [(made.json["id"], True)]
    assert [one["id"] for one in suggested["written"]] == [made.json["id"]]
    used = agent("POST", f"/tickets/{ticket.number}/article-uses", {"article_id": made.json["id"], "how": "link"})
    assert (used.status_code, used.json["fallback"]) == (201, False)
    assert agent("GET", "/articles").json["items"][0]["used"] == 1


def test_a_text_saved_over_a_newer_one_answers_with_both(desk: Desk, as_role: Callable[[str], Program]) -> None:
    agent, other = as_role("agent"), as_role("agent")
    path = f"/articles/{agent('POST', '/articles', FIRST).json['id']}"
    save: dict[str, Any] = {"language": "en", "title": "Mine", "base": 1}
    assert other("POST", f"{path}/versions", {**save, "body": "<p>Theirs</p>"}).status_code == 201
    refused = agent("POST", f"{path}/versions", {**save, "body": "<p>Mine</p>"})
    assert (refused.status_code, refused.json["code"], refused.json["theirs"]["body"]) == (409, "newer_version", "<p>Theirs</p>")
    assert agent("POST", f"{path}/versions", {**save, "body": "<p>Mine</p>", "base": 2}).status_code == 201
    back = agent("POST", f"{path}/restorations", {"language": "en", "number": 2, "base": 3})
    assert back.json["lines"][0]["latest"]["body"] == "<p>Theirs</p>"
    assert agent("DELETE", path).status_code == 204
    for late in (
        agent("POST", f"{path}/versions", {**save, "body": PUMP}),
        other("PATCH", path, {"tags": ["x"], "version": 1}),
        other("GET", path),
    ):
        assert (late.status_code, late.json["code"]) == (404, "not_found")


def test_what_cannot_be_used_is_said_beside_its_field(as_role: Callable[[str], Program], desk: Desk) -> None:
    agent = as_role("agent")
    for wrong, field in (
        ({"title": " "}, "title"),
        ({"body": "<script>alert(1)</script>"}, "body"),
        ({"body": "x" * 150_000}, "body"),
        ({"language": "fr"}, "language"),
        ({"kinds": ["haunted"]}, "kinds.0"),
        ({"file_ids": [10**9]}, "file_ids"),
    ):
        refused = agent("POST", "/articles", {**FIRST, **wrong})
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert agent("POST", "/articles", {**FIRST, "category_id": 10**9}).status_code == 404
    assert agent("GET", "/articles/99999999999999999999").status_code == 404
    assert agent("GET", "/articles").json["items"] == []


def test_categories_are_kept_by_those_who_publish(as_role: Callable[[str], Program], desk: Desk) -> None:
    agent, supervisor = as_role("agent"), as_role("supervisor")
    assert agent("POST", "/article-categories", {"names": {"en": "Pumps"}}).status_code == 403
    made = supervisor("POST", "/article-categories", {"names": {"en": "Pumps"}}).json
    assert (
        supervisor("PATCH", f"/article-categories/{made['id']}", {"names": {"en": "Pump room"}, "position": 2}).json["name"] == "Pump room"
    )
    agent("POST", "/articles", {**FIRST, "category_id": made["id"]})
    assert agent("GET", "/articles?text=room").json["items"][0]["category"] == "Pump room"
    assert [row["articles"] for row in agent("GET", "/article-categories").json["items"]] == [1]
    assert supervisor("DELETE", f"/article-categories/{made['id']}").status_code == 409


def test_marks_reviews_and_the_archive_over_the_api(desk: Desk, as_role: Callable[[str], Program]) -> None:
    agent, supervisor = as_role("agent"), as_role("supervisor")
    path = f"/articles/{desk.published(review_by=desk.now.date()).id}"
    assert agent("PUT", f"{path}/mark", {"helpful": False, "comment": "Too short"}).json["mine"]["comment"] == "Too short"
    assert [row["comment"] for row in agent("GET", f"{path}/marks").json["items"]] == ["Too short"]
    assert agent("DELETE", f"{path}/mark").json["not_helpful"] == 0
    assert supervisor("POST", f"{path}/review", {"review_by": "2027-03-10"}).json["review_by"] == "2027-03-10"
    assert supervisor("POST", f"{path}/archival").json["status"] == "archived"
    assert (agent("GET", "/articles").json["items"], len(agent("GET", "/articles?status=archived").json["items"])) == ([], 1)
    assert supervisor("DELETE", f"{path}/archival").json["status"] == "published"
    assert supervisor("DELETE", f"{path}/publication").json["status"] == "draft"


def test_the_pages_are_there_for_who_may_open_them(desk: Desk, sign_in: Callable[..., FlaskClient]) -> None:
    article, ticket = desk.published(), desk.firm.ticket()
    agent = sign_in("agent")
    for path in (
        "/knowledge",
        "/knowledge/new",
        f"/knowledge/new?ticket={ticket.number}",
        f"/knowledge/{article.id}",
        f"/knowledge/{article.id}/edit",
    ):
        assert agent.get(path).status_code == 200, path
    assert agent.get("/knowledge/categories").status_code == 403
    assert sign_in("supervisor").get("/knowledge/categories").status_code == 200
    assert sign_in("technician").get("/knowledge").status_code == 403
    assert agent.get("/knowledge/99999999").status_code == 404
    found = agent.get("/api/v1/search?q=vinegar").json["results"]
    assert [(one["kind"], one["address"]) for one in found] == [("article", f"/knowledge/{article.id}")]
    assert "articles" in {name for _weight, name, _find in SEARCH.fillers}
