"""The double over HTTP, byte by byte: bodies in pieces, limits, headers, and what it says of itself."""

import io
import json
import signal
from threading import Thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from functions.client.double import server as module
from functions.client.double.request import HttpRequest
from functions.client.double.server import DoubleServer, first_lines, serve_until_stopped
from functions.http.answers import Answer


class Double:
    """Stands for the service: answers what it is set to, and keeps what it was asked."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.reply = answer
        self.requests: list[HttpRequest] = []

    def answer(self, request: HttpRequest) -> Answer:
        self.requests.append(request)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


class Written(io.BytesIO):
    """What was written, also after it is closed."""

    def close(self) -> None:
        """Keep it."""


class Socket:
    """A connection of which the client has sent everything."""

    def __init__(self, sent: bytes) -> None:
        self.sent, self.got = io.BytesIO(sent), Written()

    def makefile(self, mode: str, *_: Any) -> io.BytesIO:
        return self.sent if mode == "rb" else self.got


PLAIN: Any = {"statusCode": 200, "headers": {"X-A": "b"}, "body": "µ"}


def talked(sent: bytes, answer: Any = PLAIN) -> tuple[list[HttpRequest], list[str], bytes]:
    """What the service was asked, and the head lines and body of what was answered last."""
    double, socket = Double(answer), Socket(sent)
    handler = type("Handler", (module._Handler,), {"double": double})
    handler(socket, ("127.0.0.1", 1), SimpleNamespace())
    head, _, body = socket.got.getvalue().partition(b"\r\n\r\n")
    return double.requests, head.decode().split("\r\n"), body


def http(method: str, *headers: str, body: bytes = b"", target: str = "/events?a=1") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: h", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_handed_on_as_it_was_written(method: str) -> None:
    (request,), head, body = talked(http(method, "X-One: 1", "x-ONE: 2", "Content-Length: 2", body=b"{}more"))
    assert (request.method, request.target, request.body) == (method, "/events?a=1", b"{}")
    assert request.headers == {"host": "h", "x-one": "1,2", "connection": "close", "content-length": "2"}
    assert head[0] == "HTTP/1.1 200 OK"
    assert {"X-A: b", "Content-Length: 2"} <= set(head)
    assert body == (b"" if method == "HEAD" else "µ".encode())


@pytest.mark.parametrize(("method", "length"), [("GET", None), ("POST", "0")])
def test_only_a_post_without_a_body_has_a_length(method: str, length: str | None) -> None:
    (request,), _, _ = talked(http(method))
    assert (request.headers.get("content-length"), request.body) == (length, b"")


@pytest.mark.parametrize("length", ["-1", "x", ""])
def test_a_length_that_is_none_is_no_body(length: str) -> None:
    (request,), _, _ = talked(http("GET", f"Content-Length: {length}", body=b"{}"))
    assert request.body == b""


CHUNKS = b"3;name=x\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\nAnother: y\r\n\r\nGET /next HTTP/1.1"


def test_a_body_in_chunks_is_one_body() -> None:
    (request,), _, _ = talked(http("POST", "Transfer-Encoding: gzip, Chunked", body=CHUNKS))
    assert request.body == b"abcd"
    assert request.headers["content-length"] == "4"
    assert "transfer-encoding" not in request.headers


def test_the_next_request_begins_behind_the_trailers() -> None:
    first = b"POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: x\r\nU: y\r\n\r\n"
    requests, _, _ = talked(first + http("GET", target="/2"))
    assert [(request.method, request.target) for request in requests] == [("POST", "/1"), ("GET", "/2")]


@pytest.mark.parametrize(("size", "fits"), [(6, True), (7, False)])
def test_a_body_over_the_limit_is_refused_and_the_connection_closed(
    monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    monkeypatch.setattr(module, "LARGEST_BODY", 6)
    whole = http("POST", f"Content-Length: {size}", body=b"x" * size)
    pieces = b"3\r\nxxx\r\n" + f"{size - 3}\r\n".encode() + b"x" * (size - 3) + b"\r\n0\r\n\r\n"
    for sent in (whole, http("POST", "Transfer-Encoding: chunked", body=pieces)):
        requests, head, body = talked(sent.replace(b"Connection: close\r\n", b""))
        assert len(requests) == fits
        if not fits:
            assert head[0].startswith("HTTP/1.1 413 ")
            assert json.loads(body) == {"message": "Request Entity Too Large"}


def test_an_answer_may_be_packed_and_set_cookies() -> None:
    answer = {"statusCode": 200, "body": "AAE=", "isBase64Encoded": True, "cookies": ["a=1", "b=2"]}
    _, head, body = talked(http("GET"), answer)
    assert body == b"\x00\x01"
    assert [line for line in head if line.startswith("Set-Cookie")] == ["Set-Cookie: a=1", "Set-Cookie: b=2"]
    assert "Content-Length: 2" in head


def test_an_answer_without_content_has_no_length() -> None:
    _, head, body = talked(http("OPTIONS"), {"statusCode": 204})
    assert head[0] == "HTTP/1.1 204 No Content"
    assert not [line for line in head if line.startswith("Content-Length")]
    assert body == b""


def test_a_fault_of_the_double_is_said_and_traced(capsys: pytest.CaptureFixture[str]) -> None:
    _, head, body = talked(http("GET"), ZeroDivisionError("why"))
    assert head[0].startswith("HTTP/1.1 500 ")
    assert "Access-Control-Allow-Origin: *" in head
    said = json.loads(body)
    assert said["code"] == "double"
    assert "The double failed; its standard error says how." in str(said)
    assert "ZeroDivisionError: why" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "target", "is_micro"),
    [
        ("GET", "/micro/none", True),
        ("OPTIONS", "/micro/all", False),
        ("GET", "/micro", False),
        ("GET", "/events/micro/", False),
    ],
)
def test_below_micro_the_double_itself_answers(method: str, target: str, is_micro: bool) -> None:
    requests, head, _ = talked(http(method, target=target))
    assert len(requests) == (not is_micro)
    assert head[0].startswith("HTTP/1.1 404 " if is_micro else "HTTP/1.1 200 ")


def test_nothing_is_said_of_each_request(capsys: pytest.CaptureFixture[str]) -> None:
    talked(http("GET"))
    assert capsys.readouterr() == ("", "")


def test_it_says_where_it_listens_and_what_can_be_asked() -> None:
    with DoubleServer(Double(PLAIN)) as server:  # type: ignore[arg-type]
        url = server.url
        assert url.startswith("http://127.0.0.1:")
        first, *lines = first_lines(server, credentials="any key").splitlines()
    assert first == url
    assert [line.split()[-1] for line in lines[-1:]] == [f"{url}/docs"]
    assert f"POST {url}/caliper/event   (any key)" in lines[0]
    assert f"GET {url}/micro/all, /micro/good, /micro/bad, /micro/notices" in lines[1]
    assert f"POST {url}/micro/reset" in lines[2]
    assert f'POST {url}/micro/clock {{"forwardMinutes": 31}}' in lines[3]
    assert len(lines) == 5


def test_it_answers_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.setdefault)
    steps: list[str] = []

    def serve_forever() -> None:
        steps.append("serving")
        handlers[signal.SIGTERM](signal.SIGTERM, None)

    server: Any = SimpleNamespace(serve_forever=serve_forever, server_close=lambda: steps.append("closed"))
    serve_until_stopped(server)
    assert steps == ["serving", "closed"]


def test_requests_of_several_connections_are_answered_at_once() -> None:
    with DoubleServer(Double(PLAIN)) as server:  # type: ignore[arg-type]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with httpx.Client() as first, httpx.Client() as second:
            assert [client.get(f"{server.url}/events").text for client in (first, second)] == ["µ", "µ"]
        server.shutdown()
        thread.join()
