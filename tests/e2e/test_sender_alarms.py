"""An app's own alarm on the running stack: it rings, is an event of the service that reaches a reader, and clears."""

import json
from typing import Any

from functions.core.sender_alarms.alarms import SenderAlarms
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.sender_alarms.rows import alarms_row
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, described, envelope
from tests.e2e.test_recordings import bearer

EVENTS = 30


def ask_alarms(stack: Stack) -> None:
    """Have the sweep ask the alarms now, as it does each quarter of an hour."""
    lambdas = stack.client("lambda")
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
    (name,) = [name for name in names if "-TimeoutFunction" in name]
    answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"askAlarms": True}).encode())
    said = answer["Payload"].read()
    assert "FunctionError" not in answer, said


def test_an_alarm_rings_and_clears(stack: Stack) -> None:
    app = another_app(stack)
    headers = {"Authorization": f"Bearer {bearer(stack, app)}"}
    registry = DynamoTable(stack.client("dynamodb"), stack.endpoint.registry_table)
    tenant = keys.tenant_of(app.app.app_id)
    registry.put_all([alarms_row(SenderAlarms(tenant=tenant, app_id=app.app.app_id, warnings_percent=50))])

    def send(count: int, **changes: Any) -> None:
        body = envelope(*(described(**changes) for _ in range(count)))
        answer = stack.http.post(f"{stack.endpoint.url}/caliper/event", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        for event in (body["data"][0], body["data"][-1]):
            stack.wait_for("the event", lambda: read("/events", id=event["id"]))  # noqa: B023

    def read(path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = stack.http.get(f"{stack.endpoint.url}{path}", params=parameters, headers=headers)
        rows: list[dict[str, Any]] = answer.json().get("events", []) if answer.is_success else []
        return rows

    def states() -> list[tuple[str, str]]:
        listed = read("/caliper/events", limit="100")
        return sorted(
            (row["extensions"]["alarm"], row["extensions"]["state"])
            for row in listed
            if row["action"] in ("Activated", "Deactivated")
        )

    send(EVENTS, extensions=None)
    ask_alarms(stack)
    ask_alarms(stack)
    stack.wait_for("the alarm", lambda: states() == [("warnings", "ringing")])
    send(2 * EVENTS)
    ask_alarms(stack)
    stack.wait_for("its end", lambda: states() == [("warnings", "cleared"), ("warnings", "ringing")])
