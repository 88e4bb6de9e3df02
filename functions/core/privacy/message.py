"""A message without the people who were erased: as `process` takes it in, and as an erasure leaves the archive."""

from copy import replace

import orjson

from functions.core.messages import Item, Message
from functions.core.privacy.erased import Erased
from functions.core.privacy.masking import ERASED, UNREADABLE, without_erased
from functions.core.times import parse_time


def message_without_erased(message: Message, erased: Erased) -> Message:
    """`message` with as many items in their places; the same object if all of it may be kept.

    An erasure counts for what was received before it. What this service emits itself is received when it is emitted,
    so there the time of the event decides.
    """
    if message.credential and erased.is_purged(message.credential, received_us=message.received_us):
        return message if all(item.kind == "erased" for item in message.items) else _emptied(message)
    keep = emitted_without_erased if message.system else without_erased
    items = [keep(item, erased, received_us=message.received_us) for item in message.items]
    unchanged = all(kept is item for kept, item in zip(items, message.items, strict=True))
    return message if unchanged else replace(message, items=items)


def _emptied(message: Message) -> Message:
    """All of it was sent by a credential that was purged then."""
    return replace(message, items=[ERASED] * len(message.items))


def emitted_without_erased(item: Item, erased: Erased, *, received_us: int) -> Item:
    """The same for an item that this service emitted: also without what it emitted about what was purged."""
    if item.kind == "event" and erased.is_event(item.raw, received_us=received_us):
        return ERASED
    return brought_in_without_erased(item, erased, received_us=received_us)


def brought_in_without_erased(item: Item, erased: Erased, *, received_us: int) -> Item:
    """The same for an item that was recorded or rejected earlier and comes in now: when it happened decides."""
    return without_erased(item, erased, received_us=_happened_us(item, received_us))


def _happened_us(item: Item, otherwise_us: int) -> int:
    """The time that an item says it happened at, if that is earlier than when it was received."""
    try:
        time_us = parse_time(orjson.loads(item.raw).get("eventTime"))
    except UNREADABLE:
        return otherwise_us
    return otherwise_us if time_us is None else min(time_us, otherwise_us)
