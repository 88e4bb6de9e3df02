"""The order in which the scan takes what happens at one instant."""

import copy

import pytest

from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.steps import Class, class_of, in_scan_order
from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    EDAPP,
    LEARNER,
    TEACHER,
    TENANT,
    TIMEOUTS,
    X,
    client_timed_out,
    clock_us,
    described,
    emitted,
    graded,
    happened,
    heartbeat,
    ids,
    logged_in,
    logged_out,
    only,
    sittings,
    viewed,
)

ATTEMPT = {"id": "https://app.example/attempts/1", "type": "Attempt", "assignee": LEARNER}
WINDOW = emitted(only(viewed("9:00"), viewed("9:10")), received="9:45")
AT_NINE: list[tuple[Class, Entry]] = [
    # in the order of their classes, each at 9:00
    (Class.WINDOW_BEGINS, WINDOW),
    (Class.STATED_START, viewed("9:05", started="9:00")),
    (Class.LOGGED_IN, logged_in("9:00")),
    (Class.NAMED_ACTIVITY, viewed("9:00")),
    (Class.OTHER_ACTIVITY, happened("9:00")),
    (Class.PASSIVE, graded("9:00")),
    (Class.LOGGED_OUT, logged_out("9:00")),
    (Class.TIMED_OUT, client_timed_out("9:00")),
]


def fact(entry: Entry, identifier: str | None = None) -> Fact:
    known = fact_of(entry, tenant=TENANT, learner=LEARNER)
    return known if identifier is None else copy.replace(known, entry=copy.replace(entry, id=identifier))


def test_at_one_instant_the_class_decides_and_not_the_id() -> None:
    facts = [fact(entry, f"urn:x:{9 - number}") for number, (_, entry) in enumerate(AT_NINE)]
    for shuffled in (facts, facts[::-1]):
        steps = [
            (kind, step.entry.id)
            for time_us, kind, step in in_scan_order(shuffled, TIMEOUTS)
            if time_us == clock_us("9:00")
        ]
        assert steps == [(kind, each.entry.id) for (kind, _), each in zip(AT_NINE, facts, strict=True)]
    assert [kind for kind, _ in AT_NINE] == list(Class)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (logged_in("9:00"), Class.LOGGED_IN),
        (happened("9:00", type="SessionEvent", action="LoggedIn", object=EDAPP), Class.OTHER_ACTIVITY),
        (viewed("9:00"), Class.NAMED_ACTIVITY),
        (happened("9:00"), Class.OTHER_ACTIVITY),
        (heartbeat("9:00"), Class.OTHER_ACTIVITY),
        (graded("9:00"), Class.PASSIVE),
        (graded("9:00", None), Class.PASSIVE),
        (viewed("9:00", received="8:00"), Class.PASSIVE),
        (logged_in("9:00", received="8:00"), Class.PASSIVE),
        (logged_out("9:00"), Class.LOGGED_OUT),
        (logged_out("9:00", None), Class.LOGGED_OUT),
        (logged_out("9:00", received="8:00"), Class.PASSIVE),
        (client_timed_out("9:00"), Class.TIMED_OUT),
        (client_timed_out("9:00", learner=None), Class.TIMED_OUT),
    ],
)
def test_the_class_of_a_fact_says_what_it_does(entry: Entry, kind: Class) -> None:
    said = fact_of(entry, tenant=TENANT, learner=entry.attribution.learner)
    assert class_of(said) is kind
    assert [step for _, step, _ in in_scan_order([said], TIMEOUTS)] == [kind]


def test_what_is_in_no_sitting_is_no_step() -> None:
    assert in_scan_order([fact(happened("9:00", session=None))], TIMEOUTS) == []


@pytest.mark.parametrize(
    ("entry", "kinds"),
    [
        (viewed("9:05", started="9:00"), [Class.STATED_START, Class.NAMED_ACTIVITY]),
        (logged_in("9:05", started="9:00"), [Class.STATED_START, Class.LOGGED_IN]),
        (viewed("9:05", started="8:59"), [Class.NAMED_ACTIVITY]),
        (viewed("9:05", started="9:05"), [Class.NAMED_ACTIVITY]),
        (viewed("9:05", started="9:06", received="9:10"), [Class.NAMED_ACTIVITY]),
        (happened("9:05", actor=TEACHER, object=ATTEMPT, session=described(X, started="9:00")), [Class.PASSIVE]),
        (logged_out("9:05", session=X, object=described(X, started="9:00")), [Class.LOGGED_OUT]),
    ],
)
def test_a_start_that_named_activity_states_within_reach_is_a_step_too(entry: Entry, kinds: list[Class]) -> None:
    assert [kind for _, kind, _ in in_scan_order([fact(entry)], TIMEOUTS)] == kinds


@pytest.mark.parametrize("identifier", ["urn:x:0", "urn:x:z"])
def test_what_others_do_joins_the_sitting_that_activity_of_its_instant_opens(identifier: str) -> None:
    opening = copy.replace(happened("9:00"), id="urn:x:m")
    passive = copy.replace(graded("9:00", None), id=identifier)
    assert sorted(ids(only(opening, passive))) == sorted([opening.id, passive.id])


@pytest.mark.parametrize("identifier", ["urn:x:0", "urn:x:z"])
def test_other_activity_of_its_instant_joins_the_session_that_was_logged_into(identifier: str) -> None:
    auto = copy.replace(happened("9:00"), id=identifier)
    named = copy.replace(viewed("9:00", "urn:x:named"), id="urn:x:k")
    opened = copy.replace(logged_in("9:00"), id="urn:x:m")
    (sitting,) = [each for each in sittings(auto, named, opened) if each.session == X]
    assert sorted(ids(sitting)) == sorted([opened.id, auto.id])
