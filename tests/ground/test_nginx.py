"""docs/nginx.conf.example in a real nginx: web and live behind one TLS address, as the documentation promises."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
from flask import Flask
from twilio.request_validator import RequestValidator

from core import clock
from core.auth import services as accounts
from core.db import transaction
from tests.core.live.harness import environment, free_port, until
from tests.fixtures import empty
from tests.servers import ROOT

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Site:
    """A running Callout behind nginx. `ca`: the certificate to trust."""

    address: str
    plain: str
    web: str
    ca: str
    token: str
    carrier_token: str
    container: Path

    def session(self) -> requests.Session:
        made = requests.Session()
        made.verify, made.trust_env = self.ca, False
        return made


def nginx() -> str:
    """The nginx that `script/setup --tests` provided."""
    return subprocess.run([ROOT / "script" / "nginx"], check=True, capture_output=True, text=True).stdout.strip()


def certificate(place: Path) -> None:
    """A self-made one for localhost."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    files = ["-keyout", str(place / "site.key"), "-out", str(place / "site.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files], check=True, capture_output=True)


def configuration(place: Path, *, tls: int, plain: int, web: int, live: int) -> Path:
    """The example with this test's names and ports, inside the least that nginx wants around it. Every replacement must find its text."""
    text = (ROOT / "docs" / "nginx.conf.example").read_text()
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{tls} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("https://$http_host$request_uri", f"https://localhost:{tls}$request_uri"),
        ("server_name service.example", "server_name localhost"),
        ("/etc/ssl/service.example", f"{place}/site"),
        ("127.0.0.1:5000", f"127.0.0.1:{web}"),
        ("127.0.0.1:5001", f"127.0.0.1:{live}"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    paths = "".join(f"{name}_temp_path {place}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""  # its worker must reach the temporary directory
    frame = (
        f"{user}daemon off;\npid {place}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log {place}/access.log;\n{paths}{text}}}\n"
    )
    path = place / "nginx.conf"
    path.write_text(frame)
    return path


@contextlib.contextmanager
def running(command: list[str], port: int, **options: Any) -> Iterator[None]:
    """A process until the block ends; it accepts connections on the port before the block begins."""
    process = subprocess.Popen(command, cwd=ROOT, **options)
    try:
        assert until(lambda: listens(port) or process.poll() is not None, 120), f"{command[0]} does not listen"
        assert process.poll() is None, f"{command[0]} ended with {process.poll()}"
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def well(session: requests.Session, address: str) -> bool:
    """A worker loads the application only after its port is open."""
    try:
        return session.get(address, timeout=10).status_code == 200
    except requests.RequestException:
        return False


def gunicorn(port: int, kind: str, role: str) -> list[str]:
    options = ["-w", "1", "--no-control-socket", "--graceful-timeout", "2", "--log-level", "warning", "--bind", f"127.0.0.1:{port}"]
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-k",
        kind,
        *(["--threads", "4"] if kind == "gthread" else []),
        *options,
        f"wsgi:create_app('{role}')",
    ]


@pytest.fixture(scope="module")
def site(app: Flask) -> Iterator[Site]:
    tls, plain, web, live = (free_port() for _port in range(4))
    address = f"https://localhost:{tls}"
    settings = {"PUBLIC_BASE_URL": address, "LIVE_PUBLIC_URL": address, "TRUSTED_PROXIES": "127.0.0.1"}
    now = clock.now()
    with app.app_context(), transaction():
        accounts.ensure_roles()
        user = accounts.create_user(email="ana@callout.test", name="Ana", password=PASSWORD, roles=["agent"], now=now)
        _row, token = accounts.create_token(name="nginx", role="agent", user=user, now=now, actor_id=None)
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate(place)
        config = configuration(place, tls=tls, plain=plain, web=web, live=live)
        environ = environment(app) | settings
        stack.enter_context(running(gunicorn(web, "gthread", "web"), web, env=environ))
        stack.enter_context(running(gunicorn(live, "gevent", "live"), live, env=environ))
        stack.enter_context(running([nginx(), "-p", str(place), "-c", str(config), "-e", "stderr"], tls))
        made = Site(
            address=address,
            plain=f"http://localhost:{plain}",
            web=f"http://127.0.0.1:{web}",
            ca=str(place / "site.pem"),
            token=token,
            carrier_token=app.config["CALLOUT"].twilio_auth_tokens[0],
            container=place,
        )
        assert until(lambda: well(made.session(), f"{address}/healthz"), 240)
        assert until(lambda: well(made.session(), f"http://127.0.0.1:{live}/healthz"), 240)
        yield made
    with app.app_context():
        empty()


def test_plain_http_leads_to_the_same_address_with_tls(site: Site) -> None:
    answer = requests.get(f"{site.plain}/help?a=1", allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{site.address}/help?a=1")


def signed_in(site: Site) -> requests.Session:
    session = site.session()
    page = session.get(f"{site.address}/sign-in", timeout=30)
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert csrf is not None
    form = {"email": "ana@callout.test", "password": PASSWORD, "csrf_token": csrf[1]}
    answer = session.post(f"{site.address}/sign-in", data=form, headers={"Referer": f"{site.address}/sign-in"}, timeout=30)
    assert (answer.status_code, answer.url.startswith(site.address)) == (200, True), answer.text[:500]
    assert "/sign-in" not in answer.url
    return session


def test_one_signs_in_and_stays_on_the_tls_address(site: Site) -> None:
    session = signed_in(site)
    assert all(cookie.secure for cookie in session.cookies)
    page = session.get(f"{site.address}/tickets", timeout=30)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert f"{site.address} wss://{site.address.removeprefix('https://')}" in page.headers["Content-Security-Policy"]


def test_the_live_channel_opens_a_websocket_on_the_same_address(site: Site) -> None:
    session = signed_in(site)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    http = site.session()
    client = socketio.Client(
        reconnection=False, http_session=http, ssl_verify=True, websocket_extra_options={"sslopt": {"ca_certs": site.ca}}
    )
    client.connect(
        site.address, headers={"Cookie": cookies, "Origin": site.address}, namespaces=["/live"], transports=["websocket"], wait_timeout=60
    )
    try:
        assert client.call("watch", {"topic": "board"}, namespace="/live", timeout=60)["ok"] in (True, False)
        assert client.call("watch", {"topic": "me"}, namespace="/live", timeout=60)["ok"] is True
    finally:
        client.disconnect()


def test_what_a_sender_claims_about_itself_is_not_believed(site: Site) -> None:
    """/metrics is for this machine itself; nothing that came through nginx is."""
    forged = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Forwarded-Host": "localhost"}
    assert site.session().get(f"{site.address}/metrics", headers=forged, timeout=30).status_code == 403
    assert requests.get(f"{site.web}/metrics", timeout=30).status_code == 200


def upload(site: Site, size: int) -> int:
    """The status of an upload of so many bytes."""
    answer = site.session().post(
        f"{site.address}/api/v1/files",
        files={"file": ("photo.jpg", b"\0" * size, "image/jpeg")},
        headers={"Authorization": f"Bearer {site.token}"},
        timeout=120,
    )
    return answer.status_code


def test_a_large_upload_arrives_and_a_too_large_one_is_refused(site: Site) -> None:
    assert upload(site, 24 * 1024 * 1024) == 201
    assert upload(site, 33 * 1024 * 1024) == 413


@pytest.mark.parametrize(("signed", "status"), [("public", 200), ("inner", 403)])
def test_the_carriers_signature_holds_for_the_public_address_only(site: Site, signed: str, status: int) -> None:
    form = {"CallSid": "CA" + "0" * 32, "From": "+4930123456", "To": "+4930999999"}
    base = site.address if signed == "public" else site.web
    signature = RequestValidator(site.carrier_token).compute_signature(f"{base}/voice/in", form)
    answer = site.session().post(f"{site.address}/voice/in", data=form, headers={"X-Twilio-Signature": signature}, timeout=60)
    assert answer.status_code == status, answer.text[:300]


def test_old_tls_is_refused(site: Site) -> None:
    host, _colon, port = site.address.removeprefix("https://").partition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(site.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=30)
    with pytest.raises((ssl.SSLError, OSError)):
        connection.request("GET", "/healthz")
