"""Validates the value of one property of an event, and says what is missing if it has none."""

from collections.abc import Callable

from msgspec import Struct

from functions.core.caliper.contexts import V1P1
from functions.core.caliper.findings import STANDARD, Finding, FindingCollector, json_type
from functions.core.caliper.house_rules.engine import NO_PROPERTY_RULES, EventRules, PropertyRules
from functions.core.caliper.schema.compiled import ANY_ENTITY
from functions.core.caliper.schema.events import (
    BY_ACTION,
    COMMON_SLOTS,
    NOT_APPLICABLE_1_1,
    REQUIRED_BY_ACTION,
    EventType,
)
from functions.core.caliper.validator.entity import EntityValidator
from functions.core.caliper.validator.value_checks import check_object
from functions.core.caliper.values import match_iri, match_usual_iri
from functions.core.numbers.screening import (
    SLOTS_WITH_TIMES,
    TYPES_WITH_NUMBERS,
    has_plain_numbers,
    has_plain_times,
)
from functions.core.timeline.masquerade import names_real_user

PROPERTIES = (
    "actor",
    "object",
    "generated",
    "target",
    "referrer",
    "edApp",
    "group",
    "membership",
    "session",
    "federatedSession",
    "extensions",
)
REQUIRED = frozenset({"id", "type", "actor", "action", "object", "eventTime"})
_UNKNOWN_EVENT = EventType((), ("Agent",), (), ANY_ENTITY)

_RAW_SPACE = Finding(
    severity="warning",
    code="iri",
    pointer="/object/id",
    message="The id holds a space, so it is not an IRI; write it as %20.",
    source=STANDARD,
    tolerated=True,
)

type PropertyCheck = Callable[[object, FindingCollector], None]


class PropertyValidator(Struct, frozen=True):
    """One property of an event: the `check` of its value, and the findings on an event that has none."""

    absent: tuple[Finding, ...]
    check: PropertyCheck


def property_validator(
    name: str, entities: EntityValidator, version: str, event_type: str, action: str, rules: EventRules
) -> PropertyValidator:
    """For the property `name` of events of this version, type and action ("" if unknown)."""
    absent = FindingCollector()
    if name in REQUIRED:
        _reject_missing(name, absent)
    needed = REQUIRED_BY_ACTION.get((event_type, action))
    if needed is not None and needed[0] == name:
        absent.warn("required", "/" + name, f"{name} is missing; {action} requires it.", needed[1])
    house = rules.properties.get(name)
    if house is not None and name not in REQUIRED:
        house.report(None, absent)
    if name == "extensions":
        check = _extensions_check(house)
    else:
        allowed = _allowed(name, entities.schema.events.get(event_type, _UNKNOWN_EVENT), event_type, action)
        check = _entity_check(name, entities, allowed, house, event_type)
        if version == V1P1 and NOT_APPLICABLE_1_1.get(event_type) == name:
            check = _not_applicable(name, event_type, entities.schema.source, check)
    return PropertyValidator(absent.findings, check)


def _entity_check(
    name: str, entities: EntityValidator, allowed: tuple[str, ...], house: PropertyRules | None, event_type: str
) -> PropertyCheck:
    pointer = "/" + name
    required = name in REQUIRED
    validate_node, validate_value = entities.node, entities.value
    rules = house or NO_PROPERTY_RULES
    required_by_house, keeps_all = rules.required, rules.keeps_all
    is_actor = name == "actor"
    with_times = name in SLOTS_WITH_TIMES
    with_numbers = name == "generated" and event_type in TYPES_WITH_NUMBERS

    def check(value: object, collector: FindingCollector) -> None:
        if type(value) is dict:
            if not collector.full:  # rules that reject are applied all the same
                validate_node(value, allowed, pointer, collector)
            if with_times:
                if (
                    ("startedAtTime" in value or "endedAtTime" in value or "attempt" in value)
                    and not has_plain_times(value, collector.latest)
                ) or (with_numbers and not has_plain_numbers(value, event_type, collector.latest)):
                    collector.in_doubt = True
            elif is_actor and "extensions" in value and names_real_user(value["extensions"]):
                collector.in_doubt = True
        elif type(value) is not str or not match_usual_iri(value):
            if required and not (isinstance(value, str) and value.strip()):
                _reject_type(name, value, collector)
                return
            if not collector.full:
                validate_value(value, allowed, pointer, collector)
        if house is not None and (required_by_house if value is None else not keeps_all(value)):
            house.report(value, collector)

    return check


def tolerating_spaces(validator: PropertyValidator) -> PropertyValidator:
    """The same for the `object` of TimeBack's own events, whose id has raw spaces if the official SDK made it.

    The SDK builds the id from names such as "Social Studies". So this is a warning even for a strict app.
    """

    def check(value: object, collector: FindingCollector) -> None:
        if type(value) is dict:
            identifier = value.get("id")
            if type(identifier) is str and " " in identifier and match_iri(identifier.replace(" ", "%20")):
                collector.add(_RAW_SPACE)
                value = value | {"id": identifier.replace(" ", "%20")}
        validator.check(value, collector)

    return PropertyValidator(validator.absent, check)


def _extensions_check(house: PropertyRules | None) -> PropertyCheck:
    def check(value: object, collector: FindingCollector) -> None:
        if type(value) is not dict:
            check_object(value, "/extensions", collector)
        elif names_real_user(value):
            collector.in_doubt = True
        if house is not None and (house.required if value is None else not house.keeps_all(value)):
            house.report(value, collector)

    return check


def _not_applicable(name: str, event_type: str, source: str, check: PropertyCheck) -> PropertyCheck:
    def warn_and_check(value: object, collector: FindingCollector) -> None:
        collector.warn("not-applicable", "/" + name, f"{name} does not apply to {event_type}.", source)
        check(value, collector)

    return warn_and_check


def _allowed(name: str, event: EventType, event_type: str, action: str) -> tuple[str, ...]:
    narrowed = BY_ACTION.get((event_type, action), {}).get(name)
    allowed = narrowed or COMMON_SLOTS.get(name) or getattr(event, name, ())
    return ANY_ENTITY if not allowed or allowed == ANY_ENTITY else allowed


def property_validator_1_0(name: str) -> PropertyValidator:
    """For the property `name` of a Caliper 1.0 event: only whether a required one has a value."""
    absent = FindingCollector()
    if name not in REQUIRED:
        return PropertyValidator((), _doubt)
    _reject_missing(name, absent)

    def check(value: object, collector: FindingCollector) -> None:
        collector.in_doubt = True
        if not (isinstance(value, dict) or (isinstance(value, str) and value.strip())):
            _reject_type(name, value, collector)

    return PropertyValidator(absent.findings, check)


def _doubt(_value: object, collector: FindingCollector) -> None:
    collector.in_doubt = True


def _reject_missing(name: str, collector: FindingCollector) -> None:
    message = f"{name} is missing; an event needs it as an object or an IRI."
    collector.reject("required", "/" + name, message)


def _reject_type(name: str, value: object, collector: FindingCollector) -> None:
    message = f"{name} is {json_type(value)}; an event needs an object or an IRI."
    collector.reject("required", "/" + name, message)
