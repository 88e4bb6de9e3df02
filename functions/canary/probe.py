"""One round of the canary: a synthetic event goes the way of every event, and is asked for until it is there.

`validate` and `query` are called as the API calls them behind its authorizer, so no credential has to be kept. The
event belongs to an app that is in no registry: no other app and no list of all apps shows it, or counts it.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from functions.core.apps import App
from functions.core.errors import CaliperError
from functions.core.ids import id_digest
from functions.core.times import format_time
from functions.http.gate import CLIENT_SCOPES, Principal, principal_context
from functions.http.paths import EVENTS, INGEST

APP_ID = "urn:x-caliper-event-store:canary"
APP = App(app_id=APP_ID, tenant=id_digest(APP_ID), name="Canary", edapps=(APP_ID,))
LEARNER = f"{APP_ID}:learner"
CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"
LOOK_SECONDS = 2.0

type Answer = Mapping[str, Any]
type Call = Callable[[dict[str, Any]], Answer]  # a function that answers the API


class Lost(CaliperError):
    """The event was not taken, or did not come back as it was sent: the message says at which step."""


def probe(
    *, validate: Call, query: Call, event_id: str, now_us: int, looks: int, pause: Callable[[float], None]
) -> int:
    """Send one event and ask for it, `looks` times at most; after how many looks it was there. Raises Lost."""
    sent = event(event_id, now_us)
    envelope = {"sensor": APP_ID, "sendTime": format_time(now_us), "dataVersion": CONTEXT, "data": [sent]}
    answer = validate(request("POST", INGEST.template, body=json.dumps(envelope)))
    if answer.get("statusCode") != 200:
        raise Lost(f"validate answered {answer.get('statusCode')}")
    for look in range(1, looks + 1):
        pause(LOOK_SECONDS)
        answer = query(request("GET", EVENTS.template, query=f"id={quote(event_id)}"))
        if answer.get("statusCode") != 200:
            raise Lost(f"query answered {answer.get('statusCode')}")
        stored = json.loads(answer["body"])["events"]
        if stored:
            if stored[0]["event"] != sent:
                raise Lost("the event is not stored as it was sent")
            return look
    raise Lost(f"the event was taken, and could not be read for {looks * LOOK_SECONDS:g} s")


def event(event_id: str, now_us: int) -> dict[str, Any]:
    """A valid event of a learner that does not exist. It is in no session."""
    return {
        "@context": CONTEXT,
        "id": event_id,
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": {"id": LEARNER, "type": "Person"},
        "object": {"id": f"{APP_ID}:page", "type": "DigitalResource"},
        "eventTime": format_time(now_us),
        "edApp": APP_ID,
    }


def request(method: str, path: str, *, query: str = "", body: str = "") -> dict[str, Any]:
    """A request as the API passes it on for the canary's app."""
    principal = Principal(app=APP, scopes=CLIENT_SCOPES, kind="key")
    return {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": method}, "authorizer": {"lambda": principal_context(principal)}},
        "body": body,
        "isBase64Encoded": False,
    }


def new_id() -> str:
    """The id of the event of one round."""
    return uuid.uuid4().urn
