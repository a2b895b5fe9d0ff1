"""Articles at work: offered on a ticket, put into answers, marked as helpful or not, written down from a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.db import db
from core.errors import DomainError, NotValid
from tickets.knowledge import queries, rules, searching
from tickets.knowledge.models import Article, ArticleMark, ArticleUse
from tickets.models import Entry, Ticket

ENOUGH = 20_000  # characters of one message


@dataclass(frozen=True, slots=True)
class Insertion:
    """What goes into the composer. `fallback`: the article is not there in the customer's language."""

    text: str
    language: str
    fallback: bool


def suggested(ticket: Ticket) -> list[searching.Similar]:
    """Articles like the ticket: its subject, the customer's last message, the equipment's model."""
    return searching.similar(
        subject=ticket.subject,
        message=_message(ticket.id, first=False),
        model=ticket.equipment.model if ticket.equipment is not None else "",
        kind=ticket.kind,
    )


def _message(ticket_id: int, *, first: bool, kinds: tuple[str, ...] = ("message_in",)) -> str:
    order = Entry.id.asc() if first else Entry.id.desc()
    query = select(Entry.new_text, Entry.text).where(Entry.ticket_id == ticket_id, Entry.kind.in_(kinds))
    by_people = Entry.data["automatic"].astext.is_distinct_from("true")
    row = db.session.execute(query.where(by_people).order_by(order).limit(1)).first()
    return (row.new_text or row.text)[:ENOUGH] if row is not None else ""


def use_article(*, article: Article, ticket: Ticket, how: str, into: str, now: datetime, actor_id: int) -> Insertion:
    """Count the use, and give what to write: the text, or a link to the public page, in the customer's language as far as it is there.

    `into`: reply or note. Raises DomainError (code `internal`) for what customers may not read, (code `move`) for what is not published.
    """
    if article.status != "published":
        raise DomainError(lazy_gettext("This article is not published."), code="move")
    if not article.public and (into == "reply" or how == rules.LINK):
        raise DomainError(lazy_gettext("This article is internal: customers may not read it."), code="internal")
    lines = queries.current(article, published=True)
    language = rules.nearest(ticket.language, lines)
    if language is None:
        raise DomainError(lazy_gettext("This article is not published."), code="move")
    counted = insert(ArticleUse).values(article_id=article.id, ticket_id=ticket.id, user_id=actor_id, language=language, how=how, at=now)
    again = {"language": language, "how": how, "at": now}
    db.session.execute(counted.on_conflict_do_update(index_elements=["article_id", "ticket_id", "user_id"], set_=again))
    row = lines[language]
    text = row.text if how == rules.TEXT else f"{row.title}\n{address_of(article.id, language)}"
    return Insertion(text=text, language=language, fallback=language != ticket.language)


def address_of(article_id: int, language: str) -> str:
    """The public page, for mails and other programs."""
    base: str = current_app.config["CALLOUT"].public_base_url
    return base + path_of(article_id, language)


def path_of(article_id: int, language: str) -> str:
    """The public page's path."""
    return f"/help/articles/{rules.tag_of(language)}/{article_id}"


def mark(*, article_id: int, helpful: bool, comment: str, now: datetime, actor_id: int) -> None:
    """One's opinion, in place of an earlier one. Raises NotFound, NotValid for a comment that is too long."""
    if len(comment) > rules.LONGEST_COMMENT:
        raise NotValid(lazy_gettext("A comment has at most %(count)d characters.", count=rules.LONGEST_COMMENT), field="comment")
    values = {"helpful": helpful, "comment": comment.strip(), "at": now}
    made = insert(ArticleMark).values(article_id=queries.one(article_id).id, user_id=actor_id, **values)
    db.session.execute(made.on_conflict_do_update(index_elements=["article_id", "user_id"], set_=values))


def unmark(*, article_id: int, actor_id: int) -> None:
    """No opinion any more."""
    found = db.session.get(ArticleMark, (queries.one(article_id).id, actor_id))
    if found is not None:
        db.session.delete(found)
        db.session.flush()


def written_down(ticket: Ticket) -> dict[str, Any]:
    """What an article about this ticket begins with: the problem in the customer's words, and what we answered or did last; in the ticket's
    language. Nothing is stored."""
    with force_locale(ticket.language):
        problem, solution = _("The problem"), _("What helped")
    asked = _message(ticket.id, first=True)
    done = _message(ticket.id, first=False, kinds=("note", "visit", "call")) or _message(ticket.id, first=False, kinds=("message_out",))
    model = ticket.equipment.model if ticket.equipment is not None else ""
    return {
        "ticket": ticket.number,
        "language": ticket.language if ticket.language in rules.LANGUAGES else "en",
        "title": ticket.subject[: rules.LONGEST_TITLE],
        "sections": [{"title": problem, "text": asked}, {"title": solution, "text": done}],
        "kinds": [ticket.kind],
        "models": [model] if model else [],
    }
