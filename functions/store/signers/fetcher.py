"""Fetches the JWK set at an address that a registration names, hardened.

Otherwise an operator who registers an app could let a Lambda ask whatever it reaches. So: https, public addresses only
(`functions.store.outbound`: the connection goes to the address that was vetted), no redirect, MAX_BYTES, TIMEOUT_S in
all.
"""

import http.client
import ipaddress
import threading
from urllib.parse import urlsplit

from functions.store.errors import SigningKeysUnavailable
from functions.store.outbound.connection import PinnedConnection
from functions.store.outbound.vetting import Resolve, Unsafe, addresses_of, vetted

MAX_BYTES = 65_536
TIMEOUT_S = 3.0


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
        try:
            address = vetted(self._resolve(host, port), allow_loopback=self._allow_loopback)
        except Unsafe as error:
            raise NotFetched(str(error)) from error
        if not is_https and not ipaddress.ip_address(address).is_loopback:
            raise NotFetched("the URL is not an https URL")
        connection = PinnedConnection(
            host, port, address, is_https=is_https, connect_s=self._timeout_s, timeout_s=self._timeout_s
        )
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
