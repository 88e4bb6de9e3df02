"""What one learner (or one session without a learner) did, read off the table in time order.

`timeout` and `query` fold what is read here. Whose a fact is depends on what lies around it up to a silence (the rules:
`functions.core.sessions.fold`), so what can be folded is a `Stretch`, and only the functions below make one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.core.sessions.fold import fold
from functions.core.sessions.session import Session
from functions.core.sessions.session_fields import is_login
from functions.core.sessions.watches import Watch
from functions.core.times import DAY_US, FIRST_US, LAST_US, parse_time
from functions.store import keys
from functions.store.dynamodb.table import Table, rows
from functions.store.rows.events import Stored, stored_of, told

LOOK_BACK_ROWS = 50  # a page: a silence is usually near


class Limits(Protocol):
    """The idle times, and the silence over which nothing but a session's name reaches."""

    @property
    def idle_us(self) -> int: ...
    @property
    def heartbeat_idle_us(self) -> int: ...
    @property
    def quiet_us(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Facts between silences, by time, and which of the sessions that they name had begun before them."""

    pk: str
    facts: Sequence[Stored]
    earlier: Collection[str]
    limits: Limits

    @property
    def first_us(self) -> int:
        return self.facts[0].entry.time_us

    @property
    def learner(self) -> str | None:
        """Whose partition it is; facts that lie apart from it say no learner."""
        return next((fact.entry.attribution.learner for fact in self.facts if fact.pk == self.pk), None)

    def sessions(self, watch: Watch | None = None) -> list[Session]:
        """The sessions of it. `watch` tells of the TimedOut of its session that may still be in the queue."""
        entries = [fact.entry for fact in self.facts]
        said = watch.frozen.get("timedOut") if watch is not None else None
        if said is not None:
            entries.append(told(said))
        return fold(
            entries,
            tenant=self.pk.partition("#")[0],
            learner=self.learner,
            idle_us=self.limits.idle_us,
            heartbeat_idle_us=self.limits.heartbeat_idle_us,
            earlier=self.earlier,
        )


def between(table: Table, pk: str, from_us: int, to_us: int, *, consistent: bool = False) -> Iterator[Stored]:
    """Facts of a partition with from_us ≤ time ≤ to_us, oldest first."""
    start, end = keys.EVENT + keys.instant(from_us), keys.EVENT + keys.instant(to_us) + keys.HIGHEST
    return map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent))


def around(table: Table, pk: str, from_us: int, to_us: int, *, limits: Limits) -> Stretch:
    """What was done from `from_us` to `to_us`, and on both sides up to a silence."""
    return _stretch(table, pk, _until_quiet(table, pk, from_us, to_us, limits.quiet_us, consistent=False), limits)


def stretches(table: Table, pk: str, from_us: int, *, limits: Limits, consistent: bool = False) -> Iterator[Stretch]:
    """What was done from `from_us` on (and back to the silence before), cut at every silence."""
    held: list[Stored] = []
    start = keys.EVENT + keys.instant(_quiet_before(table, pk, from_us, limits.quiet_us, consistent=consistent))
    end = keys.EVENT + keys.HIGHEST
    for fact in map(stored_of, rows(table, pk, start=start, end=end, consistent=consistent)):
        if held and fact.entry.time_us - held[-1].entry.time_us > limits.quiet_us:
            yield _stretch(table, pk, held, limits)
            held = []
        held.append(fact)
    if held:
        yield _stretch(table, pk, held, limits)


def of_session(
    table: Table, pk: str, session: str, *, from_us: int, limits: Limits, consistent: bool = False
) -> Stretch:
    """Every fact that can bear on an explicit session: its days, each with what is around it up to a silence.

    With those that name the session and no learner, which lie apart: a client's TimedOut (seed 000) says no user.
    """
    spans = [(from_us, from_us)] + [day_span_us(day) for day in days_of(table, pk, session)]
    found: dict[tuple[int, str, str], Stored] = {}
    for start, end in merged(spans):
        for fact in _until_quiet(table, pk, start, end, limits.quiet_us, consistent=consistent):
            found[_place(fact)] = fact
    apart = keys.session_pk(pk.partition("#")[0], session)
    if apart != pk and found:
        for fact in between(table, apart, FIRST_US, LAST_US, consistent=consistent):
            found[_place(fact)] = fact
    return _stretch(table, pk, [found[place] for place in sorted(found)], limits, whole=session)


def _stretch(table: Table, pk: str, facts: Sequence[Stored], limits: Limits, *, whole: str | None = None) -> Stretch:
    """`facts` with what is to be known of sessions that began before them: one read of their rows, where it matters.

    `whole`: the session of which `facts` hold everything.
    """
    first_us: dict[str, int] = {}
    logged_in: set[str] = set()
    auto = False
    for fact in facts:
        about = fact.entry.attribution
        auto = auto or about.auto
        if fact.pk == pk and about.session is not None and not fact.entry.future:
            first_us.setdefault(about.session, fact.entry.time_us)
            if is_login(fact.entry):
                logged_in.add(about.session)
    # Without facts that are to be attached, a session bears on another by its LoggedIn alone.
    bearing = (set(first_us) if auto else logged_in if len(first_us) > 1 else set()) - {whole}
    places = {(pk, keys.session_sk(session)): session for session in bearing}
    earlier = {
        places[place]
        for place, row in (table.get_all(places).items() if places else ())
        if row["explicit"] and int(str(row["from"])) < first_us[places[place]]
    }
    return Stretch(pk=pk, facts=facts, earlier=earlier, limits=limits)


def _place(fact: Stored) -> tuple[int, str, str]:
    return fact.entry.time_us, fact.entry.id, fact.entry.content


def _until_quiet(table: Table, pk: str, from_us: int, to_us: int, quiet_us: int, *, consistent: bool) -> list[Stored]:
    found: list[Stored] = []
    from_us = _quiet_before(table, pk, from_us, quiet_us, consistent=consistent)
    last_us = to_us
    later = keys.EVENT + keys.HIGHEST
    ahead = rows(table, pk, start=keys.EVENT + keys.instant(from_us), end=later, consistent=consistent)
    for fact in map(stored_of, ahead):
        if fact.entry.time_us - last_us > quiet_us:
            break
        last_us = max(last_us, fact.entry.time_us)
        found.append(fact)
    return found


def _quiet_before(table: Table, pk: str, from_us: int, quiet_us: int, *, consistent: bool) -> int:
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


def days_of(table: Table, pk: str, correlation: str) -> list[str]:
    """The UTC days (`20260127`) on which facts of a session or run lie in this partition, in order."""
    prefix = f"{keys.membership_sk(correlation, '')}"
    return [str(row[keys.SK]).rpartition("#")[2] for row in rows(table, pk, start=prefix, end=prefix + keys.HIGHEST)]


def day_span_us(day: str) -> tuple[int, int]:
    """First and last microsecond of a UTC day."""
    start = parse_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z")
    assert start is not None
    return start, start + DAY_US - 1


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one, in order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
