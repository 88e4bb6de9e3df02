"""Filters: every operator of every type, on values as events hold them."""

import json
import time
from typing import Any

import pytest

from functions.core.webhooks.matching import PATTERN_CHARS, filter_fault, matcher_of, values_at
from functions.core.webhooks.webhook import Filter

EVENT: dict[str, Any] = {
    "type": "GradeEvent",
    "action": "Graded",
    "actor": {"id": "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001", "email": "learner@example.org"},
    "object": {"subject": "Math", "app": {"name": "Fractions"}},
    "generated": {
        "items": [{"type": "xpEarned", "value": 12.50}, {"type": "totalQuestions", "value": 10}],
        "passed": True,
        "none": None,
    },
    "edApp": "https://learn.example.org/app",
    "eventTime": "2026-01-27T10:00:00+02:00",
    "extensions": {"courseId": "c-7", "a.b": {"c": "dots"}, "tags": ["red", "green"], "score": "0.75"},
}
RAW = json.dumps(EVENT).replace("12.5", "12.50").encode()


def matches(
    key: str, operator: Any, value: str, kind: Any = "string", *, active: bool = True, raw: bytes = RAW
) -> bool:
    stored = Filter(
        id="f",
        webhook="w",
        key=key,
        value=value,
        type=kind,
        operator=operator,
        active=active,
        created_us=0,
        updated_us=0,
    )
    return matcher_of([stored])(raw)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("type", ["GradeEvent"]),
        ("object.app.name", ["Fractions"]),
        ("generated.items.type", ["xpEarned", "totalQuestions"]),
        ("extensions.tags", ["red", "green"]),
        ("extensions.a.b.c", ["dots"]),
        ("edApp.id", ["https://learn.example.org/app"]),
        ("edApp.name", []),
        ("edApp.id.id", []),
        ("generated.none", []),
        ("object.nothing", []),
        ("type.id", ["GradeEvent"]),
    ],
)
def test_a_key_leads_to_values(key: str, values: list[str]) -> None:
    assert list(values_at(EVENT, key.split("."))) == values


def test_of_names_with_dots_the_longest_is_taken() -> None:
    event = {"a": {"b": {"c": 1}}, "a.b": {"c": 2}}
    assert list(values_at(event, ["a", "b", "c"])) == [2]


@pytest.mark.parametrize(
    ("key", "operator", "value", "holds"),
    [
        ("type", "eq", "GradeEvent", True),
        ("type", "eq", "gradeevent", False),
        ("type", "neq", "GradeEvent", False),
        ("type", "neq", "ViewEvent", True),
        ("type", "in", "ViewEvent, GradeEvent", True),
        ("type", "in", '["ViewEvent","GradeEvent"]', True),
        ("type", "in", "ViewEvent", False),
        ("type", "notIn", "ViewEvent", True),
        ("type", "notIn", "GradeEvent", False),
        ("type", "contains", "ade", True),
        ("type", "notContains", "ade", False),
        ("type", "startsWith", "Grade", True),
        ("type", "startsWith", "Event", False),
        ("type", "endsWith", "Event", True),
        ("type", "regexp", "^G.*t$", True),
        ("type", "regexp", "rade", True),
        ("type", "regexp", "^rade", False),
        ("extensions.tags", "contains", "green", True),
        ("extensions.tags", "neq", "green", False),
        ("extensions.tags", "neq", "blue", True),
        ("extensions.tags", "notIn", "blue,green", False),
        ("eventTime", "gt", "2026-01-27T07:59:59Z", True),
        ("eventTime", "gte", "2026-01-27T08:00:00Z", True),
        ("eventTime", "lt", "2026-01-27T08:00:00.000Z", False),
        ("eventTime", "lte", "2026-01-27T08:00:00.000Z", True),
        ("type", "gt", "Grade", True),
        ("type", "lt", "Grade", False),
        ("generated.items.value", "eq", "12.50", True),  # a number is read as it is written
        ("generated.items.value", "eq", "12.5", False),
        ("generated.items.value", "eq", "10", True),
        ("generated.passed", "eq", "true", True),
        ("object.app", "eq", "Fractions", False),
        ("object.app", "neq", "Fractions", True),
    ],
)
def test_strings(key: str, operator: str, value: str, holds: bool) -> None:
    assert matches(key, operator, value) is holds


