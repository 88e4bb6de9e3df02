"""Requests to a service by one credential, tried again if that may help; nothing is stored twice by it."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from functions.core.errors import CaliperError, TransientError
from functions.http.paths import TOKEN

ATTEMPTS = 7  # over some 30 s
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
TIMEOUT_S = 35  # an HTTP API gives up after 30

type Reply = tuple[int, Mapping[str, str], bytes]  # status, headers by their names in lower case, body


class NoAnswer(TransientError):
    """No answer came, or none of JSON; the message says what and what to do."""


class Refused(CaliperError):
    """The service did not take a request; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Credential:
    """A sensor key, or an OAuth client with its secret."""

    key: str = ""
    client_id: str = ""
    secret: str = ""


def http_transport() -> Callable[[str, str, Mapping[str, str], bytes | None], Reply]:
    """The network. Raises OSError if no answer comes."""
    import urllib3

    pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=10, read=TIMEOUT_S))

    def call(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            came = pool.request(method, url, headers=dict(headers), body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(type(error).__name__) from None
        return came.status, {name.lower(): value for name, value in came.headers.items()}, came.data

    return call


class Connection:
    """One service. `transport` sends a request, `pause` waits for that many seconds."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        *,
        transport: Callable[[str, str, Mapping[str, str], bytes | None], Reply] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._credential = credential
        self._transport = transport or http_transport()
        self.pause = pause
        self._token = ""

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """The JSON of a read. Raises Refused, with the service's words, if it is not 200."""
        query_parameters = {name.rstrip("_"): value for name, value in parameters.items() if value}
        query = f"?{urlencode(query_parameters, quote_via=quote)}" if query_parameters else ""
        status, answer = self._call("GET", path + query, None)
        if status != 200:
            raise Refused(status, str(answer.get("message") or answer.get("error") or "no reason was given"))
        return answer

    def post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer, whatever it is, unless the credential is refused (Refused)."""
        status, answer = self._call("POST", path, body)
        if status in (401, 403):
            raise Refused(status, str(answer.get("message", "the credential is refused")))
        return status, answer

    def _call(self, method: str, target: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body is not None else {})}
        reply = self._tried(method, target, headers | {"Authorization": self._authorization()}, body)
        if reply[0] == 401 and self._token:  # it may have expired meanwhile
            self._token = ""
            reply = self._tried(method, target, headers | {"Authorization": self._authorization()}, body)
        return reply[0], self._json(reply)

    def _authorization(self) -> str:
        if not self._credential.client_id:
            return f"Bearer {self._credential.key}"
        if not self._token:
            pair = f"{quote(self._credential.client_id, safe='')}:{quote(self._credential.secret, safe='')}"
            headers = {
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            reply = self._tried("POST", TOKEN.template, headers, b"grant_type=client_credentials")
            answer = self._json(reply)
            if reply[0] != 200:
                raise Refused(reply[0], f"no token for this client: {answer.get('error', 'no reason was given')}")
            self._token = str(answer["access_token"])
        return f"Bearer {self._token}"

    def _tried(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        fault = ""
        for attempt in range(ATTEMPTS):
            wait_s = FIRST_WAIT_S * 2**attempt
            try:
                reply = self._transport(method, self.url + target, headers, body)
            except OSError as error:
                fault = f"no answer ({error})"
            else:
                if reply[0] != 429 and reply[0] < 500:
                    return reply
                fault = f"status {reply[0]}"
                retry_after = reply[1].get("retry-after", "")
                wait_s = float(retry_after) if retry_after.isdecimal() else wait_s
            if attempt + 1 < ATTEMPTS:
                self.pause(min(wait_s, LONGEST_WAIT_S))
        raise NoAnswer(f"{self.url} gave {fault} {ATTEMPTS} times. Is the URL right, and does the service run?")

    def _json(self, reply: Reply) -> dict[str, Any]:
        try:
            read = json.loads(reply[2])
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise NoAnswer(f"{self.url} answered {reply[0]} without JSON: is it a Caliper event store?")
        return read
