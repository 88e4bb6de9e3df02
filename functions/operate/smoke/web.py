"""HTTP as a stranger speaks it: one request, one answer, no redirect followed and nothing tried twice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import urllib3

from functions.core.errors import TransientError

CONNECT_SECONDS, READ_SECONDS = 10, 35  # an HTTP API gives up after 30 s
SHOWN_CHARS = 70


class NoAnswer(TransientError):
    """No HTTP answer came; the message names the kind of fault only, for an address may hold a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, headers by their names in lower case, and a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body, if it is a JSON object; else an empty one."""
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def __str__(self) -> str:
        """The status, and the reason as far as a body of JSON names one: never a body as it is."""
        body = self.json()
        reason = body.get("code") or body.get("error") or body.get("message")
        return f"{self.status} {reason}"[:SHOWN_CHARS] if self.status >= 400 and reason else str(self.status)


class Web(Protocol):
    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer: ...


class HttpWeb:
    """The network. Raises NoAnswer if there is no answer."""

    def __init__(self) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        try:
            came = self._pool.request(method, url, headers=dict(headers or {}), body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(type(error).__name__) from None
        return Answer(
            status=came.status,
            headers={name.lower(): value for name, value in came.headers.items()},
            body=came.data,
        )
