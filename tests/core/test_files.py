"""Files: what a row names is in the store, whole and for good, whatever happens between."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core import files


@pytest.fixture
def store(app: Flask, db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], files_url=f"file://{tmp_path}/files"))
    return tmp_path / "files"


def stored(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def place_of(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"{digest[:2]}/{digest}"


def save(content: bytes, now: datetime) -> files.File:
    return files.save(content, name="a.txt", content_type="text/plain", now=now)


def test_the_same_bytes_are_stored_once_under_two_names(store: Path, now: datetime) -> None:
    one, two = save(b"hello", now), files.save(b"hello", name="../b\0.txt", content_type="text/plain", now=now)
    assert stored(store) == {place_of(b"hello"): b"hello"}
    assert (one.name, two.name, files.read(two)) == ("a.txt", ".._b.txt", b"hello")


def test_bytes_and_their_names_are_on_the_disk_before_the_row_is(store: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fsync was asked for, in order: the file while it has no name of its own, then the directory that names it."""
    synced, fsync = [], os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(files.os, "fsync", noted)
    save(b"hello", now)
    home = str(store / place_of(b"hello"))
    kind = [("new" if path.endswith(".new") else path) for path in synced]
    assert kind == [str(store), "new", os.path.dirname(home)]
    synced.clear()
    save(b"hello", now)
    assert synced == [os.path.dirname(home)]


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_what_cannot_be_written_leaves_no_trace_and_is_told(
    store: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    save(b"before", now)
    with monkeypatch.context() as patched:
        if fails == "fsync":
            patched.setattr(files.os, "fsync", full)
        else:
            patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            save(b"hello", now)
    assert stored(store) == {place_of(b"before"): b"before"}
    assert files.read(save(b"hello", now)) == b"hello"


def test_a_torn_file_of_an_earlier_crash_is_written_again(store: Path, now: datetime) -> None:
    home = store / place_of(b"hello")
    home.parent.mkdir(parents=True)
    home.write_bytes(b"he")
    assert files.read(save(b"hello", now)) == b"hello"


def test_many_at_once_store_one_whole_file(app: Flask, store: Path) -> None:
    content = os.urandom(300_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: files._keep(f"file://{store}/{place_of(content)}", content), range(24)))
    assert stored(store) == {place_of(content): content}


def test_an_object_store_is_written_in_one_piece(app: Flask, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], files_url="memory://callout-test"))
    assert files.read(save(b"hello", now)) == files.read(save(b"hello", now)) == b"hello"
