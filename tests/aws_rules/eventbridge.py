"""EventBridge's rules for PutEvents.

AWS reports what is wrong with one entry by that entry, in `FailedEntryCount`; here it fails the call, so that no test
overlooks it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.aws_rules.refusal import Refused, invalid, not_within

ENTRIES = 10
REQUEST_BYTES = 1_048_576  # of all entries together; less than that (model of PutEvents)
TIME_BYTES = 14


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise Refused where EventBridge would refuse `request`, in the form of its API."""
    if operation != "PutEvents":
        return
    entries: Sequence[Mapping[str, Any]] = request["Entries"]
    if not entries:
        raise not_within("entries", [], "length greater than or equal to 1")
    if len(entries) > ENTRIES:
        raise not_within("entries", f"[{len(entries)} entries]", f"length less than or equal to {ENTRIES}")
    if sum(map(entry_bytes, entries)) >= REQUEST_BYTES:
        raise invalid("Total size of the entries in the request is over the limit.")
    for entry in entries:
        _check_entry(entry)


def entry_bytes(entry: Mapping[str, Any]) -> int:
    """The size of an entry as EventBridge counts it ("Calculating PutEvents event entry size")."""
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", ""), *entry.get("Resources", ())]
    return (TIME_BYTES if entry.get("Time") else 0) + sum(len(text.encode()) for text in texts)


def _check_entry(entry: Mapping[str, Any]) -> None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            raise Refused("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if entry["Source"].startswith("aws."):
        raise Refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        raise Refused("MalformedDetail", "Detail is malformed.")
