"""Where webhooks may go: public addresses over https, and whatever the setting WEBHOOK_NETWORKS names (there http too).

Looked at when the endpoint is saved as far as its text shows it, and at every attempt after resolving. The attempt then connects to the very
address that was looked at, so a name that resolves differently a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """This address is not sent to; says which and why."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the system's order; at least one. Raises OSError, ValueError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def reached(address: str) -> IPAddress:
    """Where a packet to this address ends up: the IPv4 address inside one that only wraps it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return found
    inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
    if inner is None and (found in _NAT64 or (int(found) >> 32 == 0 and int(found) > 1)):
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return inner or found


def named(address: str, networks: Sequence[str]) -> bool:
    """Whether the setting names it."""
    found = reached(address)
    return any(found in ipaddress.ip_network(text, strict=False) for text in networks)


def permitted(address: str, networks: Sequence[str], *, encrypted: bool) -> bool:
    """Whether it may be sent to: named, or public and encrypted."""
    found = reached(address)
    return named(address, networks) or (encrypted and found.is_global and not found.is_multicast and not found.is_reserved)


def check(addresses: Sequence[str], networks: Sequence[str], *, encrypted: bool) -> None:
    """Raises Refused when one of them may not be sent to (a name that is half public is not public), ValueError when there is none."""
    if not addresses:
        raise ValueError("the name has no address")
    for address in addresses:
        if not permitted(address, networks, encrypted=encrypted):
            public = permitted(address, networks, encrypted=True)
            raise Refused(f"{address} would be sent to without encryption" if public else f"{address} is not a public address")


def literal(host: str) -> str | None:
    """The host itself when it is written as an address (also 127.1, 0x7f000001, 2130706433, as resolvers understand them)."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
