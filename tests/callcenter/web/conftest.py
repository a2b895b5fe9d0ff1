"""The firm of the mail tests, seen by a customer's browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.web import forms
from tests.callcenter.mail.conftest import business_time, desk, our_config

__all__ = ["business_time", "desk", "our_config"]


@dataclass
class Browser:
    """A customer's browser without JavaScript: it keeps cookies and sends back a form's hidden fields."""

    client: FlaskClient

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def hidden(self, path: str) -> dict[str, str]:
        """What the form on a page carries unseen."""
        page = self.client.get(path).get_data(as_text=True)
        main = page[page.index("<main") : page.index("</main>")]
        return {
            unescape(found[1]): unescape(found[2])
            for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", main)
            if (found := re.search(r"name=\"([^\"]+)\".*?value=\"([^\"]*)\"", tag))
        }

    def ask(self, *, path: str = "/help", hidden: dict[str, str] | None = None, **fields: Any) -> Any:
        """Fill in and send the help form; a field None is left empty."""
        given: dict[str, Any] = {
            "kind": "fault",
            "subject": "Heating stays cold",
            "description": "Since Monday.\nDisplay shows E 133.",
            "name": "Ada Byron",
            "email": "ada@customer.example",
            "phone": "",
            "serial": "",
            "website": "",
        }
        data = {**(self.hidden(path) if hidden is None else hidden), **given, **fields}
        return self.client.post(
            path, data={key: value for key, value in data.items() if value is not None}, content_type="multipart/form-data"
        )

    def write(self, page: str, text: str, **more: Any) -> Any:
        """Send a message on a request's page."""
        data = {**self.hidden(page), "text": text, **more}
        return self.client.post(f"{page}/messages", data=data, content_type="multipart/form-data")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody minds how fast a test fills in the form."""
    monkeypatch.setattr(forms.HelpForm, "quickest", -1)


@pytest.fixture
def browser(app: Flask, desk: Any, patient: None, business_time: Callable[..., datetime]) -> Browser:
    return Browser(app.test_client())


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
