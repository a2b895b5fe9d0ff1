"""Forms of the product, sent as their page would send them but without drawing it."""

from __future__ import annotations

import re

from playwright.sync_api import Page


def send(page: Page, opened: str, action: str, **fields: str) -> None:
    """Send `fields` to `action` with the token of the page at `opened`; the window's cookies follow, what it shows stays."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.request.get(opened).text())
    assert token, opened
    assert page.request.post(action, form={"csrf_token": token[1], **fields}).ok


def sign_in(page: Page, who: str, then: str = "/account", language: str = "") -> None:
    """As one of the demo's people, who reads this language from now on (empty: their own)."""
    send(page, "/sign-in", f"/demo/sign-in/{who}", next=then)
    if language:
        send(page, then, "/language", next=then, language=language)
