"""Sessions: a subscriber of the bus hears that one started and, if there is time to wait, that it timed out."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from functions.operate.smoke.listener import Listener
from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import Trial
from functions.store.bus import SOURCE

AGAIN_SECONDS = 20  # a new rule takes a while; a notice that it misses does not come again
SWEEP_SECONDS = 180  # beyond the idle timeout


def check(trial: Trial) -> Iterator[Finding]:
    listener = _subscribed(trial)
    sessions: list[str] = []
    heard: list[dict[str, Any]] = []

    def listened(kind: str, seconds: float) -> bool:
        def look() -> bool:
            heard.extend(listener.heard())
            return any(notice.get("detail-type") == kind for notice in heard)

        return trial.wait(look, seconds=seconds)

    began_us = trial.now_us()
    answer = "none sent"
    started = False
    while not started and trial.now_us() - began_us < trial.patience_seconds * 1e6:
        sessions.append(uuid.uuid4().urn)
        answer = str(trial.send(session_event(trial, "LoggedIn", sessions[-1])))
        started = listened("SessionStarted", AGAIN_SECONDS)
    seconds = (trial.now_us() - began_us) / 1e6
    got = f"heard after {seconds:.0f} s" if started else f"not heard in {seconds:.0f} s (sent: {answer})"
    yield compared("SessionStarted on the bus", "heard by a subscriber", got, holds=started)
    expected, minutes = "heard by a subscriber", trial.connection.idle_minutes
    if not trial.wait_for_timed_out:
        trial.send(*(session_event(trial, "LoggedOut", session) for session in sessions))
        yield skipped("TimedOut on the bus", expected, f"takes idle_minutes ({minutes:g}): WAIT=1 waits for it")
        return
    trial.stored += len(sessions)
    came = listened("TimedOut", minutes * 60 + SWEEP_SECONDS)
    yield compared("TimedOut on the bus", expected, "heard" if came else "not heard", holds=came)


def session_event(trial: Trial, action: str, session: str) -> dict[str, Any]:
    app = {"id": trial.app.app.app_id, "type": "SoftwareApplication"}
    named = {"id": session, "type": "Session", "startedAtTime": trial.now()}
    return trial.event(type="SessionEvent", action=action, object=app, session=named)


def _subscribed(trial: Trial) -> Listener:
    """A queue that hears what the bus says of this run's app, and of no other's."""
    events = trial.connection.client("events")
    bus = trial.deployment.output("BusName")
    listener = Listener(trial, trial.connection.client("sqs"))
    rule = f"smoke-{uuid.uuid4()}"
    trial.undo.later(f"rule {rule}", lambda: _unsubscribe(events, bus, rule))
    pattern = {"source": [SOURCE], "detail": {"app": [trial.app.app.app_id]}}
    arn = events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
    listener.admit("events.amazonaws.com", arn)
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "smoke", "Arn": listener.arn}])
    return listener


def _unsubscribe(events: Any, bus: str, rule: str) -> None:
    try:
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=["smoke"])
    except events.exceptions.ResourceNotFoundException:
        return
    events.delete_rule(Name=rule, EventBusName=bus)
