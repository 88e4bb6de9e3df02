"""TimeBack's own SDK (PyPI timeback-sdk with its FastAPI adapter) and analytics client, unchanged.

The SDK's Caliper events go here in the public way: by its hooks, with a CaliperClient. TimeBack's own hosts are stubbed
below HTTP; of them EduBridge leads here. Every number that is answered is the one that the SDK was told.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from timeback import ApiCredentials, CustomIdentityConfig, TimebackConfig
from timeback.server.adapters.fastapi import TimebackFastAPI
from timeback.server.types import TimebackHooks
from timeback_caliper import CaliperClient
from timeback_edubridge import EdubridgeClient

from tests.e2e.conftest import Stack
from tests.e2e.waiting import wait_for

EMAIL = "learner@example.org"
COURSE = "math-4"
LESSONS = 20
API_HOST, CALIPER_HOST = "api.staging.alpha-1edtech.ai", "caliper.staging.alpha-1edtech.ai"
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
MATHS, SPACED = {"subject": "Math", "grade": 4}, {"subject": "Social Studies", "grade": 5}

type Json = dict[str, Any]


class Hosts:
    """TimeBack's hosts as the SDK's HTTP meets them. `stumbles` are answers of 503 before the next EduBridge answer."""

    def __init__(self, stack: Stack, student: str) -> None:
        self.stack, self.student = stack, student
        self.stumbles = 0
        self.sent: list[Json] = []  # Caliper envelopes that TimeBack got
        self.real = httpx.AsyncHTTPTransport.handle_async_request

    async def __call__(self, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        host, path = request.url.host, request.url.path
        if host.endswith("amazoncognito.com"):
            return httpx.Response(200, json={"access_token": "timeback", "expires_in": 3600, "token_type": "Bearer"})
        if host == CALIPER_HOST:
            self.sent.append(json.loads(await request.aread()))
            return httpx.Response(200, json={"jobId": "1"})
        if host == API_HOST and path.startswith("/edubridge/"):
            if self.stumbles:
                self.stumbles -= 1
                return httpx.Response(503, json={"message": "later"})
            url = httpx.URL(self.stack.endpoint.url + request.url.raw_path.decode())
            headers = {**self.stack.headers(), "accept": "application/json"}
            return await self.real(transport, httpx.Request(request.method, url, headers=headers))
        if host == API_HOST and path.endswith("/users"):
            user = {"sourcedId": self.student, "givenName": "A", "familyName": "B", "email": EMAIL, "status": "active"}
            return httpx.Response(200, json={"users": [user]})
        if host == API_HOST:
            return httpx.Response(404, json={"message": "nothing"})
        return await self.real(transport, request)


class School:
    """A learning app with the SDK in it, its browser, and the clients that ask for the numbers."""

    def __init__(self, stack: Stack, hosts: Hosts, caliper: CaliperClient, sdk: TimebackFastAPI) -> None:
        self.stack, self.hosts, self.caliper, self.sdk = stack, hosts, caliper, sdk
        self.app = FastAPI()
        self.app.include_router(sdk.router, prefix="/api/timeback")
        self.event_ids: list[str] = []

    async def post(self, path: str, body: Json) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://school.example.org") as browser:
            answer = await browser.post(f"/api/timeback/activity/{path}", json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer

    async def heartbeat(self, run: str, minute: float, active: int, paused: int = 0, slug: str = "adding") -> None:
        start = START + timedelta(minutes=minute)
        await self.post(
            "heartbeat",
            {
                "id": slug, "name": "Adding", "course": MATHS, "runId": run, "startedAt": iso(start),
                "endedAt": iso(start + timedelta(seconds=active + paused)), "elapsedMs": active * 1000,
                "pausedMs": paused * 1000,
            },
        )  # fmt: skip

    async def submit(self, run: str, minute: float, slug: str = "adding", **metrics: Any) -> None:
        await self.post(
            "submit",
            {
                "id": slug, "name": "Adding", "course": MATHS, "runId": run,
                "endedAt": iso(START + timedelta(minutes=minute)), "metrics": metrics,
            },
        )  # fmt: skip

    async def stored(self) -> None:
        """Wait until all that was sent here can be read."""
        for event_id in self.event_ids:
            await asyncio.to_thread(
                wait_for,
                event_id,
                lambda: self.stack.get(f"/caliper/events/{quote(event_id, safe='')}").is_success,  # noqa: B023
            )
        self.event_ids.clear()


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def school(stack: Stack, monkeypatch: pytest.MonkeyPatch, folder: Path, student: str) -> AsyncIterator[School]:
    course = {
        "subject": "Math", "grade": 4, "ids": {"staging": COURSE}, "metadata": {"metrics": {"totalLessons": LESSONS}}
    }  # fmt: skip
    spaced = {"subject": "Social Studies", "grade": 5, "ids": {"staging": "social-5"}}
    config = folder / "timeback.config.json"
    config.write_text(
        json.dumps({"name": "Fractions", "sensor": "https://fractions.example.org", "courses": [course, spaced]})
    )
    hosts = Hosts(stack, student)

    async def routed(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await hosts(transport, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", routed)
    it = stack.endpoint
    caliper = CaliperClient(
        base_url=it.url, auth_url=it.token_url, client_id=it.client_id, client_secret=it.client_secret
    )

    async def here_too(data: Any) -> Any:
        """The public way to send the SDK's events to a store: a hook, which hands on what goes to TimeBack."""
        await caliper.events.send(data.sensor, [data.event])
        the_school.event_ids.append(data.event.id)
        return data

    sdk = TimebackFastAPI(
        TimebackConfig(
            env="staging",
            api=ApiCredentials(client_id="timeback", client_secret="timeback"),
            identity=CustomIdentityConfig(mode="custom", get_email=lambda _request: EMAIL),
            config_path=str(config),
            hooks=TimebackHooks(before_activity_send=here_too, before_time_spent_send=here_too),
        )
    )
    the_school = School(stack, hosts, caliper, sdk)
    try:
        yield the_school
    finally:
        await caliper.close()
        await sdk.close()


