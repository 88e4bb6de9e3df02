"""The one HTTP request of this service to an address that a registration names: for a JWK set, and hardened.

Whoever may register an app could else let a Lambda ask whatever it reaches. So: https, public addresses only (the name
is resolved once, and the connection goes to the address that was vetted), no redirect, MAX_BYTES, TIMEOUT_S in all.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from functions.store.errors import SigningKeysUnavailable

MAX_BYTES = 65_536
TIMEOUT_S = 3.0

type Resolve = Callable[[str, int], list[str]]


class NotFetched(SigningKeysUnavailable):
    """The URL may not be asked, or did not answer as it must. The text names no address."""


class JwkSetFetcher:
    """Fetches the body at a URL. `allow_loopback`: on the local stack, plain http to this machine is allowed too."""

    def __init__(
        self, *, allow_loopback: bool = False, resolve: Resolve | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve or addresses_of
        self._timeout_s = timeout_s

    def __call__(self, url: str) -> bytes:
        """The body. Raises NotFetched."""
        outcome: list[bytes | Exception] = []

        def fetch() -> None:
            try:
                outcome.append(self._fetch(url))
            except (OSError, ValueError, http.client.HTTPException, NotFetched) as error:
                outcome.append(error)

        # A name that does not resolve and a server that sends a byte a second keep to no timeout of a socket.
        worker = threading.Thread(target=fetch, daemon=True)
        worker.start()
        worker.join(self._timeout_s)
        if not outcome:
            raise NotFetched(f"the URL did not answer within {self._timeout_s:g} s")
        (result,) = outcome
        if isinstance(result, NotFetched):
            raise result
        if isinstance(result, Exception):
            raise NotFetched(f"the URL cannot be fetched: {type(result).__name__}") from result
        return result

    def _fetch(self, url: str) -> bytes:
        parts = urlsplit(url)
        host, is_https = parts.hostname or "", parts.scheme == "https"
        if not host or parts.username is not None or parts.scheme not in ("https", "http"):
            raise NotFetched("the URL is not an https URL of a host")
        port = parts.port or (443 if is_https else 80)
        address = self._vetted(self._resolve(host, port), is_https=is_https)
        connection = _Connection(host, port, address, is_https=is_https, timeout_s=self._timeout_s)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Accept": "application/json", "User-Agent": "caliper"})
            with connection.getresponse() as answer:
                if answer.status != http.client.OK:
                    raise NotFetched(f"the URL answered {answer.status}; it must answer 200 without a redirect")
                body = answer.read(MAX_BYTES + 1)
        finally:
            connection.close()
        if len(body) > MAX_BYTES:
            raise NotFetched(f"the body is larger than {MAX_BYTES} bytes")
        return body

    def _vetted(self, addresses: list[str], *, is_https: bool) -> str:
        """The address to ask. All of a name's addresses must be allowed: which one is taken is chance."""
        if not addresses:
            raise NotFetched("the host has no address")
        if self._allow_loopback and all(ipaddress.ip_address(address).is_loopback for address in addresses):
            return addresses[0]
        if not is_https:
            raise NotFetched("the URL is not an https URL")
        if not all(is_public(address) for address in addresses):
            raise NotFetched("the host has an address that is not public")
        return addresses[0]


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, whatever form it is written in."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    embedded = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    if embedded is not None:
        parsed = embedded
    is_translated = parsed in _NAT64 if isinstance(parsed, ipaddress.IPv6Address) else False
    return parsed.is_global and not parsed.is_multicast and not is_translated


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # it leads to any IPv4 address, private ones included (RFC 6052 §3.1)


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was vetted, with the certificate of the host whose name was asked for."""

    def __init__(self, host: str, port: int, address: str, *, is_https: bool, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._is_https = address, is_https

    def connect(self) -> None:
        self.sock: Any = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_https:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
