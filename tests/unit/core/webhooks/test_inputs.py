"""The bodies that register webhooks and filters: each text up to its limit, each fault with its place and code."""

from typing import Any

import pytest

from functions.core.webhooks.inputs import FilterInput, WebhookInput, read_filter, read_webhook
from functions.core.webhooks.targets import URL_CHARS

WEBHOOK = {"name": "Warehouse", "targetUrl": "https://events.example.org/", "secret": "shh", "active": True}
FILTER = {
    "webhookId": "w",
    "filterKey": "object.subject",
    "filterValue": "Math",
    "filterType": "string",
    "filterOperator": "eq",
    "active": True,
}
URL = WEBHOOK["targetUrl"]
TEXTS: list[tuple[dict[str, Any], str, int]] = [
    (WEBHOOK, "name", 256),
    (WEBHOOK, "secret", 512),
    (WEBHOOK, "sensor", 2048),
    (WEBHOOK, "description", 1024),
    (FILTER, "webhookId", 256),
    (FILTER, "filterKey", 1024),
    (FILTER, "filterValue", 1024),
]


def read(body: dict[str, Any]) -> WebhookInput | FilterInput | list[tuple[str, str]]:
    """What is read, or code and pointer of each fault."""
    result = read_filter(body) if "filterKey" in body else read_webhook(body, allow_loopback=False)
    if not isinstance(result, list):
        return result
    assert all(fault["message"].endswith(".") and fault["pointer"][1:] in fault["message"] for fault in result)
    return [(fault["code"], fault["pointer"]) for fault in result]


@pytest.mark.parametrize(("body", "name", "most"), TEXTS)
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(body: dict[str, Any], name: str, most: int) -> None:
    assert not isinstance(read(body | {name: "x" * most}), list)
    assert read(body | {name: "x" * (most + 1)}) == [("wrong-value", f"/{name}")]
    assert read(body | {name: 7}) == [("wrong-type", f"/{name}")]
    assert read(body | {name: "  "}) == [("wrong-value", f"/{name}")]


@pytest.mark.parametrize(("body", "name"), [(WEBHOOK, "targetUrl"), *[(body, name) for body, name, _ in TEXTS]])
def test_what_is_required_is_missed_and_the_rest_may_be_left_out(body: dict[str, Any], name: str) -> None:
    for absent in ({each: value for each, value in body.items() if each != name}, body | {name: None}):
        if name in ("sensor", "description"):
            webhook = read(absent | {name: ""})
            assert isinstance(webhook, WebhookInput)
            assert getattr(webhook, name) is None
            assert read(absent) == webhook
        elif name == "filterKey":
            reading = read_filter(absent)
            assert isinstance(reading, list)
            assert [(fault["code"], fault["pointer"]) for fault in reading] == [("missing-property", "/filterKey")]
        else:
            assert read(absent) == [("missing-property", f"/{name}")]


@pytest.mark.parametrize("body", [WEBHOOK, FILTER])
@pytest.mark.parametrize(
    ("value", "code"), [(None, "missing-property"), ("true", "wrong-type"), (1, "wrong-type"), (0, "wrong-type")]
)
def test_active_is_true_or_false(body: dict[str, Any], value: object, code: str) -> None:
    assert read(body | {"active": value}) == [(code, "/active")]
    for active in (True, False):
        webhook = read(body | {"active": active})
        assert not isinstance(webhook, list)
        assert webhook.active is active


def test_a_webhook_is_read_field_by_field_and_trimmed() -> None:
    sent = {"name": " n ", "target_url": f" {URL} ", "secret": " s ", "sensor": " u ", "description": " d "}
    assert read(sent | {"active": False}) == WebhookInput(
        name="n", target_url=str(URL), secret="s", active=False, sensor="u", description="d"
    )


@pytest.mark.parametrize("operator", ["filterOperator", "filterOperation", "filter_operator"])
def test_a_filter_is_read_in_either_spelling(operator: str) -> None:
    expected = FilterInput(webhook="w", key="k", value="7", type="number", operator="gt", active=True)
    spelled = {"webhook_id": " w ", "filter_key": "k", "filter_value": "7", "filter_type": "number", operator: "gt"}
    assert read_filter(spelled | {"active": True}) == expected
    camel = {"webhookId": "w", "filterKey": " k", "filterValue": "7 ", "filterType": "number", operator: "gt"}
    assert read_filter(camel | {"active": True}) == expected


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"filterType": "colour"}, ("wrong-value", "/filterType")),
        ({"filterOperator": "like"}, ("wrong-value", "/filterOperator")),
        ({"filterType": "number"}, ("wrong-value", "/filterValue")),
    ],
)
def test_a_filter_that_cannot_be_asked_is_told_where(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert read(FILTER | changes) == [fault]


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        (f"{URL}{'x' * (URL_CHARS - len(str(URL)))}", False),
        ("http://localhost:3000/", True),
    ],
)
def test_a_target_is_taken_if_it_can_be_reached(url: str, loopback: bool) -> None:
    assert isinstance(read_webhook(WEBHOOK | {"targetUrl": url}, allow_loopback=loopback), WebhookInput)
    assert read(WEBHOOK | {"targetUrl": "http" + url.removeprefix("https").removeprefix("http") + "x" * 2048}) == [
        ("wrong-value", "/targetUrl")
    ]


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!"])
def test_a_secret_with_the_prefix_and_no_key_is_refused(secret: str) -> None:
    assert read(WEBHOOK | {"secret": secret}) == [("wrong-value", "/secret")]


def test_a_webhook_never_shows_its_secret() -> None:
    assert "shh" not in repr(read(WEBHOOK))
