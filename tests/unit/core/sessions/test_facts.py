"""What one stored fact says about sittings: of which kind it is, and which Session object it states times of."""

from typing import Any

import pytest

from functions.core.sessions.facts import Fact, fact_of, stated_session
from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    EDAPP,
    HEARTBEATS,
    LEARNER,
    OTHER_APP,
    TEACHER,
    TENANT,
    X,
    Y,
    client_timed_out,
    clock_us,
    described,
    emitted,
    graded,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    only,
    viewed,
)

STATED = described(X, started="8:58", ended="8:59", flags=HEARTBEATS)


def fact_in(entry: Entry, learner: str | None = LEARNER) -> Fact:
    return fact_of(entry, tenant=TENANT, learner=learner)


@pytest.mark.parametrize(
    ("entry", "is_stated"),
    [
        (happened("9:00", session=STATED), True),
        (happened("9:00", session=X, federatedSession=STATED), True),
        (happened("9:00", session=None, federatedSession=STATED), True),
        (happened("9:00", session=Y, federatedSession=STATED), False),
        (happened("9:00", session=X), False),
        (happened("9:00", session=X, object=STATED), False),
        (happened("9:00", type="SessionEvent", action="LoggedIn", session=X, object=STATED), False),
        (happened("9:00", type="SessionEvent", action="LoggedOut", session=X, object=STATED), True),
        (happened("9:00", type="SessionEvent", action="LoggedOut", session=Y, object=STATED), False),
        (happened("9:00", type="SessionEvent", action="TimedOut", session=None, object=STATED), True),
        (happened("9:00", type="SessionEvent", action="TimedOut", session=STATED, object=X), True),
        (happened("9:00", type="SessionEvent", action="TimedOut", session=STATED, object=Y), False),
    ],
)
def test_the_object_of_a_close_states_times_of_its_session_and_that_of_other_events_does_not(
    entry: Entry, is_stated: bool
) -> None:
    assert stated_session(entry) == (STATED if is_stated else {})
    fact = fact_in(entry)
    times = (clock_us("8:58"), clock_us("8:59")) if is_stated else (None, None)
    assert (fact.stated_start_us, fact.stated_end_us) == times
    assert fact.requires_heartbeat is is_stated


KINDS: list[tuple[Entry, str, dict[str, Any]]] = [
    (logged_in("9:00"), "activity", {"is_login": True}),
    (viewed("9:00"), "activity", {}),
    (happened("9:00"), "activity", {"session": None}),
    (happened("9:00", session=None), "nothing", {"session": None}),
    (viewed("9:00", edApp=OTHER_APP), "activity", {"app": OTHER_APP, "edapp": OTHER_APP}),
    (viewed("9:00", edApp=None), "activity", {"edapp": None}),
    (viewed("9:00", flags=HEARTBEATS), "activity", {"requires_heartbeat": True}),
    (viewed("9:00", flags={"processInsights": True}), "activity", {"process_insights": True}),
    (viewed("9:00", flags={"processInsights": 1, "requiresHeartbeat": "true"}), "activity", {}),
    (graded("9:00"), "passive", {}),
    (viewed("9:00", received="8:00"), "passive", {}),
    (logged_in("9:00", received="8:00"), "passive", {"is_login": True}),
    (logged_out("9:00", received="8:00"), "passive", {}),
    (heartbeat("9:00"), "heartbeat", {}),
    (heartbeat("9:00", received="8:00"), "passive", {}),
    (logged_out("9:00"), "close", {}),
    (logged_out("9:00", None), "close", {"session": None}),
    (client_timed_out("9:00"), "close", {}),
    (client_timed_out("9:00", learner=None), "close", {"unattributed": True}),
    (client_timed_out("9:00", learner=None, received="8:00"), "nothing", {}),
    (viewed("9:00", actor=TEACHER), "nothing", {}),
    (logged_out("9:00", actor={"id": TEACHER, "type": "Person"}), "nothing", {}),
]


@pytest.mark.parametrize(("entry", "kind", "said"), KINDS)
def test_a_fact_says_these_things_and_no_more(entry: Entry, kind: str, said: dict[str, Any]) -> None:
    expected: dict[str, Any] = {
        "kind": kind,
        "session": X,
        "app": None,
        "edapp": EDAPP,
        "is_login": False,
        "unattributed": False,
        "stated_start_us": None,
        "stated_end_us": None,
        "requires_heartbeat": False,
        "process_insights": False,
        "origin": None,
    }
    fact = fact_in(entry)
    assert {name: getattr(fact, name) for name in expected} == expected | said


def test_a_fact_is_in_numbers_if_it_is_a_learners_event_and_not_this_services() -> None:
    window = emitted(only(viewed("9:00")), received="9:45")
    facts = [viewed("9:00"), heartbeat("9:00"), client_timed_out("9:00", learner=None), window]
    assert [fact_in(entry).is_in_numbers for entry in facts] == [True, False, False, False]


def test_a_timed_out_of_this_service_is_a_window_from_its_start_to_its_end() -> None:
    window = fact_in(emitted(only(viewed("9:00"), viewed("9:10")), received="9:45"))
    assert (window.kind, window.session, window.app, window.edapp) == ("window", X, None, EDAPP)
    assert (window.stated_start_us, window.stated_end_us) == (clock_us("9:00"), clock_us("9:10"))
    assert window.origin is not None
    assert window.origin.explicit
