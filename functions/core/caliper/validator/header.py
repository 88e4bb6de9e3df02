"""Checks an event's header: its context, type, action and profile."""

from functions.core.caliper.contexts import V1P2, version_of
from functions.core.caliper.findings import FindingCollector, clip, json_type
from functions.core.caliper.schema.compiled import Schema
from functions.core.caliper.schema.enumerations import GENERAL_PROFILES, PROFILES_1_2
from functions.core.caliper.schema.events import EventType
from functions.core.caliper.terms import term
from functions.core.caliper.validator import common_findings

_DEPRECATED = "Caliper 1.1 Appendix"


class Context:
    """The meaning of `@context`: the version, and whether contexts besides Caliper's may define terms."""

    __slots__ = ("foreign", "version")

    def __init__(self, value: object, data_version: str, collector: FindingCollector) -> None:
        self.version = version_of(data_version) or V1P2
        self.foreign = False
        pointer = "/@context"
        if value is None:
            collector.add(common_findings.NO_CONTEXT)
            return
        versions = [version_of(each) for each in (value if isinstance(value, list) else [value])]
        known = [version for version in versions if version]
        self.foreign = any(version is None for version in versions)
        if known:
            self.version = known[-1]
        if not isinstance(value, str | list):
            message = f"@context is {json_type(value)}; expected a Caliper context IRI, or an array."
            collector.warn("context", pointer, message)
        elif not known:
            message = "@context does not name a Caliper context; the envelope's dataVersion decides."
            collector.warn("context", pointer, message)
        elif versions[-1] is None:
            collector.warn("context", pointer, "The Caliper context must be the last of the array.")


def term_of(name: str, value: object, collector: FindingCollector, required: bool = True) -> str:
    """The short term, or "". A missing or wrongly typed one rejects if the property is required."""
    if isinstance(value, str) and value.strip():
        return term(value)
    fault = "is missing or null" if value is None else f"is {json_type(value)}"
    if required:
        collector.reject("required", "/" + name, f"{name} {fault}; an event needs it as a string.")
    elif value is not None:
        collector.warn("json-type", "/" + name, f"{name} {fault}; expected a string.")
    return ""


def check_terms(
    schema: Schema,
    event: EventType,
    event_type: str,
    action: str,
    profile: str,
    collector: FindingCollector,
) -> None:
    """Check type, action and profile of an event whose type the schema has."""
    if event.deprecated:
        collector.warn("deprecated", "/type", f"{clip(event_type)} is deprecated since 1.1.", _DEPRECATED)
    if action in event.deprecated_actions:
        collector.warn("deprecated", "/action", f"{clip(action)} is deprecated since 1.1.", _DEPRECATED)
    elif action and action not in schema.actions:
        message = f"{clip(action)} is not an action of {schema.source}."
        collector.warn("unknown-action", "/action", message, schema.source)
    elif action and event.actions and action not in event.actions:
        expected = ", ".join(event.actions[:8]) + (" …" if len(event.actions) > 8 else "")
        message = f"{clip(event_type)} has no action {clip(action)}; expected {expected}."
        collector.warn("wrong-action", "/action", message, schema.source)
    if not profile:
        return
    # 1.1 has no property `profile`, but official 1.1 examples give one.
    if profile not in schema.profiles and profile not in PROFILES_1_2:
        message = f"{clip(profile)} is not a profile of {schema.source}."
        collector.warn("unknown-profile", "/profile", message, schema.source)
    elif event.profiles and profile not in event.profiles and profile not in GENERAL_PROFILES:
        message = f"{clip(event_type)} is not in {clip(profile)}; expected {' or '.join(event.profiles)}."
        collector.warn("wrong-profile", "/profile", message, schema.source)
