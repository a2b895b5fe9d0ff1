"""Signatures: the published vector, and which parts of an address are signed."""

from __future__ import annotations

import pytest

from simulator.overrides import split_overrides
from simulator.signature import sign, signed_address


def test_the_published_vector_gives_the_published_signature() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", parameters) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    ("url", "voice", "signed"),
    [
        ("http://host:5000/a?x=%2F", True, "http://host:5000/a?x=%2F"),
        ("https://host:8443/a", True, "https://host/a"),
        ("https://host:8443/a", False, "https://host:8443/a"),
        ("https://user:secret@host/a", True, "https://host/a"),
        ("http://host/a#rc=3&rp=all", True, "http://host/a"),
        ("https://[::1]:8443/a", True, "https://[::1]/a"),
        ("https://[::1]/a", True, "https://[::1]/a"),
    ],
)
def test_only_the_signed_parts_of_an_address_are_signed(url: str, voice: bool, signed: str) -> None:
    assert signed_address(url, voice=voice) == signed


def test_overrides_are_read_from_the_fragment_and_clipped() -> None:
    url, found = split_overrides("http://host/a?b=1#rc=9&rp=5xx,rt,nonsense&ct=1&rt=2000")
    assert url == "http://host/a?b=1"
    assert (found.retries, found.policy, found.connect_seconds, found.read_seconds) == (5, frozenset({"5xx", "rt"}), 0.1, 2.0)
    assert found.retry_on("5xx")
    assert not found.retry_on("ct")


def test_without_overrides_only_a_failed_connection_is_retried_once() -> None:
    _, found = split_overrides("http://host/a")
    assert (found.retries, found.retry_on("ct"), found.retry_on("5xx"), found.retry_on("rt")) == (1, True, False, False)
