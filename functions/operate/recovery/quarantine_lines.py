"""The lines of an export of quarantine: JSON, one rejected item each, corrected by hand between export and resubmit."""

from typing import Any

import msgspec
import orjson

from functions.core.times import format_time, parse_time
from functions.store.quarantine.rejections import Rejection

_ABSENT = msgspec.Raw(b"")
_IN_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")  # in JSON a line can only break between its parts


class Line(msgspec.Struct, rename="camel"):
    """One line. `content` names the rejection that it was exported from; a line written by hand needs none."""

    version: str
    item: msgspec.Raw = _ABSENT  # the very bytes, to be kept as they are
    text: msgspec.Raw = _ABSENT
    sensor: str = "quarantine"
    send_time: str = ""
    content: str = ""
    received_at: str = ""

    @property
    def received_us(self) -> int | None:
        return parse_time(self.received_at)


_decode = msgspec.json.Decoder(Line).decode


def line_of(rejected: Rejection) -> bytes:
    """A rejected item as a line: `item` (or `text`: no JSON, or cut), `reasons`, and what came with it."""
    line: dict[str, Any] = {
        "receivedAt": format_time(rejected.received_us),
        "jobId": rejected.job,
        "index": rejected.index,
        "content": rejected.content,
        "version": rejected.data_version,
        "sensor": rejected.sensor,
        "sendTime": rejected.send_time,
        "reasons": rejected.findings,
    }
    try:
        orjson.loads(rejected.raw)
        line["item"] = orjson.Fragment(rejected.raw.translate(_IN_ONE_LINE))
    except orjson.JSONDecodeError:
        line["text"] = rejected.raw.decode("utf-8", "replace")
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def read_line(text: bytes, *, item_needed: bool = True) -> Line | str:
    """A line with an item, or why it has none."""
    try:
        line = _decode(text)
    except (ValueError, RecursionError):
        return "This is not a line of quarantine: it must be a JSON object with `item` and `version`."
    if line.item is not _ABSENT or not item_needed:
        return line
    if line.text is _ABSENT:
        return "There is no `item`."
    return (
        "`text` holds the bytes that were sent: they are not JSON, or cut. Write the corrected event as `item` instead."
    )
