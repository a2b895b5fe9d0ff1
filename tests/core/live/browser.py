"""The browser's reducer.js as a process: in node where there is one, else in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import sync_playwright

from tests import chromium

HERE = Path(__file__).resolve().parent
REDUCER = HERE.parents[2] / "static/js/core/live/reducer.js"


class Reducer(Protocol):
    def call(self, store: str, call: str, *args: Any) -> Any:
        """Call a function of reducer.js on the named store (`read`: its state)."""

    def close(self) -> None: ...


def reducer_process() -> Reducer:
    """node is quicker; Chromium is always there (script/test brings it)."""
    node = shutil.which("node")
    return Node(node) if node else Chromium()


class Node:
    """Safe for several threads."""

    def __init__(self, program: str) -> None:
        command = [program, str(HERE / "reducer.mjs"), str(REDUCER)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()

    def call(self, store: str, call: str, *args: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"store": store, "call": call, "args": args}) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class Chromium:
    """The same in a page. Playwright belongs to one thread, so calls are handed to it."""

    def __init__(self) -> None:
        self._asked: Any = None
        self._answer: Any = None
        self._turn = threading.Condition()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def call(self, store: str, call: str, *args: Any) -> Any:
        with self._lock, self._turn:
            self._asked = {"store": store, "call": call, "args": list(args)}
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._asked is None)
            return self._answer

    def close(self) -> None:
        with self._lock, self._turn:
            self._asked = "end"
            self._turn.notify_all()
        self._thread.join()

    def _serve(self) -> None:
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright)
            page = browser.new_page()
            page.evaluate(_IN_PAGE, REDUCER.read_text())
            with self._turn:
                while True:
                    self._turn.wait_for(lambda: self._asked is not None)
                    if self._asked == "end":
                        break
                    self._answer = page.evaluate("message => window.answer(message)", self._asked)
                    self._asked = None
                    self._turn.notify_all()
            browser.close()


_IN_PAGE = """async source => {
  const reducer = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  const stores = new Map();
  window.answer = ({store, call, args}) => {
    if (!stores.has(store)) stores.set(store, reducer.begin());
    const state = stores.get(store);
    if (call !== "read") return reducer[call](state, ...args);
    const {phase, last, resets, tiles} = state;
    return {phase, last, resets, tiles, rows: Object.fromEntries(state.rows), remembered: state.versions.size};
  };
}"""
