"""Sessions are the same whatever the order, the copies, the delays and the moments of the sweep."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import AUTO_ATTACH, derived_uuid
from functions.core.sessions import fold as sessions
from functions.core.sessions import session_fields
from functions.core.sessions.fold import Session
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, MINUTE_US, format_time
from tests.unit.core.sessions.timelines import (
    EDAPP,
    IDLE_US,
    LEARNER,
    OTHER_EDAPP,
    TENANT,
    X,
    Y,
    arrived,
    at,
    emitted,
    fold,
    happened,
    ids,
    resent,
    swept,
)

START_US = at("8:00")
NAMES = st.sampled_from([AUTO_ATTACH, AUTO_ATTACH, X, Y])
ACTIONS = st.sampled_from(["Viewed", "Viewed", "Viewed", "LoggedIn", "LoggedOut", "TimedOut"])


@dataclass(frozen=True)
class Sent:
    """An event that a client sends: `minute` after the start, arriving `delay` minutes later."""

    minute: int
    session: str
    action: str
    edapp: str
    delay: int
    stated: int | None  # how many minutes before the event the session is said to have begun or ended
    number: int

    def entry(self) -> Entry:
        time_us = START_US + self.minute * MINUTE_US
        described: dict[str, object] = {"id": self.session, "type": "Session"}
        if self.session == X:
            described["extensions"] = {"requiresHeartbeat": True}
        if self.stated is not None:
            name = "startedAtTime" if self.action not in {"LoggedOut", "TimedOut"} else "endedAtTime"
            described[name] = format_time(time_us - self.stated * MINUTE_US)
        named = self.session if self.session == AUTO_ATTACH else described
        kind = {} if self.action == "Viewed" else {"type": "SessionEvent"}
        return happened(
            time_us,
            received=time_us + self.delay * MINUTE_US,
            **{
                "id": derived_uuid("sent", str(self.number)),
                "action": self.action,
                "session": None if self.action == "TimedOut" and self.session != AUTO_ATTACH else named,
                "object": named if self.action == "TimedOut" else "https://app.example/pages/1",
                "edApp": self.edapp,
            }
            | kind,
        )


@st.composite
def sent_events(
    draw: st.DrawFn, *, actions: st.SearchStrategy[str], max_delay: int, home: bool, minutes: int = 200
) -> list[Sent]:
    """Events of one learner. `home`: each session stays in one edApp."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, minutes),
                NAMES,
                actions,
                st.sampled_from([EDAPP, EDAPP, OTHER_EDAPP]),
                st.integers(0, max_delay),
                st.one_of(st.none(), st.integers(0, 20)),
            ),
            min_size=1,
            max_size=12,
        )
    )
    return [
        Sent(
            minute,
            session,
            action,
            EDAPP if home and session != AUTO_ATTACH else edapp,
            delay,
            stated,
            number,
        )
        for number, (minute, session, action, edapp, delay, stated) in enumerate(drawn)
    ]


def facts_of(session: Session) -> tuple[object, ...]:
    """What a reader sees of a session."""
    return (
        session.id,
        session.explicit,
        session.edapp,
        session.started_us,
        session.ended_us,
        session.ended_by,
        session.last_activity_us,
        tuple(ids(session)),
    )


@settings(max_examples=700, deadline=None)
@given(sent_events(actions=ACTIONS, max_delay=600, home=False), st.randoms(use_true_random=False), st.data())
def test_any_order_any_copies_and_conflicting_contents_give_the_same_sessions(
    sent: list[Sent], shuffler: random.Random, data: st.DataObject
) -> None:
    entries = [one.entry() for one in sent]
    entries = swept(entries, now_us=START_US + data.draw(st.integers(0, 2000)) * MINUTE_US)
    entries += [resent(entry, name="other") for entry in entries if data.draw(st.booleans())]
    again = entries + [entry for entry in entries if data.draw(st.booleans())]
    shuffler.shuffle(again)
    assert fold(*again) == fold(*entries)


@settings(max_examples=700, deadline=None)
@given(sent_events(actions=ACTIONS, max_delay=5, home=False), st.integers(-400, 600))
def test_sessions_are_consistent(sent: list[Sent], sweep_minute: int) -> None:
    """No id twice, no event in two sessions, none lost that belongs to one, no end before the start."""
    entries = swept([one.entry() for one in sent], now_us=START_US + sweep_minute * MINUTE_US)
    found = fold(*entries)
    assert len({session.id for session in found}) == len(found)
    homes = Counter(entry.id for session in found for entry in session.entries)
    assert all(count == 1 for count in homes.values())
    for entry in entries:
        if entry.attribution.session or not session_fields.is_close(entry):
            assert homes[entry.id] == 1
    for session in found:
        assert session.ended_us is None or session.started_us <= session.ended_us
        assert session.started_us <= session.last_activity_us or session_fields.is_close(session.entries[0])
        assert (session.ended_us is None) == (session.ended_by is None)
        assert list(session.entries) == sorted(session.entries, key=lambda entry: (entry.time_us, entry.id))
    assert sessions.session_by_event(found).keys() == homes.keys()


LAG_MINUTES = 25  # how long a message may wait in the queue here: nearly the timeout


