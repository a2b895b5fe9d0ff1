"""The application with one topic to measure: rows of about 300 bytes that carry when they were written."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

import wsgi
from core import live
from core.db import db
from core.files import File


def create_app(role: str) -> Flask:
    made = wsgi.create_app(role)
    live.register(
        live.Topic(
            name="bench",
            audiences=("staff",),
            audience_of=lambda viewer, _argument: "staff" if viewer.may("board.read") else None,
            rows=lambda _argument, _audience: _rows(select(File.id, File.name)),
            render=lambda _argument, _audience, keys: _rows(select(File.id, File.name).where(File.id.in_(map(int, keys)))),
        )
    )
    return made


def _rows(query: Any) -> dict[str, Any]:
    return {str(row.id): {"sent": int(row.name), "pad": "x" * 180} for row in db.session.execute(query)}