def run(use: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(use())


def percents(hosts: Hosts) -> list[Any]:
    """What the SDK computed for each submission."""
    events = [event for envelope in hosts.sent for event in envelope["data"] if event["type"] == "ActivityEvent"]
    return [event["generated"].get("extensions", {}).get("pctCompleteApp") for event in events]


def test_every_number_is_what_the_sdk_was_told(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    student, run_id = str(uuid.uuid4()), str(uuid.uuid4())

    async def lesson() -> None:
        async with school(stack, monkeypatch, tmp_path, student) as here:
            for minute in range(3):
                await here.heartbeat(run_id, minute, 45, 15 if minute == 2 else 0)
            await asyncio.gather(*(here.heartbeat(run_id, 3, 45) for _ in range(2)))  # at once: two event ids
            await here.heartbeat(run_id, 4.5, 10)  # page hide
            second = 24 * 60  # the other sitting, on the next day
            await here.heartbeat(run_id, second, 60)
            await here.heartbeat(run_id, second + 1, 20)  # the last flush
            metrics: dict[str, Any] = {
                "totalQuestions": 10,
                "correctQuestions": 8,
                "xpEarned": 12.5,
                "masteredUnits": 2,
            }
            await here.submit(run_id, second + 2, **metrics)
            await here.submit(run_id, second + 2, **metrics)  # repeated by the browser: another event id
            await here.stored()
            row = here.stack.rows("/runs", id=f"urn:uuid:{run_id}")[0]
            assert {
                name: row[name] for name in ("xpEarned", "totalQuestions", "correctQuestions", "masteredUnits")
            } == metrics
            assert (row["seconds"]["active"], row["seconds"]["inactive"]) == (4 * 45 + 10 + 60 + 20, 15)
            assert [(day["seconds"]["active"], day["xpEarned"]) for day in row["days"]] == [(190, 0), (80, 12.5)]
            progress = here.stack.rows("/progress", actor=row["actor"])[0]
            assert (progress["masteredUnits"], progress["pctCompleteApp"]) == (2, 10)
            (session,) = here.stack.rows("/sessions", actor=row["actor"])
            assert session["id"] == f"urn:uuid:{run_id}"
            await analytics(here, student, row)

    run(lesson)


async def analytics(here: School, student: str, row: Json) -> None:
    """EduBridge's client through every method that this service answers."""
    it = here.stack.endpoint
    client = EdubridgeClient(
        base_url=it.url, auth_url=it.token_url, client_id=it.client_id, client_secret=it.client_secret
    )
    try:
        first, last = iso(START)[:10], iso(START + timedelta(days=1))[:10]
        by_id = await client.analytics.get_activity(student_id=student, start_date=first, end_date=last)
        assert sum(day["Math"].activity_metrics.xp_earned for day in by_id.facts.values()) == row["xpEarned"]
        assert (
            sum(day["Math"].time_spent_metrics.active_seconds for day in by_id.facts.values())
            == row["seconds"]["active"]
        )
        assert list(by_id.facts_by_app) == ["Fractions"]
        zoned = await client.analytics.get_activity(
            student_id=student, start_date=first, end_date=last, timezone="America/Chicago"
        )
        assert zoned.facts
        (enrollment,) = [
            enrolled for enrolled in await client.enrollments.list(user_id=student) if enrolled.course.id == COURSE
        ]
        facts = await client.analytics.get_enrollment_facts(enrollment_id=enrollment.id)
        assert sum(day["Math"].activity_metrics.mastered_units for day in facts.facts.values()) == row["masteredUnits"]
        week = await client.analytics.get_weekly_facts(
            student_id=student, week_date=iso(START + timedelta(days=1, minutes=2))
        )
        submissions = [fact for fact in week if fact.activity_id is not None]
        assert [(fact.activity_id, fact.course_id, fact.enrollment_id) for fact in submissions] == [
            ("adding", COURSE, enrollment.id)
        ]
        grades = await client.analytics.get_highest_grade_mastered(student_id=student, subject="Math")
        assert (grades.student_id, grades.subject) == (student, "Math")
    finally:
        await client.close()


def test_the_sdks_automatic_progress_is_right(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    student = str(uuid.uuid4())

    async def lessons() -> None:
        async with school(stack, monkeypatch, tmp_path, student) as here:
            first, second = str(uuid.uuid4()), str(uuid.uuid4())
            await here.heartbeat(first, 0, 60, slug="one")
            await here.stored()
            await here.submit(first, 1, "one", xpEarned=1, masteredUnits=2)
            await here.stored()
            await here.heartbeat(second, 3, 60, slug="two")
            await here.stored()
            here.hosts.stumbles = 1  # a 503 on the way: the client asks again
            await here.submit(second, 5, "two", xpEarned=1, masteredUnits=3)
            await here.stored()
            await here.submit(second, 5, "two", xpEarned=1, masteredUnits=3)
            await here.stored()
            assert percents(here.hosts) == [10, 25, 25]

    run(lessons)


def test_record_and_a_subject_with_a_space_are_stored(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    student = str(uuid.uuid4())

    async def recorded() -> None:
        async with school(stack, monkeypatch, tmp_path, student) as here:
            await here.sdk.activity.record(
                {
                    "user": {"email": EMAIL},
                    "activity": {"id": "adding", "name": "Adding", "course": SPACED},
                    "metrics": {"xp_earned": 3, "total_questions": 4, "correct_questions": 3},
                    "time": {"ended_at": iso(START), "active_ms": 30_000},
                }
            )
            await here.stored()
            actor = f"https://{API_HOST}/ims/oneroster/rostering/v1p2/users/{student}"
            day = next(day_row for day_row in here.stack.get("/progress", actor=actor).json()["days"])
            assert (day["xpEarned"], day["seconds"]["active"], day["totalQuestions"]) == (3, 30, 4)
            (event, _) = here.stack.get("/events", actor=actor).json()["events"]
            assert " " in event["event"]["object"]["id"], "as the SDK builds it"

    run(recorded)
