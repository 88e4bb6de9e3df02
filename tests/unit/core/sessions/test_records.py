"""What the records of a session add up to, and that no answer tells which of them were already added up."""

from typing import Any

import pytest

from functions.core.insights.insight import Insight
from functions.core.sessions.records import (
    LISTED,
    answer_of,
    length_us,
    record_of,
    replaced,
    shortened,
    started_us,
    sum_of,
)
from functions.core.sessions.sitting import Sitting, due, sessions_of, timed_out
from functions.core.times import MINUTE_US
from tests.unit.core.numbers.reports import completed, item, time_spent
from tests.unit.core.sessions.timelines import EDAPP, X, logged_in, logged_out, only

FLAGS = ("loggedIn", "requiresHeartbeat", "processInsights")


def record(start: int, end: int | None, *, last: int | None = None, **more: Any) -> dict[str, Any]:
    """In minutes."""
    last = end if last is None else last
    assert last is not None
    return {
        "start": start * MINUTE_US,
        "end": None if end is None else end * MINUTE_US,
        "by": None if end is None else "timed_out",
        "last": last * MINUTE_US,
        "edApp": EDAPP,
        "events": 1,
        "numbers": {},
    } | more


def many(count: int) -> list[dict[str, Any]]:
    return [
        record(
            100 * number,
            100 * number + 10 + number % 7,
            last=100 * number + 5,
            by=("timed_out", "logged_out", "superseded")[number % 3],
            edApp=f"urn:x:{number}",
            events=number,
            conflicts=number % 2,
            numbers={"xpEarned": 0.5 * number, "seconds": {"active": number}, "runs": [f"r{number % 4}"]},
            **({"loggedIn": True} if number == 2 else {}),
        )
        for number in range(count)
    ]


def answered(records: list[Any]) -> dict[str, Any]:
    answer = answer_of(X, learner="urn:x:l", explicit=True, records=records)
    listed, earlier = answer.pop("sittings"), answer.pop("earlierSittings")
    return answer | {"latest": listed[-LISTED:], "sittings": len(listed) + earlier}


@pytest.mark.parametrize("count", [1, LISTED, LISTED + 1, LISTED + 2, LISTED + 5])
def test_an_answer_is_the_same_whether_the_oldest_sittings_are_kept_apart_or_as_one_sum(count: int) -> None:
    everything = many(count)
    before, latest = shortened(None, everything)
    assert len(latest) == min(count, LISTED)
    assert (before is None) is (count <= LISTED)
    assert answered([*([before] if before else []), *latest]) == answered(everything)
    again = [*everything, *many(count + 3)[count:]]
    after, later = shortened(before, [*latest, *again[count:]])
    assert answered([*([after] if after else []), *later]) == answered(again)
    late, same = shortened(before, again)  # what is in the sum already is not added again
    assert answered([*([late] if late else []), *same]) == answered(again)


def test_a_sum_says_all_that_its_records_say() -> None:
    before, _ = shortened(None, many(LISTED + 4))
    assert before == {
        "start": 200 * MINUTE_US,
        "end": 313 * MINUTE_US,
        "by": "timed_out",
        "last": 305 * MINUTE_US,
        "edApp": "urn:x:0",
        "events": 6,
        "numbers": {"xpEarned": 3, "seconds": {"active": 6}, "runs": ["r0", "r1", "r2", "r3"]},
        "conflicts": 2,
        "insights": [],
        "sittings": 4,
        "length": 46 * MINUTE_US,
        "loggedIn": True,
    }


@pytest.mark.parametrize("flag", FLAGS)
def test_a_session_is_asked_for_what_any_of_its_sittings_is(flag: str) -> None:
    everything = [record(100 * number, 100 * number + 1) for number in range(LISTED + 2)]
    assert (shortened(None, everything)[0] or {}).keys().isdisjoint(FLAGS)
    assert (shortened(None, everything)[0] or {})["conflicts"] == answered(everything)["conflicts"] == 0
    everything[1] |= {flag: True}
    assert {name for name in (shortened(None, everything)[0] or {}) if name in FLAGS} == {flag}


