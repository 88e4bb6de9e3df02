"""An app's own alarm rings once, is sent to its webhooks and the bus, and clears."""

import json
from typing import Any

import msgspec
import pytest

from functions.core.messages import Item, unpack
from functions.core.sender_alarms.alarms import Rings, SenderAlarms
from functions.core.sender_alarms.settings import nothing
from functions.core.times import MINUTE_US, parse_time
from functions.store import keys
from functions.store.sender_alarms import counts
from functions.store.sender_alarms.counts import last_arrival_us, sent_counts
from functions.store.sender_alarms.rows import alarms_row, every_alarm, set_alarms
from functions.timeout.sender_alarms import ask_alarms, ask_app, is_asked
from tests.fakes import FailingBus, MemoryBus
from tests.payloads import APP, Json
from tests.unit.query.world import World
from tests.world import NINE_US

TENANT = keys.tenant_of(APP)


class Sender:
    """An app with alarms, and what its owner hears."""

    def __init__(self, **wanted: Any) -> None:
        self.world, self.bus = World(), MemoryBus()
        alarms = SenderAlarms(tenant=TENANT, app_id=APP, since_us=self.world.now_us, **wanted)
        self.world.table.put_all([alarms_row(alarms)])

    def ask(self) -> list[Json]:
        """Ask now; the extensions of the events that are told, which are stored as any."""
        context = msgspec.structs.replace(self.world.sweep_context(), bus=self.bus)
        ask_alarms(context, self.world.table, time_left=lambda: True)
        messages = [unpack(body) for body in self.world.queue.bodies]
        self.world.drain()
        assert all(message.system for message in messages)
        return [json.loads(item.raw)["extensions"] for message in messages for item in message.items]

    def send(self, *events: Json) -> None:
        self.world.send(*events, sensor="https://app.example.org/sensor")

    def states(self) -> list[tuple[str, str]]:
        return [(row["alarm"], row["state"]) for row in self.ask()]


def test_silence_is_told_once_and_again_when_it_is_over() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(0)  # a Monday, 09:00
    sender.send(sender.world.event(0))
    assert sender.states() == []
    sender.world.set_clock(121)
    assert sender.states() == [("silent", "ringing")]
    sender.world.set_clock(240)  # what this service emits itself is no event of the sender
    assert sender.states() == []
    sender.world.set_clock(241)
    sender.send(sender.world.event(241))
    assert sender.states() == [("silent", "cleared")]
    assert [(kind, detail["state"]) for kind, detail in sender.bus.notices] == [
        ("SenderAlarm", "ringing"),
        ("SenderAlarm", "cleared"),
    ]


def test_what_is_told_is_an_event_of_this_service_about_the_app() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(130)
    assert len(sender.ask()) == 1
    (row,) = sender.world.get("/caliper/events")["events"]
    assert sender.world.get("/events", id=row["externalId"])["events"][0]["system"] is True


@pytest.mark.parametrize("now", ["2026-05-01", "2026-03-01", "2026-03-03", "2026-03-31", "2026-01-31", "2026-07-15"])
def test_what_came_at_the_end_of_last_month_is_the_last_that_came(now: str) -> None:
    world, noon_us = World(), parse_time(f"{now}T12:00:00Z") or 0
    world.now_us = (parse_time(f"{now[:8]}01T00:00:00Z") or 0) - 13 * MINUTE_US
    world.send(world.event(0), sensor="https://app.example.org/sensor")
    assert last_arrival_us(world.table, TENANT, now_us=noon_us) == world.now_us


def test_an_alarm_is_told_with_its_state_its_sentence_and_the_minute_it_began() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(130)
    (rang,) = sender.ask()
    assert rang["message"].endswith("; nothing is kept of it.")
    sender.world.set_clock(241)
    sender.send(sender.world.event(241))
    (cleared,) = sender.ask()
    assert {name: rang[name] for name in ("alarm", "state", "since")} == {
        "alarm": "silent",
        "state": "ringing",
        "since": "2026-03-02T11:10:00.000Z",
    }
    assert {**cleared, "state": "ringing"} == rang, "it says what had rung, and since when"
    actions = {row["action"] for row in sender.world.get("/caliper/events")["events"]}
    assert {"Activated", "Deactivated"} <= actions
    assert [
        (detail["app"], detail["alarm"], detail["message"], detail["since"]) for _, detail in sender.bus.notices
    ] == [(APP, "silent", rang["message"], rang["since"])] * 2


def test_warnings_are_counted_by_batches_and_ring() -> None:
    sender = Sender(warnings_percent=50, new_codes=True)
    assert sender.states() == []
    items = [msgspec.json.encode(sender.world.event(number)) for number in range(30)]
    finding = {"severity": "warning", "code": "null", "pointer": "/object", "message": "m", "source": "s"}
    sender.world.send_items(*(Item("event", item, [finding]) for item in items))
    assert sorted(sender.states()) == [("new-code:null", "ringing"), ("warnings", "ringing")]
    assert sender.states() == []
    sender.world.set_clock(3 * 24 * 60)
    assert sender.states() == [("warnings", "cleared")]


