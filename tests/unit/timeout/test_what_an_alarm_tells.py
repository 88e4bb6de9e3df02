"""The event, the notice and the row of an app's alarm, each in full; and what is counted as told."""

import json
from typing import Any

import msgspec
import pytest

from functions.core.messages import Message, unpack
from functions.core.sender_alarms.alarms import Change, Rings, SenderAlarms
from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.rows.timers import SLACK_US
from functions.store.sender_alarms.keys import rings_key
from functions.store.sender_alarms.rows import alarms_row, every_ring, rings_row
from functions.timeout.sender_alarms import ask_alarms, ask_app
from tests.fakes import FailingBus, MemoryBus, MemoryQueue
from tests.payloads import Json
from tests.unit.query.world import NINE_US, TIMEOUT, World

APPS = [f"https://{name}.example.org" for name in ("first", "second", "third")]
RINGING = Change(
    alarm="silent", state="ringing", text="Nothing came.", since_us=NINE_US, decided_us=NINE_US + 7_000_000
)
CLEARED = Change(alarm="clock", state="cleared", text="It was ahead.", since_us=NINE_US, decided_us=NINE_US + 7_000_000)
IDS = ["urn:uuid:b46b960c-9a09-5b41-bffa-e8c769ff9a55", "urn:uuid:ea4bf9fc-bf6c-575d-8591-5ad58da16f51"]
UNTOLD = Rings(ringing={"silent": (NINE_US, "Nothing came.")}, untold=(RINGING, CLEARED), version=3)


def alarms_of(app: str, **wanted: Any) -> SenderAlarms:
    return SenderAlarms(tenant=keys.tenant_of(app), app_id=app, since_us=NINE_US, **wanted)


class Owner:
    """Apps with alarms, and a sweep that asks them: what it queues and what it publishes."""

    def __init__(self, *every: SenderAlarms) -> None:
        self.world, self.bus = World(), MemoryBus()
        self.world.queue = self.queue = MemoryQueue()
        self.world.table.put_all(map(alarms_row, every))
        self.every = every

    @property
    def context(self) -> Any:
        return msgspec.structs.replace(self.world.sweep_context(), bus=self.bus)

    def ask(self) -> int:
        return ask_alarms(self.context, self.world.table, time_left=lambda: True)

    def tell(self, rings: Rings = UNTOLD) -> int:
        """Tell what a sweep before this one decided and could not tell."""
        row = rings_row(self.every[0].tenant, rings, expires_s=1)
        self.world.table.put_all([row])
        return ask_app(self.context, self.every[0], rings)

    def queued(self) -> list[Message]:
        return [unpack(body) for body in self.queue.bodies]

    def stored(self) -> Rings:
        tenant = self.every[0].tenant
        return every_ring(self.world.table, [tenant])[tenant]


def test_every_change_of_every_app_is_counted_as_told() -> None:
    every = [alarms_of(app, silent_hours=1) for app in APPS]
    owner = Owner(*every)
    assert owner.ask() == 0
    owner.world.set_clock(120)
    assert owner.ask() == 3
    assert len(owner.bus.notices) == len(owner.queued()) == 3
    assert sorted(owner.queue.groups) == sorted(each.tenant for each in every)
    owner.world.set_clock(135)
    assert owner.ask() == 0


def test_changes_of_one_app_are_told_in_one_message_of_its_own() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    owner.world.set_clock(20)
    assert owner.tell() == 2
    (message,) = owner.queued()
    assert (message.tenant, message.app_id) == (keys.tenant_of(APPS[0]), APPS[0])
    assert (message.received_us, message.system) == (RINGING.decided_us, True)
    assert [item.kind for item in message.items] == ["event", "event"]
    assert owner.queue.groups == [message.tenant]


def event_of(change: Change, action: str, item: Json) -> Json:
    return {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "id": item["id"],
        "type": "Event",
        "actor": {"id": "urn:uuid:s", "type": "SoftwareApplication"},
        "action": action,
        "object": {"id": APPS[0], "type": "SoftwareApplication"},
        "eventTime": format_time(change.decided_us),
        "extensions": {
            "alarm": change.alarm,
            "state": change.state,
            "message": change.text,
            "since": format_time(change.since_us),
        },
    }


