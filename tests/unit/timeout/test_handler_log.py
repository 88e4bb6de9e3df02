"""At which level a sweep is logged: an alarm counts the lines of `timeout` at ERROR."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.times import MINUTE_US
from functions.store.backlog import pause_sweep
from functions.timeout.context import SweepResult
from functions.timeout.handler import STOP_BEFORE_MS, handler
from tests.fakes import MemoryQueue, MemoryTable
from tests.handlers import timeout_dependencies
from tests.log_records import LogRecords, records_of
from tests.world import NINE_US, TIMEOUT

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 55_000, function_name="timeout")


@pytest.fixture
def lines() -> Iterator[LogRecords]:
    with records_of("timeout") as records:
        yield records


def swept(monkeypatch: pytest.MonkeyPatch, result: SweepResult, **event: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer of the handler, and what the sweep was given."""
    arguments: dict[str, Any] = {}

    def sweep(work: Any, **options: Any) -> SweepResult:
        arguments.update(options, work=work)
        return result

    monkeypatch.setattr("functions.timeout.handler.sweep", sweep)
    monkeypatch.setattr("functions.timeout.handler.is_step", lambda _now_us: False)
    dependencies = timeout_dependencies(MemoryTable(), MemoryQueue(), TIMEOUT)
    return handler(event, CONTEXT, dependencies=dependencies, now_us=NINE_US), arguments


@pytest.mark.parametrize(
    ("result", "level"),
    [
        (SweepResult(), "INFO"),
        (SweepResult(closed=3, sent=3, rescheduled=1, incomplete=True), "INFO"),
        (SweepResult(failed=1, errors={"Unstorable"}), "ERROR"),
        (SweepResult(unreadable=1), "ERROR"),
    ],
)
def test_timelines_that_are_put_off_or_rows_that_are_left_out_are_an_error(
    monkeypatch: pytest.MonkeyPatch, lines: LogRecords, result: SweepResult, level: str
) -> None:
    answered, _ = swept(monkeypatch, result)
    (line,) = lines.records
    assert line.levelname == level
    assert {name: getattr(line, name) for name in ("closed", "failed", "unreadable", "lag_s", "errors")} == {
        "closed": result.closed,
        "failed": result.failed,
        "unreadable": result.unreadable,
        "lag_s": 0,
        "errors": sorted(result.errors),
    }
    assert (answered["closed"], answered["shards"]) == (result.closed, 16)


def test_a_sweep_of_some_shards_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, arguments = swept(monkeypatch, SweepResult(), shards=["I#01", "I#02"])
    assert answered["shards"] == 2
    assert (arguments["shards"], arguments["hand_over"]) == (["I#01", "I#02"], None)


@pytest.mark.parametrize(("left_ms", "goes_on"), [(STOP_BEFORE_MS + 1, True), (STOP_BEFORE_MS, False)])
def test_no_timeline_is_begun_in_the_last_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, left_ms: int, goes_on: bool
) -> None:
    monkeypatch.setattr(CONTEXT, "get_remaining_time_in_millis", lambda: left_ms)
    _, arguments = swept(monkeypatch, SweepResult())
    assert arguments["time_left"]() is goes_on
    assert STOP_BEFORE_MS == 10_000


@pytest.mark.parametrize(("until_us", "runs"), [(NINE_US + 1, False), (NINE_US, True)])
def test_a_sweep_that_is_paused_does_nothing_until_the_pause_is_over(
    monkeypatch: pytest.MonkeyPatch, until_us: int, runs: bool
) -> None:
    called: list[bool] = []

    def sweep(*_: Any, **__: Any) -> SweepResult:
        called.append(True)
        return SweepResult()

    monkeypatch.setattr("functions.timeout.handler.sweep", sweep)
    monkeypatch.setattr("functions.timeout.handler.is_step", lambda _now_us: False)
    table = MemoryTable()
    pause_sweep(table, until_us=until_us)
    dependencies = timeout_dependencies(table, MemoryQueue(), TIMEOUT)
    answered = handler({}, CONTEXT, dependencies=dependencies, now_us=NINE_US)
    assert (bool(called), bool(answered)) == (runs, runs)


@pytest.mark.parametrize(
    ("event", "minute", "are_asked"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({"askAlarms": True}, 2, True),
        ({"shards": ["I#01"]}, 1, False),
        ({"shards": ["I#01"], "askAlarms": True}, 1, False),
    ],
)
def test_alarms_are_asked_each_quarter_of_an_hour_or_at_once_and_by_no_sweep_of_some_shards(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any], minute: int, are_asked: bool
) -> None:
    calls: list[Any] = []

    def ask_alarms(*arguments: Any, **_: Any) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr("functions.timeout.handler.ask_alarms", ask_alarms)
    dependencies = timeout_dependencies(MemoryTable(), MemoryQueue(), TIMEOUT)
    handler(event, CONTEXT, dependencies=dependencies, now_us=NINE_US + minute * MINUTE_US)
    assert bool(calls) is are_asked
