"""Lines judged and packed: a portion of a file as messages for the queue, lines for the archive, and rejected items."""

from collections.abc import Iterable, Iterator
from copy import replace
from typing import Any

import orjson
from msgspec import Struct, field

from functions.core.apps import App
from functions.core.caliper.envelope.envelope import Envelope
from functions.core.caliper.findings import Refusal, Verdict
from functions.core.caliper.validator import validate_items
from functions.core.ids import digest
from functions.core.jobs import job_key
from functions.core.messages import MAX_MESSAGE_ITEMS, Item, Kind, Message, pack_request, split_message
from functions.core.numbers.screening import arrival
from functions.core.privacy.erased import Erased
from functions.core.times import parse_time
from functions.importing.lines import envelopes_of

NO_ONE = Erased({})
PORTION_ITEMS = 10 * MAX_MESSAGE_ITEMS  # ten messages: one SendMessageBatch


class Portion(Struct):
    """What some lines hold. `offset` and `line` are where the next portion begins."""

    offset: int
    line: int
    queued: dict[tuple[str, str], list[Item]] = field(default_factory=dict)
    archived: dict[tuple[str, str], list[Item]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    rejects: list[bytes] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return sum(map(len, self.queued.values())) + self.archive_only

    @property
    def archive_only(self) -> int:
        return sum(map(len, self.archived.values()))


class Importing(Struct, frozen=True, kw_only=True):
    """Whose file it is, and as when received. What happened before `archive_before_us` goes to the archive alone.

    What happened before a person of `erased` was erased does not come back by an old file.
    """

    app: App
    file_digest: str
    received_us: int
    archive_before_us: int = 0
    erased: Erased = NO_ONE

    def portions(self, lines: Iterable[bytes], *, offset: int, line: int) -> Iterator[Portion]:
        """The lines from `offset` on, which begins line `line` (from 0), in portions."""
        portion = Portion(offset, line)
        for text in lines:
            portion.offset += len(text)
            portion.line += 1
            if text.strip():
                self._add(portion, text)
            if portion.accepted + len(portion.rejects) >= PORTION_ITEMS:
                yield portion
                portion = Portion(portion.offset, portion.line)
        yield portion

    def messages(self, portion: Portion, items: dict[tuple[str, str], list[Item]]) -> list[Message]:
        """The items of a portion as messages. The same portion again makes the same job: it overwrites itself."""
        return [
            Message(
                tenant=self.app.tenant,
                app_id=self.app.app_id,
                job=self._key(portion),
                received_us=self.received_us,
                sensor=sensor,
                data_version=data_version,
                auto_attach=self.app.auto_attach,
                items=held,
            )
            for (sensor, data_version), held in items.items()
        ]

    def bodies(self, portion: Portion) -> list[str]:
        """The packed messages of what goes through the queue."""
        messages = self.messages(portion, portion.queued)
        return pack_request(messages, key=self._key(portion), event_ids=portion.ids)[1]

    def archive_messages(self, portion: Portion) -> list[Message]:
        """The messages of what goes to the archive alone, each part with a number of its own."""
        parts = [part for message in self.messages(portion, portion.archived) for part in split_message(message)]
        return [replace(part, part=number) for number, part in enumerate(parts)]

    def _key(self, portion: Portion) -> str:
        nonce = digest(f"{self.file_digest} {portion.line}").encode()
        return job_key(self.received_us, nonce)

    def _add(self, portion: Portion, text: bytes) -> None:
        envelopes = envelopes_of(text, self.app)
        if isinstance(envelopes, Refusal):
            portion.rejects.append(_refused(portion.line, text, envelopes))
            return
        for envelope in envelopes:
            results = validate_items(
                envelope.items,
                data_version=envelope.data_version,
                app=self.app,
                arrival=arrival(self.received_us, parse_time(envelope.send_time)),
            )
            for raw, verdict in zip(envelope.items, results, strict=True):
                kind: Kind = "rejection" if not verdict.accepted else "entity" if verdict.kind == "entity" else "event"
                findings = [finding.as_dict() for finding in verdict.findings]
                item = Item(kind, raw, findings)
                if self.erased:  # to look for people in a text costs ten times what judging it does
                    from functions.core.privacy.message import brought_in_without_erased

                    item = brought_in_without_erased(item, self.erased, received_us=self.received_us)
                if item.kind == "rejection":
                    portion.rejects.append(_rejected(portion.line, item.raw, envelope.data_version, verdict))
                elif item.kind != "erased":
                    self._add_accepted(portion, envelope, item, verdict)

    def _add_accepted(self, portion: Portion, envelope: Envelope, item: Item, verdict: Verdict) -> None:
        old = verdict.kind == "event" and self._is_old(item.raw)
        place = (envelope.sensor, envelope.data_version)
        (portion.archived if old else portion.queued).setdefault(place, []).append(item)
        if verdict.id and not old:
            portion.ids.append(verdict.id)

    def _is_old(self, raw: bytes) -> bool:
        if not self.archive_before_us:
            return False
        time_us = parse_time(orjson.loads(raw).get("eventTime"))
        return time_us is not None and time_us < self.archive_before_us


def _rejected(line: int, raw: bytes, data_version: str, verdict: Verdict) -> bytes:
    """A line as `quarantine resubmit` takes it, once its item is corrected."""
    reasons = [finding.as_dict() for finding in verdict.errors]
    return _reject({"line": line, "version": data_version, "reasons": reasons}, raw)


def _refused(line: int, text: bytes, refusal: Refusal) -> bytes:
    reason = {"severity": "error", "code": refusal.code, "pointer": refusal.pointer, "message": refusal.message}
    return _reject({"line": line, "version": "", "reasons": [reason]}, text.strip())


def _reject(row: dict[str, Any], raw: bytes) -> bytes:
    try:
        orjson.loads(raw)
        row["item"] = orjson.Fragment(raw.replace(b"\n", b" ").replace(b"\r", b" "))
    except orjson.JSONDecodeError:
        row["text"] = raw.decode("utf-8", "replace")
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
