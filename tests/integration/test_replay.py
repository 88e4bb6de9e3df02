"""Archived facts are replayed: over what is there, by days and app, stopped and gone on with, over moto."""

import copy
import signal
from collections.abc import Callable, Iterator

import pytest

from functions.core.messages import Item
from functions.core.times import MINUTE_US
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.replaying.pause import PAUSE_US
from tests.integration.mended import (
    NOW_US,
    OTHER,
    SETTINGS,
    FailingConnection,
    WatchedConnection,
    everything,
    interrupt,
    message,
    register,
    stopping,
    store,
    sweep_is_held,
    three_objects,
)
from tests.payloads import Payloads

DAYS = ["replay", "2026-03-02", "2026-03-02"]


def test_a_replay_over_what_is_there_changes_nothing(connection: StackConnection) -> None:
    store(connection, message(*Payloads(3).events(40)), message(items=[Item("rejection", b"{]")], job="k" * 22))
    before = everything(connection)
    assert main(["replay", "2026-03-01", "2026-03-02"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection) == before


@pytest.mark.parametrize("days", [30, 730])
def test_a_replay_keeps_rows_as_long_as_the_deployment_does(connection: StackConnection, days: int) -> None:
    store(connection, message(*Payloads(3).events(20)), settings=SETTINGS.model_copy(update={"retention_days": days}))
    before = everything(connection)
    deployed = copy.replace(connection, retention_days=days)
    assert main(["replay", "2026-03-02", "2026-03-02"], connection=deployed, clock=lambda: NOW_US) == 0
    assert main(["rebuild", "--into", "twin"], connection=deployed, clock=lambda: NOW_US) == 0
    assert everything(connection) == before
    assert everything(connection, "twin") == before


def test_a_replay_times_sessions_out_as_the_deployment_does(connection: StackConnection) -> None:
    lasting = SETTINGS.model_copy(update={"idle_minutes": 120, "heartbeat_minutes": 45})
    payloads = Payloads(3)
    store(
        connection, message(*(payloads.logged_in(payloads.urn(), payloads.urn()) for _ in range(3))), settings=lasting
    )
    deployed = copy.replace(connection, idle_minutes=120, heartbeat_minutes=45)
    assert main(["rebuild", "--into", "twin"], connection=deployed, clock=lambda: NOW_US) == 0
    assert everything(connection, "twin") == everything(connection)


def test_a_replay_takes_the_days_and_the_app_it_is_asked_for(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    store(connection, message(*Payloads(4).events(5)))
    main(["replay", "2026-03-03", "2026-03-09"], connection=connection)
    assert "0 archive objects" in capsys.readouterr().out
    register(connection, OTHER)
    for called in ("Another", OTHER.app_id, OTHER.app_id.removeprefix("urn:uuid:")):
        main(["replay", "2026-03-02", "2026-03-02", "--app", called], connection=connection)
        assert "1 archive objects replayed: 0 events" in capsys.readouterr().out
    main(["replay", "2026-03-02", "2026-03-02", "--app", "Trainer"], connection=connection)
    assert "1 archive objects replayed: 5 events" in capsys.readouterr().out
    assert main(["replay", "2026-03-02", "2026-03-02", "--app", "Nobody"], connection=connection) == 2
    assert "No apps are called 'Nobody'" in capsys.readouterr().err
    assert main(["replay", "yesterday", "2026-03-09"], connection=connection) == 2


@pytest.mark.usefixtures("object_by_object")
def test_a_replay_that_was_stopped_goes_on_where_it_was(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(connection)
    failing = FailingConnection.of(connection, "s3", number=5)  # after three lists and a read
    assert main(DAYS, connection=failing) == 2
    assert main(DAYS, connection=connection) == 0
    output = capsys.readouterr()
    assert "going on after" in output.err
    assert "2 archive objects replayed: 6 events" in output.out


STOPS: list[tuple[Callable[[], None], int]] = [
    (interrupt, 130),
    (lambda: signal.raise_signal(signal.SIGTERM), 143),
    (lambda: signal.raise_signal(signal.SIGHUP), 129),
]


@pytest.fixture
def hang_up_ends_it() -> Iterator[None]:
    """As in a terminal. Under `nohup`, which these tests may run under too, SIGHUP is ignored and a replay goes on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("object_by_object", "hang_up_ends_it")
@pytest.mark.parametrize(("stop", "status"), STOPS, ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_a_replay_that_is_stopped_lifts_its_hold_and_says_how_to_go_on(
    connection: StackConnection, stop: Callable[[], None], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(connection)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    assert main(DAYS, connection=WatchedConnection.of(connection, stopping(stop)), clock=lambda: NOW_US) == status
    said = capsys.readouterr().err.splitlines()
    *_, place, last = said  # before them, if the step was told before the signal came: how far it was
    assert place.startswith("stopped; the same command goes on after archive/day=20260302/")
    assert last == "Stopped."
    assert not sweep_is_held(connection)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.usefixtures("object_by_object")
def test_a_replay_holds_the_sweep_for_as_long_as_it_works_and_some_minutes(connection: StackConnection) -> None:
    three_objects(connection)
    clock = [NOW_US]
    seen: list[bool] = []

    def look(_number: int) -> None:
        clock[0] += PAUSE_US * 2 // 5
        seen.extend(sweep_is_held(connection, now_us=clock[0] + after) for after in (0, PAUSE_US))

    assert main(DAYS, connection=WatchedConnection.of(connection, look), clock=lambda: clock[0]) == 0
    assert seen == [True, False] * 3
    assert PAUSE_US <= 15 * MINUTE_US
    assert not sweep_is_held(connection, now_us=clock[0])


@pytest.mark.usefixtures("object_by_object")
def test_a_replay_that_was_stopped_can_be_begun_anew(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(connection)
    watched = WatchedConnection.of(connection, stopping(interrupt))
    assert main(DAYS, connection=watched) == 130
    assert main(DAYS, connection=watched) == 130
    assert "ANEW=1 (--anew) begins anew" in capsys.readouterr().err
    assert main([*DAYS, "--anew"], connection=connection) == 0
    output = capsys.readouterr()
    assert "going on" not in output.err
    assert "3 archive objects replayed: 9 events" in output.out


def test_days_in_the_wrong_order_are_refused(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "2026-11-23", "2026-11-20"], connection=connection) == 2
    assert "from 2026-11-23 to 2026-11-20" in capsys.readouterr().err
    assert main(["replay", "2026-11-20", "2026-11-20"], connection=connection) == 0
