"""The judgement of one item at length, with every finding: stored clean, stored with warnings, or rejected."""

from typing import Any

import orjson

from functions.core.apps import App
from functions.core.caliper.contexts import V1P0, version_of
from functions.core.caliper.findings import (
    MAX_ID_CHARS,
    MAX_ITEM_BYTES,
    SERVICE,
    Finding,
    Notes,
    Verdict,
    json_type,
    step,
)
from functions.core.caliper.schema.compile import ANY_ENTITY, vocabulary
from functions.core.caliper.terms import derived_event_id, is_event
from functions.core.caliper.validator import common_findings
from functions.core.caliper.validator.edapp import speaks_for
from functions.core.caliper.validator.entity import Walk
from functions.core.caliper.validator.header import Context
from functions.core.caliper.validator.header_plan import Plan, plan_for
from functions.core.caliper.validator.limits import MAX_DEPTH, is_too_deep, too_long_an_identifier

_TERMS = frozenset({"@context", "id", "type", "action", "eventTime", "profile"})
_DEPRECATED = {"@id": "id", "@type": "type", "navigatedFrom": "referrer"}


def judge_at_length(raw: bytes, data_version: str, app: App, *, brief: bool = False) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`, strictness aside. Never raises, whatever the bytes.

    `brief` goes no further than the first property that rejects an event.
    """
    if len(raw) > MAX_ITEM_BYTES:
        message = f"The item has {len(raw)} bytes; {MAX_ITEM_BYTES} is the most, and all that is kept of it."
        return _rejected(Finding("error", "too-large", "", message, SERVICE))
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The item is no JSON that can be kept: {error.msg.split(':')[0]}."
        return _rejected(Finding("error", "json", "", message, "RFC 8259"))
    if not isinstance(value, dict):
        message = f"The item is {json_type(value)}; expected an event or an entity, which are objects."
        return _rejected(Finding("error", "not-an-object", "", message, "Caliper 1.1 and 1.2 Envelope"))
    if is_too_deep(raw, value):
        message = f"The item is nested deeper than {MAX_DEPTH} levels; send it flatter."
        return _rejected(Finding("error", "too-deep", "", message, SERVICE))
    place = too_long_an_identifier(raw, value)
    if place is not None:
        pointer, chars = place
        message = f"An identifier has {chars} characters; {MAX_ID_CHARS} is the most. Send a shorter one."
        return _rejected(Finding("error", "too-long", pointer, message, SERVICE))
    if is_event(value):
        return _judge_event(value, data_version, app, brief)
    return _judge_entity(value, data_version)


def _judge_event(event: dict[str, Any], data_version: str, app: App, brief: bool) -> Verdict:
    plan = _plan(event, data_version, app)
    notes = Notes()
    for finding in plan.findings:
        notes.add(finding)
    identifier = _judge_id(event, plan, notes)
    _judge_time(event.get("eventTime"), notes)
    if brief and notes.rejecting:
        return notes.verdict("event", identifier)
    slots = plan.slots
    for name, value in event.items():
        slot = slots.get(name)
        if slot is not None:
            slot.check(value, notes)
            if brief and notes.rejecting:
                return notes.verdict("event", identifier)
        elif name not in _TERMS and plan.source is not None and not notes.full:
            _judge_other_property(name, plan, notes)
    for name, absent in plan.absent:
        if name not in event:
            for finding in absent:
                notes.add(finding)
    if "edApp" in event:
        _judge_authority(event["edApp"], app, notes)
    if plan.joint is not None:
        plan.joint(event.get("object"), event.get("generated"), notes)
    return notes.verdict("event", identifier)


def _plan(event: dict[str, Any], data_version: str, app: App) -> Plan:
    named = event.get("type")
    if named is None:
        named = event.get("@type")  # 1.0
    return plan_for(
        (
            data_version,
            app.house == "timeback",
            event.get("@context"),
            named,
            event.get("action"),
            event.get("profile"),
        )
    )


def _judge_id(event: dict[str, Any], plan: Plan, notes: Notes) -> str | None:
    value = event.get("id")
    if value is None:
        value = event.get("@id")  # 1.0
    if isinstance(value, str) and value.strip():
        remark = common_findings.of_id(value) if plan.needs_id else None
        if remark is not None:
            notes.add(remark)
        return value
    if value is None and not plan.needs_id:
        return derived_event_id(event)
    found = "is missing" if "id" not in event else f"is {json_type(value)}"
    notes.reject(
        "required", "/id", f"id {found}; an event needs it as a string, urn:uuid:<UUID>.", common_findings.EVENT
    )
    return None


def _judge_time(value: object, notes: Notes) -> None:
    if not isinstance(value, str):
        found = "is missing or null" if value is None else f"is {json_type(value)}"
        message = f"eventTime {found}; an event needs it as 2026-01-27T10:03:00.000Z."
        notes.reject("required" if value is None else "json-type", "/eventTime", message, common_findings.EVENT)
        return
    remark = common_findings.of_time(value)
    if remark is not None:
        notes.add(remark)


def _judge_authority(edapp: object, app: App, notes: Notes) -> None:
    """Whether the credential's app may send for this edApp; a missing or unreadable one never rejects."""
    pointer = "/edApp"
    if isinstance(edapp, dict):
        key = "@id" if edapp.get("id") is None else "id"  # as attribution reads it
        pointer, edapp = f"/edApp/{key}", edapp.get(key)
    if isinstance(edapp, str) and edapp.strip() and not speaks_for(app, edapp):
        message = "This app's credential may not send for that edApp; register the id as one of the app's edApps."
        notes.reject("edapp", pointer, message, SERVICE)


def _judge_other_property(name: str, plan: Plan, notes: Notes) -> None:
    if name in _DEPRECATED:
        message = f"{name} is deprecated since 1.1; send {_DEPRECATED[name]}."
        notes.note("deprecated", step(name), message, "Caliper 1.1 Appendix")
    elif not plan.foreign:
        message = "An event has no such property; put your own into extensions."
        notes.note("unknown-property", step(name), message, plan.source or "")


def _judge_entity(entity: dict[str, Any], data_version: str) -> Verdict:
    identifier = entity.get("id", entity.get("@id"))
    if not isinstance(identifier, str):
        identifier = None
    key = "type" if entity.get("type") is not None else "@type"
    named = entity.get(key)
    if not isinstance(named, str) or not named.strip():
        found = "is missing" if named is None else f"is {json_type(named)}"
        message = f"The item has no actor, action or eventTime, so it is an entity, and its type {found}."
        return _rejected(Finding("error", "required", "/type", message, "Caliper 1.1 and 1.2 Entity"), identifier)
    notes = Notes()
    context = Context(entity.get("@context"), data_version, notes)
    if context.version == V1P0 or version_of(data_version) == V1P0:
        notes.note("caliper-1.0", "/@context", "This is Caliper 1.0; send 1.2. It was not judged further.")
    else:
        Walk(vocabulary(context.version, timeback=False), context.foreign).entity(entity, ANY_ENTITY, "", notes)
    return notes.verdict("entity", identifier)


def _rejected(finding: Finding, identifier: str | None = None) -> Verdict:
    return Verdict("unknown", accepted=False, id=identifier, findings=(finding,))
