"""What one invocation does, in which order, and what it hands to whom."""

from collections.abc import Iterator
from copy import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.identity import SYSTEM_ID
from functions.core.times import FIRST_US, MINUTE_US
from functions.store import keys
from functions.store.backlog import mark_published, pause_sweep
from functions.store.registrations import Registrations
from functions.timeout import handler as timeout
from functions.timeout.context import Context, SweepResult
from functions.timeout.handler import STOP_BEFORE_MS, Dependencies
from tests.fakes import MemoryBus, MemoryQueue, MemoryTable
from tests.log_records import LogRecords, records_of
from tests.world import NINE_US, TIMEOUT

ON_STEP_US = NINE_US
OFF_STEP_US = NINE_US + 2 * MINUTE_US
AT_ALARMS_US = NINE_US + MINUTE_US


class Invocation:
    """An invocation whose sweep, walk and alarms only note that they ran, and with what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
        self.steps: list[str] = []
        self.given_to: dict[str, Any] = {}
        self.left_ms = 55_000
        self.table, self.queue, self.bus = MemoryTable(), MemoryQueue(), MemoryBus()
        self.opened: list[str] = []
        self.dependencies = Dependencies(
            **{
                "table": self.table,
                "queue": self.queue,
                "settings": TIMEOUT,
                "registrations": Registrations(self.table, TIMEOUT.timeouts),
                "bus": self.bus,
                "secret": lambda: self._ran("secret", b""),
                **changed,
            }
        )
        monkeypatch.setattr(timeout, "sweep", self._sweep)
        monkeypatch.setattr(timeout, "ask_alarms", self._ask_alarms)
        monkeypatch.setattr("functions.timeout.ids.walk.walk_on", self._walk_on)

    def _ran[T](self, step: str, answer: T, **arguments: Any) -> T:
        self.steps.append(step)
        self.given_to[step] = arguments
        return answer

    def _sweep(self, work: Context, **options: Any) -> SweepResult:
        return self._ran("sweep", SweepResult(), work=work, **options)

    def _walk_on(self, work: Context, **options: Any) -> int:
        return self._ran("walk", 3, work=work, **options)

    def _ask_alarms(self, work: Context, registry: MemoryTable, **options: Any) -> int:
        return self._ran("alarms", 2, work=work, registry=registry, **options)

    def run(self, event: dict[str, Any] | None = None, *, now_us: int | None = OFF_STEP_US) -> dict[str, Any]:
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: self.left_ms, function_name="the function")
        return timeout.handler(event or {}, context, dependencies=self.dependencies, now_us=now_us)


@pytest.fixture
def invocation(monkeypatch: pytest.MonkeyPatch) -> Invocation:
    return Invocation(monkeypatch)


@pytest.fixture
def lines() -> Iterator[LogRecords]:
    with records_of("timeout") as records:
        yield records


def test_the_secret_is_made_before_anything_is_published(invocation: Invocation) -> None:
    invocation.run()
    assert invocation.steps == ["secret", "sweep"]


def test_an_invocation_without_a_bus_needs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    invocation = Invocation(monkeypatch, secret=None, bus=None)
    invocation.run()
    assert invocation.steps == ["sweep"]


def test_a_sweep_works_with_what_the_deployment_has(invocation: Invocation) -> None:
    invocation.run()
    work = invocation.given_to["sweep"]["work"]
    known = invocation.dependencies
    assert (work.table, work.queue, work.bus) == (invocation.table, invocation.queue, invocation.bus)
    assert (work.settings, work.registrations) == (TIMEOUT, known.registrations)
    assert (work.now_us, work.system_id, work.published_until_us) == (OFF_STEP_US, SYSTEM_ID, FIRST_US)
    assert (work.ends_nothing, work.shard_timers, work.rows_at_once) == (False, 2_000, 25_000)


def test_what_a_rebuild_published_is_not_published_again(invocation: Invocation) -> None:
    mark_published(invocation.table, until_us=NINE_US - 5)
    invocation.run()
    assert invocation.given_to["sweep"]["work"].published_until_us == NINE_US - 5


def test_a_sweep_is_behind_by_the_margin_at_least(monkeypatch: pytest.MonkeyPatch, lines: LogRecords) -> None:
    invocation = Invocation(monkeypatch, settings=TIMEOUT.model_copy(update={"margin_seconds": 90}))
    counts = invocation.run()
    assert invocation.given_to["sweep"]["work"].lag_us == 90_000_000
    assert counts["lag_s"] == lines.single("swept").lag_s == 90


def test_without_a_time_it_is_now(invocation: Invocation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeout, "time", SimpleNamespace(time_ns=lambda: OFF_STEP_US * 1_000 + 999))
    invocation.run(now_us=None)
    assert invocation.given_to["sweep"]["work"].now_us == OFF_STEP_US


def test_a_paused_sweep_says_so_and_does_nothing_else(invocation: Invocation, lines: LogRecords) -> None:
    pause_sweep(invocation.table, until_us=ON_STEP_US + 1)
    assert invocation.run(now_us=ON_STEP_US) == {}
    assert "sweep" not in invocation.steps
    assert lines.levels_and_texts() == [("INFO", "the sweep is paused: a replay or a rebuild is running")]


@pytest.mark.parametrize(
    ("now_us", "event", "steps"),
    [
        (OFF_STEP_US, {}, ["sweep"]),
        (ON_STEP_US, {}, ["sweep", "walk"]),
        (AT_ALARMS_US, {}, ["sweep", "alarms"]),
        (ON_STEP_US, {"askAlarms": True}, ["sweep", "walk", "alarms"]),
        (OFF_STEP_US, {"askAlarms": True}, ["sweep", "alarms"]),
        (OFF_STEP_US, {"askAlarms": False}, ["sweep"]),
        (ON_STEP_US, {"shards": ["I#00"]}, ["sweep"]),
        (AT_ALARMS_US, {"shards": []}, ["sweep"]),
    ],
)
def test_the_walk_and_the_alarms_come_after_the_sweep_in_their_minutes(
    invocation: Invocation, now_us: int, event: dict[str, Any], steps: list[str]
) -> None:
    invocation.run(event, now_us=now_us)
    assert invocation.steps == ["secret", *steps]


@pytest.mark.parametrize(("left_ms", "goes_on"), [(STOP_BEFORE_MS, False), (STOP_BEFORE_MS + 1, True)])
def test_the_walk_and_the_alarms_wait_for_a_sweep_that_leaves_time(
    invocation: Invocation, left_ms: int, goes_on: bool
) -> None:
    invocation.left_ms = left_ms
    invocation.run({"askAlarms": True}, now_us=ON_STEP_US)
    assert invocation.steps == ["secret", "sweep", *(["walk", "alarms"] if goes_on else [])]


@pytest.mark.parametrize("step", ["sweep", "walk", "alarms"])
def test_each_step_is_told_when_to_stop(invocation: Invocation, step: str) -> None:
    invocation.run({"askAlarms": True}, now_us=ON_STEP_US)
    time_left = invocation.given_to[step]["time_left"]
    answers = []
    for invocation.left_ms in (STOP_BEFORE_MS + 1, STOP_BEFORE_MS):
        answers.append(time_left())
    assert answers == [True, False]
    assert STOP_BEFORE_MS == 10_000


def test_the_walk_and_the_alarms_work_with_what_the_sweep_did_and_log_their_counts(
    invocation: Invocation, lines: LogRecords
) -> None:
    invocation.run({"askAlarms": True}, now_us=ON_STEP_US)
    works = [arguments["work"] for step, arguments in invocation.given_to.items() if step != "secret"]
    assert len(works) == 3
    assert all(work is works[0] for work in works)
    assert lines.levels_and_texts() == [
        ("INFO", "swept"),
        ("INFO", "walked through ids"),
        ("INFO", "asked the alarms of apps"),
    ]
    assert lines.single("walked through ids").conflicts_far_apart == 3
    assert lines.single("asked the alarms of apps").told == 2


@pytest.mark.parametrize("is_apart", [True, False])
def test_alarms_are_read_from_the_registry_wherever_that_is(monkeypatch: pytest.MonkeyPatch, is_apart: bool) -> None:
    registry = MemoryTable()
    invocation = Invocation(monkeypatch, registry_table=registry if is_apart else None)
    invocation.run({"askAlarms": True})
    assert invocation.given_to["alarms"]["registry"] is (registry if is_apart else invocation.table)


class Lambda:
    """Lambda's queue of a function; it takes all but the `refused` events."""

    def __init__(self, *refused: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.opened: list[str] = []
        self._refused = refused

    def open(self, name: str) -> "Lambda":
        self.opened.append(name)
        return self

    def begin(self, event: Any) -> None:
        self.events.append(event)
        if len(self.events) - 1 in self._refused:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")


def test_shards_that_lambda_takes_are_no_longer_counted_as_swept_here(
    monkeypatch: pytest.MonkeyPatch, lines: LogRecords
) -> None:
    queue = Lambda(1)
    invocation = Invocation(monkeypatch, open_invoker=queue.open)
    taken: list[bool] = []

    def sweep(_work: Context, *, hand_over: Any, **_: Any) -> SweepResult:
        taken.extend(hand_over(group) for group in (("I#01", "I#02"), ("I#03",), ("I#04",)))
        return SweepResult()

    monkeypatch.setattr(timeout, "sweep", sweep)
    counts = invocation.run()
    assert queue.opened == ["the function"]
    assert queue.events == [{"shards": ["I#01", "I#02"]}, {"shards": ["I#03"]}, {"shards": ["I#04"]}]
    assert taken == [True, False, True]
    assert counts["shards"] == keys.DUE_SHARDS - 3 == 13
    text = "shards are swept here, because Lambda took no further invocation"
    assert lines.levels_and_texts() == [("WARNING", text), ("INFO", "swept")]
    assert lines.single(text).error == "TooManyRequestsException"


@pytest.mark.parametrize(
    ("event", "invocations", "shares"),
    [({}, 2, True), ({}, 1, False), ({"shards": ["I#01"]}, 2, False), ({"shards": []}, 2, False)],
)
def test_only_the_invocation_of_the_schedule_hands_over_and_only_if_there_may_be_several(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any], invocations: int, shares: bool
) -> None:
    queue = Lambda()
    settings = TIMEOUT.model_copy(update={"sweep_invocations": invocations})
    invocation = Invocation(monkeypatch, open_invoker=queue.open, settings=settings)
    counts = invocation.run(event)
    assert (invocation.given_to["sweep"]["hand_over"] is not None) is shares
    assert bool(queue.opened) is shares
    assert invocation.given_to["sweep"]["shards"] == event.get("shards")
    assert counts["shards"] == len(event.get("shards", range(16)))


def test_a_sweep_that_cannot_hand_over_sweeps_all_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    invocation = Invocation(monkeypatch, open_invoker=None)
    assert invocation.run()["shards"] == 16
    assert invocation.given_to["sweep"]["hand_over"] is None


def test_the_counts_of_a_sweep_are_answered_and_logged_in_one_order(
    monkeypatch: pytest.MonkeyPatch, lines: LogRecords
) -> None:
    invocation = Invocation(monkeypatch)
    result = SweepResult(1, 2, 3, 4, 0, 0, 7, 8, {"Unstorable", "KeyError"}, incomplete=True)
    monkeypatch.setattr(timeout, "sweep", lambda *_, **__: replace(result))
    counts = invocation.run()
    assert counts == {
        "evaluated": 1,
        "rescheduled": 2,
        "closed": 3,
        "sent": 4,
        "failed": 0,
        "unreadable": 0,
        "unpublished": 7,
        "rows": 8,
        "errors": ["KeyError", "Unstorable"],
        "incomplete": True,
        "lag_s": 0,
        "shards": 16,
    }
    line = lines.single("swept")
    assert {name: getattr(line, name) for name in counts} == counts
