"""Where this service lets itself be sent: hostile targets, and names that change between check and connection."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from functions.core.webhooks.targets import target_fault
from functions.store.outbound.poster import HttpPoster, Posted
from functions.store.outbound.vetting import Unsafe, is_public, vetted

HOSTILE_ADDRESSES = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "2001:db8::1",
    "not an address",
]  # fmt: skip
HOSTILE_TARGETS = [
    "http://events.example.org/", "ftp://events.example.org/", "file:///etc/passwd", "gopher://events.example.org/",
    "https://", "https:///x", "//events.example.org/", "https://user@events.example.org/",
    "https://user:pass@events.example.org/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/",
    "https://0x7f000001/", "https://0177.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/",
    "https://localhost/", "https://localhost./", "https://a.localhost/", "https://metadata.google.internal/",
    "https://printer.local/", "https://intranet/", "https://events.example.org:22/", "https://events.example.org:8443/",
    "https://events.example.org:99999/", "https://events.example.org/a b", "https://events.example.org\\@evil.example/",
    "https://events.example.org/\r\nX-A: b", "https://ⓔxample.org/", "https://example.org/" + "a" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE_ADDRESSES)
def test_an_address_that_is_not_one_of_the_internets_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Unsafe):
        vetted([address])


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_asked(address: str) -> None:
    assert vetted([address]) == address


@pytest.mark.parametrize("addresses", [[], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"]])
def test_every_address_of_a_name_must_be_allowed(addresses: list[str]) -> None:
    for allow_loopback in (False, True):
        with pytest.raises(Unsafe):
            vetted(addresses, allow_loopback=allow_loopback)


@pytest.mark.parametrize("url", HOSTILE_TARGETS)
def test_a_hostile_target_is_refused_when_it_is_registered_and_again_when_it_is_asked(url: str) -> None:
    assert target_fault(url, allow_loopback=False)
    posted = HttpPoster(resolve=lambda host, port: ["8.8.8.8"]).post(url, {}, b"")
    assert (posted.status, posted.error) == (0, "address-not-public")


@pytest.mark.parametrize("url", ["https://events.example.org/", "https://events.example.org:443/a?b=c#d"])
def test_an_https_url_of_a_public_name_is_a_target(url: str) -> None:
    assert target_fault(url, allow_loopback=False) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://localhost:1/", "http://[::1]:9/"])
def test_this_machine_is_a_target_on_the_local_stack_only(url: str) -> None:
    assert target_fault(url, allow_loopback=True) == ""
    assert target_fault(url, allow_loopback=False)


class Rebinding:
    """A name that is public when it is vetted and this machine the next time that it is asked for."""

    def __init__(self) -> None:
        self.answers: Iterator[list[str]] = iter([["8.8.8.8"], ["127.0.0.1"]])

    def __call__(self, host: str, port: int) -> list[str]:
        return next(self.answers)


def test_the_connection_goes_to_the_vetted_address_whatever_the_name_says_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        hosts.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    poster = HttpPoster(resolve=Rebinding())
    assert poster.post("https://events.example.org/", {}, b"").error == "connection"
    assert hosts == ["8.8.8.8"]
    assert poster.post("https://events.example.org/", {}, b"").error == "address-not-public"
    assert hosts == ["8.8.8.8"]


class Endpoint(BaseHTTPRequestHandler):
    status = 200
    headers_sent: dict[str, str] = {}  # noqa: RUF012  of the one server of a test
    hold: threading.Event | None = None
    requests: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).requests.append(self.path)
        if self.hold is not None:
            self.hold.wait(5)
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        return


@contextmanager
def endpoint(**how: object) -> Iterator[tuple[str, type[Endpoint]]]:
    handler = type("Handler", (Endpoint,), {"requests": [], **how})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?a=b", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with endpoint(status=307, headers_sent={"Location": "http://127.0.0.1:1/secret"}) as (url, handler):
        posted = HttpPoster(allow_loopback=True).post(url, {}, b"{}")
    assert (posted.status, posted.succeeded, handler.requests) == (307, False, ["/hook?a=b"])


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("soon", 0), ("-5", 0)])
def test_retry_after_is_read(said: str, seconds: float) -> None:
    with endpoint(status=503, headers_sent={"Retry-After": said}) as (url, _):
        assert HttpPoster(allow_loopback=True).post(url, {}, b"{}").retry_after_s == seconds


def test_an_answer_that_says_no_time_and_a_date_that_is_over_ask_for_no_wait() -> None:
    past = {"Retry-After": "Mon, 02 Mar 2026 09:00:00 GMT"}
    for headers in ({}, past):
        with endpoint(status=503, headers_sent=headers) as (url, _):
            posted = HttpPoster(allow_loopback=True).post(url, {}, b"{}")
        assert (posted.status, posted.retry_after_s) == (503, 0)


def test_a_date_of_retry_after_is_read() -> None:
    in_an_hour = formatdate(time.time() + 3600, usegmt=True)
    with endpoint(status=429, headers_sent={"Retry-After": in_an_hour}) as (url, _):
        posted = HttpPoster(allow_loopback=True).post(url, {}, b"{}")
    assert 3000 < posted.retry_after_s <= 3600


@pytest.mark.parametrize(("status", "succeeded"), [(199, False), (200, True), (299, True), (300, False), (0, False)])
def test_a_delivery_succeeded_if_the_endpoint_says_so(status: int, succeeded: bool) -> None:
    assert Posted(status=status).succeeded is succeeded


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
def test_an_address_without_a_port_is_asked_at_that_of_its_scheme(scheme: str, port: int) -> None:
    ports: list[int] = []

    def resolve(host: str, port: int) -> list[str]:
        ports.append(port)
        return []

    posted = HttpPoster(allow_loopback=True, resolve=resolve).post(f"{scheme}://localhost/x", {}, b"")
    assert (posted.error, ports) == ("address-not-public", [port])


def test_an_endpoint_that_does_not_answer_in_time_is_left() -> None:
    hold = threading.Event()
    with endpoint(hold=hold) as (url, _):
        posted = HttpPoster(allow_loopback=True, total_s=0.1).post(url, {}, b"{}")
        hold.set()
    assert (posted.status, posted.error) == (0, "timeout")


def test_an_endpoint_that_is_not_there_is_a_value() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert HttpPoster(allow_loopback=True).post(f"http://127.0.0.1:{port}/", {}, b"").error == "connection"
