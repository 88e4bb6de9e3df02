"""The daily request that what is too old expires: one for each app that is registered so."""

from collections import Counter
from collections.abc import Callable, Iterable
from copy import replace

import msgspec

from functions.core.apps import App
from functions.privacy.erasure_context import Doors
from functions.privacy.expiry.archive import expire_archive, expire_lake, kept_from, last_day_before
from functions.privacy.office import add_all
from functions.privacy.timed_versions import Paused, TimedVersions
from functions.store import keys
from functions.store.dynamodb.attributes import text
from functions.store.dynamodb.table import VERSION
from functions.store.erasure.keys import expired_key
from functions.store.erasure.versions import FIRST_DAY
from functions.store.erasure.work import Work, WorkQueue


def ask_to_expire(apps: Iterable[App], queue: WorkQueue, *, now_us: int) -> int:
    """Put a request for each app into the queue of which not all is kept; how many."""
    wanted = [app for app in apps if app.keeping.archive_days]
    for app in wanted:
        work = Work(request="", kind="expire", app=app.app_id, tenant=app.tenant, learner="", asked_us=now_us)
        queue.send(msgspec.structs.replace(work, before_us=now_us))
    return len(wanted)


def expire(work: Work, app: App, doors: Doors, queue: WorkQueue, *, time_left: Callable[[], bool]) -> Counter[str]:
    """Let expire what there is time for, and put the rest into the queue; how much. The same again finds nothing."""
    kept_day = kept_from(app, retention_days=doors.settings.retention_days, now_us=work.before_us)
    counts = Counter[str]()
    if not kept_day:
        return counts
    key = expired_key(app.tenant)
    noted = doors.table.get_all([key]).get(key)
    after = work.after or (FIRST_DAY if noted is None else text(noted, "after"))
    timed = replace(doors, versions=TimedVersions(doors.versions, time_left, after))
    try:
        add_all(counts, expire_archive(app, timed, after=after, kept_day=kept_day))
    except Paused as paused:
        queue.send(msgspec.structs.replace(work, after=paused.after))
        return counts
    add_all(counts, expire_lake(app, doors, kept_day=kept_day))
    pk, sk = key
    doors.table.put_all([{keys.PK: pk, keys.SK: sk, "after": f"{last_day_before(kept_day)}/~", VERSION: 1}])
    return counts
