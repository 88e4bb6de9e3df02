"""What the bench sends: the shapes of the source documents, in envelopes and messages that never come twice."""

import itertools
from collections.abc import Iterator

import orjson

from functions.core.apps import App
from functions.core.messages import Item, Message
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.store import keys
from tests.payloads import APP, Json, Payloads, envelope

LMS_SHAPES = ("Canvas NavigationEvent", "Blackboard AssessmentItemEvent")
LMS = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))
HOUSE = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",), house="timeback")
NOW_US = parse_time("2026-03-02T12:00:00Z") or 0
HOUR_US = 60 * MINUTE_US


class DiscardingQueue:
    """A queue that takes everything at no cost."""

    def send(self, bodies: object, *, group: str) -> list[int]:
        return []

    def waiting(self) -> int:
        return 0


def events(seed: int, *, learners: int = 100, house: bool = False) -> Iterator[bytes]:
    """The mix without end, each event a new one; `house`: only what TimeBack's apps send."""
    payloads = Payloads(seed)
    students = [payloads.urn() for _ in range(learners)]
    makers = [make for name, make in payloads.mix().items() if not (house and name in LMS_SHAPES)]
    for number in itertools.count():
        yield orjson.dumps(makers[number % len(makers)](students[number % learners]))


def bodies(seed: int, size: int, *, house: bool = False) -> Iterator[bytes]:
    """Requests of `size` events each, without end."""
    wrapper = orjson.dumps(envelope()).removesuffix(b"[]}")
    stream = events(seed, house=house)
    while True:
        yield wrapper + b"[" + b",".join(itertools.islice(stream, size)) + b"]}"


class School:
    """Learners in open sessions: each event names its learner's session, TimeBack's profile events also one run."""

    def __init__(self, seed: int, learners: int) -> None:
        self.payloads = Payloads(seed)
        self.students = [(self.payloads.urn(), self.payloads.urn(), self.payloads.urn()) for _ in range(learners)]
        mix = self.payloads.mix()
        self.makers = [
            make for name, make in mix.items() if name not in LMS_SHAPES and not name.startswith("SessionEvent")
        ]
        self.events_made = 0

    def logged_in(self) -> list[Json]:
        """One event that opens each learner's session."""
        return [self.payloads.logged_in(learner, session) for learner, session, _ in self.students]

    def event(self) -> Json:
        learner, session, run = self.students[self.events_made % len(self.students)]
        event = self.makers[self.events_made // len(self.students) % len(self.makers)](learner)
        self.events_made += 1
        event["session"] = session
        if "extensions" in event:
            event["actor"]["id"] = learner
            event["extensions"]["runId"] = run
        # All of one hour, so that no round crosses into another day.
        event["eventTime"] = format_time(NOW_US - HOUR_US + self.events_made * 1000)
        return event

    def message(self, size: int) -> Message:
        """`size` further events as one request's message."""
        return message([self.event() for _ in range(size)], self.payloads)


def message(sent: list[Json], payloads: Payloads) -> Message:
    key = f"{payloads.random.getrandbits(96):024x}"[:22]
    return Message(
        tenant=LMS.tenant,
        app_id=LMS.app_id,
        job=key if len(sent) <= 10 else f"{key}.p1",
        received_us=NOW_US,
        sensor="https://app.example.org/sensors/1",
        data_version="http://purl.imsglobal.org/ctx/caliper/v1p2",
        items=[Item("event", orjson.dumps(event)) for event in sent],
    )
