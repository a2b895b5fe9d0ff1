"""The application with the tests' topics, for processes that a test starts."""

from __future__ import annotations

from flask import Flask

import wsgi
from tests.core.live import file_topics


def create_app(role: str = "live") -> Flask:
    made = wsgi.create_app(role)
    file_topics.register()
    return made
