"""DynamoDB's rules for what an item and a key may hold, in the typed form of its API (`{"S": "text"}`)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from functions.store import keys
from tests.aws_rules.refusal import Refused, invalid

ITEM_BYTES = 409_600
KEY_BYTES = {"HASH": 2048, "RANGE": 1024}
NUMBER_DIGITS = 38
LARGEST, SMALLEST = Decimal("9.9999999999999999999999999999999999999E+125"), Decimal("1E-130")
LATEST_EXPIRY_S = 999_999_999_999  # any instant since 2001 is beyond it in milliseconds
DEPTH = 32
_BAD = "One or more parameter values were invalid: "
_BAD_KEY = "One or more parameter values are not valid. "
_EMPTY = "The AttributeValue for a key attribute cannot contain an empty string value. "
_TABLE_KEY = tuple(zip(keys.KEY_NAMES[""], ("HASH", "RANGE"), strict=True))
_INDEX_KEYS = [
    (index, name, kind)
    for index, names in keys.KEY_NAMES.items()
    if index
    for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
    if name
]

type Typed = Mapping[str, Any]
type Item = Mapping[str, Typed]


class NeverExpires(AssertionError):
    """An item that DynamoDB takes and would keep for ever: its time to live is not in seconds."""


def check_item(item: Item) -> int:
    """Hold a whole item against the rules; its size in bytes."""
    for name, kind in _TABLE_KEY:
        if name not in item:
            raise invalid(f"{_BAD}Missing the key {name} in the item")
        check_key_value(name, kind, item[name])
    for index, name, kind in _INDEX_KEYS:
        if name in item:
            _check_index_key(index, name, kind, item[name])
    if keys.TTL in item:
        _check_expiry(item[keys.TTL])
    size = sum(len(name.encode()) + size_of(value) for name, value in item.items())
    if size > ITEM_BYTES:
        raise invalid("Item size has exceeded the maximum allowed size")
    return size


def check_key(key: Item) -> None:
    """Hold the key of a read, an update or a delete against the table's schema."""
    if {*key} != {name for name, _ in _TABLE_KEY}:
        raise invalid("The provided key element does not match the schema")
    for name, kind in _TABLE_KEY:
        check_key_value(name, kind, key[name])


def check_key_value(name: str, kind: str, value: Typed) -> None:
    """Type, emptiness and length of a value of the table's key (or of the part of an index that a query names)."""
    ((type_letter, content),) = value.items()
    if type_letter != "S":
        raise invalid(f"{_BAD}Type mismatch for key {name} expected: S actual: {type_letter}")
    if not content:
        raise invalid(f"{_BAD_KEY}{_EMPTY}Key: {name}")
    _check_key_length(kind, content)


def check_values(values: Iterable[Typed]) -> int:
    """Hold the values of an expression against the rules; their size in bytes."""
    return sum(size_of(value) for value in values)


def size_of(value: Typed, depth: int = 0) -> int:
    """Bytes that a value counts for ("Item sizes and formats"). Raises where DynamoDB would not take it."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_bytes(content)
    if kind == "B":
        return _binary_bytes(content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind in ("SS", "NS", "BS"):
        return _set_bytes(kind, content)
    if kind not in ("L", "M"):
        raise invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    if depth + 1 > DEPTH:
        raise invalid("Nesting Levels have exceeded supported limits: Attributes nested more than 32 levels")
    if kind == "L":
        return 3 + sum(1 + size_of(element, depth + 1) for element in content)
    return 3 + sum(1 + len(name.encode()) + size_of(element, depth + 1) for name, element in content.items())


def _set_bytes(kind: str, content: list[Any]) -> int:
    if not content:
        name = {"SS": "string", "NS": "number", "BS": "binary"}[kind]
        raise invalid(f"{_BAD}An {name} set  may not be empty")
    if len({str(element) for element in content}) < len(content):
        raise invalid(f"{_BAD}Input collection {content} contains duplicates.")
    return sum(size_of({kind[0]: element}) for element in content)


def _number_bytes(text: str) -> int:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    if abs(number) > LARGEST:
        raise invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number and abs(number) < SMALLEST:
        raise invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    digits = len("".join(map(str, number.as_tuple().digits)).strip("0"))
    if digits > NUMBER_DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return (digits + 1) // 2 + 1 + (number < 0)


def _binary_bytes(content: bytes | str) -> int:
    """Bytes as such, or as the base64 text that goes over the wire."""
    return len(content) if isinstance(content, bytes) else len(content) * 3 // 4 - content[-2:].count("=")


def _check_index_key(index: str, name: str, kind: str, value: Typed) -> None:
    ((type_letter, content),) = value.items()
    if type_letter != "S":
        raise invalid(f"{_BAD}Type mismatch for Index Key {name} Expected: S Actual: {type_letter} IndexName: {index}")
    if not content:
        unsupported = "A value specified for a secondary index key is not supported. "
        raise invalid(f"{_BAD_KEY}{unsupported}{_EMPTY}IndexName: {index}, IndexKey: {name}")
    _check_key_length(kind, content)


def _check_key_length(kind: str, content: str) -> None:
    limit = KEY_BYTES[kind]
    if len(content.encode()) <= limit:
        return
    if kind == "HASH":  # AWS writes it without the space
        raise invalid(f"{_BAD}Size of hashkey has exceeded the maximum size limit of{limit} bytes")
    raise invalid(f"{_BAD}Aggregated size of all range keys has exceeded the size limit of {limit} bytes")


def _check_expiry(value: Typed) -> None:
    """AWS takes any value and never expires an item by one that is no number of seconds ("Using time to live")."""
    ((kind, content),) = value.items()
    if kind != "N" or not content.removeprefix("-").isdecimal() or int(content) > LATEST_EXPIRY_S:
        raise NeverExpires(f"{keys.TTL} is {kind} {content}: DynamoDB expires by whole seconds since 1970 only")


__all__ = ["Item", "NeverExpires", "Refused", "Typed", "check_item", "check_key", "check_key_value", "check_values"]
