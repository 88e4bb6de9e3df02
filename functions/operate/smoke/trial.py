"""What every check of one smoke run works with: the stack, an app registered for the run, and how to wait."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from functions.core.times import format_time
from functions.http.paths import INGEST, TOKEN
from functions.operate.connection import StackConnection
from functions.operate.registry.registration import Registration
from functions.operate.smoke.deployment import Deployment
from functions.operate.smoke.report import Finding, Report
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import Answer, Web

V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
LOOK_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Trial:
    connection: StackConnection
    deployment: Deployment
    web: Web
    report: Report
    undo: Undo
    app: Registration
    learner: str
    now_us: Callable[[], int]
    pause: Callable[[float], None]
    patience_seconds: float = 120.0
    wait_for_timed_out: bool = False
    stored: int = 0  # events that stay in table and archive
    _token: str = field(default="", repr=False)

    @property
    def local(self) -> bool:
        """Whether this is the laptop's stack: an emulator has no quotas and no backups."""
        return self.connection.is_local

    def url(self, path: str) -> str:
        return f"{self.connection.url}{path}"

    def ask(self, method: str, path: str, *, authorization: str | None = None, **headers: str) -> Answer:
        """A request without a body."""
        sent = {"Authorization": authorization} if authorization is not None else {}
        return self.web(method, self.url(path), headers=sent | headers)

    def get(self, path: str) -> Answer:
        """A read with the app's token."""
        return self.ask("GET", path, authorization=f"Bearer {self.token()}")

    def post(
        self, path: str, body: bytes, *, authorization: str | None = None, media_type: str = "application/json"
    ) -> Answer:
        """A body sent with `authorization`: the app's token if none is given, and no header at all if it is empty."""
        authorization = f"Bearer {self.token()}" if authorization is None else authorization
        sent = {"Authorization": authorization} if authorization else {}
        return self.web("POST", self.url(path), headers=sent | {"Content-Type": media_type}, body=body)

    def send(self, *events: Mapping[str, Any], path: str = INGEST.template, authorization: str | None = None) -> Answer:
        """Events to be kept, in one envelope."""
        answer = self.post(path, self.envelope(*events), authorization=authorization)
        if answer.status in (200, 202):
            self.stored += len(events)
        return answer

    def token(self) -> str:
        """A token of the app's client, fetched once. Empty if none was issued: then what needs it fails."""
        if not self._token:
            answer = self.take_token(TOKEN.template, self.app.client_secret)
            self.keep_token(str(answer.json().get("access_token", "")))
        return self._token

    def keep_token(self, token: str) -> None:
        self.report.conceal(token)
        self._token = token

    def take_token(self, path: str, secret: str, *, form: bool = False) -> Answer:
        """Ask for a token with client credentials, by Basic or in the form (RFC 6749 §2.3.1)."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        fields = {"grant_type": "client_credentials"}
        if form:
            fields |= {"client_id": self.app.client_id, "client_secret": secret}
        else:
            headers["Authorization"] = basic(self.app.client_id, secret)
        return self.web("POST", self.url(path), headers=headers, body=urlencode(fields).encode())

    def envelope(self, *events: Mapping[str, Any]) -> bytes:
        sent = {"sensor": self.app.app.app_id, "sendTime": self.now(), "dataVersion": V1P2, "data": events}
        return json.dumps(sent).encode()

    def event(self, event_id: str = "", **more: Any) -> dict[str, Any]:
        """A valid event of a learner that does not exist."""
        return {
            "@context": V1P2,
            "id": event_id or uuid.uuid4().urn,
            "type": "ViewEvent",
            "action": "Viewed",
            "actor": {"id": self.learner, "type": "Person"},
            "object": {"id": "https://smoke.example.org/pages/1", "type": "DigitalResource"},
            "eventTime": self.now(),
            "edApp": self.app.app.app_id,
            **more,
        }

    def now(self) -> str:
        return format_time(self.now_us())

    def wait[T](self, look: Callable[[], T], *, seconds: float = 0, every: float = LOOK_SECONDS) -> T:
        """The first truthy result of `look`, or its last after `seconds` (`patience_seconds` if 0)."""
        end_us = self.now_us() + (seconds or self.patience_seconds) * 1e6
        while not (seen := look()) and self.now_us() < end_us:
            self.pause(every)
        return seen


type Check = Callable[[Trial], Iterator[Finding]]


def basic(user: str, password: str) -> str:
    """The `Authorization` of Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
