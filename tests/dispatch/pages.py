"""A page of the application in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.core.session_cookie import give_cookie


@contextmanager
def page_of(app: Flask, browser: Browser, user_id: int) -> Iterator[Page]:
    """1,280 wide, in English, signed in; a script that failed fails the test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", base_url=address, bypass_csp=True, reduced_motion="reduce"
    )  # a live process, where there is one, has another port than the page's policy names
    try:
        give_cookie(context, app, user_id, address)
        found = context.new_page()
        said: list[str] = []
        found.on("pageerror", lambda error: said.append(str(error)))
        yield found
    finally:
        context.close()
        server.shutdown()
        thread.join()
        server.server_close()
    assert said == []
