"""Every door has a rule."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from core.auth.access import CARRIER, LOOPBACK, PUBLIC, needed
from core.auth.permissions import ALL, PERMISSIONS

ROOT = Path(__file__).parent.parent.parent


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = [
        f"{rule.rule} → {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith(("security.", "api-docs.")) and needed(app.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_every_mark_names_a_permission_that_some_role_has(app: Flask) -> None:
    marks = {needed(view) for view in app.view_functions.values()} - {None}
    assert marks <= ALL | {PUBLIC, CARRIER, LOOPBACK}
    given = frozenset().union(*PERMISSIONS.values()) | {"account.use"}
    assert given == ALL


def test_every_api_operation_is_described(app: Flask) -> None:
    spec = app.test_client().get("/api/openapi.json").json
    described = {(path, method) for path, found in spec["paths"].items() for method in found}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/"):
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert (path, method.lower()) in described, f"{method} {path}"


def test_no_template_has_inline_script_style_or_handlers() -> None:
    bad = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        for match in re.finditer(r"<script\b([^>]*)>", text):
            if "src=" not in match.group(1) and "application/json" not in match.group(1):
                bad.append(f"{path.name}: {match.group(0)}")
        if "/mail/" not in str(path):  # mail is composed with inline styles, it is no page of ours
            bad += [f"{path.name}: {found}" for found in re.findall(r"\s(?:style|on[a-z]+)=\"", text)]
            bad += [f"{path.name}: <style>" for _ in re.findall(r"<style\b", text)]
    assert bad == []
