"""Numbers as events carry them, read exactly: metric items in each dialect, quoted numbers, what one event adds.

Read by `time_spent`, `scores` and `progress`, which turn them into credits; `totals` adds credits up.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from functions.core.caliper.terms import text
from functions.core.timeline.entry import Entry, fields_of

LARGEST = 10**12  # no metric of a learner is larger; a sum of many stays a JSON number that every reader can hold
_QUOTED = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)


class Credit(Struct, frozen=True):
    """What one event adds to one number, and when: seconds of a quarter hour, or a count at an instant."""

    entry: Entry
    metric: str
    amount: Fraction
    time_us: int


def exact(value: object) -> Fraction | None:
    """A JSON number, or one in quotes, as the decimal that was written: 0.1 is a tenth.

    None for anything else, or an absurd size.
    """
    if isinstance(value, str):
        value = value.strip()
        if not _QUOTED.fullmatch(value) or not -LARGEST <= float(value) <= LARGEST:
            return None
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -LARGEST <= value <= LARGEST:  # excludes infinities and NaN too
        return None
    return Fraction(str(value))


def as_number(amount: Fraction) -> int | float:
    """For JSON: an integer if it is one."""
    return int(amount) if amount.denominator == 1 else float(amount)


def items(event: Mapping[str, Any]) -> Iterator[tuple[str, Fraction, Mapping[str, Any]]]:
    """Name, value and the item itself for each readable metric in `generated.items`, in order."""
    for name, value, fields in stated_items(event):
        amount = exact(value)
        if name and amount is not None:
            yield name, amount, fields


def stated_items(event: Mapping[str, Any]) -> Iterator[tuple[str, object, Mapping[str, Any]]]:
    """The same with each value as it was sent, also those that are not numbers.

    Three spellings are sent: `{type, value}` (seed 002); `{metricType, metricValue}` with a capital first
    letter (AggregationProfile, as the TimeBack client rewrites it); and either in snake_case (its optional
    fields). An item without a name has the name "".
    """
    listed = fields_of(event.get("generated")).get("items")
    for item in listed if isinstance(listed, list) else ():
        fields = fields_of(item)
        name = first_of(fields, "metricType", "metric_type")
        name = name if isinstance(name, str) else text(fields, "type")
        yield name[:1].lower() + name[1:], first_of(fields, "metricValue", "metric_value", "value"), fields


def first_of(fields: Mapping[str, Any], *names: str) -> object:
    """The first of several spellings of a property that is there."""
    return next((fields[name] for name in names if fields.get(name) is not None), None)
