"""One learner under the two IRIs that TimeBack's SDK gives them if one base URL leads all its services elsewhere.

Heartbeats then name the learner by the fixed host of the SDK's environment, and submissions by the base URL
(docs/clients.md). An alias makes them one person; taken back, they are two again.
"""

import uuid
from typing import Any

from tests.e2e.conftest import Stack
from tests.e2e.envelopes import envelope, now

FIXED = "https://api.staging.alpha-1edtech.ai"


def sdk_event(stack: Stack, kind: str, actor: str, run: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """An event in the shape of timeback-sdk 0.4.0."""
    metrics = "ActivityMetrics" if kind == "ActivityEvent" else "TimeSpentMetrics"
    return {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": kind,
        "profile": "TimebackProfile",
        "action": "Completed" if kind == "ActivityEvent" else "SpentTime",
        "actor": {"id": actor, "type": "TimebackUser", "email": "learner@example.org"},
        "object": {
            "id": f"{stack.endpoint.url}/activities/Math/g4/adding",
            "type": "TimebackActivityContext",
            "subject": "Math",
            "app": {"name": "Fractions"},
        },
        "eventTime": now(),
        "session": f"urn:uuid:{uuid.uuid4()}",
        "extensions": {"courseId": "math-4", "runId": run},
        "generated": {
            "id": f"urn:uuid:{uuid.uuid4()}",
            "type": f"Timeback{metrics}Collection",
            "items": items,
        },
    }


def test_heartbeats_and_submissions_under_two_iris_are_one_learner(stack: Stack) -> None:
    student, run = str(uuid.uuid4()), str(uuid.uuid4())
    ids = [f"{host}/ims/oneroster/rostering/v1p2/users/{student}" for host in (FIXED, stack.endpoint.url)]
    heartbeat = sdk_event(stack, "TimeSpentEvent", ids[0], run, [{"type": "active", "value": 90}])
    submission = sdk_event(stack, "ActivityEvent", ids[1], run, [{"type": "xpEarned", "value": 12}])
    sent = stack.post("/caliper/event", envelope(heartbeat, submission))
    assert sent.status_code == 200, sent.text
    stack.wait_for("both events", lambda: all(stack.rows("/events", actor=name) for name in ids))

    def numbers(actor: str) -> list[tuple[float, float]]:
        days = stack.get("/progress", actor=actor).json()["days"]
        return [(day["seconds"]["active"], day["xpEarned"]) for day in days]

    assert [numbers(name) for name in ids] == [[(90, 0)], [(0, 12)]]
    headers, url = stack.headers(), f"{stack.endpoint.url}/aliases"
    said = stack.http.put(url, json={"person": ids[0], "alias": ids[1]}, headers=headers)
    assert said.status_code == 200, said.text
    assert numbers(ids[0]) == numbers(ids[1]) == [(90, 12)]
    assert {row["actor"] for row in stack.rows("/events", actor=ids[1])} == set(ids)
    (run_row,) = stack.rows("/runs", id=f"urn:uuid:{run}")
    assert (run_row["seconds"]["active"], run_row["xpEarned"]) == (90, 12)
    assert stack.get("/aliases", actor=ids[1]).json()["people"][0]["person"] == ids[0]
    taken_back = stack.http.delete(url, params={"alias": ids[1]}, headers=headers)
    assert taken_back.status_code == 200, taken_back.text
    assert [numbers(name) for name in ids] == [[(90, 0)], [(0, 12)]]
