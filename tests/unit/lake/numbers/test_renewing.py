"""What is pending is done: whose numbers are made anew, on which days, from which facts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.core.sessions.timeouts import Timeouts
from functions.core.times import DAY_US
from functions.lake.archive_line import ArchiveLine
from functions.lake.numbers import learner_facts, renewing
from functions.lake.numbers.pending import Pending
from functions.lake.numbers.renewing import Renewal, renew
from functions.lake.opened_lake import Lake
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_numbers import DAILY, RUNS, SESSIONS
from tests.lake_lines import event, line, loaded
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT, TIMEOUTS, always
from tests.payloads import APP
from tests.small_table import held

pytestmark = pytest.mark.slow

ADA, BEN = "urn:x:ada", "urn:x:ben"
ADA_KEY, BEN_KEY = (PSEUDONYMS.of(TENANT, learner) for learner in (ADA, BEN))
RECEIVED_US = NINE_US + 60 * DAY_US


def spent(
    identifier: str, learner: str = ADA, day: str = "2026-03-02", *, clock: str = "09:00", xp: float = 0, **said: Any
) -> ArchiveLine:
    """Time of a learner at a minute of a day, and XP."""
    items = [{"type": "xpEarned", "value": xp}]
    about: dict[str, Any] = {
        "type": "ActivityEvent",
        "action": "Completed",
        "actor": {"id": learner, "type": "TimebackUser"},
        "object": {"id": "urn:x:activity", "type": "TimebackActivityContext", "subject": "Math"},
        "generated": {"id": f"{identifier}:m", "type": "TimebackActivityMetricsCollection", "items": items},
        "eventTime": f"{day}T{clock}:00.000Z",
        "extensions": {"runId": "urn:x:run"},
    }
    how = {name: said.pop(name) for name in ("app", "auto_attach", "edapps") if name in said}
    return line(event(identifier, learner) | about | said, received_us=RECEIVED_US, **how)


def pending_of(lake: Lake) -> Pending:
    return Pending(lake.store, lake.catalog.warehouse)


def arrived(lake: Lake, *of: ArchiveLine) -> None:
    """Loaded, and noted."""
    loaded(lake, *of)
    pending_of(lake).note(of, {})


def renewed(lake: Lake, *, time_left: Any = always, timeouts: Timeouts = TIMEOUTS) -> int:
    return renew(lake, pending_of(lake), Renewal(lambda _: timeouts, PSEUDONYMS), time_left=time_left)


def xp_by_day(lake: Lake, learner_key: str = ADA_KEY) -> dict[str, float]:
    rows = held(lake, "learner_key", "day", "xp", definition=DAILY)
    return {str(day): xp for key, day, xp in rows if key == learner_key}


def test_numbers_of_each_learner_are_made_and_nothing_is_pending_then(lake: Lake) -> None:
    arrived(lake, spent("urn:x:1", xp=2), spent("urn:x:2", xp=3, clock="09:05"), spent("urn:x:3", BEN, xp=7))
    assert renewed(lake) == 2
    assert xp_by_day(lake) == {"2026-03-02": 5.0}
    assert xp_by_day(lake, BEN_KEY) == {"2026-03-02": 7.0}
    assert held(lake, "run", "xp", "events", definition=RUNS) == [("urn:x:run", 5.0, 2), ("urn:x:run", 7.0, 1)]
    assert len(held(lake, "id", definition=SESSIONS)) == 2
    assert list(pending_of(lake).listed()) == []
    assert renewed(lake) == 0


def test_what_arrives_later_changes_the_numbers_of_its_day_alone(lake: Lake) -> None:
    arrived(lake, spent("urn:x:1", xp=2), spent("urn:x:2", day="2026-03-05", xp=3))
    renewed(lake)
    snapshots = lake.catalog.table(DAILY).snapshots()
    arrived(lake, spent("urn:x:3", day="2026-03-05", xp=4, clock="10:00"))
    assert renewed(lake) == 1
    assert xp_by_day(lake) == {"2026-03-02": 2.0, "2026-03-05": 7.0}
    assert len(lake.catalog.table(DAILY).snapshots()) > len(snapshots)


def test_learners_that_are_not_noted_are_left(lake: Lake) -> None:
    loaded(lake, spent("urn:x:1", BEN, xp=2))
    arrived(lake, spent("urn:x:2", ADA, xp=3), spent("urn:x:3", BEN, app="urn:x:app", xp=4))
    assert renewed(lake) == 2
    assert held(lake, "app", "learner_key", definition=DAILY) == [
        (APP, ADA_KEY),
        ("urn:x:app", pseudonym("urn:x:app", BEN)),
    ]


def pseudonym(app: str, learner: str) -> str:
    return PSEUDONYMS.of(line(event("urn:x:1", learner), app=app).tenant, learner)


@pytest.mark.parametrize("at_once", [1, 2, 2_000])
def test_learners_are_done_so_many_at_once(lake: Lake, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(renewing, "LEARNERS_AT_ONCE", at_once)
    monkeypatch.setattr(learner_facts, "PAGE_ROWS", 1)
    arrived(lake, *(spent(f"urn:x:{number}", f"urn:x:l{number}", xp=1) for number in range(3)))
    assert renewed(lake) == 3
    assert len(held(lake, "xp", definition=DAILY)) == 3


def test_without_time_the_rest_stays_pending(lake: Lake) -> None:
    arrived(lake, spent("urn:x:1", xp=2))
    arrived(lake, spent("urn:x:2", BEN, xp=2))
    left: Iterator[bool] = iter([True, False])
    assert renewed(lake, time_left=left.__next__) == 1
    assert len(list(pending_of(lake).listed())) == 1
    assert len(held(lake, "xp", definition=DAILY)) == 1
    assert renewed(lake) == 1
    assert len(held(lake, "xp", definition=DAILY)) == 2


def test_a_session_that_began_the_day_before_is_one(lake: Lake) -> None:
    """Found by gaps, so only the facts of both days show it."""
    how: dict[str, Any] = {"session": "urn:tag:auto-attach", "auto_attach": True}
    arrived(lake, spent("urn:x:1", day="2026-03-02", clock="23:55", **how))
    renewed(lake)
    arrived(lake, spent("urn:x:2", day="2026-03-03", clock="00:05", **how))
    renewed(lake)
    assert [(str(day), events) for day, events in held(lake, "day", "events", definition=SESSIONS)] == [
        ("2026-03-02", 2)
    ]


def test_an_early_event_that_comes_late_takes_the_start_of_a_session_to_its_day(lake: Lake) -> None:
    how: dict[str, Any] = {"session": "urn:tag:auto-attach", "auto_attach": True}
    arrived(lake, spent("urn:x:2", day="2026-03-03", clock="00:05", **how))
    renewed(lake)
    arrived(lake, spent("urn:x:1", day="2026-03-02", clock="23:55", **how))
    renewed(lake)
    assert [(str(day), events) for day, events in held(lake, "day", "events", definition=SESSIONS)] == [
        ("2026-03-02", 2)
    ]


@pytest.mark.parametrize("last", ["2026-03-20", "2026-04-20"])
def test_a_session_of_many_days_stays_whole(lake: Lake, last: str) -> None:
    for number, day in enumerate(("2026-03-02", last, "2026-03-10")):
        arrived(lake, spent(f"urn:x:{number}", day=day, session="urn:x:long"))
        renewed(lake)
    assert held(lake, "id", "events", "sittings", definition=SESSIONS) == [("urn:x:long", 3, 3)]


def test_sessions_are_cut_by_the_timeouts_of_their_app(lake: Lake) -> None:
    tenants: list[str] = []

    def of_app(tenant: str) -> Timeouts:
        tenants.append(tenant)
        return Timeouts.constant(idle_minutes=5, heartbeat_minutes=5)

    how: dict[str, Any] = {"session": "urn:tag:auto-attach", "auto_attach": True}
    arrived(lake, spent("urn:x:1", **how), spent("urn:x:2", clock="09:10", **how))
    assert renew(lake, pending_of(lake), Renewal(of_app, PSEUDONYMS), time_left=always) == 1
    assert len(held(lake, "id", definition=SESSIONS)) == 2
    assert set(tenants) == {TENANT}


def ending(session: str) -> ArchiveLine:
    """A client's TimedOut, which names the session alone."""
    app = {"id": APP, "type": "SoftwareApplication"}
    ended = event(
        "urn:x:end", ADA, type="SessionEvent", action="TimedOut", actor=app, eventTime="2026-03-02T09:10:00.000Z"
    )
    return line(ended | {"object": {"id": session, "type": "Session"}, "session": None}, received_us=RECEIVED_US)


