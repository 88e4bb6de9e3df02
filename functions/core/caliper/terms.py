"""Reads the type, action and other terms of an item: in one spelling, event or entity, TimeBack's or not."""

from collections.abc import Mapping
from typing import Any

from functions.core.ids import content_digest, derived_uuid

TIMEBACK_PROFILES = frozenset({"TimebackProfile", "AggregationProfile"})
TIMEBACK_TYPES = frozenset({"ActivityEvent", "TimeSpentEvent"})

# These entities may have the deprecated property `actor` (1.1), and are not events.
_TYPES_WITH_ACTOR = frozenset({"Attempt", "Result", "Session", "LtiSession"})
_TERM_BASES = (
    "http://purl.imsglobal.org/caliper/",
    "https://purl.imsglobal.org/caliper/",
    "http://purl.imsglobal.org/vocab/caliper/",  # 1.0's actions
    "caliper:",
    "verb:",
)


def term(name: str) -> str:
    """The short term a type, action, profile, role or status denotes; anything but a Caliper IRI is returned unchanged.

    By JSON-LD `http://purl.imsglobal.org/caliper/actions/Viewed` and `Viewed` are the same.
    """
    if ":" not in name:
        return name
    for base in _TERM_BASES:
        if name.startswith(base):
            tail = name[len(base) :]
            if "action#" in tail:  # 1.0
                return tail.rsplit("#", 1)[1]
            return tail.rsplit("/", 1)[-1] or name
    return name


def text(node: Mapping[str, Any], key: str) -> str:
    """A property that must be a string, or "" if it is not one; `id` and `type` also in their 1.0 spelling."""
    value = node.get(key)
    if value is None and key in ("id", "type"):
        value = node.get("@" + key)  # 1.0
    return value if isinstance(value, str) else ""


def is_event(item: Mapping[str, Any]) -> bool:
    """Whether an item is an event, which needs six properties; if not, it is an entity describe."""
    kind_of = text(item, "type")
    if kind_of.endswith("Event"):
        return True
    if "action" in item or "eventTime" in item:
        return True
    if "actor" in item:
        short = term(kind_of)
        return not (short in _TYPES_WITH_ACTOR or short.endswith("Response"))
    return False


def is_timeback(kind_of: str, profile: str) -> bool:
    """Whether an event is of TimeBack's own vocabulary; one of its two types without a profile is."""
    return term(profile) in TIMEBACK_PROFILES or (not profile and kind_of in TIMEBACK_TYPES)


def derived_event_id(event: Mapping[str, Any]) -> str:
    """The id of an event that has none (Caliper 1.0): a function of its content, so that a resend has the same one."""
    return derived_uuid("caliper-1.0", content_digest(event))
