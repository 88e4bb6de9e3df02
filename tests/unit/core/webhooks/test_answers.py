"""Webhooks and filters as they are answered, in full, and with which secrets bodies are signed."""

from typing import Any

import pytest

from functions.core.webhooks.webhook import Filter, Webhook, filter_answer, masked, webhook_answer

DAY_US = 86_400_000_000
WEBHOOK = Webhook(
    id="w", tenant="t", app_id="a", name="n", target_url="https://x.example/", secret="s" * 16, active=True,
    created_us=0, updated_us=DAY_US,
)  # fmt: skip
FILTER = Filter(
    id="f", webhook="w", key="k", value="v", type="string", operator="eq", active=False, created_us=0, updated_us=DAY_US
)
STAMPS = {"created_at": "1970-01-01T00:00:00.000Z", "updated_at": "1970-01-02T00:00:00.000Z"}
DELETED = {"deleted_at": "1970-01-03T00:00:00.000Z"}
ANSWER: dict[str, Any] = {
    "id": "w",
    "name": "n",
    "targetUrl": "https://x.example/",
    "secret": "whsec_…ssss",
    "active": True,
    "sensor": None,
    "description": None,
    "disabled": None,
    "app": "a",
    **STAMPS,
    "deleted_at": None,
}


def changed(**changes: Any) -> Webhook:
    return Webhook(**{name: getattr(WEBHOOK, name) for name in Webhook.__struct_fields__} | changes)


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ({}, {}),
        ({"deleted_us": 2 * DAY_US}, DELETED),
        ({"disabled": "gone", "active": False}, {"disabled": "gone", "active": False}),
        ({"sensor": "urn:s", "description": "d"}, {"sensor": "urn:s", "description": "d"}),
        ({"former_secret": "f", "former_until_us": 9, "slot": 3, "version": 5}, {}),
    ],
)
def test_a_webhook_is_answered_with_its_fields_and_a_masked_secret(
    changes: dict[str, Any], answered: dict[str, Any]
) -> None:
    webhook = changed(**changes)
    assert webhook_answer(webhook) == ANSWER | answered
    assert webhook_answer(webhook, whole_secret=True) == ANSWER | answered | {"secret": "s" * 16}
    assert "s" * 16 not in repr(webhook)


@pytest.mark.parametrize(("deleted_us", "stamp"), [(None, {"deleted_at": None}), (2 * DAY_US, DELETED)])
def test_a_filter_is_answered_with_its_operator_under_both_names(
    deleted_us: int | None, stamp: dict[str, str | None]
) -> None:
    fields = {name: getattr(FILTER, name) for name in Filter.__struct_fields__} | {"deleted_us": deleted_us}
    assert filter_answer(Filter(**fields)) == {
        "id": "f",
        "webhookId": "w",
        "filterKey": "k",
        "filterValue": "v",
        "filterType": "string",
        "filterOperator": "eq",
        "filterOperation": "eq",
        "active": False,
        **STAMPS,
        **stamp,
    }


@pytest.mark.parametrize(("secret", "as_masked"), [("x" * 12 + "abcd", "whsec_…abcd"), ("x" * 11 + "abcd", "whsec_…")])
def test_of_a_secret_its_end_is_shown_if_it_is_long_enough(secret: str, as_masked: str) -> None:
    assert masked(secret) == as_masked


def test_a_former_secret_signs_until_its_time_is_over() -> None:
    webhook = changed(former_secret="f", former_until_us=9)
    assert [webhook.secrets(now_us) for now_us in (8, 9)] == [["s" * 16, "f"], ["s" * 16]]
    assert WEBHOOK.secrets(0) == ["s" * 16]


def test_what_is_not_said_of_a_webhook_or_filter_is_nothing() -> None:
    assert (WEBHOOK.disabled, WEBHOOK.former_secret, WEBHOOK.former_until_us) == ("", "", 0)
    assert (WEBHOOK.sensor, WEBHOOK.description, WEBHOOK.deleted_us) == (None, None, None)
    assert (WEBHOOK.slot, WEBHOOK.version, FILTER.slot, FILTER.version, FILTER.deleted_us) == (0, 0, 0, 0, None)
