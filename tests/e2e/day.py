"""A school day as data: the learners of three apps, the requests that their apps send, and what must come of them."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.e2e.outcome import Json, Pupil, clock
from tests.e2e.pupils import CANVAS, CanvasMaker, Maker, ReaderMaker
from tests.e2e.timeback_pupils import TimeBackMaker
from tests.payloads import V1P1, V1P2

ENVELOPE_ITEMS = 20
LESSONS = {f"MATH-{number}": 5 + 4 * number for number in range(4)}  # MATH-4 is not on record
MAKERS: dict[str, type[Maker]] = {"timeback": TimeBackMaker, "lms": CanvasMaker, "reader": ReaderMaker}


@dataclass(frozen=True, slots=True)
class Request:
    """One POST of one app: the body's bytes, and how many of its items are none that can be accepted."""

    app: str
    body: bytes
    items: int
    refused: int = 0


@dataclass(slots=True, kw_only=True)
class Day:
    """Everybody's day. `idle_ms` is the timeout that it was made for."""

    seed: int
    idle_ms: int
    pupils: list[Pupil]
    ends_ms: int
    in_time: dict[tuple[str, str], list[Request]] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=lambda: {"envelopes": 0, "events": 0})

    def requests(self, pupil: Pupil, *, late: bool) -> list[Request]:
        """What is sent of one learner: in time, or late; shuffled, some envelopes and some events twice."""
        rng = random.Random(f"{self.seed} {pupil.app} {pupil.id} {late}")
        items = [event for name, event in pupil.events.items() if (name in pupil.late) == late]
        if not late:
            items += [*pupil.twice.values(), *pupil.refused]
            again = rng.sample(items, len(items) // 10)
            self.repeats["events"] += len(again)
            items += again
        if rng.random() < 0.6:
            rng.shuffle(items)
        requests_of_pupil = [self._request(pupil, part) for part in _parts(items, rng)]
        if late:  # a flush that was thought lost comes once more, long after
            requests_of_pupil += self._again(self.in_time[pupil.app, pupil.id], rng, 0.1)
        else:
            self.in_time[pupil.app, pupil.id] = requests_of_pupil
            requests_of_pupil += self._again(requests_of_pupil, rng, 0.15)
            if rng.random() < 0.3:
                requests_of_pupil.reverse()
        return requests_of_pupil

    def _again(self, requests: Sequence[Request], rng: random.Random, share: float) -> list[Request]:
        again = [request for request in requests if rng.random() < share]
        self.repeats["envelopes"] += len(again)
        return again

    def _request(self, pupil: Pupil, items: list[Json]) -> Request:
        version = V1P2 if pupil.app == "timeback" else V1P1
        body = {
            "sensor": f"https://sensors.example.org/{pupil.app}",
            "sendTime": clock(self.ends_ms),
            "dataVersion": version,
            "data": items,
        }
        refused = sum("action" not in item for item in items)
        return Request(pupil.app, json.dumps(body).encode(), len(items), refused)


def school_day(*, seed: int, learners: int, idle_ms: int, ends_ms: int, edapp: str) -> Day:
    """The day of so many learners of the TimeBack app `edapp`; many of them use the LMS and the reading app, too.

    A learner has one id in the TimeBack and in the reading app: it must not matter. The last of anything happens
    shortly before `ends_ms`.
    """
    pupils: list[Pupil] = []
    for number in range(learners):
        rng = random.Random(f"{seed} {number}")
        who = f"https://roster.example.org/ims/oneroster/rostering/v1p2/users/{rng.getrandbits(48):012x}"
        ids = {"timeback": who, "lms": f"urn:instructure:canvas:user:{rng.getrandbits(40)}", "reader": who}
        apps = ["timeback", *(app for app in ("lms", "reader") if rng.random() < 0.5)]
        pupils += [_pupil(app, ids[app], f"{seed} {number} {app}", edapp, idle_ms, ends_ms) for app in apps]
    return Day(seed=seed, idle_ms=idle_ms, pupils=pupils, ends_ms=ends_ms)


def _pupil(app: str, who: str, seed: str, edapp: str, idle_ms: int, ends_ms: int) -> Pupil:
    # Lived through once to know how long it takes, and once at its time.
    trial = _lived(app, who, seed, edapp, idle_ms, 0)
    # What comes late lies up to an idle timeout after the last event in time.
    lived = _lived(app, who, seed, edapp, idle_ms, ends_ms - trial.now_ms - idle_ms)
    _disturb(lived.pupil, lived.rng)
    return lived.pupil


def _lived(app: str, who: str, seed: str, edapp: str, idle_ms: int, start_ms: int) -> Maker:
    speaks_for = {"timeback": edapp, "lms": CANVAS}.get(app, "")
    pupil = Pupil(app=app, id=who)
    maker = MAKERS[app](pupil, random.Random(seed), edapp=speaks_for, start_ms=start_ms, idle_ms=idle_ms)
    maker.day()
    return maker


def _disturb(pupil: Pupil, rng: random.Random) -> None:
    """Now and then an id comes with a second content, and an item cannot be accepted."""
    if rng.random() < 0.1:
        name = rng.choice([name for name in pupil.events if name not in pupil.late])
        event = pupil.events[name]
        pupil.twice[name] = event | {"extensions": event.get("extensions", {}) | {"sentAgain": True}}
    if rng.random() < 0.1:
        event = dict(rng.choice(list(pupil.events.values())))
        event["id"] = f"{event['id'][:-4]}dead"
        del event["action"]
        pupil.refused.append(event)


def _parts(items: list[Json], rng: random.Random) -> Iterator[list[Json]]:
    start = 0
    while start < len(items):
        size = rng.choice([1, 3, ENVELOPE_ITEMS])
        yield items[start : start + size]
        start += size
