"""The demo's knowledge base: what a repair firm really tells its customers and colleagues, in three languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from callcenter.demo.firm import Firm
from core.auth.models import User
from core.db import db
from tickets.knowledge import publishing, services, using
from tickets.knowledge.categories import save_category
from tickets.knowledge.models import Article
from tickets.knowledge.rules import LANGUAGES
from tickets.macros.services import save_answer
from tickets.models import Ticket

FOLDER = Path(__file__).parent / "articles"
CATEGORIES = {
    "appliances": {"en": "Household appliances", "zh_Hans": "家用电器", "zh_Hant": "家用電器"},
    "heating": {"en": "Heating and hot water", "zh_Hans": "供暖与热水", "zh_Hant": "供暖與熱水"},
    "visits": {"en": "Visits and bills", "zh_Hans": "上门与账单", "zh_Hant": "上門與帳單"},
    "workshop": {"en": "For colleagues", "zh_Hans": "内部", "zh_Hant": "內部"},
}


class Written(NamedTuple):
    """`name`: of its files in `articles/`, one for each language: <name>.<language>.html, the title as h1."""

    name: str
    category: str
    facts: dict[str, Any]


ARTICLES = (
    Written(
        "washing-machine-drain",
        "appliances",
        {"public": True, "tags": ["filter", "pump"], "kinds": ["fault"], "models": ["WM 720"], "skus": []},
    ),
    Written(
        "dishwasher-wet-e15", "appliances", {"public": True, "tags": ["limescale"], "kinds": ["fault", "maintenance"], "models": ["DW 45"]}
    ),
    Written(
        "refrigerator-ice", "appliances", {"public": True, "tags": ["ice", "seal"], "kinds": ["fault"], "models": ["RF 300", "CR 900"]}
    ),
    Written("boiler-pressure-f28", "heating", {"public": True, "tags": ["pressure"], "kinds": ["fault", "question"], "models": ["GB 24"]}),
    Written(
        "water-heater-descale",
        "heating",
        {"public": True, "tags": ["hot water", "limescale"], "kinds": ["fault", "maintenance"], "models": ["WH 80"]},
    ),
    Written("before-the-visit", "visits", {"public": True, "tags": ["visit", "bill"], "kinds": ["question", "installation"]}),
    Written("heat-pump-hp11", "workshop", {"public": False, "tags": ["noise", "frost"], "kinds": ["fault"], "models": ["HP 11"]}),
)
DRAFT = (
    "Air conditioner AC 35 drips inside",
    "<p>Nearly always the condensate drain. Blow it out from outside, check the slope (1 cm per metre), rinse the tray. Photos follow.</p>",
)


# (name, folder, short word, texts)
CANNED = (
    (
        "On the way",
        "Visits",
        "eta",
        {
            "en": "Dear {{customer}},\n\nour technician is on the way to you. You will get a message half an hour before.\n\n{{agent}}",
            "zh_Hans": "{{customer}}您好：\n\n技术员已经出发，到达前半小时会再通知您。\n\n{{agent}}",
            "zh_Hant": "{{customer}}您好：\n\n技術員已經出發，到達前半小時會再通知您。\n\n{{agent}}",
        },
    ),
    (
        "Photo of the type plate",
        "Questions",
        "plate",
        {
            "en": "Could you send us a photo of the type plate? It is often inside the door or at the back. Then we bring the right part.",
            "zh_Hans": "请拍一张铭牌的照片发给我们，铭牌通常在门内侧或机器背面。这样我们就能带上正确的零件。",
            "zh_Hant": "請拍一張銘牌的照片傳給我們，銘牌通常在門內側或機器背面。這樣我們就能帶上正確的零件。",
        },
    ),
)


def build(firm: Firm, tickets: list[Ticket], *, now: datetime) -> list[Article]:
    """Seven published articles and a draft, used in answers; one should have been looked at again last week."""
    author, editor = firm.agents[0].user_id, db.session.scalars(select(User.id).where(User.email == "supervisor@kestrel.example")).one()
    shelves = {
        key: save_category(category=None, names=names, position=position, now=now, actor_id=editor).id
        for position, (key, names) in enumerate(CATEGORIES.items())
    }
    made = []
    for number, written in enumerate(ARTICLES):
        at = now - timedelta(days=120 - 15 * number)
        article = _article(written, shelves[written.category], at, author)
        article.review_by = (now + timedelta(days=30 * number - 7)).date()
        publishing.publish(article_id=article.id, confirmed=[], now=at + timedelta(hours=3), actor_id=editor)
        made.append(article)
    title, body = DRAFT
    made.append(services.create_article(language="en", title=title, body=body, now=now, actor_id=author, facts={"models": ["AC 35"]}))
    _use(made, firm, tickets, now)
    for name, folder, shortcut, texts in CANNED:
        save_answer(
            answer=None, name=name, folder=folder, shortcut=shortcut, texts=texts, shared=True, manager=True, now=now, actor_id=editor
        )
    return made


def _texts(name: str) -> dict[str, tuple[str, str]]:
    """By language: title and body."""
    found = {}
    for language in LANGUAGES:
        path = FOLDER / f"{name}.{language}.html"
        if path.exists():
            title, body = path.read_text(encoding="utf-8").split("</h1>\n", 1)
            found[language] = (title.removeprefix("<h1>"), body)
    return found


def _article(written: Written, category_id: int, at: datetime, author: int) -> Article:
    (language, (title, body)), *others = _texts(written.name).items()
    facts = {**written.facts, "category_id": category_id}
    article = services.create_article(language=language, title=title, body=body, facts=facts, now=at, actor_id=author)
    for other, (name, words) in others:
        services.save_version(article_id=article.id, language=other, title=name, body=words, base=0, now=at, actor_id=author)
    return article


def _use(made: list[Article], firm: Firm, tickets: list[Ticket], now: datetime) -> None:
    """Who used which, over the last months, and what they thought of it."""
    for number, ticket in enumerate(tickets[:14]):
        article, agent = made[number % 3], firm.agents[number % len(firm.agents)]
        at = now - timedelta(days=9 * number)
        using.use_article(article=article, ticket=ticket, how="text", into="reply", now=at, actor_id=agent.user_id)
    for agent, helpful, comment in zip(
        firm.agents, (True, True, False), ("", "Saved a visit twice this week.", "Where is the flap on the older model?"), strict=False
    ):
        using.mark(article_id=made[0].id, helpful=helpful, comment=comment, now=now, actor_id=agent.user_id)