@pytest.mark.parametrize("session", ["urn:x:s", f"{ADA}/s"])
def test_an_event_that_names_a_session_alone_ends_it(lake: Lake, session: str) -> None:
    arrived(lake, spent("urn:x:1", session=session))
    renewed(lake)
    assert held(lake, "state", definition=SESSIONS) == [("open",)]
    arrived(lake, ending(session))
    assert renewed(lake) == 1
    assert held(lake, "state", "ended_by", definition=SESSIONS) == [("closed", "TimedOut")]


def test_an_end_of_a_session_of_nobody_changes_nothing(lake: Lake) -> None:
    arrived(lake, spent("urn:x:1"))
    renewed(lake)
    arrived(lake, ending("urn:x:nobodys"))
    assert renewed(lake) == 0
    assert held(lake, "state", definition=SESSIONS) == [("open",)]


def test_of_two_contents_under_one_id_the_one_in_events_counts(lake: Lake) -> None:
    arrived(lake, spent("urn:x:1", xp=2), spent("urn:x:1", xp=3))
    renewed(lake)
    ((kept,),) = held(lake, "metrics", definition=EVENTS)
    assert xp_by_day(lake) == {"2026-03-02": kept["xpEarned"]}


def test_heartbeats_prolong_a_session_and_rejections_count_nowhere(lake: Lake) -> None:
    beat = {"learner": ADA, "sessionId": "urn:x:session", "eventTime": "2026-03-02T09:04:00.000Z"}
    arrived(
        lake,
        spent("urn:x:1", xp=1),
        line(beat, kind="heartbeat", received_us=RECEIVED_US),
        replace(spent("urn:x:2", xp=5), kind="rejection"),
    )
    renewed(lake)
    ((last, xp),) = held(lake, "last_activity", "xp", definition=SESSIONS)
    assert (f"{last:%H:%M}", xp) == ("09:04", 1.0)
    assert held(lake, "xp", definition=DAILY) == [(1.0,)]
