"""Files under static/: everybody's, kept as long as they stay the same, and there without a database."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from core.web import ROOT

PAGE = "js/core/page.js"


@pytest.fixture
def build(app: Flask) -> str:
    return str(app.config["BUILD"])


def test_a_file_of_this_build_is_kept_for_a_year_and_of_another_asked_for_again(app: Flask, build: str) -> None:
    present, old = (app.test_client().get(f"/static/{name}/{PAGE}") for name in (build, "0123456789"))
    assert present.data == old.data == (ROOT / "static" / PAGE).read_bytes()
    assert present.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert old.headers["Cache-Control"] == "no-cache"
    assert present.mimetype == "text/javascript"
    assert "Set-Cookie" not in present.headers
    for name, value in app.config["HEADERS"].items():
        assert present.headers[name] == value


def test_nobody_is_looked_up_for_it(app: Flask, build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_args: object, **_options: object) -> None:
        raise AssertionError("the application was asked")

    monkeypatch.setattr(Flask, "full_dispatch_request", asked)
    client = app.test_client()
    client.set_cookie("session", "of somebody")
    assert client.get(f"/static/{build}/{PAGE}").status_code == 200


def test_what_did_not_change_is_not_sent_again(app: Flask, build: str) -> None:
    first = app.test_client().get(f"/static/{build}/{PAGE}")
    again = app.test_client().get(f"/static/{build}/{PAGE}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert app.test_client().head(f"/static/{build}/{PAGE}").headers["Content-Length"] == str(len(first.data))


def test_the_compressed_one_is_sent_to_who_takes_it(app: Flask, build: str) -> None:
    vendor = ROOT / "static" / "vendor" / "idb.js.gz"
    assert vendor.is_file(), "set-up compresses the browser's libraries"
    address = f"/static/{build}/{vendor.relative_to(ROOT / 'static').with_suffix('')}"
    plain = app.test_client().get(address)
    small = app.test_client().get(address, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert "Content-Encoding" not in plain.headers
    assert (small.headers["Content-Encoding"], small.mimetype) == ("gzip", plain.mimetype)
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in app.test_client().get(address, headers={"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("name", ["absent.js", "../wsgi.py", "%2e%2e/wsgi.py", "..%2fwsgi.py", "/etc/passwd", "js", "js/", "", "\x00"])
def test_nothing_else_is_served(app: Flask, build: str, db: object, name: str) -> None:
    assert app.test_client().get(f"/static/{build}/{name}").status_code == 404


def test_it_is_only_read(app: Flask, build: str, db: object) -> None:
    assert app.test_client().post(f"/static/{build}/{PAGE}").status_code in (400, 404, 405)
