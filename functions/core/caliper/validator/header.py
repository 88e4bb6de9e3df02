"""Judges an event's header: its context, type, action and profile."""

from functions.core.caliper.contexts import V1P2, version_of
from functions.core.caliper.findings import Notes, clip, json_type
from functions.core.caliper.schema.compile import Vocabulary
from functions.core.caliper.schema.enumerations import GENERAL_PROFILES, PROFILES_1_2
from functions.core.caliper.schema.events import EventType
from functions.core.caliper.terms import term
from functions.core.caliper.validator import common_findings


class Context:
    """What `@context` says: the version, and whether contexts besides Caliper's may define terms."""

    __slots__ = ("foreign", "version")

    def __init__(self, value: object, data_version: str, notes: Notes) -> None:
        default = version_of(data_version) or V1P2
        self.version = default
        self.foreign = False
        at = "/@context"
        if value is None:
            notes.add(common_findings.NO_CONTEXT)
            return
        listed = value if isinstance(value, list) else [value]
        versions = [version_of(each) for each in listed]
        named = [each for each in versions if each]
        self.foreign = any(each is None for each in versions)
        if named:
            self.version = named[-1]
        if not isinstance(value, str | list):
            notes.note("context", at, f"@context is {json_type(value)}; expected a Caliper context IRI, or an array.")
        elif not named:
            notes.note("context", at, "@context names no Caliper context; judged by the envelope's dataVersion.")
        elif versions[-1] is None:
            notes.note("context", at, "The Caliper context must be the last of the array.")


def term_of(name: str, value: object, notes: Notes, required: bool = True) -> str:
    """The short term; a missing or wrongly typed one is an error where the property is required."""
    if isinstance(value, str) and value.strip():
        return term(value)
    found = "is missing or null" if value is None else f"is {json_type(value)}"
    if required:
        notes.reject("required", "/" + name, f"{name} {found}; an event needs it as a string.")
    elif value is not None:
        notes.note("json-type", "/" + name, f"{name} {found}; expected a string.")
    return ""


def judge_terms(
    words: Vocabulary,
    event: EventType,
    kind_of: str,
    action: str,
    profile: str,
    notes: Notes,
) -> None:
    """What is wrong with type, action and profile of an event of a type that the vocabulary has."""
    if event.deprecated:
        notes.note("deprecated", "/type", f"{clip(kind_of)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    if action in event.deprecated_actions:
        notes.note("deprecated", "/action", f"{clip(action)} is deprecated since 1.1.", "Caliper 1.1 Appendix")
    elif action and action not in words.actions:
        notes.note("unknown-action", "/action", f"{clip(action)} is no action of {words.source}.", words.source)
    elif action and event.actions and action not in event.actions:
        expected = ", ".join(event.actions[:8]) + (" …" if len(event.actions) > 8 else "")
        notes.note(
            "wrong-action",
            "/action",
            f"{clip(kind_of)} has no action {clip(action)}; expected {expected}.",
            words.source,
        )
    if not profile:
        return
    # 1.1 has no property profile; official 1.1 examples give one all the same.
    if profile not in words.profiles and profile not in PROFILES_1_2:
        notes.note("unknown-profile", "/profile", f"{clip(profile)} is no profile of {words.source}.", words.source)
    elif event.profiles and profile not in event.profiles and profile not in GENERAL_PROFILES:
        notes.note(
            "wrong-profile",
            "/profile",
            f"{clip(kind_of)} is not of {clip(profile)}; expected {' or '.join(event.profiles)}.",
            words.source,
        )
