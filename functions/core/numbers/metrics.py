"""Numbers as events carry them, read exactly: metric items in each dialect, scores, and sums that no order
can change.

Read by `time_spent` and `awards`, which turn them into credits; `runs` adds credits up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from functions.core.timeline.entry import Entry, fields_of

LARGEST = 10**12  # no metric of a learner is larger; a sum of many stays a JSON number that every reader can hold


@dataclass(frozen=True, slots=True)
class Credit:
    """What one event adds to one number. It counts on the day of the event."""

    entry: Entry
    metric: str
    amount: Fraction


def exact(value: object) -> Fraction | None:
    """A JSON number as the decimal that was written: 0.1 is a tenth. None for anything else, or an absurd
    size.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -LARGEST <= value <= LARGEST:  # excludes infinities and NaN too
        return None
    return Fraction(str(value))


def as_number(amount: Fraction) -> int | float:
    """For JSON: an integer where it is one."""
    return int(amount) if amount.denominator == 1 else float(amount)


def items(event: Mapping[str, Any]) -> Iterator[tuple[str, Fraction, Mapping[str, Any]]]:
    """Name, value and the item itself for each metric in `generated.items`, in order.

    Three spellings are sent: `{type, value}` (seed 002); `{metricType, metricValue}` with a capital first
    letter (AggregationProfile, as the TimeBack client rewrites it); and either in snake_case (its optional
    fields).
    """
    listed = fields_of(event.get("generated")).get("items")
    for item in listed if isinstance(listed, list) else ():
        fields = fields_of(item)
        name = _first(fields, "metricType", "metric_type", "type")
        value = exact(_first(fields, "metricValue", "metric_value", "value"))
        if isinstance(name, str) and value is not None:
            yield name[:1].lower() + name[1:], value, fields


def _first(fields: Mapping[str, Any], *names: str) -> object:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
