"""How often one address may come to the customers' doors. Kept in Redis; while that is away each process counts for itself."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter

limiter = Limiter(
    key_func=lambda: request.remote_addr or "unknown",
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    key_prefix="callout-limits",
)
FORM = "20 per 10 minutes; 200 per day"
MESSAGES = "30 per 10 minutes"
BOOKING = "20 per 10 minutes"  # one address, and one ticket: what is kept for one is gone for others
PAGES = "240 per minute"
WRONG_LINKS = "15 per minute; 100 per hour"


def init_app(app: Flask) -> None:
    """Use the installation's Redis."""
    url: str = app.config["CALLOUT"].redis_url
    app.config["RATELIMIT_STORAGE_URI"] = f"redis+{url}" if url.startswith("unix:") else url or "memory://"
    app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", {"socket_connect_timeout": 1} if url else {})
    limiter.init_app(app)


def off() -> bool:
    """Tests switch the limits off, except those about them."""
    return not current_app.config.get("RATELIMIT_ENABLED", True)


def ticket_of_link() -> str:
    """One link, wherever its visitors come from."""
    secret = (request.view_args or {}).get("secret", "")
    return f"link {hashlib.sha256(str(secret).encode('utf-8', 'replace')).hexdigest()}"


def is_wrong_link(response: Response) -> bool:
    """Only wrong links count against whoever tries them."""
    return response.status_code == 404
