"""The JavaScript sensor of 1EdTech's reference (npm ims-caliper), unchanged: bare key, times with `+0000`."""

import json
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack

SCRIPT = Path(__file__).parent / "clients" / "ims_caliper.cjs"
HERE = "https://lms.example.edu"


def urn() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def sent_by(stack: Stack, *, path: str, key: str, events: list[Any], entities: list[Any]) -> list[dict[str, Any]]:
    """What its requests were answered."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "ims-caliper").exists():
        pytest.skip("Node or npm's ims-caliper is not here: `make setup` installs it")
    instructions = {
        "url": f"{stack.endpoint.url}{path}",
        "key": key,
        "sensor": f"{HERE}/sensors/1",
        "events": events,
        "entities": entities,
    }
    done = subprocess.run(
        ["node", SCRIPT],
        input=json.dumps(instructions),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    requests: list[dict[str, Any]] = json.loads(done.stdout)
    return requests


def session_events() -> list[dict[str, Any]]:
    app = {"id": f"{HERE}/app", "type": "SoftwareApplication", "name": "LMS", "version": "2.0"}
    session = {"id": f"{HERE}/sessions/{uuid.uuid4()}", "type": "Session"}
    common = {"actor": {"id": urn()}, "edApp": app, "session": session}
    page = {"id": f"{HERE}/pages/1", "type": "WebPage", "name": "Syllabus"}
    return [
        {"make": "SessionEvent", "id": urn(), "action": "LoggedIn", "object": app, **common},
        {"make": "NavigationEvent", "id": urn(), "action": "NavigatedTo", "object": page, **common},
    ]


@pytest.mark.parametrize("path", ["/", "/caliper/event"])
def test_what_it_sends_with_its_bare_key_is_taken_and_stored(stack: Stack, path: str) -> None:
    events = session_events()
    course = {"make": "CourseSection", "id": f"{HERE}/sections/{uuid.uuid4()}", "name": "Grade 6 Math"}
    answers = sent_by(stack, path=path, key=stack.endpoint.sensor_key, events=events, entities=[course])
    assert [answer["status"] for answer in answers] == [200, 200]
    for answer in answers:
        assert answer["type"].startswith("application/json")
        said = json.loads(answer["body"])
        assert said["jobId"]
        assert "errors" not in said

    def actions() -> list[str]:
        rows = [row for event in events for row in stack.rows("/events", lms=True, id=event["id"])]
        return [row["event"]["action"] for row in rows]

    stack.wait_for("both events", lambda: actions() == ["LoggedIn", "NavigatedTo"])


def test_it_needs_no_header_if_its_key_is_in_the_path(stack: Stack) -> None:
    key = stack.endpoint.sensor_key
    course = {"make": "CourseSection", "id": f"{HERE}/sections/{uuid.uuid4()}", "name": "Grade 6 Math"}
    answers = sent_by(stack, path=f"/k/{key}", key="none", events=session_events(), entities=[course])
    assert [answer["status"] for answer in answers] == [200, 200]


def test_a_wrong_key_is_told_to_it(stack: Stack) -> None:
    answers = sent_by(stack, path="/caliper/event", key="ck_wrong", events=session_events(), entities=[])
    assert {answer["status"] for answer in answers} == {401}
