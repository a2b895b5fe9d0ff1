"""Articles are found by words, by misspelt titles, in Chinese; and those like a ticket come with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.db import db as database
from core.errors import DomainError, NotFound, NotValid
from tests.tickets.knowledge.conftest import Desk
from tests.tickets.test_api import Program
from tickets import services as tickets
from tickets.knowledge import presenters, publishing, queries, searching, using
from tickets.knowledge.models import Article

DRAIN = "<p>Clean the lint filter behind the flap at the bottom, then the drain pump.</p>"


def found(text: str, **filters: Any) -> list[int]:
    return [article_id for article_id, _language in searching.found(text, queries.Filters(**filters))]


@pytest.fixture
def shelf(desk: Desk) -> dict[str, Article]:
    return {
        "pump": desk.published("The pump is loud", models=["WM-7"], public=True),
        "drain": desk.published("Washing machine does not drain", DRAIN, kinds=["fault"], public=True),
        "ice": desk.published("冰箱结冰怎么办", "<p>检查门封条，除霜后再开机。</p>", "zh_Hans", public=True),
        "inner": desk.published("Secret service menu", "<p>Hold the drain and spin buttons for five seconds.</p>"),
        "draft": desk.draft("Drain hose too long", "<p>Cut it.</p>"),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("vinegar", ["pump"]),
        ("lint filt", ["drain"]),
        ("washng machin", ["drain"]),
        ("门封", ["ice"]),
        ("结冰", ["ice"]),
        ("冰结", []),
        ("wm-7", ["pump"]),
        ("!?", []),
        ("nothing like it", []),
    ],
)
def test_words_beginnings_misspelt_titles_and_chinese_find_an_article(shelf: dict[str, Article], text: str, names: list[str]) -> None:
    assert found(text) == [shelf[name].id for name in names]


def test_a_word_in_the_title_counts_more_than_one_in_the_text(shelf: dict[str, Article]) -> None:
    assert found("drain")[0] in (shelf["drain"].id, shelf["draft"].id)
    assert found("drain")[-1] == shelf["inner"].id
    assert found("drain", status="draft") == [shelf["draft"].id]
    assert set(found("drain", public=True)) == {shelf["drain"].id}


def test_a_changed_text_is_found_by_its_new_words_once_it_is_published(desk: Desk, shelf: dict[str, Article]) -> None:
    desk.save(shelf["pump"], "<p>Use citric acid</p>", base=1)
    assert (found("citric"), found("vinegar")) == ([], [shelf["pump"].id])
    desk.publish(shelf["pump"])
    assert (found("citric"), found("vinegar")) == ([shelf["pump"].id], [])
    publishing.archive(article_id=shelf["pump"].id, now=desk.now, actor_id=desk.sam.id)
    assert (found("citric"), found("citric", status="archived")) == ([], [shelf["pump"].id])


def similar(subject: str, **more: Any) -> list[tuple[int, list[str]]]:
    return [(one.article_id, one.matches) for one in searching.similar(subject=subject, **more)]


def test_articles_like_a_ticket_say_which_words_they_share(shelf: dict[str, Article]) -> None:
    hits = similar("Washer drains badly", message="Hello, the filter is clean. Please help!")
    assert hits[0] == (shelf["drain"].id, ["drains", "clean", "filter"])
    assert shelf["draft"].id not in dict(hits), "nobody is offered a draft"
    assert similar("Hello, please", message="thank you and the regards") == []
    assert similar("冰箱一直结冰") == [(shelf["ice"].id, ["冰箱", "结冰"])]
    assert similar("Something else", model="WM-7") == [(shelf["pump"].id, ["wm"])]
    assert [one for one, _why in similar("service buttons", only_public=True)] == []


def test_one_word_in_a_text_alone_suggests_nothing(shelf: dict[str, Article]) -> None:
    assert similar("flap") == []
    assert similar("flap and bottom")[0][0] == shelf["drain"].id


def test_a_tickets_suggestions_follow_what_the_customer_says(desk: Desk, shelf: dict[str, Article]) -> None:
    ticket = desk.firm.ticket(subject="Trouble")
    assert presenters.suggestions(ticket, now=desk.now)["items"] == []
    tickets.receive_message(ticket_id=ticket.id, text="The pump is so loud", now=desk.now, channel="web", author_name="Ada")
    items = presenters.suggestions(ticket, now=desk.now)["items"]
    assert [(one["id"], one["matches"]) for one in items] == [(shelf["pump"].id, ["loud", "pump"])] or items[0]["id"] == shelf["pump"].id
    tickets.receive_message(
        ticket_id=ticket.id, text="Out of office: drain lint", now=desk.now, channel="web", author_name="Ada", automatic=True
    )
    assert presenters.suggestions(ticket, now=desk.now)["items"] == items


def test_an_article_goes_into_an_answer_in_the_customers_language_and_is_counted(desk: Desk, shelf: dict[str, Article]) -> None:
    ticket = desk.firm.ticket(language="zh_Hant")

    def use(name: str, how: str = "text", into: str = "reply") -> using.Insertion:
        return using.use_article(article=shelf[name], ticket=ticket, how=how, into=into, now=desk.now, actor_id=desk.ana.id)

    assert (use("ice").text, use("ice").language, use("ice").fallback) == ("检查门封条，除霜后再开机。", "zh_Hans", True)
    assert use("pump", "link").text.endswith(f"/help/articles/en/{shelf['pump'].id}")
    assert use("inner", into="note").text.startswith("Hold the drain")
    for name, code in (("inner", "internal"), ("draft", "move")):
        with pytest.raises(DomainError) as refused:
            use(name)
        assert refused.value.code == code
    counted = queries.uses([row.id for row in shelf.values()], desk.now)
    assert counted == {shelf["ice"].id: (1, 1), shelf["pump"].id: (1, 1), shelf["inner"].id: (1, 1)}
    assert queries.uses([shelf["ice"].id], desk.now + queries.RECENTLY) == {shelf["ice"].id: (1, 0)}


def test_one_changes_ones_mind_about_an_article(desk: Desk, shelf: dict[str, Article]) -> None:
    common: dict[str, Any] = {"article_id": shelf["pump"].id, "now": desk.now, "actor_id": desk.ana.id}
    using.mark(helpful=True, comment="", **common)
    using.mark(helpful=False, comment=" Step 2 is missing ", **common)
    assert queries.marks([shelf["pump"].id]) == {shelf["pump"].id: (0, 1)}
    assert [row.comment for row in queries.marks_of(shelf["pump"].id)] == ["Step 2 is missing"]
    with pytest.raises(NotValid):
        using.mark(helpful=True, comment="x" * 2001, **common)
    with pytest.raises(NotFound):
        using.mark(**{**common, "article_id": 10**9}, helpful=True, comment="")
    using.unmark(article_id=shelf["pump"].id, actor_id=desk.ana.id)
    assert queries.marks([shelf["pump"].id]) == {}


def test_an_article_written_from_a_ticket_begins_with_what_was_asked_and_done(desk: Desk) -> None:
    ticket = desk.firm.ticket(subject="Boiler leaks", language="zh_Hans")
    tickets.receive_message(ticket_id=ticket.id, text="It drips.", now=desk.now, channel="web", author_name="Ada")
    tickets.reply(ticket_id=ticket.id, text="We tightened the valve.", now=desk.now, actor_id=desk.ana.id, channel="web")
    begun = using.written_down(ticket)
    assert (begun["title"], begun["language"], begun["kinds"]) == ("Boiler leaks", "zh_Hans", ["fault"])
    assert [section["text"] for section in begun["sections"]] == ["It drips.", "We tightened the valve."]


def test_a_list_of_many_costs_as_many_statements_as_one_of_few(desk: Desk, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    counted = []
    for titles in (["Pump one"], [f"Pump {number}" for number in range(8)]):
        for title in titles:
            desk.published(title)
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, into: list[str] = seen) -> None:
            into.append(statement)

        database.session.commit()
        database.event.listen(database.engine.engine, "before_cursor_execute", note)
        try:
            assert len(agent("GET", "/articles").json["items"]) == len(agent("GET", "/articles?text=pump").json["items"]) > 0
        finally:
            database.event.remove(database.engine.engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[0] == counted[1]
