"""What an app uses in a minute is counted in workers' memory and added up without a write a request."""

from copy import replace
from typing import Any

from functions.core.apps import App
from functions.core.errors import TransientError
from functions.core.times import MINUTE_US
from functions.core.usage.budgets import Budget, Usage
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.usage import PARTS, SYNC_US, BegunSessions, UsageMeter, usage_key, usage_of
from tests.fakes import MemoryTable
from tests.payloads import APP

NOON_US = 29_400_000 * MINUTE_US  # the beginning of a minute
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), budget=Budget(items=1_000, rejects=100))


class Fleet:
    """Several workers over one table, and a clock."""

    def __init__(self, workers: int) -> None:
        self.table = MemoryTable()
        self.meters = [UsageMeter() for _ in range(workers)]
        self.now_us = NOON_US

    def send(self, worker: int, usage: Usage, app: App = OWN) -> bool:
        """Whether a request was let through. One that is counts."""
        meter = self.meters[worker]
        if meter.exhausted(app, now_us=self.now_us) is not None:
            return False
        assert meter.add(self.table, app, usage, now_us=self.now_us)
        return True

    def written(self) -> int:
        return self.table.calls.counts["count_up"]


def test_an_app_over_its_budget_is_refused_until_the_minute_ends() -> None:
    fleet = Fleet(1)
    assert [fleet.send(0, Usage(items=400)) for _ in range(4)] == [True, True, True, False]
    exhausted = fleet.meters[0].exhausted(OWN, now_us=NOON_US + 15_500_000)
    assert exhausted is not None
    assert (exhausted.kind, exhausted.retry_after_s) == ("items", 45)
    fleet.now_us += MINUTE_US
    assert fleet.send(0, Usage(items=400))


def test_each_kind_has_its_own_budget_and_each_app_its_own() -> None:
    fleet = Fleet(1)
    for kind in ("items", "body_bytes", "rejects", "sessions"):
        app = replace(OWN, app_id=kind, tenant=keys.tenant_of(kind))
        usage = Usage(**{kind: getattr(app.budget, kind)})
        assert fleet.send(0, usage, app)
        exhausted = fleet.meters[0].exhausted(app, now_us=fleet.now_us)
        assert exhausted is not None
        assert exhausted.kind == kind
    assert fleet.send(0, Usage(items=1))


def test_a_thousand_requests_in_a_minute_write_once_each_five_seconds() -> None:
    fleet = Fleet(1)
    app = replace(OWN, budget=Budget())
    for _ in range(1_000):
        fleet.now_us = min(fleet.now_us + 60_000, NOON_US + MINUTE_US - 1)
        fleet.send(0, Usage(items=90, body_bytes=40_000), app)
    assert fleet.written() <= MINUTE_US / SYNC_US


def test_an_app_that_sends_little_writes_nothing() -> None:
    fleet = Fleet(1)
    app = replace(OWN, budget=Budget())
    for _ in range(6):
        fleet.now_us += 9_900_000
        fleet.send(0, Usage(items=10, body_bytes=8_000), app)
    assert fleet.written() == 0


def test_a_worker_learns_within_an_interval_what_the_others_counted() -> None:
    fleet = Fleet(10)
    taken = 0
    for tick in range(300):  # every worker sends ten items five times a second
        fleet.now_us = NOON_US + tick * 200_000
        taken += sum(10 for worker in range(10) if fleet.send(worker, Usage(items=10)))
    late = SYNC_US // 200_000 * 10 + OWN.budget.items // PARTS + 10  # of each worker: one interval and one request
    assert OWN.budget.items <= taken <= OWN.budget.items + 10 * late
    assert fleet.written() <= 10 * MINUTE_US // SYNC_US


def test_what_process_counted_stops_the_app_in_validate() -> None:
    fleet = Fleet(2)
    app = replace(OWN, budget=Budget(items=1_000, sessions=50))
    fleet.send(1, Usage(sessions=1), app)
    fleet.now_us += SYNC_US
    fleet.send(1, Usage(sessions=60), app)
    fleet.send(0, Usage(items=1), app)
    fleet.now_us += SYNC_US
    fleet.send(0, Usage(items=1), app)
    exhausted = fleet.meters[0].exhausted(app, now_us=fleet.now_us)
    assert exhausted is not None
    assert exhausted.kind == "sessions"
    row = fleet.table.items[usage_key(app.tenant, fleet.now_us)]
    assert usage_of(row) == Usage(items=2, sessions=61)


def test_a_table_that_does_not_answer_stops_nobody() -> None:
    class Failing(MemoryTable):
        def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row:
            raise TransientError("throttled")

    meter = UsageMeter()
    failing = Failing()
    assert meter.add(failing, OWN, Usage(items=10), now_us=NOON_US)
    assert not meter.add(failing, OWN, Usage(items=10), now_us=NOON_US + SYNC_US)
    assert meter.add(failing, OWN, Usage(items=10), now_us=NOON_US + SYNC_US + 1)  # not with every request
    assert meter.exhausted(OWN, now_us=NOON_US + SYNC_US + 1) is None
    working = MemoryTable()
    assert meter.add(working, OWN, Usage(items=10), now_us=NOON_US + 2 * SYNC_US)
    assert usage_of(working.items[usage_key(OWN.tenant, NOON_US)]) == Usage(items=40)


def test_process_adds_new_sessions_up_without_a_write_a_batch() -> None:
    table, begun = MemoryTable(), BegunSessions()
    for _ in range(19):
        assert begun.add(table, {OWN.tenant: 1}, now_us=NOON_US)
    assert table.items == {}
    assert begun.add(table, {OWN.tenant: 5, "another": 1}, now_us=NOON_US)
    assert [usage_of(row) for row in table.items.values()] == [Usage(sessions=24)]


def test_sessions_that_could_not_be_counted_are_counted_with_the_next() -> None:
    class Failing(MemoryTable):
        def count_up(self, *arguments: Any, **how: Any) -> Row:
            raise TransientError("throttled")

    begun = BegunSessions()
    assert not begun.add(Failing(), {OWN.tenant: 30}, now_us=NOON_US)
    table = MemoryTable()
    assert begun.add(table, {OWN.tenant: 1}, now_us=NOON_US)
    assert [usage_of(row) for row in table.items.values()] == [Usage(sessions=31)]
    assert begun.add(table, {}, now_us=NOON_US)
    assert table.calls.counts["count_up"] == 1
