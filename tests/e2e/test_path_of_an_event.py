"""One POST to table, archive and TimedOut, through the really deployed stack."""

import gzip
import json
import random
from datetime import UTC, datetime
from typing import Any

from functions.core.times import format_time
from tests.e2e.conftest import Stack
from tests.payloads import V1P2, Payloads


def envelope(*events: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"sensor": "https://app.example.org/sensor", "sendTime": now, "dataVersion": V1P2, "data": list(events)}


def payloads(stack: Stack) -> Payloads:
    """Payloads of the demonstration app whose last moments are now."""
    return Payloads(random.randrange(1 << 30), app=stack.endpoint.app_id, start=datetime.now(UTC))


def happened_at(event: dict[str, Any], moment: datetime) -> dict[str, Any]:
    return event | {"eventTime": format_time(int(moment.timestamp() * 1e6))}


def test_an_event_is_accepted_stored_and_found_under_its_learner(stack: Stack) -> None:
    sample_payloads = payloads(stack)
    student = sample_payloads.urn()
    event = happened_at(sample_payloads.resource_viewed(student), datetime.now(UTC))
    answer = stack.post("/caliper/event", envelope(event))
    assert answer.status_code == 200, answer.text
    assert answer.json()["jobId"]
    (row,) = stack.wait_for("the event", lambda: stack.rows("/events", actor=student))
    assert row["event"] == event


def test_the_archive_holds_the_bytes_that_were_sent(stack: Stack) -> None:
    sample_payloads = payloads(stack)
    event = happened_at(sample_payloads.lesson_started(sample_payloads.urn()), datetime.now(UTC))
    body = json.dumps(envelope(event), separators=(", ", " : ")).encode()
    headers = stack.headers() | {"Content-Type": "application/json"}
    answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    raw = json.dumps(event, separators=(", ", " : "))
    s3, bucket = stack.client("s3"), stack.endpoint.bucket

    def archived() -> bool:
        for stored_object in s3.list_objects_v2(Bucket=bucket, Prefix="archive/").get("Contents", []):
            stored = s3.get_object(Bucket=bucket, Key=stored_object["Key"])["Body"].read()
            if any(json.loads(line)["raw"] == raw for line in gzip.decompress(stored).splitlines()):
                return True
        return False

    stack.wait_for("the archive line", archived)


def test_an_idle_session_times_out_exactly_once_and_is_listed_under_its_learner(stack: Stack) -> None:
    sample_payloads = payloads(stack)
    student = sample_payloads.urn()
    now = datetime.now(UTC)
    event = happened_at(sample_payloads.logged_in(student), now)
    event["session"]["startedAtTime"] = event["eventTime"]
    session = event["session"]["id"]
    assert stack.post("/caliper/event", envelope(event)).status_code == 200

    def timed_out() -> list[dict[str, Any]]:
        stack.sweep()
        rows = stack.rows("/events", actor=student)
        return [row for row in rows if row["event"]["action"] == "TimedOut"]

    stack.wait_for("TimedOut", timed_out)
    (row,) = timed_out()
    assert row["event"]["type"] == "SessionEvent"
    assert row["event"]["object"]["id"] == session
    assert row["event"]["eventTime"] == event["eventTime"]
    (closed,) = stack.rows("/sessions", id=session)
    assert closed["state"] == "closed"
    assert closed["endedAtTime"] == event["eventTime"]


def test_an_lms_sends_with_its_bare_key(stack: Stack) -> None:
    event = payloads(stack).blackboard_item(Payloads(random.randrange(1 << 30)).urn())
    body = envelope(event) | {"dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p1"}
    headers = {"Authorization": stack.endpoint.sensor_key}
    answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    stack.wait_for("the event", lambda: stack.rows("/events", lms=True, id=event["id"]))


def test_a_key_may_stand_in_the_path(stack: Stack) -> None:
    sample_payloads = Payloads(random.randrange(1 << 30), start=datetime.now(UTC))
    event = sample_payloads.canvas_navigation(sample_payloads.urn())
    body = envelope(event) | {"dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p1"}
    answer = stack.http.post(f"{stack.endpoint.url}/k/{stack.endpoint.sensor_key}", json=body)
    assert answer.status_code == 200, answer.text


def test_a_trailing_slash_is_the_same_path(stack: Stack) -> None:
    sample_payloads = payloads(stack)
    event = happened_at(sample_payloads.lesson_started(sample_payloads.urn()), datetime.now(UTC))
    assert stack.post("/events/1.0/", envelope(event)).status_code == 202


def test_a_stranger_is_told_so_in_json(stack: Stack) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=envelope(), headers=headers)
        assert answer.status_code == 401
        assert answer.json()["message"]


def test_health_answers_anybody(stack: Stack) -> None:
    assert stack.http.get(f"{stack.endpoint.url}/health").status_code == 200


def test_both_token_paths_issue_tokens(stack: Stack) -> None:
    it = stack.endpoint
    for path in ("/oauth2/token", "/auth/1.0/token"):
        answer = stack.http.post(
            f"{it.url}{path}", auth=(it.client_id, it.client_secret), data={"grant_type": "client_credentials"}
        )
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "Bearer"
