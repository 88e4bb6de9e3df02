"""A connection to an address that was vetted, with the certificate of the host whose name was asked for."""

import http.client
import socket
import ssl
from functools import cache
from typing import Any


class PinnedConnection(http.client.HTTPConnection):
    """Talks to `address` and names `host`. `connect_s` bounds the connecting, `timeout_s` each read and write."""

    def __init__(
        self, host: str, port: int, address: str, *, is_https: bool, connect_s: float, timeout_s: float
    ) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._is_https, self._connect_s = address, is_https, connect_s

    def connect(self) -> None:
        """Connect, and for https check the certificate. Raises OSError."""
        self.sock: Any = socket.create_connection((self._address, self.port), self._connect_s)
        if self._is_https:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(self.timeout)

    def abandon(self) -> None:
        """End the connection from another thread: what waits on it fails at once."""
        connected = self.sock
        if connected is not None:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