@pytest.mark.parametrize(
    ("key", "operator", "value", "holds"),
    [
        ("generated.items.value", "eq", "12.5", True),
        ("generated.items.value", "gt", "12.49", True),
        ("generated.items.value", "gt", "12.5", False),
        ("generated.items.value", "gte", "1.25e1", True),
        ("generated.items.value", "lt", "10", False),
        ("generated.items.value", "lte", "10", True),
        ("generated.items.value", "in", "1, 10", True),
        ("generated.items.value", "notIn", "[1, 10]", False),
        ("generated.items.value", "neq", "10", False),
        ("generated.items.value", "neq", "11", True),
        ("extensions.score", "eq", "0.750", True),
        ("type", "gt", "0", False),
        ("generated.passed", "eq", "1", False),
    ],
)
def test_numbers(key: str, operator: str, value: str, holds: bool) -> None:
    assert matches(key, operator, value, "number") is holds


def test_decimals_are_compared_exactly() -> None:
    raw = b'{"x": 0.1000000000000000055511151231257827}'
    assert not matches("x", "eq", "0.1", "number", raw=raw)
    assert matches("x", "gt", "0.1", "number", raw=raw)
    large = b'{"x": 9007199254740993}'
    assert not matches("x", "eq", "9007199254740992", "number", raw=large)


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [("eq", "TRUE", True), ("eq", "false", False), ("neq", "false", True), ("in", "true,false", True)],
)
def test_booleans(operator: str, value: str, holds: bool) -> None:
    assert matches("generated.passed", operator, value, "boolean") is holds


@pytest.mark.parametrize("kind", ["string", "number", "boolean"])
@pytest.mark.parametrize(
    "operator", ["eq", "neq", "gt", "contains", "notContains", "in", "notIn", "startsWith", "endsWith", "regexp"]
)
def test_what_is_absent_satisfies_only_what_asks_for_its_absence(operator: str, kind: str) -> None:
    if kind != "string" and operator in ("contains", "notContains", "startsWith", "endsWith", "regexp"):
        return
    value = {"number": "1", "boolean": "true"}.get(kind, "x")
    if kind == "boolean" and operator == "gt":
        return
    for key in ("object.nothing", "generated.none"):
        assert matches(key, operator, value, kind) is (operator in ("neq", "notContains", "notIn"))


def test_all_active_filters_must_hold_and_inactive_ones_are_ignored() -> None:
    def filter_of(value: str, *, active: bool = True) -> Filter:
        return Filter(
            id=value, webhook="w", key="type", value=value, type="string", operator="eq", active=active,
            created_us=0, updated_us=0,
        )  # fmt: skip

    assert matcher_of([])(RAW)
    assert matcher_of([filter_of("GradeEvent")])(RAW)
    assert not matcher_of([filter_of("GradeEvent"), filter_of("ViewEvent")])(RAW)
    assert matcher_of([filter_of("GradeEvent"), filter_of("ViewEvent", active=False)])(RAW)


def test_a_pattern_that_backtracks_takes_no_longer_on_a_long_text_than_its_length() -> None:
    raw = json.dumps({"x": "a" * 200_000 + "b"}).encode()
    began = time.process_time()
    assert not matches("x", "regexp", "(a+)+$", raw=raw)
    assert time.process_time() - began < 30  # Python's own engine would take longer than the universe has


def test_what_is_no_json_satisfies_no_filter() -> None:
    assert not matches("type", "neq", "x", raw=b"\xff")
    assert matcher_of([])(b"\xff")


@pytest.mark.parametrize(
    ("kind", "operator", "value", "field"),
    [
        ("boolean", "eq", "true", None),
        ("boolean", "eq", "False", None),
        ("boolean", "eq", "yes", "filterValue"),
        ("boolean", "eq", "", "filterValue"),
        ("boolean", "gt", "true", "filterOperator"),
        ("number", "eq", "80", None),
        ("number", "eq", "-0.5", None),
        ("number", "eq", "80 %", "filterValue"),
        ("number", "in", "1,2", None),
        ("number", "in", "1,x", "filterValue"),
        ("number", "contains", "1", "filterOperator"),
        ("string", "in", "", "filterValue"),
        ("string", "eq", "", None),
        ("string", "regexp", "a" * PATTERN_CHARS, None),
        ("string", "regexp", "a" * (PATTERN_CHARS + 1), "filterValue"),
        ("string", "regexp", "(", "filterValue"),
        ("number", "regexp", "1", "filterOperator"),
    ],
)
def test_a_filter_that_cannot_be_is_told_by_its_field(kind: Any, operator: Any, value: str, field: str | None) -> None:
    fault = filter_fault(kind, operator, value)
    assert (fault[0] if fault else None) == field
    assert fault is None or fault[1].endswith(".")
