"""The same work by several threads at once, as several processes would do it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask


def at_once(app: Flask, work: Callable[[], None], count: int = 2) -> None:
    """`work` in so many threads, each with a context of its own. Raises what the first of them raised."""

    def alone(_number: int) -> None:
        with app.app_context():
            work()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(alone, range(count)))
