"""The terms that TimeBack adds to the standard: its two event types, their entities, action and profiles."""

from functions.core.caliper.schema.entities import EntityType
from functions.core.caliper.schema.events import EventType

PROFILES = frozenset({"TimebackProfile", "AggregationProfile"})
ACTIONS = frozenset({"SpentTime"})
_OWN_EVENT = EventType(tuple(sorted(PROFILES)), ("Person",), (), ("Entity",))
EVENTS = {"ActivityEvent": _OWN_EVENT, "TimeSpentEvent": _OWN_EVENT}
_METRICS = EntityType(("Entity",), {"items": "[any]", "attempt": "any"})
_METRIC = EntityType(("Entity",), {"metricType": "any", "metricValue": "any"})
ENTITIES = {
    "TimebackUser": EntityType(("Person",), {"email": "any", "role": "any"}),
    "TimebackActivityContext": EntityType(
        ("Entity",), dict.fromkeys(("subject", "app", "course", "activity", "process"), "any")
    ),
    "TimebackActivityMetricsCollection": _METRICS,
    "TimebackTimeSpentMetricsCollection": _METRICS,
    # what the official client makes of them for the profile Aggregation
    "ActivityMetricsCollection": _METRICS,
    "TimeSpentMetricsCollection": _METRICS,
    "ActivityMetric": _METRIC,
    "TimeSpentMetric": _METRIC,
}
# The action of each of TimeBack's own events.
ACTION_OF_EVENT = {"ActivityEvent": "Completed", "TimeSpentEvent": "SpentTime"}
