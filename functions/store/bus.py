"""The door to EventBridge: tells subscribers that a session started, ended or timed out.

At least once: a notice may come again after a crash, with the same session id (and, for a TimedOut, the same event
id), by which a consumer can tell. Nothing of the service depends on the bus: while EventBridge fails, ends wait in the
outbox, and a SessionStarted is left out, for the event that told of it must not wait.
"""

from collections.abc import Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from functions.core.sessions.watches import Touch, Watch
from functions.core.times import format_time

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsResponseTypeDef

SOURCE = "caliper"
ENTRIES = 10  # PutEvents limit

Kind = Literal["SessionStarted", "SessionEnded", "TimedOut"]
type Notice = tuple[Kind, Mapping[str, Any]]


class Unpublished(Exception):
    """EventBridge did not take every notice; whoever sent them is to be run again."""


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
            except (BotoCoreError, ClientError) as error:
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


def started(touch: Touch) -> Notice:
    """A session was born. The id of one made of gaps is provisional until it ends (it names the first event)."""
    return "SessionStarted", {
        "app": touch.app_id,
        "session": touch.session,
        "provisional": not touch.explicit,
        "actor": touch.learner,
        "edApp": touch.edapp,
        "startedAtTime": format_time(touch.first_us),
    }


def ended(watch: Watch) -> list[Notice]:
    """A session is over; and its TimedOut event, where this service emitted one."""
    shown = ("actor", "edApp", "startedAtTime", "endedAtTime", "endedBy", "numbers")
    about = {"app": watch.app_id, "session": watch.session, **{name: watch.frozen.get(name) for name in shown}}
    notices: list[Notice] = [("SessionEnded", about)]
    if "timedOut" in watch.frozen:
        notices.append(("TimedOut", {"app": watch.app_id, "event": watch.frozen["timedOut"]}))
    return notices