@pytest.mark.parametrize(
    ("stored", "folded", "span", "starts"),
    [
        ([], [], (0, 9), []),
        ([1, 5, 9], [], (0, 4), [5, 9]),
        ([1, 5, 9], [], (1, 5), [9]),
        ([1, 5, 9], [6], (5, 5), [1, 6, 9]),
        ([1, 5, 9], [7, 2], (2, 4), [1, 2, 5, 7, 9]),
        ([5], [1], (0, 2), [1, 5]),
    ],
)
def test_records_that_were_folded_again_take_the_place_of_those_of_their_span(
    stored: list[int], folded: list[int], span: tuple[int, int], starts: list[int]
) -> None:
    first, second = ([record(start, start + 1) for start in each] for each in (stored, folded))
    records = replaced(first, second, span[0] * MINUTE_US, span[1] * MINUTE_US)
    assert [each["start"] // MINUTE_US for each in records] == starts


@pytest.mark.parametrize(
    ("of", "minutes"),
    [(record(1, 5, last=3), 4), (record(1, None, last=3), 2), (record(1, 5) | {"length": 7 * MINUTE_US}, 7)],
)
def test_a_sitting_lasts_to_its_end_or_to_its_last_activity(of: dict[str, Any], minutes: int) -> None:
    assert length_us(of) == minutes * MINUTE_US


def test_a_session_starts_where_it_was_logged_into_first() -> None:
    records = [record(1, 2), record(3, 4), record(5, 6, loggedIn=True), record(7, 8, loggedIn=True)]
    assert started_us(records) == 5 * MINUTE_US
    assert started_us(records[:2]) == 1 * MINUTE_US


@pytest.mark.parametrize(("end", "state"), [(5, "closed"), (None, "open")])
def test_the_last_sitting_says_whether_a_session_is_open(end: int | None, state: str) -> None:
    records = [record(1, 2, events=2, conflicts=1), record(3, end, last=4, by="logged_out" if end else None)]
    answer = answer_of(X, learner="urn:x:l", explicit=False, records=records)
    assert (answer["state"], answer["kind"], answer["events"], answer["conflicts"]) == (state, "auto", 3, 1)
    assert answer["endedAtTime"] == ("1970-01-01T00:05:00.000Z" if end else None)
    assert answer["endedBy"] == ("LoggedOut" if end else None)
    assert answer["startedAtTime"] == "1970-01-01T00:01:00.000Z"
    assert answer["lastActivityTime"] == "1970-01-01T00:04:00.000Z"
    assert answer["duration"] == ("PT3M" if end else "PT2M")
    assert [sitting["endedBy"] for sitting in answer["sittings"]] == ["TimedOut", "LoggedOut" if end else None]
    assert [sitting["duration"] for sitting in answer["sittings"]] == ["PT1M", "PT2M" if end else "PT1M"]
    assert (answer["earlierSittings"], answer["numbers"]["sessions"]) == (0, [X])
    assert (answer["requiresHeartbeat"], answer["processInsights"]) == (False, False)


def test_numbers_of_sittings_are_added_exactly_and_their_times_are_the_first_and_the_last() -> None:
    parts: list[dict[str, Any]] = [
        {
            "xpEarned": 0.1,
            "totalQuestions": 3,
            "correctQuestions": 1,
            "firstActivityTime": "2",
            "lastActivityTime": "3",
        },
        {"xpEarned": 0.2, "totalQuestions": 1, "firstActivityTime": "1", "lastActivityTime": "2"},
        {"firstActivityTime": None, "seconds": {"active": 1, "waste": 0.5}},
        {"seconds": {"active": 2}},
    ]
    total = sum_of(parts)
    assert (total["xpEarned"], total["totalQuestions"], total["accuracy"]) == (0.3, 4, 0.25)
    assert (total["firstActivityTime"], total["lastActivityTime"]) == ("1", "3")
    assert (total["seconds"]["active"], total["seconds"]["waste"]) == (3, 0.5)
    assert sum_of([])["accuracy"] is None
    assert sum_of([{"totalQuestions": 2}])["accuracy"] == 0


def test_a_record_keeps_what_is_not_zero() -> None:
    events = [logged_in("9:00"), time_spent("9:05", item("active", 60), session=X), completed("9:06", xpEarned=2)]
    sitting = only(*events, logged_out("9:10"))
    kept = record_of(sitting, learner="urn:x:l", conflicts=[sitting.members[1].id, "urn:x:other"])
    assert (kept["by"], kept["events"], kept["conflicts"], kept["loggedIn"]) == ("logged_out", 4, 1, True)
    assert kept["end"] - kept["start"] == 10 * MINUTE_US
    assert kept["numbers"]["seconds"] == {"active": 60}
    assert kept["numbers"].keys().isdisjoint({"accuracy", "sessions", "totalQuestions"})
    assert kept.keys().isdisjoint({"requiresHeartbeat", "processInsights", "insights"})
    assert "conflicts" not in record_of(sitting, learner=None, conflicts=[])


SITTING = Sitting(
    session=X,
    explicit=False,
    app=None,
    edapp=None,
    started_us=10,
    last_activity_us=20,
    last_arrival_us=25,
    timeout_us=100,
)


def test_a_sitting_is_due_once_its_timeout_has_passed_since_the_last_that_happened_or_arrived() -> None:
    assert SITTING.deadline_us == 125
    assert [due(SITTING, now_us=now_us, lag_us=0) for now_us in (125, 126)] == [False, True]
    assert [due(SITTING, now_us=now_us, lag_us=5) for now_us in (130, 131)] == [False, True]
    ended = timed_out(SITTING)
    assert (ended.ended_us, ended.end_reason, ended.published, ended.awaits_timeout) == (20, "timed_out", True, False)
    assert not due(ended, now_us=10_000, lag_us=0)
    assert (SITTING.duration_us, ended.duration_us) == (10, 10)


def test_a_sitting_was_asked_for_nothing_unless_it_says_so() -> None:
    flags = (SITTING.requires_heartbeat, SITTING.process_insights, SITTING.logged_in, SITTING.published)
    assert flags == (False, False, False, False)
    (session,) = sessions_of([SITTING])
    assert (session.explicit, session.started_us, session.duration_us, session.last) == (False, 10, 10, SITTING)


def test_the_id_of_an_insight_says_whose_it_is_and_what_it_rests_on() -> None:
    def insight(**changes: Any) -> Insight:
        parts: dict[str, Any] = {"kind": "idling", "session": X, "learner": "urn:x:1", "evidence": ("a", "b")}
        return Insight(**parts | {"reason": "R.", "edapp": None, "started_us": 0, "ended_us": 1} | changes)

    different = [
        insight(),
        insight(kind="topic-shopping"),
        insight(session="urn:x:s"),
        insight(learner="urn:x:2"),
        insight(learner=None),
        insight(evidence=("a",)),
    ]
    assert len({each.id for each in different}) == len(different)
    assert insight(reason="Other.", edapp=EDAPP, ended_us=9, conflicts=1).id == insight().id
