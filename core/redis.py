"""Valkey/Redis: fan-out, streams, job queues. Never the truth: it may be emptied at any time and everything comes back."""

from __future__ import annotations

from flask import Flask, current_app
from redis import Redis


def init_app(app: Flask, url: str) -> None:
    """One lazy pool per process; short time-outs so that pages go on when Redis is away."""
    app.extensions["callout_redis"] = Redis.from_url(
        url or "redis://127.0.0.1:6379/0", socket_connect_timeout=1, socket_timeout=5, health_check_interval=15
    )


def client() -> Redis:
    """The process's client. Replies are bytes. Raises redis.exceptions.RedisError when Redis is away."""
    found: Redis = current_app.extensions["callout_redis"]
    return found
