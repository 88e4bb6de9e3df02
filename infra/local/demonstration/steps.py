"""What `make local` shows: examples on their whole way, from POST to TimedOut, step by step, on the running stack."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from functions.store.queue import SqsQueue
from infra.config import Config
from infra.local.demonstration.example import SENT, example, shift_to_now
from infra.local.report import Stopped
from infra.local.workspace import Endpoint, client

DEMO_IDLE_MINUTES = 0.25  # so that the demonstration takes seconds
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The stack, and a way to ask it as each of the two demonstration apps."""

    endpoint: Endpoint
    http: httpx.Client
    app_headers: dict[str, str]
    lms_headers: dict[str, str]

    def rows(self, kind: str, *, lms: bool = False, **parameters: str) -> list[dict[str, Any]]:
        headers = self.lms_headers if lms else self.app_headers
        answer = self.http.get(f"{self.endpoint.url}/{kind}", params=parameters, headers=headers)
        if answer.status_code == 404:
            return []
        answered: list[dict[str, Any]] = _expect(answer, f"GET /{kind}")[kind]
        return answered


def demonstrate(endpoint: Endpoint, config: Config) -> None:
    """Send the examples and show what becomes of them; raises Stopped if a step does not happen."""
    with httpx.Client(timeout=30, trust_env=False) as http:
        demonstration = Demonstration(
            endpoint,
            http,
            _bearer(http, endpoint, endpoint.client_id, endpoint.client_secret),
            _bearer(http, endpoint, endpoint.lms_client_id, endpoint.lms_client_secret),
        )
        events = _send(demonstration)
        _stored(demonstration, events)
        _archived(demonstration, events)
        student = events[0][0]["actor"]
        _attributed(demonstration, student)
        _times_out(demonstration, student, config)