def test_an_alarm_is_an_event_of_this_service_about_the_app_at_the_time_of_its_decision() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    owner.world.set_clock(20)
    owner.tell()
    events = [json.loads(item.raw) for item in owner.queued()[0].items]
    assert events == [event_of(RINGING, "Activated", events[0]), event_of(CLEARED, "Deactivated", events[1])]
    assert [event["id"] for event in events] == IDS, "told again by a later version, too"


def test_a_notice_says_the_same_as_the_event() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    owner.tell()
    assert owner.bus.notices == [
        (
            "SenderAlarm",
            {
                "app": APPS[0],
                "alarm": change.alarm,
                "state": change.state,
                "message": change.text,
                "since": format_time(change.since_us),
            },
        )
        for change in (RINGING, CLEARED)
    ]


@pytest.mark.parametrize(
    "changed", [{"alarm": "rejects"}, {"state": "cleared"}, {"decided_us": NINE_US + 8_000_000}, {"tenant": APPS[1]}]
)
def test_no_two_changes_have_one_id_and_one_that_is_told_again_has_the_same(changed: Json) -> None:
    def ids(app: str, change: Change) -> list[str]:
        owner = Owner(alarms_of(app, silent_hours=1))
        owner.tell(Rings(untold=(change,), version=1))
        return [json.loads(item.raw)["id"] for message in owner.queued() for item in message.items]

    changed = dict(changed)
    other = changed.pop("tenant", APPS[0])
    assert ids(APPS[0], RINGING) == ids(APPS[0], RINGING)
    assert ids(APPS[0], RINGING) != ids(other, msgspec.structs.replace(RINGING, **changed))


def test_messages_of_two_decisions_have_jobs_of_their_own() -> None:
    jobs = set()
    for change in (RINGING, msgspec.structs.replace(RINGING, text="Nothing came yet."), CLEARED, RINGING):
        owner = Owner(alarms_of(APPS[0], silent_hours=1))
        owner.tell(Rings(untold=(change,), version=1))
        jobs.add(owner.queued()[0].job)
    assert len(jobs) == 3


def test_what_was_told_is_untold_no_longer_and_rings_on() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    owner.tell()
    assert owner.stored() == Rings(ringing=UNTOLD.ringing, version=4)
    row = owner.world.table.items[rings_key(owner.every[0].tenant)]
    kept_us = TIMEOUT.retention_days * 24 * 60 * MINUTE_US
    assert row[keys.TTL] == (owner.world.now_us + kept_us + SLACK_US) // 1_000_000


def test_what_the_queue_did_not_take_stays_untold_and_is_not_published() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    owner.queue.refuse = {0}
    assert owner.tell() == 0
    assert (owner.stored().untold, owner.bus.notices) == (UNTOLD.untold, [])
    owner.queue.refuse = set()
    assert owner.ask() == 2
    assert owner.stored().untold == ()


def test_what_the_bus_did_not_take_counts_as_told_only_once_it_did() -> None:
    owner = Owner(alarms_of(APPS[0], silent_hours=1))
    up, owner.bus = owner.bus, FailingBus()
    assert owner.tell() == 0
    assert owner.stored().untold == UNTOLD.untold
    owner.bus = up
    assert owner.ask() == 2
    assert len(owner.bus.notices) == 2


def test_an_app_whose_alarms_nothing_rings_for_costs_no_write_until_a_code_is_new() -> None:
    owner = Owner(alarms_of(APPS[0], rejects_percent=5))
    assert owner.ask() == 0
    first = owner.stored()
    assert first.known == frozenset()
    written = owner.world.table.written
    for minute in (15, 30):
        owner.world.set_clock(minute)
        assert owner.ask() == 0
    assert owner.world.table.written == written
    assert (owner.queue.bodies, owner.bus.notices) == ([], [])


def test_time_that_ran_out_is_asked_before_each_app() -> None:
    owner = Owner(*(alarms_of(app, silent_hours=1) for app in APPS))
    owner.world.set_clock(120)
    left = iter([True, True, False, True])
    assert ask_alarms(owner.context, owner.world.table, time_left=lambda: next(left)) == 2
    assert next(left)
