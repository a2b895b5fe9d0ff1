"""Pure modules of our browser code, run in node (script/setup brings one where there is none)."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import shutil
import subprocess
from typing import Any

from core.web import ROOT

PATIENCE = 60.0  # seconds
# One node for all that a process of tests asks: starting takes it fifty times as long as answering. A line is a question, a line is the answer.
# What core/i18n.js reads of the page: language and zone. Each question has an instance of the module to itself.
_ASKED = """
import { createInterface } from "node:readline";
globalThis.document = { documentElement: { lang: "en", dataset: { zone: "Europe/Berlin" } } };
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { address, expression, given } = JSON.parse(line);
    const it = await import(`${address}?${(count += 1)}`);
    const value = await new Function("it", "given", `return (${expression});`)(it, given);
    answer = { value };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\\n`);
}
"""


def evaluate(module: str, expression: str, given: Any = None) -> Any:
    """The value of a JavaScript expression, `it` being our module (as `core/clock-share.js`) and `given` the argument."""
    node = _node()
    assert node.stdin is not None
    assert node.stdout is not None
    address = (ROOT / "static" / "js" / module).as_uri()
    node.stdin.write(json.dumps({"address": address, "expression": expression, "given": given}) + "\n")
    node.stdin.flush()
    answering, _, _ = select.select([node.stdout], [], [], PATIENCE)
    assert answering, f"no answer to {expression} of {module}"
    said = node.stdout.readline()
    assert said, f"node ended with {node.wait(10)}"
    answer = json.loads(said)
    assert "error" not in answer, answer["error"]
    return answer["value"]


@functools.cache
def _node() -> subprocess.Popen[str]:
    own = ROOT / ".venv" / "bin"
    program = shutil.which("node", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")
    assert program, "no node: script/setup provides one"
    command = [program, "--no-warnings", "--input-type=module", "-e", _ASKED]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    atexit.register(started.communicate)  # it ends when nobody can ask any more
    return started
