"""The checks for events of one header (context, type, action, profile): compiled once, on the first such event."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from functions.core.caliper.contexts import V1P0, version_of
from functions.core.caliper.findings import Finding, FindingCollector, clip, json_type
from functions.core.caliper.house_rules import engine
from functions.core.caliper.house_rules.table import RULES, Rule
from functions.core.caliper.schema.compiled import schema_for
from functions.core.caliper.schema.enumerations import ACTION_SPELLINGS
from functions.core.caliper.terms import is_timeback
from functions.core.caliper.validator.entity import entity_validator
from functions.core.caliper.validator.header import Context, check_terms, term_of
from functions.core.caliper.validator.properties import (
    PROPERTIES,
    PropertyCheck,
    PropertyValidator,
    property_validator,
    property_validator_1_0,
    tolerating_spaces,
)

_VALIDATORS_MAX = 512
_KEY_CHARS = 2_000
_HEADER_NAMES = ("@context", "id", "type", "action", "eventTime", "profile")

# data_version, house rules, then @context, type, action and profile as they were sent, None if absent
type Header = tuple[str, bool, object, object, object, object]


class EventChecks(Struct, frozen=True):
    """The checks of the properties of events of one type and action.

    `by_property`: None for a property that the header's own checks cover. `source` is None for Caliper 1.0, whose
    unknown properties are not reported. `foreign`: contexts besides Caliper's may define properties.
    """

    by_property: dict[str, PropertyCheck | None]
    absent: tuple[tuple[str, tuple[Finding, ...]], ...]
    source: str | None
    foreign: bool
    joint: Callable[[object, object, FindingCollector], None] | None = None


class HeaderValidator(Struct, frozen=True):
    """How to validate events of one header: the findings on the header itself, and the checks of the rest."""

    findings: tuple[Finding, ...]
    checks: EventChecks
    event_type: str  # in its short spelling
    needs_id: bool


class HeaderValidators:
    """The validators by header, for one table of house rules. Bounded: senders make up headers."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = rules
        self._by_header: dict[tuple[object, ...], HeaderValidator] = {}
        self._checks: dict[tuple[str, bool, str, str, str, bool], EventChecks] = {}

    def for_header(self, header: Header) -> HeaderValidator:
        """The validator of events with this header."""
        try:
            # Keys hold only strings, tuples and None, so no number or truth value of a header equals one.
            return self._by_header[header]
        except (KeyError, TypeError):
            return self._for_unusual_header(header)

    def _for_unusual_header(self, header: Header) -> HeaderValidator:
        """One that is new, or whose key is not its own tuple because a value in it is not a string."""
        context = header[2]
        terms = (_versions_of(context) if isinstance(context, list) else context, *header[3:])
        key = header[:2] + tuple(
            term if type(term) is str or type(term) is tuple or term is None else _type_of(term) for term in terms
        )
        validator = self._by_header.get(key)
        if validator is None:
            validator = self._compile(*header)
            if len(self._by_header) >= _VALIDATORS_MAX:
                self._by_header.clear()
            if len(repr(key)) <= _KEY_CHARS:
                self._by_header[key] = validator
        return validator

    def _compile(
        self,
        data_version: str,
        house: bool,
        named_context: object,
        named_type: object,
        named_action: object,
        named_profile: object,
    ) -> HeaderValidator:
        collector = FindingCollector()
        context = Context(named_context, data_version, collector)
        event_type = term_of("type", named_type, collector)
        action = term_of("action", named_action, collector)
        action = ACTION_SPELLINGS.get(action, action)
        profile = term_of("profile", named_profile, collector, required=False)
        needs_id = version_of(data_version) != V1P0
        if context.version == V1P0:
            message = "This is Caliper 1.0; send 1.2. Only its six required properties were checked."
            collector.warn("caliper-1.0", "/@context", message)
            return HeaderValidator(collector.findings, _checks_1_0(context.foreign), event_type, needs_id)
        timeback = is_timeback(event_type, profile)
        schema = schema_for(context.version, timeback or house)
        event = schema.events.get(event_type)
        if event is not None:
            check_terms(schema, event, event_type, action, profile, collector)
        elif event_type:
            message = f"{clip(event_type)} is not an event type of {schema.source}."
            collector.warn("unknown-type", "/type", message, schema.source)
        if timeback or house:
            engine.check_header(event_type, action, profile, collector)
        known_action = event is not None and action in (event.actions or schema.actions)
        checks = self._checks_for(
            context.version,
            timeback or house,
            event_type if event is not None else "",
            action if known_action else "",
            profile if timeback else "",
            context.foreign,
        )
        return HeaderValidator(collector.findings, checks, event_type, needs_id)

    def _checks_for(
        self, version: str, house: bool, event_type: str, action: str, profile: str, foreign: bool
    ) -> EventChecks:
        """The checks for an event type and action, "" if unknown; compiled once for all headers that need them."""
        key = (version, house, event_type, action, profile, foreign)
        checks = self._checks.get(key)
        if checks is None:
            entities = entity_validator(version, house, foreign)
            rules = engine.rules_for(self._rules, event_type, action, profile) if house else engine.NO_RULES
            validators = {
                name: property_validator(name, entities, version, event_type, action, rules) for name in PROPERTIES
            }
            if house and engine.is_timeback_event(event_type, profile) and profile != "AggregationProfile":
                validators["object"] = tolerating_spaces(validators["object"])
            checks = self._checks[key] = _event_checks(validators, entities.schema.source, foreign, rules)
        return checks


def _checks_1_0(foreign: bool) -> EventChecks:
    return _event_checks({name: property_validator_1_0(name) for name in PROPERTIES}, None, foreign, engine.NO_RULES)


def _event_checks(
    validators: dict[str, PropertyValidator], source: str | None, foreign: bool, rules: engine.EventRules
) -> EventChecks:
    by_property: dict[str, PropertyCheck | None] = dict.fromkeys(_HEADER_NAMES)
    by_property |= {name: validator.check for name, validator in validators.items()}
    absent = tuple((name, validator.absent) for name, validator in validators.items() if validator.absent)
    return EventChecks(by_property, absent, source, foreign, rules.joint)


def _versions_of(contexts: list[object]) -> tuple[str | None, ...]:
    """The part of an array of contexts that matters: the version that each names, None for a vendor's."""
    return ("[", *map(version_of, contexts))


def _type_of(value: object) -> tuple[str | None, ...]:
    """The part of a header's value other than a string that matters: its JSON type."""
    if isinstance(value, list):
        return ("[", *(each if isinstance(each, str) else None for each in value))
    return (json_type(value),)
