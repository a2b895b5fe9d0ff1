"""People who write and publish, and articles made by the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core.auth.models import User
from tests.tickets.conftest import Firm
from tests.tickets.test_tags_and_links import as_role
from tickets.knowledge import publishing, services
from tickets.knowledge.models import Article

__all__ = ["as_role"]  # fixture
PUMP = "<h2>Descale the pump</h2><p>Close the tap, then run vinegar through the filter for twenty minutes.</p>"


class Desk:
    """Ana writes, Sam publishes."""

    def __init__(self, firm: Firm, ana: User, sam: User, now: datetime) -> None:
        self.firm, self.ana, self.sam, self.now = firm, ana, sam, now

    def draft(self, title: str = "The pump is loud", body: str = PUMP, language: str = "en", **facts: Any) -> Article:
        return services.create_article(language=language, title=title, body=body, facts=facts, now=self.now, actor_id=self.ana.id)

    def save(self, article: Article, body: str, *, base: int, language: str = "en", title: str = "The pump is loud", **more: Any) -> Any:
        given = {"now": self.now, "actor_id": self.ana.id, **more}
        return services.save_version(article_id=article.id, language=language, title=title, body=body, base=base, **given)

    def publish(self, article: Article, *confirmed: str) -> Article:
        return publishing.publish(article_id=article.id, confirmed=confirmed, now=self.now, actor_id=self.sam.id)

    def published(self, *args: Any, **facts: Any) -> Article:
        return self.publish(self.draft(*args, **facts))


@pytest.fixture
def desk(firm: Firm, make_user: Callable[..., User], now: datetime) -> Desk:
    return Desk(firm, make_user("agent", name="Ana"), make_user("supervisor", name="Sam"), now)