def test_warnings_and_rejections_of_today_and_yesterday_add_up() -> None:
    world, alarms = World(), SenderAlarms(tenant=TENANT, app_id=APP)
    finding = {"code": "null", "pointer": "/object", "message": "m", "source": "s"}
    for minute in (0, 24 * 60):
        world.set_clock(minute)
        for _ in range(2):
            raw = msgspec.json.encode(world.event(minute))
            world.send_items(
                Item("event", raw, [finding | {"severity": "warning"}]),
                Item("rejection", raw, [finding | {"severity": "error"}]),
            )
    sent = sent_counts(world.table, alarms, now_us=world.now_us)
    assert (sent.stored, sent.warned, sent.rejected, sent.codes) == (4, 4, 4, {"null": 8})
    world.set_clock(2 * 24 * 60)
    sent = sent_counts(world.table, alarms, now_us=world.now_us)
    assert (sent.stored, sent.warned, sent.rejected, sent.codes) == (2, 2, 2, {"null": 4})


def test_no_event_costs_a_write_for_its_warning() -> None:
    sender = Sender(warnings_percent=50)
    before = sender.world.calls.counts["count_once"]
    sender.send(*(sender.world.event(number) for number in range(30)))
    assert sender.world.calls.counts["count_once"] - before == 1


def test_a_failure_of_the_bus_tells_it_again_under_the_same_id() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(130)
    up, sender.bus = sender.bus, FailingBus()
    first = sender.ask()
    sender.bus = up
    again = sender.ask()
    assert [row["alarm"] for row in (*first, *again)] == ["silent", "silent"]
    listed = sender.world.get("/caliper/events")["events"]
    assert len({row["externalId"] for row in listed}) == 1
    assert sender.states() == []


def test_what_failed_is_told_again_as_it_was_decided() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(130)
    up, sender.bus = sender.bus, FailingBus()
    (first,) = sender.ask()
    sender.world.set_clock(145)
    sender.bus = up
    (again,) = sender.ask()
    assert again == first
    (row,) = sender.world.get("/caliper/events")["events"]
    assert row["eventTime"] == sender.world.time(130)
    assert sender.world.get("/conflicts")["conflicts"] == []


def test_of_two_sweeps_at_one_moment_one_tells() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(130)
    context = msgspec.structs.replace(sender.world.sweep_context(), bus=sender.bus)
    rings = Rings()
    alarms = every_alarm(sender.world.table)[0]
    told_by_each = [ask_app(context, alarms, rings) for _ in range(2)]  # both read before either wrote
    assert told_by_each == [1, 0]
    assert sender.states() == [("silent", "ringing")]
    assert sender.states() == []


def test_an_end_of_all_alarms_clears_what_rings_and_then_costs_one_read() -> None:
    sender = Sender(silent_hours=2, new_codes=True)
    sender.world.set_clock(130)
    assert sender.states() == [("silent", "ringing")]
    alarms = every_alarm(sender.world.table)[0]
    set_alarms(sender.world.table, nothing(alarms))
    sender.world.set_clock(145)
    assert sender.states() == [("silent", "cleared")]
    before = sender.world.calls.total
    assert sender.states() == []
    assert sender.world.calls.total - before == 2
    set_alarms(sender.world.table, alarms)  # and set again it is told again
    assert sender.states() == [("silent", "ringing")]


def test_what_is_rejected_is_no_silence() -> None:
    sender = Sender(silent_hours=2)
    sender.world.set_clock(110)
    sender.world.send_items(Item("rejection", b"{]", [{"severity": "error", "code": "not-json"}]))
    sender.world.set_clock(200)
    assert sender.states() == []
    sender.world.set_clock(230)
    assert sender.states() == [("silent", "ringing")]


def test_events_of_this_service_do_not_hide_the_last_one_of_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "LOOKED_AT", (3, 500))
    sender = Sender(silent_hours=4)
    sender.send(sender.world.event(0))
    for minute in range(1, 30):
        sender.world.set_clock(minute)
        sender.world.send(sender.world.event(minute))  # by no sensor
    assert last_arrival_us(sender.world.table, TENANT, now_us=sender.world.now_us) == NINE_US


def test_every_app_has_its_turn_though_the_time_runs_out() -> None:
    world, bus = World(), MemoryBus()
    for number in range(5):
        app = f"https://{number}.example.org"
        alarms = SenderAlarms(tenant=keys.tenant_of(app), app_id=app, silent_hours=1, since_us=world.now_us)
        world.table.put_all([alarms_row(alarms)])
    for quarter in range(8, 40):
        world.set_clock(15 * quarter)
        context = msgspec.structs.replace(world.sweep_context(), bus=bus)
        ask_alarms(context, world.table, time_left=[False, True].pop)
    assert len({detail["app"] for _, detail in bus.notices}) == 5


def test_an_app_without_alarms_is_not_looked_at() -> None:
    world = World()
    before = world.calls.total
    assert ask_alarms(world.sweep_context(), world.table, time_left=lambda: True) == 0
    assert world.calls.total - before == 1


def test_alarms_are_asked_four_times_an_hour() -> None:
    for second in (0, 1, 59):
        assert sum(is_asked(minute * MINUTE_US + second * 1_000_000) for minute in range(60)) == 4
