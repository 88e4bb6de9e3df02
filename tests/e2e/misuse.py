"""One app that misbehaves, and another that sends honestly beside it: what `make soak MISUSE=1` lets meet.

The one that misbehaves begins ten thousand sessions in its first request, then sends tiny items that are rejected, ids
of the most bytes, more than its budget, and what breaks readers that trust it. Messages that nothing can read are put
into the queue beside them. The honest one is a class: pupils that work for a while, each in a session of its own, and
walk away.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import orjson

from functions.core.usage.budgets import Budget
from tests.e2e.driver import Backstage, Driver, Stuck
from tests.payloads import Json, Payloads, envelope

PUPILS = 8  # that work at one time
EVENTS_OF_A_PUPIL = 8
PACE_SECONDS = (0.5, 3.0)  # between two events of a pupil
PAUSE_SECONDS = {"new sessions": 3600.0, "tiny rejects": 0.5, "huge ids": 2.0, "over the budget": 1.0, "poison": 5.0}
# The emulator looks through all rows at each query: some ten thousand are as much as it bears.
BUDGET = Budget(items=12_000, rejects=2_000, sessions=10_000, body_bytes=20_000_000)
SESSIONS_A_REQUEST = 10_000
NO_MESSAGE = "{not a message of this service"


@dataclass
class Sitting:
    """What one pupil did: the ids that were accepted."""

    session: str
    ids: list[str] = field(default_factory=list)


@dataclass
class Meeting:
    """What came of a time of misuse: the honest sittings, and how requests were answered."""

    sittings: list[Sitting] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each honest request
    retried: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)  # of each way to misbehave, by status


async def meet(sender: Driver, behind: Backstage, *, seconds: float, seed: int) -> Meeting:
    """Let both send for so many seconds; the last pupils finish their work."""
    meeting = Meeting()
    until = time.monotonic() + seconds
    rng = random.Random(seed)
    pupils = (_pupils(sender, meeting, random.Random(f"{seed} {number}"), until) for number in range(PUPILS))
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        misuser = Misuser(sender, http, behind, meeting, random.Random(rng.getrandbits(32)), until)
        await asyncio.gather(*pupils, *(misuser.goes_on(way) for way in PAUSE_SECONDS))
    return meeting


async def _pupils(sender: Driver, meeting: Meeting, rng: random.Random, until: float) -> None:
    """One pupil after the other. Each is answered before it sends on."""
    payloads = Payloads(rng.getrandbits(32), app=sender.endpoint.app_id)
    while time.monotonic() < until:
        student, sitting = payloads.urn(), Sitting(payloads.urn())
        meeting.sittings.append(sitting)
        for number in range(EVENTS_OF_A_PUPIL):
            payloads.clock = datetime.now(UTC)
            make = payloads.question_started if number % 2 else payloads.lesson_started
            event = make(student) | {"session": sitting.session}
            answer = await sender.post("timeback", json.dumps(envelope(event)).encode())
            if answer.status != 200:
                raise Stuck(f"an honest request was answered {answer.status}: {answer.body}")
            meeting.seconds.append(answer.seconds)
            meeting.retried += answer.attempts - 1
            sitting.ids.append(event["id"])
            await asyncio.sleep(rng.uniform(*PACE_SECONDS))


class Misuser:
    """The other app, whose credential `sender` knows as `misuser`."""

    def __init__(
        self,
        sender: Driver,
        http: httpx.AsyncClient,
        behind: Backstage,
        meeting: Meeting,
        rng: random.Random,
        until: float,
    ) -> None:
        self._sender, self._http, self._behind, self._meeting = sender, http, behind, meeting
        self._rng, self._until = rng, until
        self._number = 0

    async def goes_on(self, way: str) -> None:
        """Misbehave in one way until the time is over."""
        answers = self._meeting.answers.setdefault(way, Counter())
        ways: dict[str, Callable[[], Awaitable[int]]] = {
            "new sessions": self._new_sessions,
            "tiny rejects": self._tiny_rejects,
            "huge ids": self._huge_ids,
            "over the budget": self._over_budget,
            "poison": self._poison,
        }
        while time.monotonic() < self._until:
            try:
                answers[str(await ways[way]())] += 1
            except httpx.TransportError as failure:
                answers[type(failure).__name__] += 1
            await asyncio.sleep(min(PAUSE_SECONDS[way], max(self._until - time.monotonic(), 0)))

    async def _post(self, body: bytes) -> int:
        headers = self._sender.headers["misuser"] | {"Content-Type": "application/json"}
        url = self._sender.endpoint.url + "/caliper/event"
        return (await self._http.post(url, content=body, headers=headers)).status_code

    def _event(self, **more: object) -> Json:
        """The smallest event that is accepted."""
        self._number += 1
        name = f"{self._number}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"id": f"a:{name}", "type": "Event", "actor": f"b:{name}", "action": "Used", "object": "c:1",
                "eventTime": now, **more}  # fmt: skip

    async def _new_sessions(self) -> int:
        items = [self._event(session=f"s:{self._number}") for _ in range(SESSIONS_A_REQUEST)]
        return await self._post(orjson.dumps(envelope() | {"data": items}))

    async def _tiny_rejects(self) -> int:
        self._number += 1
        items = [{"id": f"r:{self._number}-{number}"} for number in range(200)]
        return await self._post(orjson.dumps(envelope() | {"data": items}))

    async def _huge_ids(self) -> int:
        def noise() -> str:
            return "x:" + f"{self._rng.getrandbits(8_000):02000x}"

        items = [self._event(id=noise(), actor=noise(), session=noise()) for _ in range(50)]
        return await self._post(orjson.dumps(envelope() | {"data": items}))

    async def _over_budget(self) -> int:
        """A thousand events of few learners, again and again."""
        items = [self._event(actor=f"b:{self._rng.randrange(50)}") for _ in range(1_000)]
        return await self._post(orjson.dumps(envelope() | {"data": items}))

    async def _poison(self) -> int:
        """What a trusting reader falls over, and a message that none can read, which only an operator could send."""
        deep = "[" * 400 + "]" * 400
        texts = [
            json.dumps(self._event(id="a:\ud800", actor="b:\x00", session="s:#\x1f")),
            json.dumps(self._event(extensions={"runId": "r:\udfff", "courseId": "\x00"})),
            json.dumps(self._event())[:-1] + f', "extensions": {{"deep": {deep}}}}}',
            json.dumps(self._event())[:-1] + ', "generated": {"scoreGiven": 1e999, "maxScore": -1e-999}}',
            json.dumps(self._event(type="TimeSpentEvent", eventTime="9999-12-31T23:59:59Z")),
            json.dumps(self._event(type="ActivityEvent", eventTime="0001-01-01T00:00:00Z")),
        ]
        head = json.dumps(envelope())[: -len("[]}")]
        sqs, url = self._behind.client("sqs"), self._behind.endpoint.queue_url
        await asyncio.to_thread(sqs.send_message, QueueUrl=url, MessageBody=NO_MESSAGE)
        return await self._post((head + "[" + ",".join(texts) + "]}").encode())
