"""SQS's rules: counts, sizes, characters and ranges (standard queues).

In a batch AWS reports some of these by entry, in `Failed`; here each fails the call, so that no test overlooks it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.aws_rules.refusal import Refused

MESSAGE_BYTES = 1_048_576
BATCH_ENTRIES = 10
ATTRIBUTES = 10
LONGEST_VISIBILITY_S, LONGEST_DELAY_S, LONGEST_WAIT_S = 43_200, 900, 20
_NOT_ALLOWED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GROUP = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ATTRIBUTE_NAME = re.compile(r"(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)[a-z0-9_.-]{1,256}(?<!\.)", re.IGNORECASE)
_ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_BATCHES = {"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}

type Request = Mapping[str, Any]


def check(operation: str, request: Request) -> None:
    """Raise Refused where SQS would refuse `request`, a call of `operation` in the form of its API."""
    entries: Sequence[Request] = request.get("Entries") or ()
    if operation in _BATCHES:
        _check_entries(operation, entries)
    if operation in ("SendMessage", "SendMessageBatch"):
        sizes = [_check_message(message) for message in (entries or [request])]
        if operation == "SendMessageBatch" and sum(sizes) > MESSAGE_BYTES:
            raise Refused(
                "AWS.SimpleQueueService.BatchRequestTooLong",
                f"Batch requests cannot be longer than {MESSAGE_BYTES} bytes. You have sent {sum(sizes)} bytes.",
            )
    if operation == "ReceiveMessage":
        _check_range(request, "MaxNumberOfMessages", 1, BATCH_ENTRIES)
        _check_range(request, "WaitTimeSeconds", 0, LONGEST_WAIT_S)
    for part in (request, *entries):
        _check_range(part, "VisibilityTimeout", 0, LONGEST_VISIBILITY_S)
        _check_range(part, "DelaySeconds", 0, LONGEST_DELAY_S)


def _check_entries(operation: str, entries: Sequence[Request]) -> None:
    if not entries:
        raise Refused(
            "AWS.SimpleQueueService.EmptyBatchRequest",
            f"There should be at least one {operation}RequestEntry in the request.",
        )
    if len(entries) > BATCH_ENTRIES:
        raise Refused(
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {BATCH_ENTRIES}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            raise Refused(
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most "
                "80 letters long.",
            )
        if entry["Id"] in seen:
            raise Refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def _check_message(message: Request) -> int:
    """One message to be sent; its size in bytes, attributes included."""
    body = message.get("MessageBody") or ""
    if not body:
        raise Refused("MissingParameter", "The request must contain the parameter MessageBody.")
    _check_characters(body, "body")
    attributes = message.get("MessageAttributes") or {}
    if len(attributes) > ATTRIBUTES:
        raise _wrong(f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{ATTRIBUTES}].")
    size = len(body.encode()) + sum(_check_attribute(name, value) for name, value in attributes.items())
    if size > MESSAGE_BYTES:
        raise _wrong(f"One or more parameters are invalid. Reason: Message must be shorter than {MESSAGE_BYTES} bytes.")
    group = message.get("MessageGroupId")
    if group is not None and not _GROUP.fullmatch(group):
        raise _wrong(
            f"Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include "
            "alphanumeric and punctuation characters. 1 to 128 in length."
        )
    return size


def _check_attribute(name: str, value: Request) -> int:
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise _wrong(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters."
        )
    kind = str(value.get("DataType", ""))
    matched = _ATTRIBUTE_TYPE.fullmatch(kind)
    if matched is None or len(kind) > 256:
        raise _wrong(f"The type of message attribute '{name}' is invalid. You must use only the following supported "
                     "type prefixes: Binary, Number, String.")  # fmt: skip
    content = value.get("BinaryValue" if matched.group(1) == "Binary" else "StringValue") or ""
    if not content:
        raise _wrong(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{kind}'."
        )
    if isinstance(content, str) and matched.group(1) != "Binary":
        _check_characters(content, f"attribute '{name}'")
        size = len(content.encode())
    else:  # base64 text over the wire
        size = len(content) if isinstance(content, bytes) else len(content) * 3 // 4 - content[-2:].count("=")
    return len(name.encode()) + len(kind.encode()) + size


def _check_characters(text: str, place: str) -> None:
    bad = _NOT_ALLOWED.search(text)
    if bad is not None:
        raise Refused(
            "InvalidMessageContents",
            f"Invalid binary character '#x{ord(bad.group()):X}' was found in the message {place}, the set of allowed "
            "characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def _check_range(request: Request, name: str, low: int, high: int) -> None:
    value = request.get(name)
    if value is not None and not low <= int(value) <= high:
        raise _wrong(f"Value {value} for parameter {name} is invalid. Reason: Must be between {low} and {high}, if "
                     "provided.")  # fmt: skip


def _wrong(message: str) -> Refused:
    return Refused("InvalidParameterValue", message)
