"""What one learner (or one session without a learner) did, read off the table in time order.

`timeout` and `query` fold what is read here. A fold must see a session as a whole, so every span is read up to a
silence that no session reaches across.
"""

from collections.abc import Iterable, Iterator, Sequence

from functions.aws import keys
from functions.aws.facts import Stored, stored_of, told
from functions.aws.table import Table, rows
from functions.core.session import Session
from functions.core.sessions import fold
from functions.core.times import DAY_US, FIRST_US, LAST_US, parse_time
from functions.core.watches import Watch

LOOK_BACK_ROWS = 50  # a page: a silence is usually near


def between(table: Table, pk: str, from_us: int, to_us: int, *, consistent: bool = False) -> Iterator[Stored]:
    """Facts of a partition with from_us ≤ time ≤ to_us, oldest first."""
    start, end = keys.EVENT + keys.instant(from_us), keys.EVENT + keys.instant(to_us) + keys.HIGHEST
    return map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent))


def until_quiet(
    table: Table, pk: str, from_us: int, to_us: int, *, quiet_us: int, consistent: bool = False
) -> list[Stored]:
    """Facts from `from_us` to `to_us` and beyond on both sides, up to the first silence longer than `quiet_us`.

    Sessions cannot reach across such a silence, so a fold of what is returned tells the truth about each it holds.
    """
    found: list[Stored] = []
    from_us = _quiet_before(table, pk, from_us, quiet_us, consistent)
    last_us = to_us
    later = keys.EVENT + keys.HIGHEST
    ahead = rows(table, pk, start=keys.EVENT + keys.instant(from_us), end=later, consistent=consistent)
    for fact in map(stored_of, ahead):
        if fact.entry.time_us - last_us > quiet_us:
            break
        last_us = max(last_us, fact.entry.time_us)
        found.append(fact)
    return found


def chunks(table: Table, pk: str, from_us: int, *, quiet_us: int, consistent: bool = False) -> Iterator[list[Stored]]:
    """Facts from `from_us` on (and back to the silence before), cut at every silence longer than `quiet_us`."""
    held: list[Stored] = []
    start = keys.EVENT + keys.instant(_quiet_before(table, pk, from_us, quiet_us, consistent))
    end = keys.EVENT + keys.HIGHEST
    for fact in map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent)):
        if held and fact.entry.time_us - held[-1].entry.time_us > quiet_us:
            yield held
            held = []
        held.append(fact)
    if held:
        yield held


def _quiet_before(table: Table, pk: str, from_us: int, quiet_us: int, consistent: bool) -> int:
    """The first fact after the last silence before `from_us` (or `from_us` itself)."""
    earlier = keys.EVENT + keys.instant(from_us - 1) + keys.HIGHEST
    for row in rows(
        table, pk, start=keys.EVENT, end=earlier, descending=True, limit=LOOK_BACK_ROWS, consistent=consistent
    ):
        time_us = keys.instant_us(str(row[keys.SK]).split("#")[1])
        if from_us - time_us > quiet_us:
            break
        from_us = time_us
    return from_us


def sessions_of(watch: Watch, facts: Iterable[Stored], *, idle_us: int, heartbeat_idle_us: int) -> list[Session]:
    """The sessions of a stretch of a watch's timeline, told of the TimedOut that may still be in the queue."""
    entries = [fact.entry for fact in facts]
    said = watch.frozen.get("timedOut")
    if said is not None:
        entries.append(told(said))
    return fold(
        entries,
        tenant=watch.tenant,
        learner=watch.learner,
        idle_us=idle_us,
        heartbeat_idle_us=heartbeat_idle_us,
    )


def days_of(table: Table, pk: str, correlation: str) -> list[str]:
    """The UTC days (`20260127`) on which facts of a session or run lie in this partition, in order."""
    prefix = f"{keys.membership_sk(correlation, '')}"
    return [str(row[keys.SK]).rpartition("#")[2] for row in rows(table, pk, start=prefix, end=prefix + keys.HIGHEST)]


def day_span_us(day: str) -> tuple[int, int]:
    """First and last microsecond of a UTC day."""
    start = parse_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z")
    assert start is not None
    return start, start + DAY_US - 1


def of_session(
    table: Table, pk: str, session: str, *, from_us: int, quiet_us: int, consistent: bool = False
) -> list[Stored]:
    """Every fact that can bear on an explicit session: its days, each extended to the silence around it.

    With those that name the session and no learner, which lie apart: a client's TimedOut (seed 000) says no user.
    """
    spans = [(from_us, from_us)] + [day_span_us(day) for day in days_of(table, pk, session)]
    found: dict[tuple[int, str, str], Stored] = {}
    for start, end in merged(spans):
        for fact in until_quiet(table, pk, start, end, quiet_us=quiet_us, consistent=consistent):
            found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    apart = keys.session_pk(pk.partition("#")[0], session)
    if apart != pk:
        for fact in between(table, apart, FIRST_US, LAST_US, consistent=consistent):
            found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    return [found[place] for place in sorted(found)]


def whole(table: Table, facts: Sequence[Stored], *, quiet_us: int, consistent: bool = False) -> list[Stored]:
    """`facts` of one partition with those of every explicit session among them that began before them.

    Only then can a fold tell whether such a session was still open when a fact without a session came.
    """
    if not any(fact.entry.attribution.auto for fact in facts):
        return list(facts)
    pk, first_us = facts[0].pk, facts[0].entry.time_us
    named = {fact.entry.attribution.session for fact in facts} - {None}
    places = {(pk, keys.session_sk(str(session))): str(session) for session in named}
    found = {(fact.entry.time_us, fact.entry.id, fact.entry.content): fact for fact in facts}
    for place, row in table.get_all(places).items() if places else ():
        from_us = int(str(row["from"]))
        if row["explicit"] and from_us < first_us:
            session = places[place]
            for fact in of_session(table, pk, session, from_us=from_us, quiet_us=quiet_us, consistent=consistent):
                found[fact.entry.time_us, fact.entry.id, fact.entry.content] = fact
    return [found[place] for place in sorted(found)]


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one, in order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
