"""The end of a rebuild: sessions that ended before are settled here, so that the sweep need not evaluate them again.

The sweep reads a timeline, writes the session rows, and leaves the timer idle. This is the same evaluation; but it ends
nothing and publishes nothing: a timeline in which a sitting ends now, or an end that subscribers have not heard
of, is left as it was, for the sweep.
"""

from collections.abc import Sequence
from typing import Any

from functions.operate.operator import Operator
from functions.operate.replaying.pause import SweepPause
from functions.store import keys
from functions.store.backlog import sweep_orders
from functions.store.bus import Notice, Unpublished
from functions.store.dynamodb.table import DynamoTable
from functions.store.registrations import Registrations
from functions.timeout.context import Context
from functions.timeout.sweep import sweep


class Closed:
    """Queue and bus of a sweep that publishes nothing."""

    def send(self, bodies: Sequence[str], **_: Any) -> list[int]:
        return list(range(len(bodies)))

    def waiting(self) -> int:
        return 0

    def publish(self, notices: Sequence[Notice]) -> None:
        raise Unpublished(f"a rebuild publishes nothing, and so not these {len(notices)}")


def settle(operator: Operator, table: DynamoTable, *, pause: SweepPause) -> int:
    """Settle each timeline of a rebuilt table in which nothing ends now; how many were evaluated. Repeatable."""
    settings = operator.connection.timeout_settings(table.name)
    registrations = Registrations(operator.registry_table, settings.timeouts)
    shards = keys.due_shards()
    evaluated = 0
    with operator.progress.steps("settling sessions, shards", len(shards)) as advance:
        for shard in shards:
            now_us = operator.clock()
            work = Context(
                table=table,
                queue=Closed(),
                settings=settings,
                registrations=registrations,
                now_us=now_us,
                lag_us=0,
                system_id="",
                bus=Closed(),
                published_until_us=sweep_orders(table, now_us=now_us).published_until_us,
                ends_nothing=True,
            )
            evaluated += sweep(work, time_left=lambda: True, shards=[shard]).evaluated
            pause.renew()
            advance(f"{evaluated} learners")
    return evaluated
