"""Small payloads of our own making for the tests of judging."""

import copy
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.findings import Verdict
from functions.core.caliper.validator import validate_item

Json = dict[str, Any]
ANY = App(app_id="a", tenant="a", edapps=("*",))
HOUSE = App(app_id="a", tenant="a", edapps=("*",), house="timeback")
OLD = App(app_id="a", tenant="a", edapps=("*",), caliper_1_0=True)
TIME = "2026-01-27T10:03:00.000Z"
LEARNER = "urn:uuid:6f1b0c3e-0d5b-4b1c-9c5d-0d4b6b1b2a11"
EVENT_ID = "urn:uuid:c51570e4-f8ed-4c18-bb3a-dfe51b2cc594"
LESSON = "https://learn.example/lessons/1"
APP_IRI = "urn:uuid:00000000-0000-4000-8000-000000000001"


def event(kind: str = "ViewEvent", action: str = "Viewed", /, **parts: Any) -> Json:
    """An event with nothing wrong in it, changed by `parts`; a part that is `...` is left out."""
    event: Json = {
        "@context": CONTEXT_1_2,
        "id": EVENT_ID,
        "type": kind,
        "actor": {"id": LEARNER, "type": "Person"},
        "action": action,
        "object": {"id": LESSON, "type": "Document"},
        "eventTime": TIME,
    } | parts
    return {key: value for key, value in event.items() if value is not ...}


def own(kind: str = "ActivityEvent", /, **parts: Any) -> Json:
    """One of TimeBack's two own events."""
    metrics: list[Json] = [{"type": "xpEarned", "value": 12}]
    times: list[Json] = [{"type": "active", "value": 15, "startDate": TIME, "endDate": TIME}]
    activity = kind == "ActivityEvent"
    return event(
        kind,
        "Completed" if activity else "SpentTime",
        **{
            "profile": "TimebackProfile",
            "actor": {"id": "https://x.example/users/1", "type": "TimebackUser", "email": "s@x.example"},
            "object": {
                "id": "https://x.example/activities/1",
                "type": "TimebackActivityContext",
                "subject": "Math",
                "app": {"name": "An app"},
            },
            "generated": {
                "id": "https://x.example/metrics/1",
                "type": f"Timeback{'Activity' if activity else 'TimeSpent'}MetricsCollection",
                "items": metrics if activity else times,
            },
        }
        | parts,
    )


def rewritten(kind: str = "ActivityEvent", /, **parts: Any) -> Json:
    """The same as the official client rewrites it for the other platform."""
    activity = kind == "ActivityEvent"
    metric = {
        "id": "urn:uuid:a32d6416-0e97-4899-abd5-058ce77f72ca",
        "type": "ActivityMetric" if activity else "TimeSpentMetric",
        "metricType": "XpEarned" if activity else "Anti-pattern",
        "metricValue": 5,
    }
    return event(
        kind,
        "Completed" if activity else "SpentTime",
        **{
            "profile": "AggregationProfile",
            "object": {"id": "https://x.example/activities/1", "type": "AssignableDigitalResource"},
            "generated": {
                "id": "urn:uuid:41d75c82-e657-4375-9086-a8ca95f684f9",
                "type": "ActivityMetricsCollection" if activity else "TimeSpentMetricsCollection",
                "items": [metric],
            },
            "session": "urn:tag:auto-attach",
        }
        | parts,
    )


def changed(value: Json, pointer: str, to: Any) -> Json:
    """A deep copy with one place changed; `...` takes it away."""
    copied = copy.deepcopy(value)
    node: Any = copied
    *path, last = [int(token) if token.isdigit() else token for token in pointer.split("/")[1:]]
    for token in path:
        node = node[token]
    if to is ...:
        del node[last]
    else:
        node[last] = to
    return copied


def judged(value: Any, *, app: App = ANY, version: str = CONTEXT_1_2, strict: bool | None = None) -> Verdict:
    return validate_item(
        value if isinstance(value, bytes) else orjson.dumps(value), data_version=version, app=app, strict=strict
    )


def codes_and_pointers(verdict: Verdict) -> set[tuple[str, str]]:
    """(code, pointer) of each finding."""
    return {(finding.code, finding.pointer) for finding in verdict.findings}


def errors(verdict: Verdict) -> set[tuple[str, str]]:
    return {(finding.code, finding.pointer) for finding in verdict.errors}