@settings(max_examples=500, deadline=None)
@given(
    sent_events(
        actions=st.sampled_from(["Viewed", "Viewed", "LoggedIn", "LoggedOut"]),
        max_delay=LAG_MINUTES,
        home=True,
    ),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_a_sweep_at_any_moments_ends_where_one_sweep_after_all_does(sent: list[Sent], sweep_minutes: list[int]) -> None:
    entries = _without_late_logouts([one.entry() for one in sent])
    live: list[Entry] = []
    steps: list[tuple[int, int, Entry | None]] = [(entry.received_us, 0, entry) for entry in entries]
    steps += [(START_US + minute * MINUTE_US, 1, None) for minute in sweep_minutes]
    for now_us, _, entry in sorted(steps, key=lambda step: step[:2]):
        if entry is not None:
            live.append(entry)
        else:
            live = swept(live, now_us=now_us, lag_us=LAG_MINUTES * MINUTE_US)
    end_us = START_US + 2 * DAY_US
    live, once = swept(live, now_us=end_us), swept(entries, now_us=end_us)
    assert [facts_of(session) for session in fold(*live)] == [facts_of(session) for session in fold(*once)]
    assert {entry.id for entry in live} == {entry.id for entry in once}
    assert len(live) == len({entry.id for entry in live}), "each session times out once"
    assert not any(session.awaits_timeout for session in fold(*live))


def _without_late_logouts(entries: list[Entry]) -> list[Entry]:
    """Leaves out each LoggedOut of a session that was idle: whether it counts depends on its arrival."""
    while True:
        for session in fold(*entries):
            close = next((member for member in session.entries if session_fields.is_close(member)), None)
            if close is None or session.ended_us is None:
                continue
            until_us = close.time_us if session.ended_by == "LoggedOut" else session.ended_us
            times = [member.time_us for member in session.entries if member.time_us <= until_us]
            if any(later - earlier > session.idle_us for earlier, later in pairwise(times)):
                entries = [entry for entry in entries if entry is not close]
                break
        else:
            return entries


@settings(max_examples=700, deadline=None)
@given(sent_events(actions=ACTIONS, max_delay=5, home=False, minutes=600), st.sets(st.integers(0, 800), max_size=3))
def test_a_stretch_between_two_silences_tells_the_same_as_the_whole_timeline(
    sent: list[Sent], sweep_minutes: set[int]
) -> None:
    entries = [one.entry() for one in sent]
    for minute in sorted(sweep_minutes):
        entries = swept(entries, now_us=START_US + minute * MINUTE_US)
    whole = fold(*entries)
    homes, earlier = sessions.session_by_event(whole), set[str]()
    for stretch in _stretches(entries):
        part = fold(*stretch, earlier=earlier)
        assert [_as_far_as_known(s) for s in part if not s.explicit] == [
            _as_far_as_known(s) for s in whole if not s.explicit and s.entries[0] in stretch
        ]
        assert sessions.session_by_event(part).items() <= homes.items()
        earlier |= {entry.attribution.session or "" for entry in stretch}


def _stretches(entries: list[Entry]) -> list[list[Entry]]:
    found: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda entry: entry.time_us):
        if found and entry.time_us - found[-1][-1].time_us <= IDLE_US:
            found[-1].append(entry)
        else:
            found.append([entry])
    return found


def _as_far_as_known(session: Session) -> Session:
    """That the learner came back after it went idle is seen only from where she did."""
    return replace(session, ended_us=None, ended_by=None, idle_end=False) if session.idle_end else session


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=15), st.lists(st.integers(0, 400), max_size=5))
def test_late_arrivals_never_move_the_ends_of_what_timed_out(minutes: list[int], late: list[int]) -> None:
    closed = swept([happened(START_US + m * MINUTE_US) for m in minutes], now_us=START_US + DAY_US)
    before = {session.id: (session.started_us, session.ended_us) for session in fold(*closed)}
    arrivals = [
        arrived(happened(START_US + m * MINUTE_US, object="https://app.example/pages/2"), START_US + DAY_US)
        for m in late
    ]
    after = {session.id: (session.started_us, session.ended_us) for session in fold(*closed, *arrivals)}
    assert before.items() <= after.items()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_gap_sessions_are_what_a_plain_reading_of_the_rule_gives(minutes: list[int]) -> None:
    expected: list[list[int]] = []
    for minute in sorted(set(minutes)):
        if expected and (minute - expected[-1][-1]) * MINUTE_US <= IDLE_US:
            expected[-1].append(minute)
        else:
            expected.append([minute])
    found = fold(*(happened(START_US + minute * MINUTE_US) for minute in minutes))
    assert [[(entry.time_us - START_US) // MINUTE_US for entry in session.entries] for session in found] == expected


def test_the_timed_out_of_a_sweep_that_ran_twice_is_the_same_event() -> None:
    session = fold(happened("9:00"))[0]
    once, twice = (emitted(session, received=received) for received in ("9:31", "9:32"))
    assert (once.id, once.content) == (twice.id, twice.content)
    assert fold(happened("9:00"), once, twice) == fold(happened("9:00"), once)
    assert (session.tenant, session.learner) == (TENANT, LEARNER)
