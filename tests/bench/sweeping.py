"""What a minute's sweep reads while nothing is due, however many sessions are open."""

from collections.abc import Iterator

from functions.core.sessions.watches import Watch
from functions.core.times import MINUTE_US
from functions.settings import TimeoutSettings
from functions.store import keys
from functions.store.dynamodb.table import Row
from functions.store.rows.watches import watch_key, watch_row
from functions.timeout.sweep import sweep
from functions.timeout.work import Sweep
from tests.bench.measure import Figure
from tests.bench.samples import LMS, NOW_US, Silent
from tests.fakes import MemoryTable

SETTINGS = TimeoutSettings(table_name="t", queue_url="q")


def open_watch(number: int) -> Row:
    """The row of one open session, due in half an hour."""
    watch = Watch(
        tenant=LMS.tenant,
        app_id=LMS.app_id,
        learner=f"https://people.example.org/{number}",
        edapp=LMS.app_id,
        session=f"https://sessions.example.org/{number}",
        explicit=True,
        from_us=NOW_US,
        due_us=NOW_US + 30 * MINUTE_US + number,
    )
    return watch_row(watch_key(watch), watch, expires_s=NOW_US // 1_000_000)


def reads(sessions: int) -> int:
    """Calls that one sweep makes over so many open sessions, of which none is due."""
    table = MemoryTable()
    rows = (open_watch(number) for number in range(sessions))
    table.items = {(str(row[keys.PK]), str(row[keys.SK])): row for row in rows}
    work = Sweep(
        table=table, queue=Silent(), settings=SETTINGS, now_us=NOW_US, lag_us=0, system_id="urn:uuid:s", bus=None
    )
    swept = sweep(work, time_left=lambda: True)
    assert swept.looked_at == 0
    return table.calls.total


def figures() -> Iterator[Figure]:
    for sessions in (10, 100_000):
        yield Figure(f"sweep_reads_{sessions}", reads(sessions), "queries")
