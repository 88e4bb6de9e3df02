"""An app may be registered so that a second content under an event's id is refused: it goes to quarantine.

Asked before anything is archived, so that the archive says what became of each item. It costs one query of the index by
id for each event of such an app (half a read unit), and nothing for any other app. The index lags by moments: of two
contents that come within them both may be stored, and are a conflict like any other.
"""

from collections.abc import Container, Mapping, Sequence
from copy import replace
from typing import Any

from functions.core.caliper.findings import SERVICE
from functions.core.identity import is_anonymous
from functions.core.messages import Item, Message
from functions.store import keys
from functions.store.dynamodb.table import Table, rows
from functions.store.rows.events import fact_of_item

CONFLICTING_ID = "conflicting-id"


def with_unique_ids(messages: Sequence[Message], table: Table, tenants: Container[str]) -> list[Message]:
    """`messages` with what would be another content under an id as rejections, for the apps that are these tenants."""
    contents: dict[str, set[str]] = {}  # by tenant and id, all that is stored, else what comes first in this batch
    return [
        replace(message, items=[_checked(item, message, table, contents) for item in message.items])
        if message.tenant in tenants and not message.system
        else message
        for message in messages
    ]


def is_refused(finding: Mapping[str, Any]) -> bool:
    """Whether a finding says that an item was refused here, after its sender was answered."""
    return finding.get("code") == CONFLICTING_ID


def _checked(item: Item, message: Message, table: Table, contents: dict[str, set[str]]) -> Item:
    if item.kind != "event":
        return item
    try:
        fact = fact_of_item(item, message)
    except Exception:  # noqa: BLE001  what cannot be placed is set apart with its reason when it is stored
        return item
    entry = fact.entry
    if is_anonymous(entry.id):  # it names nothing, so two uses of it are two events
        return item
    ref = keys.event_ref(message.tenant, entry.id)
    if ref not in contents:
        known = [str(row[keys.SK]) for row in rows(table, ref, index=keys.BY_ID) if _is_event(str(row[keys.PK]))]
        contents[ref] = {sort_key.rpartition("#")[2] for sort_key in known} or {entry.content}
    return item if entry.content in contents[ref] else _rejected(item)


def _is_event(pk: str) -> bool:
    """Whether an event lies there, and no entity describe."""
    return not keys.place_of(pk).startswith("D#")


def _rejected(item: Item) -> Item:
    message = "Another event is stored under this id, and the app is registered with unique ids: send it with a new id."
    finding = {"severity": "error", "code": CONFLICTING_ID, "pointer": "/id", "message": message, "source": SERVICE}
    return Item("rejection", item.raw, [finding])
