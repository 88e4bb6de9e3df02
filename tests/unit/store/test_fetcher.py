"""A URL that a registration names is asked for a JWK set and for nothing else that a Lambda can reach."""

import socket
import threading
from collections.abc import Iterator

import pytest

from functions.store.outbound.vetting import Resolve, is_public
from functions.store.signers.fetcher import MAX_BYTES, JwkSetFetcher, NotFetched

LOOPBACK = ["127.0.0.1"]


class Server:
    """Answers every connection with the same bytes, and counts them; `hangs` after those."""

    def __init__(self) -> None:
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        self.hangs = False
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            connection.recv(65_536)
            try:
                connection.sendall(self.answer)
            except OSError:
                continue
            if not self.hangs:
                connection.close()

    def close(self) -> None:
        self._listener.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def fetch(server: Server, *, timeout_s: float = 3.0) -> bytes:
    return JwkSetFetcher(allow_loopback=True, timeout_s=timeout_s)(f"http://127.0.0.1:{server.port}/jwks?a=1")


def test_on_the_local_stack_this_machine_is_asked(server: Server) -> None:
    assert fetch(server) == b"{}"


def test_elsewhere_this_machine_is_not_even_connected_to(server: Server) -> None:
    for url in (f"http://127.0.0.1:{server.port}/", f"https://localhost:{server.port}/"):
        with pytest.raises(NotFetched):
            JwkSetFetcher()(url)
    assert server.connections == []


def resolving(addresses: list[str]) -> Resolve:
    return lambda _host, _port: addresses


@pytest.mark.parametrize(
    "url",
    [
        *("http://keys.example.org/jwks", "file:///etc/passwd", "ftp://keys.example.org/", "https://", "jwks"),
        *("https://user:secret@keys.example.org/", "https://keys.example.org:99999/", "https://[::1"),
    ],
)
def test_what_is_no_https_url_of_a_host_is_not_asked(url: str) -> None:
    with pytest.raises(NotFetched):
        JwkSetFetcher(resolve=resolving(["93.184.216.34"]))(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:169.254.169.254"),
        *("64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    ],
)
def test_a_name_that_leads_to_an_address_that_is_not_public_is_not_asked(address: str) -> None:
    assert not is_public(address)
    for addresses in ([address], ["93.184.216.34", address]):
        with pytest.raises(NotFetched, match="not public"):
            JwkSetFetcher(resolve=resolving(addresses))("https://keys.example.org/")


def test_public_addresses_are_public() -> None:
    assert all(map(is_public, ("93.184.216.34", "2606:2800:220:1::1", "8.8.8.8")))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "404 Not Found", "500 Broken"])
def test_a_redirect_is_not_followed(server: Server, status: str) -> None:
    location = f"Location: http://127.0.0.1:{server.port}/other\r\n"
    server.answer = f"HTTP/1.1 {status}\r\n{location}Content-Length: 0\r\n\r\n".encode()
    with pytest.raises(NotFetched, match="without a redirect"):
        fetch(server)
    assert len(server.connections) == 1


@pytest.mark.parametrize("extra", [0, 1])
def test_a_body_has_sixty_four_kilobytes_at_most(server: Server, extra: int) -> None:
    body = b"x" * (MAX_BYTES + extra)
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    if extra:
        with pytest.raises(NotFetched, match="larger than"):
            fetch(server)
    else:
        assert fetch(server) == body


def test_an_answer_that_never_ends_is_given_up(server: Server) -> None:
    server.answer, server.hangs = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", True
    with pytest.raises(NotFetched, match=r"did not answer|cannot be fetched"):
        fetch(server, timeout_s=0.2)


def test_a_name_that_does_not_resolve_in_time_is_given_up() -> None:
    never = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        never.wait(5)
        return []

    with pytest.raises(NotFetched, match="did not answer within"):
        JwkSetFetcher(resolve=resolve, timeout_s=0.1)("https://keys.example.org/")
    never.set()
