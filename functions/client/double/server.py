"""The double over HTTP."""

import base64
import json
import signal
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from functions.client.double.micro import PREFIX, micro_answer
from functions.client.double.request import HttpRequest
from functions.client.double.service import CORS, Double
from functions.http.answers import Answer, answer, error
from functions.http.paths import DOCS

LARGEST_BODY = 10_485_760  # of a request to an HTTP API (API Gateway quotas)


class DoubleServer(ThreadingHTTPServer):
    """Listens from the moment it is made; `serve_forever` answers."""

    request_queue_size = 128

    def __init__(self, double: Double, *, host: str = "127.0.0.1", port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"double": double})
        super().__init__((host, port), handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one piece: two would wait for each other's acknowledgement
    double: ClassVar[Double]

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._write(answer(413, {"message": "Request Entity Too Large"}))
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lower = name.lower()
            headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
        headers.pop("transfer-encoding", None)
        if body or self.command == "POST":
            headers["content-length"] = str(len(body))
        request = HttpRequest(method=self.command, target=self.path, headers=headers, body=body)
        try:
            micro = self.path.startswith(PREFIX) and self.command != "OPTIONS"
            answered = micro_answer(self.double, request) if micro else self.double.answer(request)
        # the edge of the process: recorded, and the caller told that it is the double's fault
        except Exception:  # noqa: BLE001  it is printed with its trace
            traceback.print_exc(file=sys.stderr)
            answered = error(500, "double", "The double failed; its standard error says how.", headers=CORS)
        self._write(answered)

    do_GET = do_HEAD = do_POST = do_OPTIONS = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815  http.server calls them so

    def _body(self) -> bytes | None:
        """The body, or None if it is over the gateway's limit."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = self.headers.get("content-length", "0")
        size = int(length) if length.isdecimal() else 0
        return self.rfile.read(size) if size <= LARGEST_BODY else None

    def _chunks(self) -> bytes | None:
        """A body in chunks (RFC 9112 §7.1)."""
        body = b""
        while size := int(self.rfile.readline(64).partition(b";")[0] or b"0", 16):
            if len(body) + size > LARGEST_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(64)
        while self.rfile.readline(8192).strip():  # trailers
            continue
        return body

    def _write(self, answered: Answer) -> None:
        body = str(answered.get("body") or "").encode()
        if answered.get("isBase64Encoded"):
            body = base64.b64decode(body)
        self.send_response(int(answered["statusCode"]))
        for name, value in (answered.get("headers") or {}).items():
            self.send_header(name, str(value))
        for cookie in answered.get("cookies") or ():
            self.send_header("Set-Cookie", cookie)
        if answered["statusCode"] != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  its name in the standard library
        """Say nothing of each request: paths hold keys and ids."""


def serve_until_stopped(server: DoubleServer) -> None:
    """Answer until SIGTERM or SIGINT; nothing is left behind."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def first_lines(server: DoubleServer, *, credentials: str) -> str:
    """What a person reads at the start; the first line is the URL alone, for programs."""
    url = server.url
    example = json.dumps({"forwardMinutes": 31})
    return "\n".join(
        [
            url,
            f"  send events to        POST {url}/caliper/event   ({credentials})",
            f"  what became of them   GET {url}/micro/all, /micro/good, /micro/bad, /micro/notices",
            f"  begin anew            POST {url}/micro/reset",
            f"  move the clock        POST {url}/micro/clock {example}",
            f"  every route           {url}{DOCS.template}",
        ]
    )
