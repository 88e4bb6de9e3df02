"""The door to EventBridge: tells subscribers that a session started, ended or timed out.

Inside the service a notice names the learner by their id. What is published has a pseudonym (`NamingBus`).

At least once: a notice may come again after a crash, with the same session id (and, for a TimedOut, the same event
id), by which a consumer can tell. Nothing of the service depends on the bus: while EventBridge fails, ends wait in the
outbox, and a SessionStarted is left out, for the event that told of it must not wait.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson

from functions.core.errors import TransientError
from functions.core.privacy.notices import OF_LEARNERS, published
from functions.core.privacy.pseudonym import Pseudonyms
from functions.core.times import format_time
from functions.store import keys
from functions.store.errors import TRANSIENT

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsResponseTypeDef

    from functions.core.sessions.records import Record
    from functions.core.webhooks.webhook import Webhook

SOURCE = "caliper"
ENTRIES = 10  # PutEvents limit

type Kind = Literal["SessionStarted", "SessionEnded", "TimedOut", "WebhookDisabled", "LearnerErased", "SenderAlarm"]
type Notice = tuple[Kind, Mapping[str, Any]]


class Unpublished(TransientError):
    """EventBridge did not take every notice. The caller sends them again later."""


class Bus(Protocol):
    def publish(self, notices: Sequence[Notice]) -> None: ...


class EventBridgeBus:
    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, notices: Sequence[Notice]) -> None:
        """Publish every notice, or raise Unpublished."""
        for batch in batched(notices, ENTRIES, strict=False):
            try:
                answer = self._put(batch)
            except TRANSIENT as error:
                raise Unpublished(type(error).__name__) from error
            if answer.get("FailedEntryCount"):
                raise Unpublished(f"{answer['FailedEntryCount']} of {len(batch)} notices were not taken")

    def _put(self, batch: Sequence[Notice]) -> "PutEventsResponseTypeDef":
        return self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": SOURCE,
                    "DetailType": kind,
                    "Detail": orjson.dumps(detail).decode(),
                }
                for kind, detail in batch
            ]
        )


class NamingBus:
    """Publishes notices on `bus` in which learners go by pseudonyms; with `plain`, also by their ids.

    `secret` reads the stack's secret (`functions.store.erasure.secret`), before the first notice about a learner only.
    """

    def __init__(self, bus: Bus, secret: Callable[[], bytes | None], *, plain: bool = False) -> None:
        self._bus, self._secret, self._plain = bus, secret, plain
        self._pseudonyms: Pseudonyms | None = None

    def publish(self, notices: Sequence[Notice]) -> None:
        """Publish every notice, or raise Unpublished: also before the first sweep has made the stack's secret."""
        if self._pseudonyms is None and any(kind in OF_LEARNERS for kind, _ in notices):
            self._pseudonyms = self._read()
        self._bus.publish(
            [
                (
                    kind,
                    published(kind, detail, self._pseudonyms, tenant=keys.tenant_of(detail["app"]), plain=self._plain),
                )
                for kind, detail in notices
            ]
        )

    def _read(self) -> Pseudonyms:
        try:
            secret = self._secret()
        except TRANSIENT as error:
            raise Unpublished(type(error).__name__) from error
        if secret is None:
            raise Unpublished("the stack has no secret yet")
        return Pseudonyms(secret)


def open_bus(
    name: str,
    open_events: "Callable[[], EventBridgeClient]",
    secret: Callable[[], bytes | None],
    *,
    plain: bool = False,
) -> NamingBus | None:
    """The bus of that name, as subscribers hear it; None if there is none."""
    return NamingBus(EventBridgeBus(open_events(), name), secret, plain=plain) if name else None


def publish_notices(bus: Bus | None, notices: Sequence[Notice]) -> bool:
    """Publish notices on the bus, if there is one; False if it did not take all."""
    if bus is not None and notices:
        try:
            bus.publish(notices)
        except Unpublished:
            return False
    return True


def started(*, app: str, session: str, provisional: bool, actor: str | None, edapp: str | None, started: str) -> Notice:
    """A session began. The id of an inferred one is provisional until it ends (it names the first event)."""
    return "SessionStarted", {
        "app": app,
        "session": session,
        "provisional": provisional,
        "actor": actor,
        "edApp": edapp,
        "startedAtTime": started,
    }


def ended(*, app: str, session: str, actor: str | None, record: "Record") -> Notice:
    """A sitting of a session is over, with its numbers."""
    from functions.core.sessions.records import ENDED_BY, sum_of  # `process` tells of beginnings only and does without

    return "SessionEnded", {
        "app": app,
        "session": session,
        "actor": actor,
        "edApp": record["edApp"],
        "startedAtTime": format_time(record["start"]),
        "endedAtTime": format_time(record["end"]),
        "endedBy": ENDED_BY[record["by"]],
        "numbers": {**sum_of([record["numbers"]]), "sessions": [session]},
    }


def timed_out(*, app: str, event: Mapping[str, Any]) -> Notice:
    """The TimedOut event that this service emitted for it."""
    return "TimedOut", {"app": app, "event": event}


def learner_erased(*, app: str, learner: str, before: str) -> Notice:
    """What an app sent of a learner before then was erased. The learner is named by a pseudonym."""
    return "LearnerErased", {"app": app, "learner": learner, "before": before}


def sender_alarm(*, app: str, alarm: str, state: Literal["ringing", "cleared"], message: str, since: str) -> Notice:
    """An alarm of an app's own began to ring, or does no longer."""
    return "SenderAlarm", {"app": app, "alarm": alarm, "state": state, "message": message, "since": since}


def webhook_disabled(webhook: "Webhook", *, reason: str, failing_since: str) -> Notice:
    """The service deactivated a webhook: its target is `gone`, or was `failing` for days."""
    return "WebhookDisabled", {
        "app": webhook.app_id,
        "webhook": webhook.id,
        "name": webhook.name,
        "reason": reason,
        "failingSince": failing_since,
    }
