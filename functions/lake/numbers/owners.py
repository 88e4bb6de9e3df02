"""Whose session it is: the learners that other events of a session name, for events that name the session alone."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from functions.core.privacy.pseudonym import Pseudonyms
from functions.lake.iceberg.relations import declared_columns, quoted, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.opened_lake import Lake
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import PEOPLE
from functions.store.keys import tenant_of

DAYS_AROUND = 2  # an event that ends a session comes soon after the others


def owners(
    lake: Lake, app: str, sessions: Collection[tuple[str, str]], pseudonyms: Pseudonyms
) -> Iterator[tuple[str, str]]:
    """Learner and day for each of `sessions` (session, day) that has one."""
    events, people = lake.catalog.existing(EVENTS), lake.catalog.existing(PEOPLE)
    if events is None or people is None:
        return
    days_of: dict[str, set[str]] = defaultdict(set)
    for session, day in sessions:
        # A session whose id holds that of its learner has a pseudonym in `events`.
        for name in (session, pseudonyms.of(tenant_of(app), session)):
            days_of[name].add(day)
    days = {
        date.fromisoformat(day) + timedelta(days=step)
        for _, day in sessions
        for step in range(-DAYS_AROUND, DAYS_AROUND + 1)
    }
    event_files = [file.file_path for file in live_files(events, EVENTS, days)]
    people_files = [file.file_path for file in live_files(people, PEOPLE)]
    named = ", ".join(map(quoted, days_of))
    result = lake.connection.execute(
        "SELECT DISTINCT people.learner, held.session "  # noqa: S608  every name is quoted
        f"FROM {select_files(declared_columns(EVENTS), event_files)} AS held "
        f"JOIN {select_files(declared_columns(PEOPLE), people_files)} AS people "
        f"ON people.app = held.app AND people.learner_key = held.learner_key "
        f"WHERE held.app = {quoted(app)} AND held.session IN ({named})"
    )
    for learner, session in result.fetchall():
        yield from ((learner, day) for day in sorted(days_of[session]))
