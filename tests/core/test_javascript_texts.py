"""Collecting the texts of browser code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from core.i18n import KEYWORDS, collect
from core.javascript_texts import extract
from core.web import ROOT


def texts(source: str) -> list[str | tuple[str, ...]]:
    return [message for _line, _name, message, _comments in extract(io.BytesIO(source.encode()), KEYWORDS, (), {})]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('t("Plain")', ["Plain"]),
        ("t('Single \\'quoted\\'')", ["Single 'quoted'"]),
        ('tn("%(count)s job", "%(count)s jobs", 3)', [("%(count)s job", "%(count)s jobs")]),
        ('html`<b>${t("In a template")}</b>`', ["In a template"]),
        ('html`it\'s ${t("After an apostrophe")}`', ["After an apostrophe"]),
        ('html`${t("%(n)s left", { n })} and ${t("More")}`', ["%(n)s left", "More"]),
        ('html`${on ? html`<i>${t("Deep %(n)s", { n: { n } })}</i>` : t("Off")}`', ["Deep %(n)s", "Off"]),
        ('html`<input @input=${(event) => { run(`${event}`); }} title=${t("After code")}>`', ["After code"]),
        ('const wide = /["`]/; t("After a regular expression")', ["After a regular expression"]),
        ('const half = total / 2; t("After a division")', ["After a division"]),
        ('// t("In a comment")\n/* t("So is this") */ t("Code")', ["Code"]),
        ('"t(\\"In a text\\")"; `t("In a template\'s text")`', []),
        ('format("Not ours"); it.t("Nor this"); t(variable)', []),
        ('t("Waits\\u2026\\n")', ["Waits…\n"]),
    ],
)
def test_every_literal_text_of_our_functions_is_found(source: str, found: list[str | tuple[str, ...]]) -> None:
    assert texts(source) == found


def test_the_line_of_a_text_is_told() -> None:
    assert [line for line, *_ in extract(io.BytesIO(b'\n\nt("Third")'), KEYWORDS, (), {})] == [3]


def test_no_text_of_our_scripts_is_overlooked() -> None:
    """Against a plain search for calls, comments left out."""
    lost = {}
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        source = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith(("//", "*", "/*")))
        wanted = set(re.findall(r'(?<![\w.$])tn?\(\s*"((?:[^"\\]|\\.)*)"', source))
        found = {message[0] if isinstance(message, tuple) else message for message in texts(source)}
        if missing := {text.replace('\\"', '"') for text in wanted} - found:
            lost[path.name] = missing
    assert lost == {}


def test_the_catalogue_has_texts_of_scripts_templates_and_code(tmp_path: Path) -> None:
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "static" / "js" / "page.js").write_text('html`${t("From a %(kind)s", { kind })}`')
    (tmp_path / "templates" / "page.html").write_text('{{ _("From a page") }}')
    (tmp_path / "code.py").write_text('_("From code")')
    assert {message.id for message in collect(tmp_path) if message.id} == {"From a %(kind)s", "From a page", "From code"}
