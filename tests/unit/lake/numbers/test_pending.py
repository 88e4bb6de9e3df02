"""Whose numbers are to be made anew: what lines touch, as small objects that add up."""

from typing import Any

import orjson
import pytest

from functions.lake.numbers.pending import Pending, Touched
from tests.lake_lines import event, line
from tests.lake_world import TABLES, TENANT, LakeWorld
from tests.payloads import APP

ADA, BEN, DAY = "urn:x:ada", "urn:x:ben", "2026-03-02"
WAREHOUSE = f"s3://{TABLES}"


def touched_by(*of: Any, conflicts: dict[tuple[str, str], set[str]] | None = None) -> Touched:
    touched = Touched()
    touched.add(of, conflicts or {})
    return touched


def beat(**said: Any) -> Any:
    return line({"learner": ADA, "sessionId": "urn:x:beaten", "eventTime": f"{DAY}T09:00:00Z"} | said, kind="heartbeat")


def test_a_fact_touches_its_learner_on_its_day_in_its_session() -> None:
    touched = touched_by(
        line(event("urn:x:1", ADA)),
        line(event("urn:x:2", ADA, eventTime="2026-03-04T09:00:00Z", session="urn:x:other")),
        line(event("urn:x:3", BEN), app="urn:x:app"),
        beat(),
    )
    assert touched.days == {(APP, ADA): {DAY, "2026-03-04"}, ("urn:x:app", BEN): {DAY}}
    assert touched.sessions == {
        (APP, ADA): {"urn:x:session", "urn:x:other", "urn:x:beaten"},
        ("urn:x:app", BEN): {"urn:x:session"},
    }
    assert touched.ownerless == {}


@pytest.mark.parametrize(
    "item",
    [
        line({"type": "Person", "id": ADA}, kind="entity"),
        line(event("urn:x:1", ADA), kind="rejection"),
        line(event("urn:x:1", ADA, eventTime="1970-01-01T00:00:00Z")),
        beat(eventTime="2150-01-01T00:00:00Z"),
        beat(learner=None, sessionId=None),
    ],
    ids=["a describe", "a rejection", "an impossible day", "an impossible heartbeat", "of nobody"],
)
def test_what_is_no_fact_of_a_day_touches_nothing(item: Any) -> None:
    after = line(event("urn:x:2", BEN))
    assert touched_by(item, after).days == {(APP, BEN): {DAY}}
    assert touched_by(item).ownerless == {}


def test_a_fact_without_a_session_touches_none() -> None:
    touched = touched_by(beat(sessionId=7), line(event("urn:x:1", BEN) | {"session": None}))
    assert set(touched.days) == {(APP, ADA), (APP, BEN)}
    assert touched.sessions == {}


def test_a_fact_that_names_only_a_session_is_of_whoever_owns_that() -> None:
    about = {"actor": {"id": APP, "type": "SoftwareApplication"}, "object": {"id": "urn:x:s", "type": "Session"}}
    ended = event("urn:x:1", APP, type="SessionEvent", action="TimedOut", session=None) | about
    touched = touched_by(line(ended), beat(learner=None))
    assert touched.ownerless == {APP: {("urn:x:s", DAY), ("urn:x:beaten", DAY)}}
    assert touched.days == {}


def test_days_of_other_contents_under_the_id_of_an_event_are_touched_too() -> None:
    conflicts = {(TENANT, "urn:x:1"): {"2026-01-21", DAY}, (TENANT, "urn:x:3"): {"2026-01-22"}}
    both = (
        line(event("urn:x:1", ADA)),
        line(event("urn:x:2", BEN)),
        line({"learner": BEN, "id": "urn:x:3"}, kind="heartbeat"),
    )
    assert touched_by(*both, conflicts=conflicts).days == {(APP, ADA): {"2026-01-21", DAY}, (APP, BEN): {DAY}}
    assert touched_by(line(event("urn:x:1", ADA), app="urn:x:app"), conflicts=conflicts).days == {
        ("urn:x:app", ADA): {DAY}
    }


def full() -> Touched:
    touched = touched_by(line(event("urn:x:1", ADA)), line(event("urn:x:2", BEN)), beat(learner=None))
    touched.days["urn:x:app", BEN] = {"2026-03-05", "2026-03-04"}
    return touched


def test_it_is_written_the_same_for_the_same_and_read_back() -> None:
    read = Touched()
    read.merge(full().dumped())
    assert read.days == full().days
    assert {name: of for name, of in read.sessions.items() if of} == full().sessions
    assert read.ownerless == full().ownerless
    assert read.dumped() == full().dumped()
    assert orjson.loads(full().dumped()) == {
        "learners": [
            [APP, ADA, [DAY], ["urn:x:session"]],
            [APP, BEN, [DAY], ["urn:x:session"]],
            ["urn:x:app", BEN, ["2026-03-04", "2026-03-05"], []],
        ],
        "ownerless": [[APP, [["urn:x:beaten", DAY]]]],
    }


def test_what_is_read_is_added_to_what_is_there() -> None:
    touched = touched_by(line(event("urn:x:9", ADA, eventTime="2026-03-09T09:00:00Z", session="urn:x:9")))
    touched.merge(full().dumped())
    assert touched.days[APP, ADA] == {DAY, "2026-03-09"}
    assert touched.sessions[APP, ADA] == {"urn:x:session", "urn:x:9"}


def objects(world: LakeWorld) -> list[str]:
    return [key for _, key in world.s3.objects]


def test_the_same_lines_are_the_same_object_until_it_is_done(world: LakeWorld) -> None:
    pending = Pending(world.store, WAREHOUSE)
    own, other = [line(event("urn:x:1", ADA))], [beat(learner=None)]
    for lines in (own, own, other):
        pending.note(lines, {})
    assert len(objects(world)) == 2
    assert all(key.startswith("pending/") and key.endswith(".json") for key in objects(world))
    bodies = dict(pending.listed())
    assert sorted(bodies.values()) == sorted(touched_by(*lines).dumped() for lines in (own, other))
    pending.done([next(iter(bodies))])
    assert dict(pending.listed()) == dict(list(bodies.items())[1:])
    pending.done([])
    assert len(objects(world)) == 1


def test_lines_that_touch_nobody_are_no_object(world: LakeWorld) -> None:
    pending = Pending(world.store, WAREHOUSE)
    pending.note([line({"type": "Person", "id": ADA}, kind="entity")], {})
    pending.put(Touched())
    assert objects(world) == []
