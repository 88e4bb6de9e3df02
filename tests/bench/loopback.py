"""A socket on this machine that answers as AWS, in a process of its own so that its CPU is not counted.

`python -m tests.bench.loopback` prints its port and serves until its standard input is closed.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.bench.answers import Answers

ROOT = Path(__file__).resolve().parents[2]


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as botocore speaks it: Content-Length, keep-alive, `Expect: 100-continue`."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._held = bytearray()
        self._continued = False
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while self._one():
            pass

    def _one(self) -> bool:
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = bytes(self._held[:end]).split(b"\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if headers.get(b"expect") and not self._continued:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._continued = True
        size = end + 4 + int(headers.get(b"content-length", b"0"))
        if len(self._held) < size:
            return False
        body = bytes(self._held[end + 4 : size])
        del self._held[:size]
        self._continued = False
        status, answer = self._answers.answer(headers.get(b"x-amz-target", b"").decode(), body)
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(answer)}\r\n"
        self._transport.write(head.encode() + b"x-amzn-RequestId: bench\r\n\r\n" + answer)
        return True


async def _serve() -> None:
    answers = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def served() -> Iterator[str]:
    """The endpoint URL of a loopback that lives as long as the block."""
    command = [sys.executable, "-m", "tests.bench.loopback"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(10)


def client(service: Any, url: str, **config: Any) -> Any:
    """A boto3 client of the loopback."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(**config),
    )


if __name__ == "__main__":
    asyncio.run(_serve())
