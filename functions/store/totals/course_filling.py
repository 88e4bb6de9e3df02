"""Courses told of learners whose totals were stored before courses were: read off the totals, without a fold.

Only rows that are missing are put, each if it is missing still: the sweep, which changes such rows before it changes
the totals, finds them there or finds that its own put fails, and then begins again. So both may work at once.
"""

from functions.store import keys
from functions.store.dynamodb.table import VERSION, Table
from functions.store.totals.course_learners import course_rows
from functions.store.totals.ledger import ledger
from functions.store.totals.rows import UnreadableTotals, totals_key


def fill_courses(table: Table, pk: str, learner: str, *, expires_s: int) -> int:
    """Put the rows of courses that a learner's stored totals tell of and that are missing; how many.

    Raises UnreadableTotals: the sweep adds these up anew when something comes from the learner.
    """
    stored = ledger(table, pk, consistent=True)
    if stored.unreadable:
        raise UnreadableTotals(totals_key(pk, min(stored.unreadable)))
    every = list(stored.slices.values())
    rows = course_rows(pk, learner, every, every)
    held = table.get_all(rows)
    return sum(
        table.put_if({**row, keys.TTL: expires_s, VERSION: 1}, None) for key, row in rows.items() if key not in held
    )
