"""What a session costs in DynamoDB from its first event to its end, beside the client's own events and manifests.

Write units with those of the indexes, and read units of the sweep; an event and a sweep a minute.
"""

from collections.abc import Callable, Iterator
from typing import Any

from functions.store import keys
from tests.bench.measure import Figure
from tests.payloads import APP, Json
from tests.world import STUDENT, World

SETTLED = 90  # minutes after the last event: every timeout has passed
OTHER_APP = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a963"
SESSION = "urn:uuid:5e550000-0000-4000-8000-000000000001"

type Minute = Callable[[World, int], list[Json]]


def _login(world: World, minute: int, **flags: bool) -> Json:
    when = world.event(minute)["eventTime"]
    return world.payloads.logged_in(STUDENT, SESSION, **flags) | {"eventTime": when}


def explicit(world: World, minute: int) -> list[Json]:
    """Logged in, then activity that names no session."""
    return [_login(world, minute) if minute == 0 else world.event(minute)] if minute < 60 else []


def logged_out(world: World, minute: int) -> list[Json]:
    if minute == 60:
        when = world.event(minute)["eventTime"]
        return [world.payloads.logged_out(STUDENT, SESSION) | {"eventTime": when}]
    return explicit(world, minute)


def inferred(world: World, minute: int) -> list[Json]:
    return [world.event(minute)] if minute < 60 else []


def heartbeats(world: World, minute: int) -> list[Json]:
    """A session with the short timeout."""
    if minute == 0:
        return [_login(world, 0, requiresHeartbeat=True)]
    return explicit(world, minute)


def two_apps(world: World, minute: int) -> list[Json]:
    return [world.event(minute, edApp=(APP, OTHER_APP)[minute % 2])] if minute < 60 else []


def three_sittings(world: World, minute: int) -> list[Json]:
    minute_of_block = minute % 80
    return (
        [world.event(minute, session={"id": SESSION, "type": "Session"})]
        if minute_of_block < 20 and minute < 240
        else []
    )


def one_event(world: World, minute: int) -> list[Json]:
    return inferred(world, minute) if minute == 0 else []


LIVES: dict[str, Minute] = {
    "explicit": explicit,
    "logged_out": logged_out,
    "inferred": inferred,
    "heartbeats": heartbeats,
    "two_apps": two_apps,
    "three_sittings": three_sittings,
    "one_event": one_event,
}


def lived(events_of: Minute) -> tuple[int, float, dict[str, Any]]:
    """Write units and read units of the sweep of one life, and what was written by kind of row."""
    world = World()
    table = world.table
    sent = 0
    swept = 0.0
    last = max(minute for minute in range(300) if events_of(World(), minute))
    for minute in range(last + SETTLED):
        world.set_clock(minute)
        events = events_of(world, minute)
        sent += len(events)
        if events:
            world.send(*events)
        world.set_clock(minute + 0.5)
        before = table.read_units
        world.sweep()
        swept += table.read_units - before - keys.DUE_SHARDS / 2  # half a unit a shard: what a sweep costs anyhow
        world.drain()
    assert world.sessions()
    assert not world.pending()
    written = {kind: units for kind, units in table.written_units.items() if kind != "batch"}
    written["event"] -= 2 * sent  # the client's own, each with its entry in the index
    return sum(written.values()), swept, written


def figures() -> Iterator[Figure]:
    for name, events_of in LIVES.items():
        writes, reads, _ = lived(events_of)
        yield Figure(f"life_wru:{name}", writes, "WRU, indexes included")
        yield Figure(f"life_rru:{name}", reads, "RRU of the sweep")
