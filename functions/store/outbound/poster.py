"""The one HTTP request of this service to an address that an app registered: the POST of a delivery, hardened.

https, a public address, no redirect, 3 s to connect and 10 s in all, and of the answer its status and `Retry-After`.
What an endpoint does is data: a failure is a value, never an exception.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from copy import replace
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from functions.core.webhooks.targets import target_fault
from functions.store.outbound.connection import PinnedConnection
from functions.store.outbound.vetting import Resolve, Unsafe, addresses_of, vetted

CONNECT_S, TOTAL_S = 3.0, 10.0
READ_BYTES = 1_024  # of the answer; nothing of it is kept


class Posted(Struct, frozen=True, kw_only=True):
    """The status that was answered; 0 if nothing was, and `error` says why. `retry_after_s` is what the answer asks."""

    status: int
    error: str = ""
    retry_after_s: float = 0
    duration_ms: int = 0

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


class Poster(Protocol):
    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted: ...


class _Try(Struct):
    """What a worker thread has come to."""

    connection: PinnedConnection | None = None
    posted: Posted | None = None


class HttpPoster:
    """`allow_loopback`: on the local stack, plain http to this machine is allowed too."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolve: Resolve = addresses_of,
        connect_s: float = CONNECT_S,
        total_s: float = TOTAL_S,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._connect_s, self._total_s = connect_s, total_s

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Send `body`, and say what came of it within the time that there is."""
        began = time.monotonic()
        attempt = _Try()

        def work() -> None:
            attempt.posted = self._tried(url, headers, body, attempt)

        # A name that does not resolve, and a server that sends a byte a second, keep to no timeout of a socket.
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        worker.join(self._total_s)
        duration_ms = round((time.monotonic() - began) * 1000)
        if worker.is_alive():
            if attempt.connection is not None:
                attempt.connection.abandon()
            return Posted(status=0, error="timeout", duration_ms=duration_ms)
        posted = attempt.posted or Posted(status=0, error="failed")
        return replace(posted, duration_ms=duration_ms)

    def _tried(self, url: str, headers: Mapping[str, str], body: bytes, attempt: _Try) -> Posted:
        try:
            return self._posted(url, headers, body, attempt)
        except Unsafe:
            return Posted(status=0, error="address-not-public")
        except socket.gaierror:
            return Posted(status=0, error="host-unknown")
        except TimeoutError:
            return Posted(status=0, error="timeout")
        except ssl.SSLError:
            return Posted(status=0, error="tls")
        except (OSError, http.client.HTTPException, ValueError):
            return Posted(status=0, error="connection")

    def _posted(self, url: str, headers: Mapping[str, str], body: bytes, attempt: _Try) -> Posted:
        if target_fault(url, allow_loopback=self._allow_loopback):
            raise Unsafe("the target is not one that may be registered")
        parts = urlsplit(url)
        host, is_https = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_https else 80)
        address = vetted(self._resolve(host, port), allow_loopback=self._allow_loopback)
        connection = PinnedConnection(
            host, port, address, is_https=is_https, connect_s=self._connect_s, timeout_s=self._total_s
        )
        attempt.connection = connection
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=body, headers=dict(headers))
            with connection.getresponse() as answered:
                answered.read(READ_BYTES)
                return Posted(status=answered.status, retry_after_s=_retry_after_s(answered.getheader("Retry-After")))
        finally:
            connection.close()


def _retry_after_s(text: str | None) -> float:
    """Seconds to wait, as a number or a date says them (RFC 9110 §10.2.3); 0 if neither does."""
    if not text:
        return 0
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0)
    except ValueError:
        return 0
