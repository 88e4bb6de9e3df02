"""Validates one item of an envelope, with every finding: stored clean, stored with warnings, or rejected."""

from typing import Any

import orjson

from functions.core.apps import App
from functions.core.caliper.contexts import V1P0, version_of
from functions.core.caliper.findings import (
    MAX_ID_BYTES,
    MAX_ITEM_BYTES,
    SERVICE,
    Finding,
    FindingCollector,
    Verdict,
    json_type,
)
from functions.core.caliper.schema.compiled import ANY_ENTITY
from functions.core.caliper.terms import is_event
from functions.core.caliper.validator.entity import entity_validator
from functions.core.caliper.validator.event import event_verdict
from functions.core.caliper.validator.header import Context
from functions.core.caliper.validator.header_validator import HeaderValidators
from functions.core.caliper.validator.limits import MAX_DEPTH, is_too_deep, too_long_an_identifier
from functions.core.caliper.validator.repeated_names import warn_repeated_names
from functions.core.numbers.screening import Arrival

HEADER_VALIDATORS = HeaderValidators()


def verdict_on(
    raw: bytes,
    data_version: str,
    app: App,
    validators: HeaderValidators,
    collector: FindingCollector,
    *,
    arrival: Arrival | None = None,
    brief: bool = False,
) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`, strictness aside. Never raises, whatever the bytes.

    `collector` is a new one, or one that is still empty. `arrival`: when it arrived; None leaves out what the numbers
    cannot use of it. `brief` stops at the first property that rejects an event.
    """
    if len(raw) > MAX_ITEM_BYTES:
        message = f"The item has {len(raw)} bytes; the most is {MAX_ITEM_BYTES}, and only that many are kept."
        return _rejected(Finding("error", "too-large", "", message, SERVICE))
    try:
        item = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = f"The item is not JSON that can be stored: {error.msg.split(':')[0]}."
        return _rejected(Finding("error", "json", "", message, "RFC 8259"))
    if type(item) is not dict:
        message = f"The item is {json_type(item)}; expected an event or an entity, which are objects."
        return _rejected(Finding("error", "not-an-object", "", message, "Caliper 1.1 and 1.2 Envelope"))
    if is_too_deep(raw, item):
        message = f"The item is nested deeper than {MAX_DEPTH} levels; send it flatter."
        return _rejected(Finding("error", "too-deep", "", message, SERVICE))
    too_long = too_long_an_identifier(raw, item)
    if too_long is not None:
        pointer, size = too_long
        message = f"An identifier has {size} bytes; the most is {MAX_ID_BYTES}. Send a shorter one."
        return _rejected(Finding("error", "too-long", pointer, message, SERVICE))
    written = orjson.dumps(item)
    if written != raw:  # most senders write as this does
        warn_repeated_names(raw, written, collector)
    named = item.get("type")
    if (type(named) is str and named.endswith("Event")) or is_event(item):
        return event_verdict(item, data_version, app, validators, collector, arrival=arrival, brief=brief)
    return _entity_verdict(item, data_version, collector)


def _entity_verdict(entity: dict[str, Any], data_version: str, collector: FindingCollector) -> Verdict:
    identifier = entity.get("id", entity.get("@id"))
    if not isinstance(identifier, str):
        identifier = None
    named = entity.get("type")
    if named is None:
        named = entity.get("@type")  # 1.0
    if not isinstance(named, str) or not named.strip():
        fault = "is missing" if named is None else f"is {json_type(named)}"
        message = f"The item has no actor, action or eventTime, so it is an entity, and its type {fault}."
        return _rejected(Finding("error", "required", "/type", message, "Caliper 1.1 and 1.2 Entity"), identifier)
    context = Context(entity.get("@context"), data_version, collector)
    if context.version == V1P0 or version_of(data_version) == V1P0:
        message = "This is Caliper 1.0; send 1.2. Nothing else of it was checked."
        collector.warn("caliper-1.0", "/@context", message)
    else:
        validator = entity_validator(context.version, timeback=False, foreign=context.foreign)
        validator.value(entity, ANY_ENTITY, "", collector)
    return collector.verdict("entity", identifier)


def _rejected(finding: Finding, identifier: str | None = None) -> Verdict:
    return Verdict("unknown", accepted=False, id=identifier, findings=(finding,))
