"""How far the queue is behind, so that the sweep does not call somebody idle whose events are still waiting.

`process` notes now and then how old the messages are that it gets; `timeout` reads the note. A note that is itself
old while messages wait counts as that much more lag: if nothing is processed, nobody is closed.
"""

from functions.aws import keys
from functions.aws.queue import Queue
from functions.aws.table import Table

LAG_KEY = ("LAG", "LAG")
HOLD_KEY = ("LAG", "HOLD")
EMPTY_KEY = ("LAG", "EMPTY")
NOTE_EVERY_US = 20_000_000


def note(table: Table, *, now_us: int, oldest_us: int) -> None:
    """Note that messages received at `oldest_us` are being processed now."""
    table.put_all([{keys.PK: LAG_KEY[0], keys.SK: LAG_KEY[1], "at": now_us, "lag": max(0, now_us - oldest_us)}])


def lag_us(table: Table, queue: Queue, *, now_us: int) -> int:
    """An upper estimate of the age of the oldest message that waits; 0 where none does.

    None that waits is older than when the queue was last seen empty, which is noted here, too: after a quiet spell the
    last note of `process` is old, and the first message is not.
    """
    if queue.waiting() == 0:
        table.put_all([{keys.PK: EMPTY_KEY[0], keys.SK: EMPTY_KEY[1], "at": now_us}])
        return 0
    there = table.get_all([LAG_KEY, EMPTY_KEY])
    noted, empty = there.get(LAG_KEY), there.get(EMPTY_KEY)
    lag = now_us if noted is None else int(str(noted["lag"])) + max(0, now_us - int(str(noted["at"])))
    return lag if empty is None else min(lag, max(0, now_us - int(str(empty["at"]))))


def hold(table: Table, *, until_us: int) -> None:
    """Let the sweep close nobody before `until_us`: for a rebuild, whose events come in the order of their arrival."""
    table.put_all([{keys.PK: HOLD_KEY[0], keys.SK: HOLD_KEY[1], "until": until_us}])


def held(table: Table, *, now_us: int) -> bool:
    """Whether the sweep is held now."""
    row = table.get_all([HOLD_KEY]).get(HOLD_KEY)
    return row is not None and now_us < int(str(row["until"]))
