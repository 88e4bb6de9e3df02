"""The numbers of learners whose facts arrived: read from `raw`, folded by the product's own code, put in place.

Of each learner the touched days are folded with CONTEXT_DAYS on both sides, because a session may begin the day before
and time that is reported twice must be seen twice; and with every day of the sessions that reach over them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched

from functions.core.privacy.pseudonym import Pseudonyms
from functions.core.sessions.timeouts import Timeouts
from functions.lake.merging import apply, replace_in_scope
from functions.lake.numbers.learner_facts import facts_of
from functions.lake.numbers.numbers_source import Learner, rows_of
from functions.lake.numbers.owners import owners
from functions.lake.numbers.pending import Pending, Touched, Whose
from functions.lake.numbers.session_spans import LONGEST_SESSION_DAYS, spans_of, touched_days
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Row
from functions.lake.tables.of_numbers import NUMBER_TABLES
from functions.store.keys import tenant_of

CONTEXT_DAYS = 2
LEARNERS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is renewed with: the timeouts of an app, by its tenant, and the stack's pseudonyms."""

    timeouts: Callable[[str], Timeouts]
    pseudonyms: Pseudonyms


def renew(lake: Lake, pending: Pending, renewal: Renewal, *, time_left: Callable[[], bool]) -> int:
    """Do what is pending, as far as the time goes; how many learners. What is left is done by the next run."""
    renewed = 0
    for location, body in pending.listed():
        if not time_left():
            break
        touched = Touched()
        touched.merge(body)
        _find_owners(lake, touched, renewal.pseudonyms)
        for chunk in batched(sorted(touched.days), LEARNERS_AT_ONCE, strict=False):
            _renew(lake, {whose: touched.days[whose] for whose in chunk}, touched, renewal)
            renewed += len(chunk)
        pending.done([location])
    return renewed


def _renew(lake: Lake, days: Mapping[Whose, set[str]], touched: Touched, renewal: Renewal) -> None:
    whose = {name: _learner(name, renewal.pseudonyms) for name in days}
    spans = spans_of(lake, whose, set().union(*days.values()))
    made_anew: dict[Whose, set[str]] = {}
    windows: dict[Whose, set[str]] = {}
    for name, learner in whose.items():
        named = {str(learner.shielded(session)) for session in touched.sessions.get(name, ())}
        made_anew[name], reached = touched_days(_around(days[name], 1), spans.get(name, ()), named)
        windows[name] = _without_gaps(_around(made_anew[name] | reached, CONTEXT_DAYS))
    facts = facts_of(lake, whose, windows)
    rows: dict[str, list[Row]] = defaultdict(list)
    for name, learner in whose.items():
        for table, rows_of_table in rows_of(facts.get(name, []), learner, renewal.timeouts(learner.tenant)).items():
            rows[table] += (row for row in rows_of_table if row["day"] in made_anew[name])
    scopes = {(name[0], whose[name].key, day) for name in days for day in made_anew[name]}
    every_day = set().union(*made_anew.values())
    for definition in NUMBER_TABLES:
        apply(lake, replace_in_scope(lake, definition, rows[definition.name], scopes=scopes, days=every_day))


def _learner(name: Whose, pseudonyms: Pseudonyms) -> Learner:
    app, learner = name
    return Learner(app=app, tenant=tenant_of(app), learner=learner, pseudonyms=pseudonyms)


def _around(days: Iterable[str], reach: int) -> set[str]:
    steps = [timedelta(days=step) for step in range(-reach, reach + 1)]
    return {(date.fromisoformat(day) + step).isoformat() for day in days for step in steps}


def _without_gaps(days: set[str]) -> set[str]:
    """Every day from the first to the last, if they are as near as one session may be; else the days as they are."""
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    length = (last - first).days
    if length > 2 * LONGEST_SESSION_DAYS:
        return days
    return {(first + timedelta(days=step)).isoformat() for step in range(length + 1)}


def _find_owners(lake: Lake, touched: Touched, pseudonyms: Pseudonyms) -> None:
    """Turn facts that name only a session into facts of the learners whose session it is."""
    for app, learners in touched.ownerless.items():
        for learner, day in owners(lake, app, learners, pseudonyms):
            touched.days[app, learner].add(day)
