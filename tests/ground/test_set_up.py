"""What script/setup leaves behind, and what the files it works from may not contain."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT

VENDOR = ROOT / "static" / "vendor"


def words(path: Path) -> list[list[str]]:
    lines = (line.partition("#")[0].split() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def test_every_listed_browser_file_is_there_and_nothing_else() -> None:
    listed = {target for _source, target, *_marks in words(ROOT / "static/vendor.txt")} | {"icons.svg", ".stamp"}
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert {name.removesuffix(".gz") for name in there} == listed


def test_every_script_and_style_is_compressed_beside_itself() -> None:
    files = [path for path in VENDOR.rglob("*") if path.suffix in (".js", ".css", ".svg")]
    assert len(files) > 15
    for path in files:
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes()


def test_modules_import_only_by_relative_paths_that_exist() -> None:
    """A browser without an import map finds nothing else."""
    imports = 0
    for path in VENDOR.rglob("*.js"):
        if path.name in ("tabler.min.js", "tabler-theme.min.js", "twilio.min.js", "axe.min.js"):
            continue  # classic scripts
        for wanted in re.findall(r'(?:^|[;}\s])(?:import|export)\b[^;"\']*\bfrom\s*["\']([^"\']+)["\']', path.read_text()):
            assert wanted.startswith((".", "/")), f"{path.name} imports {wanted}"
            assert (path.parent / wanted).is_file(), f"{path.name} imports {wanted}"
            imports += 1
    assert imports > 10


def test_the_sprite_has_every_listed_icon_once() -> None:
    listed = [name for [name] in words(ROOT / "static/icons.txt")]
    assert len(listed) == len(set(listed))
    ids = re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text())
    assert sorted(ids) == sorted(f"tabler-{name.partition('/')[2]}-filled" if "/" in name else f"tabler-{name}" for name in listed)


def test_every_icon_used_in_a_page_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="tabler-([^"]+)"', (VENDOR / "icons.svg").read_text()))
    pages = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/**/*.js")]
    used = {(path.name, name) for path in pages for name in re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", path.read_text())}
    assert len(used) > 20
    assert {(page, name) for page, name in used if name not in sprite} == set()


@pytest.mark.parametrize("name", ["package-lock.json", "tests/browser/package-lock.json"])
def test_a_lock_file_pins_by_hash_and_names_no_host(name: str) -> None:
    packages = json.loads((ROOT / name).read_text())["packages"]
    assert len(packages) > 10
    for path, entry in packages.items():
        if path:
            assert entry["integrity"].startswith("sha512-"), path
            assert "resolved" not in entry, path


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_python_packages_are_pinned_exactly_and_no_index_is_named(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    pins = [line for line in lines if line]
    assert pins
    for line in pins:
        assert re.fullmatch(r"[a-z0-9._-]+==[\w.!+]+", line), line


def test_every_direct_dependency_is_pinned() -> None:
    for name in ("requirements", "requirements-dev"):
        direct = [re.split(r"[\[<>=~ ]", line[0])[0] for line in words(ROOT / f"{name}.in") if not line[0].startswith("-")]
        pinned = {line[0].partition("==")[0] for line in words(ROOT / f"{name}.txt")}
        assert [package for package in direct if package.lower() not in pinned] == []


@pytest.mark.slow
def test_set_up_again_changes_nothing_and_is_quick() -> None:
    setup = [str(ROOT / "script/setup"), "--tests"]
    subprocess.run(setup, check=True, timeout=600)
    before = {path: path.stat().st_mtime_ns for path in VENDOR.rglob("*")}
    done = subprocess.run(setup, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == done.stderr == ""
    assert {path: path.stat().st_mtime_ns for path in VENDOR.rglob("*")} == before


@pytest.mark.parametrize(
    "script", sorted(path.name for path in (ROOT / "script").iterdir() if path.suffix == "" and path.name != "environment")
)
def test_a_script_can_be_run_and_says_what_it_is_for(script: str) -> None:
    path = ROOT / "script" / script
    assert os.access(path, os.X_OK)
    first, second, *_ = path.read_text().splitlines()
    assert first in ("#!/usr/bin/env bash", "#!/usr/bin/env python3")
    assert second.startswith(("# ", '"""'))
    if first.endswith("bash"):
        assert "set -euo pipefail" in path.read_text()
        subprocess.run(["bash", "-n", path], check=True)


NOTHING_TO_PLAN = '{"travel": {"kind": "euclidean"}, "places": [], "technicians": [], "jobs": []}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "given"),
    [
        (["sla", "compute"], "[]"),
        (["plan", "solve", "--seconds", "0"], NOTHING_TO_PLAN),
        (["plan", "check"], f'{{"problem": {NOTHING_TO_PLAN}, "plan": {{"routes": []}}}}'),
    ],
)
def test_pure_commands_start_no_servers(tmp_path: Path, command: list[str], given: str) -> None:
    done = subprocess.run(
        [ROOT / "script/flask", *command],
        input=given,
        env={**os.environ, "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert not any(filter(None, _lists(json.loads(done.stdout))))  # nothing was asked, nothing was wrong
    assert not (tmp_path / "data" / "postgres").exists()


def _lists(answer: object) -> list[object]:
    return [value for value in answer.values() if isinstance(value, list)] if isinstance(answer, dict) else [answer]


JAVASCRIPT = {
    "export const fine = 1;": "",
    "export const broken = ;": "Unexpected token ';'",
    'import { x } from "./absent.js";': "imports ./absent.js, which is not there",
    'import { html } from "lit-html";': "imports lit-html: a browser finds only paths",
    'const page = await import("/static/absent.js");': "imports /static/absent.js, which is not there",
}


@pytest.mark.parametrize("text", JAVASCRIPT)
def test_the_javascript_check_finds_what_a_browser_would_refuse(tmp_path: Path, text: str) -> None:
    (tmp_path / "script").mkdir()
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "page.js").write_text(text)
    (tmp_path / "script" / "check-javascript.mjs").write_text((ROOT / "script/check-javascript.mjs").read_text())
    found = Path(ROOT / ".venv/bin/node")
    done = subprocess.run(
        [found if found.exists() else "node", "--no-warnings", "--experimental-vm-modules", "script/check-javascript.mjs"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert JAVASCRIPT[text] in done.stdout
    assert done.returncode == (1 if JAVASCRIPT[text] else 0)
