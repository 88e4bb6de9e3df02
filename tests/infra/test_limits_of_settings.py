"""The least and the most of each setting: both are taken, what lies beyond is refused with words that name it."""

from typing import Any

import pytest
from pydantic import ValidationError

from infra.config import Config, describe_errors

# By setting: the least and the most that is taken, and what is just beyond each; None: there is no such end.
LIMITS: dict[str, tuple[Any, Any, Any, Any]] = {
    "idle_minutes": (0.001, 0, None, None),
    "heartbeat_minutes": (0.001, 0, None, None),
    "retention_days": (1, 0, None, None),
    "idling_gap_minutes": (0.001, 0, None, None),
    "idling_inactive_seconds": (1, 0, None, None),
    "shopping_lessons": (2, 1, None, None),
    "shopping_minutes": (0.001, 0, None, None),
    "batching_window_seconds": (0, -1, 300, 301),
    "sweep_invocations": (1, 0, 16, 17),
    "requests_per_second": (1, 0, None, None),
    "process_reserved_concurrency": (0, -1, None, None),
    "timeout_reserved_concurrency": (0, -1, None, None),
    "query_reserved_concurrency": (0, -1, None, None),
    "queue_maximum_concurrency": (0, -1, 1000, 1001),
    "lake_minutes": (5, 4, 1440, 1441),
    "lake_query_gigabytes": (1, 0, None, None),
}
ENDS = [(name, *ends) for name, limits in LIMITS.items() for ends in (limits[:2], limits[2:]) if ends[0] is not None]
TAKEN = [(name, within) for name, within, _ in ENDS]
REFUSED = [(name, beyond) for name, _, beyond in ENDS]


def test_every_number_has_its_limits_here() -> None:
    numbers = {name for name, field in Config.model_fields.items() if field.annotation in (int, float)}
    assert numbers == set(LIMITS)


@pytest.mark.parametrize(("name", "value"), TAKEN)
def test_what_is_just_within_a_limit_is_taken(name: str, value: Any) -> None:
    assert getattr(Config.model_validate({name: value}), name) == value


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_is_just_beyond_a_limit_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=name) as refused:
        Config.model_validate({name: value})
    described = describe_errors(refused.value)
    assert described.startswith(f"{name}: {value} must be ")
    assert described.endswith(f"Type {name.upper()}=… or -c {name}=… (docs/deploying.md lists the settings).")


@pytest.mark.parametrize(
    ("settings", "described"),
    [
        ({"idle_minutes": "soon"}, "idle_minutes: soon must be a number."),
        ({"retention_days": "x"}, "retention_days: x must be a whole number."),
        ({"retention_days": 1.5}, "retention_days: 1.5 must be a whole number."),
        ({"canary": "perhaps"}, "canary: perhaps must be true or false."),
        ({"idle_minutes": "inf"}, "idle_minutes: inf must be a finite number."),
        ({"retention_days": 0}, "retention_days: 0 must be 1 or more."),
        ({"idle_minutes": 0}, "idle_minutes: 0 must be more than 0"),
        ({"console_mfa": "sms"}, "console_mfa: sms must be 'off', 'optional' or 'required'."),
        ({"stack_name": "1"}, "stack_name: 1 must begin with a letter, and hold letters, digits and hyphens only."),
        ({"nothing": 1}, "nothing: 1 is for no setting."),
        ({"alarm_email": "x"}, "alarm_email: x is not an email address"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(settings: dict[str, Any], described: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Config.model_validate(settings)
    assert describe_errors(refused.value).startswith(described)


@pytest.mark.parametrize("name", ["A", "a-1", "Caliper", "a" * 61])
def test_a_stack_may_be_called_as_cloudformation_and_the_buckets_take_it(name: str) -> None:
    assert Config(stack_name=name).stack_name == name


@pytest.mark.parametrize("name", ["", "1a", "a_b", "a" * 62, "ä"])
def test_a_stack_may_not_be_called_otherwise(name: str) -> None:
    with pytest.raises(ValidationError, match="stack_name"):
        Config(stack_name=name)


def test_workers_set_aside_and_called_fit_together() -> None:
    for reserved, called in ((5, 5), (2, 2), (0, 900), (5, 0)):
        chosen = Config(process_reserved_concurrency=reserved, queue_maximum_concurrency=called)
        assert (chosen.process_reserved_concurrency, chosen.queue_maximum_concurrency) == (reserved, called)


@pytest.mark.parametrize("wrong", ["canvas", "://x", "1a:b", "a:", "a b:c"])
def test_an_app_of_canvas_is_named_by_an_iri(wrong: str) -> None:
    with pytest.raises(ValidationError, match="is not an app's id"):
        Config(canvas_app=wrong)


def test_what_is_typed_with_spaces_is_taken_without_them() -> None:
    chosen = Config(canvas_app=" https://canvas.example.edu ", alarm_email=" a@example.org ")
    assert (chosen.canvas_app, chosen.alarm_email) == ("https://canvas.example.edu", "a@example.org")


def test_a_deployment_is_production_unless_it_says_local() -> None:
    assert not Config().local
    assert Config(stage="local").local
