"""axe-core in an open page: what it calls serious or critical.

Rules that can find nothing of that weight are left out, and style sheets are not fetched once more for rules that do not run: it takes two thirds of
the time, of which there is a second for each page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Page

from core.web import ROOT

SOURCE = ROOT / "static" / "vendor" / "axe.min.js"
RUN = """([exclude, options]) => {
  const light = axe._audit.rules.filter((rule) => rule.impact === "minor" || rule.impact === "moderate");
  const rules = Object.fromEntries(light.map((rule) => [rule.id, { enabled: false }]));
  return axe.run({ include: [["html"]], exclude }, { resultTypes: ["violations"], preload: false, rules, ...options });
}"""
EVERYTHING: list[Any] = [[], {}]  # what RUN is given to look at the whole page


def found(page: Page, *, exclude: Sequence[str] = (), options: Mapping[str, Any] | None = None) -> list[str]:
    """A line for each rule that is broken, with its first place. `exclude`: selectors of what is not looked at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE.read_text())
    return serious(page.evaluate(RUN, [[[one] for one in exclude], dict(options or {})]))


def serious(result: Mapping[str, Any]) -> list[str]:
    """The same of what RUN gave."""
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]
