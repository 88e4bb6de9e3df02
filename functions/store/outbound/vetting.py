"""Which addresses this service may connect to on behalf of a registration: those of the internet.

A Lambda reaches more than its users do: its own runtime API, the account's metadata, other machines of a network. A
name is resolved at each attempt, all its addresses are vetted, and the connection goes to the address that was vetted:
what the name says a moment later does not matter.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from functions.core.errors import CaliperError

type Resolve = Callable[[str, int], list[str]]

_TRANSLATED = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # to any IPv4 address, private ones included (RFC 6052 §3.1)
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # the same for local use (RFC 8215)
)


class Unsafe(CaliperError, ValueError):
    """An address that may not be asked. The text names none."""


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host, each once."""
    return list(dict.fromkeys(str(known[4][0]) for known in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def vetted(addresses: Sequence[str], *, allow_loopback: bool = False) -> str:
    """The address to connect to. All of a name's must be allowed, because which one is taken is chance. Raises Unsafe.

    `allow_loopback`: on the local stack a name of this machine is allowed too.
    """
    if not addresses:
        raise Unsafe("the host has no address")
    if allow_loopback and all(ipaddress.ip_address(address).is_loopback for address in addresses):
        return addresses[0]
    if not all(map(is_public, addresses)):
        raise Unsafe("the host has an address that is not public")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, whatever form it is written in.

    `is_global` alone calls multicast, NAT64 and addresses with private ones inside them global.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if any(parsed in network for network in _TRANSLATED) or parsed.teredo is not None:
            return False
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if embedded is not None:
            parsed = embedded
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
