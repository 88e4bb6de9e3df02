"""Both tables are deleted, and the runbook's commands bring them back with every event and credential."""

import re
import uuid
from pathlib import Path
from typing import Any

from functions.store.copies.registry import scan
from functions.store.people.keys import is_of_people
from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import described, envelope
from tests.e2e.operator import succeeds

EVENTS = 12


def blocks() -> list[str]:
    """The commands of the runbook's section on a table that is gone, in order."""
    (section,) = re.findall(
        r"^## A table is gone\n(.*?)^## ", (ROOT / "docs" / "runbook.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return re.findall(r"^```bash\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


def by_sensor_key(stack: Stack, event: dict[str, Any]) -> int:
    answer = stack.http.post(
        f"{stack.endpoint.url}/caliper/event",
        json=envelope(event),
        headers={"Authorization": stack.endpoint.sensor_key},
    )
    return answer.status_code


def stored(stack: Stack, ids: list[str]) -> list[str]:
    return [event_id for event_id in ids if stack.rows("/events", lms=True, id=event_id)]


def not_of_people(dynamodb: Any, registry_table: str) -> list[str]:
    """The rows of the registry that its daily copies hold: none that says something of people."""
    return sorted(str(row) for row in scan(dynamodb, registry_table) if not is_of_people(row))


def test_lost_tables_come_back_with_every_event_and_a_sensor_key_that_works(stack: Stack, place: Path) -> None:
    dynamodb, it = stack.client("dynamodb"), stack.endpoint
    events = [described(id=uuid.uuid4().urn) for _ in range(EVENTS)]
    ids = [event["id"] for event in events]
    assert {by_sensor_key(stack, event) for event in events} <= {200, 202}
    stack.wait_for("the events in the table", lambda: stored(stack, ids) == ids)
    (name,) = [
        function["FunctionName"]
        for function in stack.client("lambda").list_functions()["Functions"]
        if "-BackupFunction" in function["FunctionName"]
    ]
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    said = answer["Payload"].read()
    assert "FunctionError" not in answer, said
    registry = not_of_people(dynamodb, it.registry_table)
    for table in (it.table, it.registry_table):
        dynamodb.delete_table(TableName=table)
    printed = succeeds(place, "\n".join(blocks()))
    assert f"{it.registry_table} is back" in printed
    assert f"{it.table} is back" in printed
    assert not_of_people(dynamodb, it.registry_table) == registry
    assert stored(stack, ids) == ids
    new = described(id=uuid.uuid4().urn)
    assert by_sensor_key(stack, new) in (200, 202)
    stack.wait_for("an event that was sent afterwards", lambda: stored(stack, [new["id"]]))
    expiry = dynamodb.describe_time_to_live(TableName=it.table)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "ENABLED"
