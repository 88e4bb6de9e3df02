"""TimeBack's rules (placeholder)."""

from collections.abc import Callable
from typing import NamedTuple

from functions.core.caliper.entities import EntityType
from functions.core.caliper.events import EventType
from functions.core.caliper.walk import Notes

ENTITIES: dict[str, EntityType] = {}
EVENTS: dict[str, EventType] = {}
ACTIONS = frozenset({"SpentTime"})
PROFILES = frozenset({"TimebackProfile", "AggregationProfile"})


class Rules(NamedTuple):
    slots: dict[str, tuple[Callable[[object, Notes], None], ...]] = {}
    header: tuple[Callable[[str, str, str, Notes], None], ...] = ()
    joint: Callable[[object, object, Notes], None] | None = None


NO_RULES = Rules()


def rules_for(kind_of: str, action: str, profile: str) -> Rules:
    return NO_RULES
