"""Pure modules of our browser code, run in node (script/setup brings one where there is none)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

from core.web import ROOT

# What core/i18n.js reads of the page: language and zone.
_PAGE = 'globalThis.document = { documentElement: { lang: "en", dataset: { zone: "Europe/Berlin" } } };'


def evaluate(module: str, expression: str, given: Any = None) -> Any:
    """The value of a JavaScript expression, `it` being our module (as `core/clock-share.js`) and `given` the argument."""
    own = ROOT / ".venv" / "bin"
    node = shutil.which("node", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")
    assert node, "no node: script/setup provides one"
    address = json.dumps((ROOT / "static" / "js" / module).as_uri())
    script = f"{_PAGE} const given = {json.dumps(given)}; const it = await import({address}); console.log(JSON.stringify({expression}));"
    done = subprocess.run([node, "--no-warnings", "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
