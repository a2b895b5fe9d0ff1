"""Nobody makes Callout reach into its own network: by text, by name, by a name that changes its mind, by redirect, without encryption."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.errors import NotValid
from core.webhooks import addresses, rules, sending
from core.webhooks.hooks import masked
from core.webhooks.services import endpoints
from tests.core.webhooks.conftest import LOOPBACK, Receiver

PRIVATE = (
    *(
        "127.0.0.1",
        "127.8.9.1",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
    ),
    *("::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:10.0.0.7", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "::127.0.0.1", "2001:0:0:0:0:0:80ff:fffe", "fe80::1%eth0", "255.255.255.255"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(addresses.Refused):
        addresses.check([address], (), encrypted=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_a_public_address_is_reached_with_encryption_only(address: str) -> None:
    addresses.check([address], (), encrypted=True)
    with pytest.raises(addresses.Refused, match="without encryption"):
        addresses.check([address], (), encrypted=False)


def test_what_the_setting_names_is_reached_also_without_encryption_and_nothing_beside_it() -> None:
    addresses.check(["10.1.2.3", "::ffff:10.1.2.3"], ("10.1.0.0/16",), encrypted=False)
    with pytest.raises(addresses.Refused):
        addresses.check(["10.2.0.1"], ("10.1.0.0/16",), encrypted=True)


def test_a_name_that_is_half_public_is_not_public() -> None:
    with pytest.raises(addresses.Refused):
        addresses.check(["93.184.216.34", "10.0.0.1"], (), encrypted=True)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://a.example/",
            "https://",
            "a.example/hook",
            "https://user:pw@a.example/",
            "https://a.example/#x",
            "https://a.example:99999/",
        ),
        *(
            "https://a.example/" + "x" * 2000,
            "https://a example/",
            "https://[::1",
            "javascript:alert(1)",
            "https://" + "a" * 64 + ".example/",
        ),
    ],
)
def test_what_is_no_address_is_refused_with_a_word(url: str) -> None:
    with pytest.raises(NotValid) as refused:
        rules.checked_url(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
)
def test_an_address_written_out_is_refused_when_the_endpoint_is_saved(host: str) -> None:
    with pytest.raises(NotValid, match="public addresses"):
        endpoints._checked_url(f"https://{host}/hook", ())
    with pytest.raises(NotValid, match="https"):
        endpoints._checked_url("http://a.example/hook", ())


def test_a_name_that_resolves_to_us_is_refused_before_anything_is_sent(receiver: Receiver) -> None:
    answer = sending.post(
        urlsplit(f"https://innocent.example:{receiver.port}/"), b"{}", {}, networks=(), resolve=lambda _host, _port: ["127.0.0.1"]
    )
    assert (answer.status, answer.problem, receiver.got) == (None, "refused_address", [])
    assert "127.0.0.1 is not a public address" in answer.text


def test_a_name_that_changes_its_mind_gains_nothing(receiver: Receiver) -> None:
    """Rebinding: first a permitted address, then ours. It is asked once, and what it said then is connected to."""
    said = iter([["127.0.0.2"], ["127.0.0.1"]])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(said)

    url = urlsplit(f"http://rebinding.example:{receiver.port}/")
    answer = sending.post(url, b"{}", {}, networks=("127.0.0.2/32",), resolve=resolve)
    assert asked == ["rebinding.example"]
    assert (answer.problem, receiver.got) == ("unreachable", [])  # 127.0.0.2, where nobody listens, and not 127.0.0.1
    answer = sending.post(url, b"{}", {}, networks=("127.0.0.2/32",), resolve=resolve)
    assert (answer.problem, receiver.got) == ("refused_address", [])


def test_the_pinned_connection_still_names_the_host_it_was_told(receiver: Receiver) -> None:
    url = urlsplit(f"http://münchen.example:{receiver.port}/ä b?x=%20y")
    answer = sending.post(url, b"{}", {}, networks=LOOPBACK, resolve=lambda _host, _port: ["127.0.0.1"])
    assert answer.status == 200
    [got] = receiver.got
    assert got.headers["Host"] == f"xn--mnchen-3ya.example:{receiver.port}"
    assert got.path == "/%C3%A4%20b?x=%20y"


@pytest.mark.parametrize(
    ("resolved", "problem"),
    [(OSError("no such name"), "unknown_host"), (UnicodeError("label too long"), "unknown_host"), ([], "unknown_host")],
)
def test_a_name_that_cannot_be_resolved_is_an_attempt_that_failed(resolved: Exception | list[str], problem: str) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        if isinstance(resolved, Exception):
            raise resolved
        return resolved

    answer = sending.post(urlsplit("https://nowhere.example/"), b"{}", {}, networks=(), resolve=resolve)
    assert (answer.status, answer.problem) == (None, problem)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Of right.example, signed by itself: (certificate, key)."""
    found = (tmp_path / "certificate.pem", tmp_path / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=right.example"),
            *("-addext", "subjectAltName=DNS:right.example", "-out", str(found[0]), "-keyout", str(found[1])),
        ],
        check=True,
        capture_output=True,
    )
    return found


def test_encryption_is_with_the_named_host_although_the_address_is_pinned(receiver: Receiver, certificate: tuple[Path, Path]) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    assert receiver.server is not None
    receiver.server.socket = server.wrap_socket(receiver.server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))

    def post(host: str, tls: ssl.SSLContext | None) -> sending.Answer:
        url = urlsplit(f"https://{host}:{receiver.port}/")
        return sending.post(url, b"{}", {}, networks=LOOPBACK, resolve=lambda _host, _port: ["127.0.0.1"], tls=tls)

    assert post("right.example", trusting).status == 200
    assert post("wrong.example", trusting).problem == "encryption"
    assert post("right.example", None).problem == "encryption"  # nobody whom the system trusts signed it
    assert len(receiver.got) == 1


def test_what_speaks_no_http_is_an_attempt_that_failed(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert receiver.server is not None

    def greet(self: Any) -> None:
        self.connection.sendall(b"220 smtp ready\r\n")
        while self.connection.recv(65536):
            pass  # until the other side has had enough

    monkeypatch.setattr(receiver.server.RequestHandlerClass, "handle", greet)
    answer = sending.post(urlsplit(receiver.url), b"{}", {}, networks=LOOPBACK)
    assert (answer.status, answer.problem) == (None, "no_http")


def test_numbers_and_addresses_are_masked_but_can_be_recognised() -> None:
    assert masked("+4915112345667") == "+49•••••••••67"
    assert masked("ana@example.com") == "a•••@example.com"
    assert masked("112") == "•••"
    assert masked("") is masked(None) is None
