"""The timer of unattributed facts: they name a session and no learner, as a client's TimedOut does (seed 000).

They may end the session of learners, whose facts are in other partitions. So the timers of those learners are
scheduled. Only if no learner is known to have the session is it read as a session without a learner.
"""

from functions.core.sessions.timer import SessionTimer, TimerRequest
from functions.store import keys
from functions.store.dynamodb.table import rows
from functions.store.facts.reading import Reading
from functions.store.rows.timers import timer_key, timer_of
from functions.store.slices import slices
from functions.storing.additions import Addition
from functions.storing.scheduling import schedule_timer
from functions.timeout.context import Context


def pass_on(context: Context, pk: str, timer: SessionTimer, reading: Reading) -> bool:
    """Schedule the timers of the learners of that session, from what was added on; whether it has any.

    The index by id lags by moments. If a learner's facts of the session come later, their
    timeline is read with the unattributed facts.
    """
    assert timer.session is not None
    places = rows(context.table, keys.event_index_ref(timer.tenant, timer.session), index=keys.BY_ID)
    learners = {str(row[keys.PK]) for row in places if keys.is_learners(str(row[keys.PK]))}
    if not learners:
        return False
    first = next(slices(context.table, pk, timer.from_us, reading), None)
    row_by_key = context.table.get_all(map(timer_key, sorted(learners)))
    for key, row in row_by_key.items() if first is not None else ():
        stored = timer_of(row)
        assert first is not None
        addition = Addition(
            tenant=timer.tenant,
            app_id=timer.app_id,
            learner=stored.timer.learner,
            session=None,
            request=TimerRequest(from_us=min(first.first_us, timer.from_us), due_us=context.due_us),
        )
        schedule_timer(context.table, key[0], addition, stored, expires_s=context.expires_s(timer.tenant))
    return True
