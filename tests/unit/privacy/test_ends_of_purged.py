"""Which TimedOut events a purge takes with it: those that this service made of sittings of which nothing is left."""

from collections import Counter
from typing import Any

import pytest

from functions.core import packing
from functions.privacy.office import add_all
from functions.privacy.purge.purge import purge_once
from functions.store import keys
from functions.store.erasure.rows import add_erasures
from tests.payloads import Json
from tests.unit.privacy.erasing_world import ADA, ErasingWorld
from tests.unit.privacy.test_purge import LEAKED, OWN, purge_of
from tests.unit.privacy.whole_world import TENANT

OURS, ANOTHER = (f"urn:uuid:5e550000-0000-4000-8000-00000000000{number}" for number in range(2))
PK = keys.learner_pk(TENANT, ADA)
BEGAN, ENDED = 10, 20  # minutes


class Timeline:
    """Events of one learner: one of a leaked key, and whatever else a test sends."""

    def __init__(self) -> None:
        self.world = ErasingWorld()
        self.numbers = iter(range(100))
        self.send(self.event(15), credential=LEAKED)

    def event(self, minute: float, **changed: Any) -> Json:
        identifier = f"urn:uuid:e0e00000-0000-4000-8000-{next(self.numbers):012d}"
        return self.world.event(minute, **{"id": identifier, "actor": ADA, "session": OURS, **changed})

    def end(self, **changed: Any) -> Json:
        """A TimedOut of a sitting of ten minutes."""
        whole = {"id": OURS, "type": "Session", "startedAtTime": self.world.time(BEGAN)}
        ended = self.world.payloads.logged_out(ADA, OURS) | {"action": "TimedOut", "object": whole}
        return ended | {"eventTime": self.world.time(ENDED), "session": OURS, **changed}

    def send(self, event: Json, *, minute: int = 100, **how: Any) -> None:
        self.world.set_clock(minute)
        self.world.send(event, **how)

    def emit(self, event: Json) -> None:
        self.send(event, minute=200, system=True)

    def ids(self) -> set[str]:
        return {row["event"]["id"] for row in self.world.all("/events", "events", actor=ADA)}

    def purge(self, *, applies: bool = True) -> tuple[dict[str, int], list[str]]:
        """What was counted, and what was told."""
        notes: list[str] = []
        purge = purge_of(self.world)
        if applies:
            add_erasures(self.world.table, TENANT, [purge.erasure(request="r1")])
        doors = self.world.office().doors
        return dict(add_all(Counter(), purge_once(purge, doors, applies=applies, tell=notes.append))), notes


@pytest.mark.parametrize(
    ("minute", "session", "stays"),
    [
        (BEGAN - 0.001, OURS, False),
        (BEGAN, OURS, True),
        (ENDED, OURS, True),
        (ENDED + 0.001, OURS, False),
        (15, ANOTHER, False),
        (15, None, True),
    ],
)
def test_an_end_stays_while_an_event_is_left_that_may_be_of_its_sitting(
    minute: float, session: str | None, stays: bool
) -> None:
    timeline = Timeline()
    kept, end = timeline.event(minute, session=session), timeline.end()
    if session is None:
        del kept["session"]
    timeline.send(kept, credential=OWN)
    timeline.emit(end)
    assert timeline.purge(applies=False)[0]["TimedOut events"] == (not stays)
    assert timeline.purge()[0]["TimedOut events"] == (not stays)
    assert timeline.ids() == {kept["id"], *([end["id"]] if stays else [])}


@pytest.mark.parametrize(("minute", "stays"), [(ENDED, True), (BEGAN, False)])
def test_an_end_that_does_not_say_when_its_sitting_began_is_of_its_own_time(minute: int, stays: bool) -> None:
    timeline = Timeline()
    kept, end = timeline.event(minute), timeline.end(object={"id": OURS, "type": "Session"})
    timeline.send(kept, credential=OWN)
    timeline.emit(end)
    timeline.purge()
    assert (end["id"] in timeline.ids()) is stays


def test_an_end_that_the_app_sent_itself_stays_and_so_does_all_else_that_the_service_said() -> None:
    timeline = Timeline()
    sent, said = timeline.end(), timeline.event(15)
    timeline.send(sent, credential=OWN)
    timeline.emit(said)
    assert timeline.purge()[0]["TimedOut events"] == 0
    assert timeline.ids() == {sent["id"], said["id"]}


def test_each_of_several_ends_is_judged_by_itself() -> None:
    timeline = Timeline()
    second = {"id": ANOTHER, "type": "Session", "startedAtTime": timeline.world.time(BEGAN)}
    last = timeline.end(eventTime=timeline.world.time(ENDED + 1))
    ends = [timeline.end(), timeline.end(object=second, session=ANOTHER), last]
    kept = timeline.event(15, session=ANOTHER)
    timeline.send(kept, credential=OWN)
    for end in ends:
        timeline.emit(end)
    assert timeline.purge()[0]["TimedOut events"] == 2
    assert timeline.ids() == {kept["id"], ends[1]["id"]}
    assert not any(ends[number]["id"] in text for number in (0, 2) for text in timeline.world.held())


@pytest.mark.parametrize("applies", [True, False])
def test_an_event_that_cannot_be_read_is_told_of_and_hides_no_other(applies: bool) -> None:
    timeline = Timeline()
    unread, kept, end = timeline.event(5), timeline.event(15), timeline.end()
    for event in (unread, kept):
        timeline.send(event, credential=OWN)
    timeline.emit(end)
    (place,) = places_of(timeline, unread)
    row = timeline.world.table.items[place]
    timeline.world.table.put_all([{**row, "body": packing.compress(b"no JSON")}])
    counts, notes = timeline.purge(applies=applies)
    assert counts["TimedOut events"] == 0
    assert notes == [f"{place[1]} cannot be read"]
    assert [len(places_of(timeline, event)) for event in (unread, kept, end)] == [1, 1, 1]


def places_of(timeline: Timeline, event: Json) -> list[tuple[str, str]]:
    """Where an event lies."""
    ref = keys.event_ref(TENANT, event["id"])
    return [key for key, row in timeline.world.table.items.items() if row.get(keys.BY_ID_PK) == ref]
