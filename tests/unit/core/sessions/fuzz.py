"""A fuzzer of the fold that shrinks what it finds: `make fuzz`, or a few timelines in the unit tests.

A timeline is drawn from a seed, is swept at random moments as it arrives, and is held against the properties of
`PROPERTIES`. The smallest part of it that still breaks one is printed as lines that can be read.
"""

import random
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import replace
from dataclasses import dataclass
from itertools import pairwise

from functions.core.ids import AUTO_ATTACH, derived_uuid
from functions.core.sessions.fold import Scope, fold, slices
from functions.core.sessions.sitting import Sitting, due, timed_out
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, FIRST_US, MINUTE_US
from tests.unit.core.sessions.timelines import (
    EDAPP,
    LEARNER,
    OTHER_APP,
    SECOND_EDAPP,
    TENANT,
    X,
    Y,
    client_timed_out,
    clock_us,
    graded,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    swept,
    viewed,
)

START_US = clock_us("8:00")
LAG_MINUTES = 25  # how long a message may wait in the queue: nearly the timeout
LATE_MINUTES = 600
KINDS = "view view auto auto auto login logout bye timed-out heartbeat grade".split()
TIMEOUTS = (
    Timeouts.constant(idle_minutes=30, heartbeat_minutes=5),
    Timeouts.constant(idle_minutes=30, heartbeat_minutes=30),
    Timeouts.constant(idle_minutes=5, heartbeat_minutes=30),
    Timeouts(
        idle=((FIRST_US, 30), (START_US + 60 * MINUTE_US, 10), (START_US + 200 * MINUTE_US, 45)),
        heartbeat=((FIRST_US, 8), (START_US + 120 * MINUTE_US, 4)),
    ),
)


@dataclass(frozen=True)
class Sent:
    """What a client sends: `minute` after the start, arriving `delay` minutes later."""

    number: int
    kind: str
    minute: int
    session: str
    edapp: str | None
    delay: int
    stated: int | None  # minutes before it when the session is said to have begun or ended
    beats: bool

    def entry(self) -> Entry:
        time_us = START_US + self.minute * MINUTE_US
        received_us = time_us + self.delay * MINUTE_US
        more = {"id": derived_uuid("sent", str(self.number)), "edApp": self.edapp, "received": received_us}
        stated_us = None if self.stated is None else time_us - self.stated * MINUTE_US
        flags = {"requiresHeartbeat": True} if self.beats else None
        match self.kind:
            case "view":
                return viewed(time_us, self.session, started=stated_us, flags=flags, **more)
            case "auto":
                return happened(time_us, **more)
            case "login":
                return logged_in(time_us, self.session, started=stated_us, flags=flags, **more)
            case "logout":
                return logged_out(time_us, self.session, ended=stated_us, **more)
            case "bye":
                return logged_out(time_us, AUTO_ATTACH if self.beats else None, **more)
            case "timed-out":
                learner = None if self.beats else LEARNER
                return client_timed_out(time_us, self.session, ended=stated_us, learner=learner, **more)
            case "heartbeat":
                return heartbeat(time_us, self.session, received=received_us)
            case _:
                return graded(time_us, None if self.beats else self.session, **more)


@dataclass(frozen=True)
class Timeline:
    """What was sent, when the sweep ran (minutes), and the timeouts of the registration."""

    sent: tuple[Sent, ...]
    sweeps: tuple[int, ...]
    timeouts: Timeouts

    @property
    def scope(self) -> Scope:
        return Scope(tenant=TENANT, learner=LEARNER, timeouts=self.timeouts)

    @property
    def entries(self) -> list[Entry]:
        return [sent.entry() for sent in self.sent]

    def lived_through(self) -> list[Entry]:
        """The stored facts after they arrived one by one and the sweep ran in between, and once after all."""
        steps: list[tuple[int, int, Entry | None]] = [(entry.received_us, 0, entry) for entry in self.entries]
        steps += [(START_US + minute * MINUTE_US, 1, None) for minute in self.sweeps]
        steps.append((START_US + 3 * DAY_US, 1, None))
        facts: list[Entry] = []
        for now_us, _, entry in sorted(steps, key=lambda step: step[:2]):
            if entry is not None:
                facts.append(entry)
            else:
                facts = swept(facts, now=now_us, lag_us=LAG_MINUTES * MINUTE_US, scope=self.scope)
        return facts


