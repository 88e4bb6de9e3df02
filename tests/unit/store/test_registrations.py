"""What a worker knows of a registration: its own timeouts, read once a minute."""

from functions.core.apps import App
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import FIRST_US, MINUTE_US
from functions.http.gate import Principal, gate, principal_context
from functions.store import keys
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.rows.apps import app_of, app_row
from tests.fakes import MemoryTable
from tests.payloads import APP
from tests.world import World

STACK = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)
TENANT = keys.tenant_of("urn:uuid:a")
PORTAL = App(
    app_id="urn:uuid:a",
    tenant=TENANT,
    edapps=("urn:uuid:a", "https://lms.example.org/*"),
    idle=((FIRST_US, 30.0), (1_000, 240.5)),
    unique_ids=True,
)


def test_an_app_comes_back_from_its_row() -> None:
    assert app_of(app_row(PORTAL, created_us=1, version=1)) == PORTAL


def test_an_app_that_was_registered_before_has_the_timeouts_of_the_stack() -> None:
    row = app_row(App(app_id="urn:uuid:a", tenant=TENANT), created_us=1, version=1)
    assert {"idle", "heartbeat", "unique_ids"}.isdisjoint(row)
    assert app_of(row).timeouts(STACK) is STACK


def test_an_apps_own_timeout_stands_beside_the_stacks_other_one() -> None:
    timeouts = PORTAL.timeouts(STACK)
    assert (timeouts.idle_us(999), timeouts.idle_us(1_000)) == (30 * MINUTE_US, 240.5 * MINUTE_US)
    assert timeouts.heartbeat_us(1_000) == 5 * MINUTE_US


def test_an_app_travels_with_its_timeouts_from_the_authorizer_to_a_handler() -> None:
    principal = Principal(app=PORTAL, scopes=frozenset({"s"}), kind="key")
    assert gate(principal_context(principal), scope="s", now_s=0) == principal


def test_a_registration_is_read_once_a_worker_and_minute() -> None:
    table = MemoryTable()
    Registry(table).add_app(PORTAL, now_us=0)
    registrations = Registrations(table, STACK)
    table.calls.counts.clear()
    for now_us in (0, 1, MINUTE_US - 1):
        registration = registrations.of(TENANT, now_us=now_us)
        assert registration.timeouts == PORTAL.timeouts(STACK)
        assert (registration.edapps, registration.unique_ids) == (("urn:uuid:a",), True)
    assert table.calls.total == 1
    registrations.of(TENANT, now_us=MINUTE_US)
    assert table.calls.total == 2


def test_process_and_sweep_go_by_the_apps_own_timeout() -> None:
    world = World()
    slow = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=(APP,), idle=((FIRST_US, 240.0),))
    Registry(world.table).add_app(slow, now_us=0)
    world.send(world.event(0))
    world.set_clock(200)
    world.sweep()
    assert world.drain() == []
    world.set_clock(241)
    world.sweep()
    assert [event["action"] for event in world.drain()] == ["TimedOut"]
