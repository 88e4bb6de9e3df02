"""The verdict on one item of an envelope: stored clean, stored with warnings, or rejected (DESIGN §4)."""

import re
from typing import Any

import msgspec
import orjson
from msgspec.structs import astuple

from functions.core.apps import App
from functions.core.caliper.contexts import V1P0, version_of
from functions.core.caliper.plans import REQUIRED, SLOTS, Context, Header, Plan, judge_part, plan_for, too_deep
from functions.core.caliper.terms import derived_event_id, is_event
from functions.core.caliper.values import is_canonical_time, time_fault
from functions.core.caliper.verdicts import MAX_FINDINGS, Finding, Kind, Verdict, json_type, step
from functions.core.caliper.vocabulary import vocabulary
from functions.core.caliper.walk import ANY_ENTITY, Notes, Walk

MAX_ITEM_BYTES = 262_144  # 256 KiB

_ABSENT = msgspec.Raw(b"")
_EVENT_ID = re.compile(rb'"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"')
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SPEAKS_MAX = 4_096


class _Parts(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """An event cut into its properties. The slots come first, in the order of SLOTS."""

    actor: msgspec.Raw = _ABSENT
    object: msgspec.Raw = _ABSENT
    generated: msgspec.Raw = _ABSENT
    target: msgspec.Raw = _ABSENT
    referrer: msgspec.Raw = _ABSENT
    edApp: msgspec.Raw = _ABSENT
    group: msgspec.Raw = _ABSENT
    membership: msgspec.Raw = _ABSENT
    session: msgspec.Raw = _ABSENT
    federatedSession: msgspec.Raw = _ABSENT
    extensions: msgspec.Raw = _ABSENT
    id: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    action: msgspec.Raw = _ABSENT
    eventTime: msgspec.Raw = _ABSENT
    profile: msgspec.Raw = _ABSENT
    context: msgspec.Raw = msgspec.field(default=_ABSENT, name="@context")


_cut = msgspec.json.Decoder(_Parts).decode
_cut_any = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_speaks: dict[tuple[tuple[str, ...], bytes], tuple[Finding, ...]] = {}


def judge(raw: bytes, *, data_version: str, app: App, strict: bool | None = None) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`. Never raises, whatever the bytes.

    `data_version` is the envelope's; the item's own `@context` outranks it. `strict` overrides the app's wish that
    warnings reject. The same bytes under the same app get the same verdict, in whatever order they come.
    """
    verdict = _judge(raw, data_version, app)
    if verdict.findings and (app.strict if strict is None else strict):
        return _made_strict(verdict)
    return verdict


def _judge(raw: bytes, data_version: str, app: App) -> Verdict:
    if len(raw) > MAX_ITEM_BYTES:
        message = f"The item has {len(raw)} bytes; {MAX_ITEM_BYTES} is the most. Put large content elsewhere and refer to it."
        return _rejected("unknown", None, Finding("error", "too-large", "", message, "size limit"))
    try:
        parts = _cut(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _judge_unusual(raw, data_version, app)
    if parts.eventTime is _ABSENT and parts.action is _ABSENT and not _is_event(parts):
        return _judge_entity(raw, data_version)
    return _judge_event(parts, (), data_version, app, raw)


def _is_event(parts: _Parts) -> bool:
    mark: dict[str, Any] = {} if parts.actor is _ABSENT else {"actor": None}
    try:
        return is_event(mark if parts.type is _ABSENT else {"type": orjson.loads(bytes(parts.type)), **mark})
    except orjson.JSONDecodeError:
        return True


def _judge_unusual(raw: bytes, data_version: str, app: App) -> Verdict:
    """Whatever is no plain event: an entity, an event with properties of its own, 1.0, or no object at all."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The item is no JSON that can be kept: {error.msg.split(':')[0]}."
        return _rejected("unknown", None, Finding("error", "json", "", message, "RFC 8259"))
    if not isinstance(value, dict):
        message = f"The item is {json_type(value)}; expected an event or an entity, which are objects."
        return _rejected("unknown", None, Finding("error", "not-an-object", "", message, "Caliper Envelope"))
    if not is_event(value):
        return _judge_entity(raw, data_version)
    known = _Parts()
    others = []
    for name, part in _cut_any(raw).items():
        field = "context" if name == "@context" else name
        if name in _FIELDS or name == "@context":
            setattr(known, field, part)
        else:
            others.append((name, part))
    for name, part in others:
        if name in ("@id", "@type") and getattr(known, name[1:]) is _ABSENT:
            setattr(known, name[1:], part)
    return _judge_event(known, tuple(others), data_version, app, raw)


_FIELDS = frozenset((*SLOTS, "id", "type", "action", "eventTime", "profile"))


def _judge_event(
    parts: _Parts, others: tuple[tuple[str, msgspec.Raw], ...], data_version: str, app: App, raw: bytes
) -> Verdict:
    header: Header = (
        data_version,
        app.house == "timeback",
        bytes(parts.context),
        bytes(parts.type),
        bytes(parts.action),
        bytes(parts.profile),
    )
    try:
        plan = plan_for(header)
    except orjson.JSONDecodeError:
        message = "@context is no JSON that can be kept."
        return _rejected("event", None, Finding("error", "json", "/@context", message, "RFC 8259"))
    found: list[Finding] = []
    identifier = _id(bytes(parts.id), plan, found, raw)
    when = str(parts.eventTime, "utf-8", "replace")
    if len(when) != 26 or not is_canonical_time(when[1:-1]):
        _event_time(when, found)
    if plan.findings:
        found += plan.findings
    for slot, part in zip(plan.slots, astuple(parts), strict=False):
        if part is _ABSENT:
            if slot.absent:
                found += slot.absent
            continue
        key = bytes(part)
        seen = slot.seen.get(key)
        if seen is None:
            seen = slot.judge(key)
        if seen:
            found += seen
    if parts.edApp is not _ABSENT:
        found += _authority(app, bytes(parts.edApp))
    if plan.joint is not None and parts.object is not _ABSENT and parts.generated is not _ABSENT:
        found += _joint(plan, bytes(parts.object), bytes(parts.generated))
    if others:
        _judge_others(others, plan, found)
    if not found:
        return Verdict("event", True, identifier)
    return _verdict("event", identifier, found)


def _id(raw: bytes, plan: Plan, found: list[Finding], item: bytes) -> str | None:
    if _EVENT_ID.fullmatch(raw):
        return str(raw[1:-1], "ascii")
    value: object = None
    if raw:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            found.append(Finding("error", "json", "/id", "This is no JSON that can be kept.", "RFC 8259"))
            return None
    if isinstance(value, str) and value.strip():
        if plan.needs_id:
            kind = "a bare UUID; expected urn:uuid: before it" if _UUID.fullmatch(value) else "no urn:uuid: URN"
            found.append(Finding("warning", "event-id", "/id", f"The event's id is {kind}.", "Caliper 1.1 and 1.2 Event"))
        return value
    if not plan.needs_id and not raw:
        return _derived_id(item)
    what = "is missing" if not raw else f"is {json_type(value)}"
    message = f"id {what}; an event needs it as a string, urn:uuid:<UUID>."
    found.append(Finding("error", "required", "/id", message, "Caliper 1.1 and 1.2 Event"))
    return None


def _derived_id(item: bytes) -> str | None:
    try:
        value = orjson.loads(item)
        return None if too_deep(item, value) else derived_event_id(value)
    except orjson.JSONDecodeError:
        return None


def _event_time(raw: str, found: list[Finding]) -> None:
    value: object = None
    if raw:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            value = None
    if not isinstance(value, str):
        what = "is missing" if not raw else f"is {json_type(value)}"
        code, severity = "required" if not raw or value is None else "json-type", True
        message = f"eventTime {what}; an event needs it as 2026-01-27T10:03:00.000Z."
    else:
        fault = time_fault(value)
        if fault is None:
            return
        code, severity = fault, fault == "time"
        message = "eventTime is no time; write it as 2026-01-27T10:03:00.000Z."
        if not severity:
            message = "eventTime is not spelled as 2026-01-27T10:03:00.000Z."
    found.append(Finding("error" if severity else "warning", code, "/eventTime", message, "Caliper 1.1 and 1.2 Event"))


def _authority(app: App, part: bytes) -> tuple[Finding, ...]:
    """Whether the credential's app may send for this edApp; a missing or unreadable one never rejects."""
    key = (app.edapps, part)
    known = _speaks.get(key)
    if known is None:
        if len(_speaks) >= _SPEAKS_MAX:
            _speaks.clear()
        known = _speaks[key] = _authority_of(app, part)
    return known


def _authority_of(app: App, part: bytes) -> tuple[Finding, ...]:
    try:
        value = orjson.loads(part)
    except orjson.JSONDecodeError:
        return ()
    pointer = "/edApp"
    if isinstance(value, dict):
        key = "id" if "id" in value else "@id"
        pointer, value = f"/edApp/{key}", value.get(key)
    if not isinstance(value, str) or not value.strip() or app.speaks_for(value) or app.speaks_for(value.strip()):
        return ()
    message = "This app's credential may not send for that edApp; register the id as one of the app's edApps."
    return (Finding("error", "edapp", pointer, message, "seed 000: Note on edApp"),)


def _joint(plan: Plan, target: bytes, generated: bytes) -> tuple[Finding, ...]:
    """What is judged on object and generated together. Both were parsed before without fault, or are not judged."""
    assert plan.joint is not None
    notes = Notes()
    try:
        plan.joint(orjson.loads(target), orjson.loads(generated), notes)
    except orjson.JSONDecodeError:
        return ()
    return tuple(notes.found)


def _judge_others(others: tuple[tuple[str, msgspec.Raw], ...], plan: Plan, found: list[Finding]) -> None:
    """Properties that no event has. Their values are only seen to be JSON that can be kept."""
    for name, part in others:
        pointer = step(name)
        found += judge_part(bytes(part), pointer, lambda value, notes: None)
        if plan.vocabulary is None or len(found) > MAX_FINDINGS:
            continue
        if name in ("@id", "@type", "navigatedFrom"):
            instead = {"@id": "id", "@type": "type", "navigatedFrom": "referrer"}[name]
            message = f"{name} is deprecated since 1.1; send {instead}."
            found.append(Finding("warning", "deprecated", pointer, message, "Caliper 1.1 Appendix"))
        elif not plan.foreign:
            message = "An event has no such property; put your own into extensions."
            found.append(Finding("warning", "unknown-property", pointer, message, plan.vocabulary.source))


def _judge_entity(raw: bytes, data_version: str) -> Verdict:
    try:
        value: dict[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The item is no JSON that can be kept: {error.msg.split(':')[0]}."
        return _rejected("unknown", None, Finding("error", "json", "", message, "RFC 8259"))
    if too_deep(raw, value):
        message = "The item is nested too deeply; send it flatter."
        return _rejected("entity", None, Finding("error", "too-deep", "", message, "size limit"))
    notes = Notes()
    key = "type" if value.get("type") is not None else "@type"
    named = value.get(key)
    if not isinstance(named, str) or not named.strip():
        what = "is missing" if named is None else f"is {json_type(named)}"
        message = f"The item has no actor, action or eventTime, so it is an entity, and its type {what}."
        finding = Finding("error", "required", "/type", message, "Caliper 1.1 and 1.2 Entity")
        return _rejected("unknown", _entity_id(value), finding)
    context = Context(orjson.dumps(value["@context"]) if "@context" in value else b"", data_version, notes)
    if context.version == V1P0 or version_of(data_version) == V1P0:
        notes.note("caliper-1.0", "/@context", "This is Caliper 1.0; send 1.2. It was not judged further.")
    else:
        Walk(vocabulary(context.version, False), notes, context.foreign).entity(value, ANY_ENTITY, "")
    return _verdict("entity", _entity_id(value), notes.found)


def _entity_id(value: dict[str, Any]) -> str | None:
    identifier = value.get("id", value.get("@id"))
    return identifier if isinstance(identifier, str) else None


def _rejected(kind: Kind, identifier: str | None, finding: Finding) -> Verdict:
    return Verdict(kind, False, identifier, (finding,))


def _verdict(kind: Kind, identifier: str | None, found: list[Finding]) -> Verdict:
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        found = errors + [finding for finding in found if finding.severity != "error"]
    if len(found) > MAX_FINDINGS:
        found = found[:MAX_FINDINGS]
        message = f"There are more findings; the first {MAX_FINDINGS} are told."
        found.append(Finding("warning", "more", "", message, "answer size"))
    return Verdict(kind, not errors, identifier, tuple(found))


def _made_strict(verdict: Verdict) -> Verdict:
    findings = tuple(
        Finding("error", finding.code, finding.pointer, finding.message, finding.source)
        for finding in verdict.findings
    )
    return Verdict(verdict.kind, False, verdict.id, findings)


assert _Parts.__struct_fields__[: len(SLOTS)] == SLOTS
assert set(REQUIRED) <= set(_Parts.__struct_fields__)
