"""What is told of a closed session: its TimedOut through the queue, and the notice for subscribers.

The row of the session stays in the index of what is due until this was done, so it is done at least once; the TimedOut
has one id and one content, so it is stored once. While the bus fails, the TimedOut is in the queue already, and the row
waits for the bus alone, longer each time: it stands in no other row's way.
"""

from dataclasses import replace

import orjson

from functions.core.ids import content_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.sessions.watches import Watch
from functions.core.times import MINUTE_US
from functions.store.bus import Bus, Unpublished, ended
from functions.store.dynamodb.table import Key
from functions.timeout.work import Sweep, back_off_us, put

LONGEST_US = 60 * MINUTE_US  # between two tries to tell subscribers


def send(work: Sweep, key: Key, watch: Watch, *, queued: int = 0) -> bool:
    """Tell that a session ended, then let its row leave the index. A TimedOut that is sent twice is stored once.

    `queued`: how often the bus failed since the TimedOut went into the queue. False where something is left to tell.
    """
    if "timedOut" in watch.frozen and not queued and not _queue(work, watch):
        return False
    if work.bus is None or _published(work.bus, watch):
        return put(work, key, replace(watch, unsent=False, version=watch.version + 1))
    work.untold.append(key)
    waits = replace(watch, version=watch.version + 1)
    if watch.phase == "settled":
        again_us = back_off_us(queued + 1, first_us=MINUTE_US, longest_us=LONGEST_US)
        waits = replace(waits, due_us=work.now_us + again_us)
    put(work, key, waits, queued=queued + 1)
    return False


def _published(bus: Bus, watch: Watch) -> bool:
    try:
        bus.publish(ended(watch))
    except Unpublished:
        return False
    return True


def _queue(work: Sweep, watch: Watch) -> bool:
    message = Message(
        tenant=watch.tenant,
        app_id=watch.app_id,
        job=job_key(work.now_us, content_digest(watch.frozen["timedOut"]).encode()),
        received_us=work.now_us,
        system=True,
        items=[Item("event", orjson.dumps(watch.frozen["timedOut"]))],
    )
    return not work.queue.send([pack(message)], group=watch.tenant)
