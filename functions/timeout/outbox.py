"""What is told of a closed session: its TimedOut through the queue, and the notice for subscribers.

The row of the session stays in the index of what is due until this was done, so it is done at least once; the TimedOut
has one id and one content, so it is stored once.
"""

from dataclasses import replace

import orjson

from functions.aws.bus import ended
from functions.aws.table import Key
from functions.core.ids import content_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.watches import Watch
from functions.timeout.work import Sweep, put


def send(work: Sweep, key: Key, watch: Watch) -> bool:
    """Tell that a session ended, then let its row leave the index. A TimedOut that is sent twice is stored once."""
    if "timedOut" in watch.frozen and not _queue(work, watch):
        return False
    if work.bus is not None:
        work.bus.publish(ended(watch))
    return put(work, key, replace(watch, unsent=False, version=watch.version + 1), watch.version)


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
