"""Requests that real clients really sent, sent again: method, path, headers and body as recorded, credentials ours.

The recordings lie beside the repository and are no part of it; without them these tests are skipped.
"""

import base64
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from functions.operate.registry.registration import Registration
from tests.bench.corpus import CORPORA
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, envelope, viewed

CLIENTS = {path.name: path for corpus in CORPORA for path in sorted((corpus / "requests").iterdir())}
# The path each sensor was set to when it was recorded → where it is pointed here.
PATHS = {"/v1/caliper": "/caliper/event", "/caliper": "/"}
HOP = {"host", "content-length", "accept-encoding", "connection"}


def recordings(client: str) -> list[tuple[str, dict[str, Any]]]:
    return [(path.name, json.loads(path.read_text())) for path in sorted(CLIENTS[client].glob("*.json"))]


def again(stack: Stack, recorded: dict[str, Any], *, app: Registration, known: dict[str, str]) -> httpx.Response:
    """The request as it was recorded, with our credential in the same spelling."""
    it = stack.endpoint
    path = PATHS.get(recorded["path"], recorded["path"])
    for theirs, ours in known.items():
        path = path.replace(theirs, ours)
    headers = {name: value for name, value in recorded["headers"].items() if name.lower() not in HOP}
    if "token" in path:
        return stack.http.post(it.url + path, content=recorded["body"], headers=headers | basic(app))
    scheme, _, rest = headers["Authorization"].partition(" ")
    key = bearer(stack, app) if recorded["client"].startswith("timeback") else app.sensor_key
    headers["Authorization"] = f"{scheme} {key}" if rest else key
    body = None if recorded["body"] is None else json.dumps(recorded["body"]).encode()
    return stack.http.request(recorded["method"], it.url + path, content=body, headers=headers)


def basic(app: Registration) -> dict[str, str]:
    pair = f"{app.client_id}:{app.client_secret}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def bearer(stack: Stack, app: Registration) -> str:
    data = {"grant_type": "client_credentials"}
    answer = stack.http.post(stack.endpoint.token_url, headers=basic(app), data=data)
    return str(answer.json()["access_token"])


def succeeds(client: str, answer: httpx.Response) -> bool:
    """What that client counts as success, by its own code (STANDARD §2.2, CONTRACT a.12)."""
    if client.startswith("caliper_python"):
        return answer.status_code in (200, 201)
    if client.startswith("npm_ims-caliper"):  # it only logs; its JSON parser must find JSON
        return answer.status_code == 200 and isinstance(answer.json(), dict)
    return answer.status_code < 300 and isinstance(answer.json(), dict)


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_real_client_sent_succeeds_by_that_clients_own_measure(stack: Stack, client: str) -> None:
    app = another_app(stack, house="timeback" if client.startswith("timeback") else "")
    headers = {"Authorization": f"Bearer {bearer(stack, app)}"}
    event = viewed(stack)
    sent = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=envelope(event), headers=headers)
    assert sent.status_code == 200, sent.text

    def is_stored(event_id: str) -> bool:
        answer = stack.http.get(f"{stack.endpoint.url}/events", params={"id": event_id}, headers=headers)
        return answer.status_code == 200 and bool(answer.json()["events"])

    stack.wait_for("an event to ask for", lambda: is_stored(event["id"]))
    known = {
        quote("urn:uuid:c51570e4-f8ed-4c18-bb3a-dfe51b2cc594", safe=""): quote(event["id"], safe=""),
        "/jobs/job-1/": f"/jobs/{sent.json()['jobId']}/",
    }
    failures: dict[str, str] = {}
    stored: set[str] = set()
    for name, recorded in recordings(client):
        answer = again(stack, recorded, app=app, known=known)
        if not succeeds(client, answer):
            failures[name] = f"{answer.status_code} {answer.text[:400]}"
        elif recorded["method"] == "POST" and "data" in (recorded["body"] or ()) and "validate" not in recorded["path"]:
            said = answer.json()
            assert isinstance(said["jobId"], str), name
            rejected = {error["index"] for error in said.get("errors", ())}
            items = [item for index, item in enumerate(recorded["body"]["data"]) if index not in rejected]
            stored |= {item["id"] for item in items if item["type"].endswith("Event")}
    assert failures == {}

    def missing() -> set[str]:
        stored.difference_update([each for each in stored if is_stored(each)])
        return stored

    stack.wait_for("every event of the recordings", lambda: not missing())
