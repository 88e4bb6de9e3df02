"""The double: a request in, what the gateway would answer out, everything stored and due done before the answer.

On AWS an event can be read a moment after it was accepted, and a session ends up to a minute after it is due. Here both
happen before the next answer, so that a test need not wait.
"""

from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

from functions.client.double import APP_ID
from functions.client.double.apps import Credentials, ServedApp
from functions.client.double.clock import Clock
from functions.client.double.lambdas import Lambdas, sensor_keys
from functions.client.double.request import HttpRequest, fits, handed_on, lambda_event, route_of
from functions.client.double.tokens import TokenEndpoint
from functions.core import defaults
from functions.core.apps import App
from functions.core.times import MINUTE_US
from functions.http.answers import Answer, answer
from functions.store import keys

SWEEPS = 8  # in a row at most: a TimedOut that a sweep queues may let another session end
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*"}


def app_of(app_id: str = APP_ID, edapps: Sequence[str] = ("*",), **options: Any) -> App:
    """An app as the double registers it."""
    return App(app_id=app_id, tenant=keys.tenant_of(app_id), edapps=tuple(edapps), **options)


class Double:
    """One service. One request at a time, so that what a request causes is done when it is answered."""

    def __init__(
        self,
        apps: Sequence[ServedApp] = (),
        *,
        clock: Clock | None = None,
        idle_minutes: float = defaults.IDLE_MINUTES,
        heartbeat_minutes: float = defaults.HEARTBEAT_MINUTES,
    ) -> None:
        self.clock = clock or Clock()
        self._credentials = Credentials(apps or [ServedApp(app_of())])
        self._tokens = TokenEndpoint(self._is_client)
        self._idle_minutes, self._heartbeat_minutes = idle_minutes, heartbeat_minutes
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything that was sent, and the moves of the clock; the apps and their credentials stay."""
        with self._lock:
            self.lambdas = Lambdas(
                tokens=self._tokens, idle_minutes=self._idle_minutes, heartbeat_minutes=self._heartbeat_minutes
            )
            self.refusals: list[dict[str, Any]] = []
            self._credentials.register(self.lambdas.registry)
            self.clock.reset()
            self._swept_us = self.clock.now_us()

    def set_clock(self, now_us: int) -> None:
        """Move the clock, and end the sessions that are due then."""
        with self._lock:
            self.clock.set(now_us)
            self.sweep()

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to a request to the API."""
        with self._lock:
            if self.clock.now_us() - self._swept_us >= MINUTE_US:
                self.sweep()
            answered = self._routed(request)
            self.drain()
            if request.method == "POST" and answered["statusCode"] >= 400 and '"jobId"' not in answered["body"]:
                self._note_refusal(request, answered)  # what has a job is kept item by item
            if "origin" in request.headers and answered["statusCode"] != 204:
                answered = {**answered, "headers": {**answered.get("headers", {}), **CORS}}
            return answered

    def drain(self) -> None:
        """Store what waits in the queue, and send on what webhooks want of it."""
        with self._lock:
            bodies = self.lambdas.queue.take()
            if bodies:
                self.lambdas.process(bodies, self.clock.now_us())
            while self.lambdas.deliver(self.clock.now_us()):
                continue

    def sweep(self) -> None:
        """End the sessions that are due now, and store their TimedOut events."""
        with self._lock:
            self.drain()
            self._swept_us = self.clock.now_us()
            for _ in range(SWEEPS):
                self.lambdas.sweep(self._swept_us)
                if not self.lambdas.queue.bodies:
                    return
                self.drain()

    def _routed(self, request: HttpRequest) -> Answer:
        path = handed_on(request.target.partition("?")[0])
        if path is None:
            return answer(400, {"message": "Bad Request"})
        routed = route_of(request.method, path)
        if routed is not None and routed.route.answered_by == "user pool":
            return self._tokens.answer(request)
        event = lambda_event(request, path, routed.variables if routed is not None else {})
        now_us = self.clock.now_us()
        if routed is not None and routed.route.credential != "none":
            self._credentials.admit_keys(sensor_keys(event), self.lambdas.registry)
            event["requestContext"]["authorizer"] = {"lambda": dict(self.lambdas.authorize(event, now_us))}
        if not fits(event):
            return answer(413, {"message": "Request Entity Too Large"})
        if routed is not None and routed.route.answered_by == "validate":
            return self.lambdas.validate(event, now_us)
        if routed is not None and routed.route.answered_by == "manage":
            return self.lambdas.manage(event, now_us)
        return self.lambdas.query(event, now_us)

    def _is_client(self, client_id: str, secret: str) -> bool:
        return self._credentials.admit_client(client_id, secret, self.lambdas.registry)

    def _note_refusal(self, request: HttpRequest, answered: Mapping[str, Any]) -> None:
        self.refusals.append(
            {
                "method": request.method,
                "path": request.target.partition("?")[0],
                "status": answered["statusCode"],
                "answer": answered.get("body", ""),
            }
        )