def timeline(seed: int) -> Timeline:
    """A random timeline. With an odd seed facts may arrive after the end of their sitting was published."""
    late = is_late(seed)
    rng = random.Random(seed)
    length = rng.choice((20, 60, 200, 500))
    grain = rng.choice((1, 1, 5))
    sent = tuple(_sent(rng, number, length, grain, late) for number in range(rng.randint(1, 14)))
    sweeps = tuple(sorted(rng.randint(0, length + 200) for _ in range(rng.randint(0, 12))))
    return Timeline(sent, sweeps, rng.choice(TIMEOUTS))


def is_late(seed: int) -> bool:
    return bool(seed % 2)


def _sent(rng: random.Random, number: int, length: int, grain: int, late: bool) -> Sent:
    longest = LATE_MINUTES if late else LAG_MINUTES
    return Sent(
        number=number,
        kind=rng.choice(KINDS),
        minute=rng.randint(0, length // grain) * grain,
        session=rng.choice((X, X, Y)),
        edapp=rng.choice((EDAPP, EDAPP, EDAPP, SECOND_EDAPP, None, OTHER_APP)),
        delay=rng.choice((0, 0, rng.randint(-8, longest))),
        stated=rng.choice((None, None, rng.randint(-10, 40), rng.randint(0, 6))),
        beats=rng.random() < 0.2,
    )


def as_told(sittings: Iterable[Sitting]) -> list[tuple[object, ...]]:
    """What a reader sees of sittings once all of them are over."""
    return [_told(timed_out(sitting) if sitting.awaits_timeout else sitting) for sitting in sittings]


def _told(sitting: Sitting) -> tuple[object, ...]:
    return (
        sitting.session,
        sitting.explicit,
        sitting.app,
        sitting.edapp,
        sitting.started_us,
        sitting.last_activity_us,
        sitting.ended_us,
        sitting.end_reason,
        sitting.logged_in,
        sitting.requires_heartbeat,
        sitting.timeout_us,
        [member.id for member in sitting.members],
    )


def publishing_changed_nothing(drawn: Timeline) -> bool:
    """The sweep at any moments, and not at all, lead to the same sittings, each published once."""
    lived, once = drawn.lived_through(), replace(drawn, sweeps=()).lived_through()
    untouched = fold(drawn.entries, drawn.scope).sittings
    return (
        as_told(fold(lived, drawn.scope).sittings) == as_told(untouched) == as_told(fold(once, drawn.scope).sittings)
        and {entry.id for entry in lived} == {entry.id for entry in once}
        and len({entry.id for entry in lived if entry.system}) == sum(entry.system for entry in lived)
    )


def slices_said_the_same(drawn: Timeline) -> bool:
    """Each slice with the unattributed closes, against the whole; with windows in both."""
    lived = drawn.lived_through()
    whole = fold(lived, drawn.scope).sittings
    unattributed = [entry for entry in lived if entry.attribution.learner is None]
    own = sorted((entry for entry in lived if entry.attribution.learner is not None), key=lambda entry: entry.time_us)
    parts = slices(own, drawn.timeouts, time_us=lambda entry: entry.time_us)
    said = [sitting for part in parts for sitting in fold(part + unattributed, drawn.scope).sittings]
    return sorted(map(repr, as_told(said))) == sorted(map(repr, as_told(whole)))


def sittings_were_consistent(drawn: Timeline) -> bool:
    """No fact twice, no auto activity lost, no end before its start, and no two sittings of a session overlap."""
    lived = drawn.lived_through()
    folded = fold(lived, drawn.scope).sittings
    members = [member.id for sitting in folded for member in sitting.members]
    by_session: dict[str, list[Sitting]] = {}
    for sitting in folded:
        by_session.setdefault(sitting.session, []).append(sitting)
    overlaps = any(
        later.started_us < (earlier.last_activity_us if earlier.ended_us is None else earlier.ended_us)
        for own in by_session.values()
        for earlier, later in pairwise(own)
    )
    lost = {sent.entry().id for sent in drawn.sent if sent.kind == "auto" and not sent.entry().future} - set(members)
    backwards = any(sitting.ended_us is not None and sitting.ended_us < sitting.started_us for sitting in folded)
    open_ones = any(due(sitting, now_us=START_US + 9 * DAY_US, lag_us=0) for sitting in folded)
    return len(members) == len(set(members)) and not (overlaps or lost or backwards or open_ones)


def what_was_published_stayed(drawn: Timeline) -> bool:
    """Windows never move, whatever arrives afterwards, and nothing is published twice."""
    facts: list[Entry] = []
    fixed: dict[str, Sitting] = {}
    steps: list[tuple[int, int, Entry | None]] = [(entry.received_us, 0, entry) for entry in drawn.entries]
    steps += [(START_US + minute * MINUTE_US, 1, None) for minute in (*drawn.sweeps, 4000)]
    for now_us, _, entry in sorted(steps, key=lambda step: step[:2]):
        if entry is not None:
            facts.append(entry)
            continue
        before = facts
        facts = swept(facts, now=now_us, scope=drawn.scope)
        said = {event.id for event in facts[len(before) :]}
        if len(said) != len(facts) - len(before) or said & {event.id for event in before}:
            return False
        windows = {_window(sitting): sitting for sitting in fold(facts, drawn.scope).sittings if sitting.published}
        if any(_ends(windows.get(key)) != _ends(sitting) for key, sitting in fixed.items()):
            return False
        fixed |= windows
    return True


def _window(sitting: Sitting) -> str:
    return f"{sitting.session} {sitting.started_us}"


def _ends(sitting: Sitting | None) -> tuple[object, ...]:
    return () if sitting is None else (sitting.session, sitting.started_us, sitting.ended_us, sitting.end_reason)


type Property = Callable[[Timeline], bool]
IN_TIME: tuple[Property, ...] = (publishing_changed_nothing, slices_said_the_same, sittings_were_consistent)
LATE: tuple[Property, ...] = (slices_said_the_same, sittings_were_consistent, what_was_published_stayed)


def broken(seeds: Iterable[int]) -> list[str]:
    """What the timelines of `seeds` break, each shrunk and written out; empty if they hold."""
    faults: list[str] = []
    for seed in seeds:
        drawn = timeline(seed)
        properties = LATE if is_late(seed) else IN_TIME
        faults += [
            f"seed {seed}: {holds.__name__}\n{written(shrunk(drawn, holds))}"
            for holds in properties
            if not holds(drawn)
        ]
        if len(faults) > 3:
            break
    return faults


def shrunk(drawn: Timeline, holds: Property) -> Timeline:
    """The smallest part of `drawn`, each event as plain as can be, that still breaks the property."""
    while True:
        smaller = next((candidate for candidate in _smaller(drawn) if not holds(candidate)), None)
        if smaller is None:
            return drawn
        drawn = smaller


def _smaller(drawn: Timeline) -> Iterable[Timeline]:
    for index in range(len(drawn.sent)):
        yield replace(drawn, sent=_without(drawn.sent, index))
    for index in range(len(drawn.sweeps)):
        yield replace(drawn, sweeps=_without(drawn.sweeps, index))
    if drawn.timeouts != TIMEOUTS[0]:
        yield replace(drawn, timeouts=TIMEOUTS[0])
    for index, sent in enumerate(drawn.sent):
        plainer: list[Sent] = [replace(sent, stated=None), replace(sent, beats=False), replace(sent, delay=0)]
        plainer += [replace(sent, edapp=EDAPP), replace(sent, session=X)]
        for plain in plainer:
            if plain != sent:
                yield replace(drawn, sent=(*drawn.sent[:index], plain, *drawn.sent[index + 1 :]))


def _without[T](items: Sequence[T], index: int) -> tuple[T, ...]:
    return (*items[:index], *items[index + 1 :])


def written(drawn: Timeline) -> str:
    lines = [f"  {sent}" for sent in sorted(drawn.sent, key=lambda sent: (sent.minute, sent.number))]
    return "\n".join([*lines, f"  sweeps {drawn.sweeps}", f"  {drawn.timeouts}"])


def main(arguments: Sequence[str]) -> int:
    """`python -m tests.unit.core.sessions.fuzz [timelines] [first seed]`: 1 if a property broke."""
    count = int(arguments[0]) if arguments else 20_000
    first = int(arguments[1]) if len(arguments) > 1 else 0
    faults = broken(range(first, first + count))
    print("\n".join(faults) if faults else f"{count} timelines, half of them with late arrivals: all properties hold")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