def _bearer(http: httpx.Client, endpoint: Endpoint, client_id: str, secret: str) -> dict[str, str]:
    answer = http.post(endpoint.token_url, auth=(client_id, secret), data={"grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {_expect(answer, 'a token')['access_token']}"}


def _send(demonstration: Demonstration) -> list[tuple[dict[str, Any], bool]]:
    sent: list[tuple[dict[str, Any], bool]] = []
    for name, lms, about in SENT:
        envelope = shift_to_now(example(name))
        headers = {"Authorization": demonstration.endpoint.sensor_key} if lms else demonstration.app_headers
        answer = demonstration.http.post(f"{demonstration.endpoint.url}/caliper/event", json=envelope, headers=headers)
        said = _expect(answer, f"POST /caliper/event of {name}")
        _show("accepted", f"{said['message']}: {about} ({'sensor key' if lms else 'token'})")
        sent += [(event, lms) for event in envelope["data"]]
    left = SqsQueue(
        client("sqs", demonstration.endpoint.aws_endpoint_url, demonstration.endpoint.aws_key),
        demonstration.endpoint.queue_url,
    ).waiting()
    _show("queued", f"{len(SENT)} messages, one an envelope; {left} of them not yet processed")
    return sent


def _stored(demonstration: Demonstration, events: list[tuple[dict[str, Any], bool]]) -> None:
    def rows() -> list[dict[str, Any]]:
        answered = [demonstration.rows("events", lms=lms, id=event["id"]) for event, lms in events]
        return [row for each in answered for row in each] if all(answered) else []

    event_rows = _wait("every event in the table", rows)
    unchanged = sum(row["event"] == event for row, (event, _) in zip(event_rows, events, strict=True))
    _show("stored", f"{len(event_rows)} events answer GET /events; {unchanged} of them exactly as sent")
    warned = [(row["event"]["type"], warning) for row in event_rows for warning in row["warnings"]]
    for kind, warning in warned[:3]:
        _more(f"warning on {kind}: {warning.get('message', warning)}")
    if len(warned) > 3:
        _more(f"and {len(warned) - 3} warnings more")


def _archived(demonstration: Demonstration, events: list[tuple[dict[str, Any], bool]]) -> None:
    wanted = {event["id"] for event, _ in events}
    s3 = client("s3", demonstration.endpoint.aws_endpoint_url, demonstration.endpoint.aws_key)

    def objects() -> dict[str, int]:
        contents = s3.list_objects_v2(Bucket=demonstration.endpoint.bucket, Prefix="archive/").get("Contents", [])
        lines = {item["Key"]: list(_lines(s3, demonstration.endpoint.bucket, item["Key"])) for item in contents}
        stored_ids = {json.loads(line["raw"]).get("id") for each in lines.values() for line in each}
        return {key: len(each) for key, each in lines.items()} if wanted <= stored_ids else {}

    objects_found = _wait("every event in the archive", objects)
    _show("archived", f"{sum(objects_found.values())} lines in {len(objects_found)} objects, such as")
    _more(f"s3://{demonstration.endpoint.bucket}/{min(objects_found)}")


def _lines(s3: Any, bucket: str, key: str) -> Iterator[dict[str, Any]]:
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return map(json.loads, gzip.decompress(body).splitlines())


def _attributed(demonstration: Demonstration, student: str) -> None:
    sessions = _wait("the learner's session", lambda: demonstration.rows("sessions", actor=student))
    session = sessions[-1]
    _show("attributed", f"to learner {student}")
    _more(f"session {session['id']}, {session['events']} events, {session['state']}")


def _times_out(demonstration: Demonstration, student: str, config: Config) -> None:
    seconds = config.idle_minutes * 60
    _show("waiting", f"until the learner has been idle for {seconds:.0f} s (IDLE_MINUTES; 30 minutes by default) …")

    def timed_out() -> list[dict[str, Any]]:
        _sweep(demonstration.endpoint)  # the schedule runs it each minute; the demonstration does not wait for that
        rows = demonstration.rows("events", actor=student, type="SessionEvent")
        return [row for row in rows if row["event"]["action"] == "TimedOut"]

    (row, *_) = _wait("TimedOut", timed_out, seconds=seconds + PATIENCE_SECONDS)
    ended = row["event"]["object"]["id"]
    closed = next(session for session in demonstration.rows("sessions", id=ended))
    _show("closed", f"session {closed['id']}: {closed['startedAtTime']} to {closed['endedAtTime']}")
    numbers = {name: value for name, value in (closed.get("numbers") or {}).items() if value}
    _more(json.dumps(numbers))
    _show("emitted", "the TimedOut event that no client could send:")
    print(_indented(json.dumps(row["event"], indent=2)))


def _sweep(endpoint: Endpoint) -> None:
    lambdas = client("lambda", endpoint.aws_endpoint_url, endpoint.aws_key)
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
    (name,) = [name for name in names if "-TimeoutFunction" in name]
    answer = lambdas.invoke(FunctionName=name, Payload=b"{}")
    if "FunctionError" in answer:
        raise Stopped(f"the sweep failed:\n{answer['Payload'].read().decode()[:2000]}", "mend functions/timeout")


def _wait[T](what: str, look: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    deadline = time.monotonic() + seconds
    while True:
        outcome = look()
        if outcome:
            return outcome
        if time.monotonic() > deadline:
            raise Stopped(
                f"{what} did not come within {seconds:.0f} s", "see .local/emulator.log; run `make local` again"
            )
        time.sleep(LOOK_SECONDS)


def _expect(answer: httpx.Response, what: str) -> Any:
    if answer.status_code not in (200, 202):
        raise Stopped(f"{what} was answered {answer.status_code}: {answer.text[:1000]}", "see .local/emulator.log")
    return answer.json()


def _show(step: str, text: str) -> None:
    print(f"{step:>12}  {text}", flush=True)


def _more(text: str) -> None:
    print(f"{'':>12}  {text}", flush=True)


def _indented(text: str) -> str:
    return "\n".join(f"{'':>14}{line}" for line in text.splitlines())
