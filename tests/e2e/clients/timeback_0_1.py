"""Run in a virtual environment of its own, where timeback-caliper is 0.1.10: its methods against a running endpoint.

Reads one JSON object of settings on standard input; prints one with what the client gave back.
"""

import asyncio
import json
import sys
from importlib.metadata import version
from typing import Any

from timeback_caliper import (
    ActivityCompletedInput,
    CaliperClient,
    TimebackActivityContext,
    TimebackActivityMetric,
    TimebackApp,
    TimebackUser,
    TimeSpentInput,
    TimeSpentMetric,
    create_time_spent_event,
)
from timeback_caliper.types import CaliperEnvelope
from timeback_common import TimebackProvider

SENSOR = "https://app.example.org/sensors/old"


def parts(name: str) -> dict[str, Any]:
    return {
        "actor": TimebackUser(id=f"https://oneroster.example.org/users/{name}", email=f"{name}@example.edu"),
        "object": TimebackActivityContext(
            id="https://app.example.org/activities/9", subject="Reading", app=TimebackApp(name="Reader")
        ),
    }


def activity(event_id: str) -> ActivityCompletedInput:
    metrics = [TimebackActivityMetric(type="xpEarned", value=3)]
    return ActivityCompletedInput(**parts("old"), metrics=metrics, id=event_id)


def time_spent(event_id: str) -> TimeSpentInput:
    return TimeSpentInput(**parts("old"), metrics=[TimeSpentMetric(type="active", value=30)], id=event_id)


async def dialect_b(instructions: dict[str, Any]) -> dict[str, Any]:
    ids, credentials = instructions["ids"], instructions["credentials"]
    async with CaliperClient(
        base_url=instructions["url"], auth_url=instructions["url"] + "/oauth2/token", **credentials
    ) as client:
        first = await client.events.send_activity(SENSOR, activity(ids[0]))
        second = await client.events.send_time_spent(SENSOR, time_spent(ids[1]))
        event = create_time_spent_event(time_spent(ids[2]))
        third = await client.events.send(SENSOR, [event])
        envelope = CaliperEnvelope.model_validate(instructions["envelope"])
        validation = await client.events.validate(envelope)
        fourth = await client.events.send_envelope(envelope)
        results = []
        for sent in (first, second, third, fourth):
            assert sent.job_id
            status = await client.jobs.wait_for_completion(sent.job_id)
            results += [result.external_id for result in status.return_value.results] if status.return_value else []
        read = [(await client.events.get(each)).external_id for each in ids]
        listed = await client.events.list(sensor=SENSOR, limit=2)
        streamed = [event.external_id async for event in client.events.stream(sensor=SENSOR, limit=2)]
    return {
        "validation": validation.status,
        "results": results,
        "read": read,
        "listed": [event.external_id for event in listed.events],
        "total": listed.pagination.total,
        "streamed": streamed,
    }


async def dialect_p(instructions: dict[str, Any]) -> dict[str, Any]:
    provider = TimebackProvider(
        base_url=instructions["url"],
        auth_url=instructions["url"] + "/auth/1.0/token",
        path_profile="LEARNWITH_AI",
        **instructions["credentials"],
    )
    async with CaliperClient(platform="LEARNWITH_AI", provider=provider) as client:
        first = await client.events.send_activity(SENSOR, activity(instructions["platform_ids"][0]))
        second = await client.events.send_time_spent(SENSOR, time_spent(instructions["platform_ids"][1]))
    return {"jobs": [first.job_id, second.job_id]}


async def main() -> None:
    instructions = json.load(sys.stdin)
    answers = {"version": version("timeback-caliper"), **await dialect_b(instructions), **await dialect_p(instructions)}
    json.dump(answers, sys.stdout)


asyncio.run(main())
