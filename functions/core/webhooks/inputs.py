"""Bodies that create and replace webhooks and filters: read into their fields, or into what is wrong with them.

Both spellings of TimeBack are read: the client's and that of its API description (`filterOperation`).
"""

from collections.abc import Mapping
from typing import Any, cast, get_args

from msgspec import Struct

from functions.core.webhooks.matching import filter_fault
from functions.core.webhooks.signing import secret_fault
from functions.core.webhooks.targets import target_fault
from functions.core.webhooks.webhook import FilterType, Operator

NAME_CHARS, TEXT_CHARS, SECRET_CHARS = 256, 1024, 512

type Fault = dict[str, str]  # code, pointer, message: as every refusal of this API
type Body = Mapping[str, Any]


class WebhookInput(Struct, frozen=True, kw_only=True):
    """The fields of a webhook that its app says."""

    name: str
    target_url: str
    secret: str
    active: bool
    sensor: str | None
    description: str | None

    def __repr__(self) -> str:
        return f"WebhookInput(name={self.name!r})"  # without the secret


class FilterInput(Struct, frozen=True, kw_only=True):
    """The fields of a filter that its app says."""

    webhook: str
    key: str
    value: str
    type: FilterType
    operator: Operator
    active: bool


class _Reader:
    """Reads members of a body and gathers their faults."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.faults: list[Fault] = []

    def fault(self, name: str, message: str, code: str = "wrong-value") -> None:
        self.faults.append({"code": code, "pointer": f"/{name}", "message": f"`{name}` {message}"})

    def text(self, *names: str, most: int) -> str:
        """The trimmed text of the first of these names that is sent; "" with a fault if it is none."""
        name = next((name for name in names if name in self._body), names[0])
        value = self._body.get(name)
        if value is None:
            self.fault(name, "is missing: send a text.", "missing-property")
        elif not isinstance(value, str):
            self.fault(name, "must be a string.", "wrong-type")
        elif not value.strip():
            self.fault(name, "is empty: send a text.")
        elif len(value) > most:
            self.fault(name, f"is longer than {most} characters: send a shorter one.")
        else:
            return value.strip()
        return ""

    def optional_text(self, name: str, *, most: int) -> str | None:
        return None if self._body.get(name) in (None, "") else self.text(name, most=most) or None

    def boolean(self, name: str) -> bool:
        value = self._body.get(name)
        if value is None:
            self.fault(name, "is missing: send true or false.", "missing-property")
        elif not isinstance(value, bool):
            self.fault(name, "must be true or false.", "wrong-type")
        return value is True

    def choice(self, *names: str, choices: tuple[str, ...]) -> str:
        text = self.text(*names, most=NAME_CHARS)
        if text and text not in choices:
            self.fault(names[0], f"must be one of {', '.join(choices)}.")
        return text


def read_webhook(body: Body, *, allow_loopback: bool) -> WebhookInput | list[Fault]:
    """A webhook as it is to be, or what is wrong. What is left out is null: a PUT replaces the whole."""
    reader = _Reader(body)
    url = reader.text("targetUrl", "target_url", most=10_000)
    secret = reader.text("secret", most=SECRET_CHARS)
    read = WebhookInput(
        name=reader.text("name", most=NAME_CHARS),
        target_url=url,
        secret=secret,
        active=reader.boolean("active"),
        sensor=reader.optional_text("sensor", most=2048),
        description=reader.optional_text("description", most=TEXT_CHARS),
    )
    if url and (wrong := target_fault(url, allow_loopback=allow_loopback)):
        reader.fault("targetUrl", wrong)
    if secret and (wrong := secret_fault(secret)):
        reader.fault("secret", wrong)
    return reader.faults or read


def read_filter(body: Body) -> FilterInput | list[Fault]:
    """A filter as it is to be, or what is wrong."""
    reader = _Reader(body)
    operators = "filterOperator", "filterOperation", "filter_operator"
    kind = reader.choice("filterType", "filter_type", choices=get_args(FilterType.__value__))
    operator = reader.choice(*operators, choices=get_args(Operator.__value__))
    read = FilterInput(
        webhook=reader.text("webhookId", "webhook_id", most=NAME_CHARS),
        key=reader.text("filterKey", "filter_key", most=TEXT_CHARS),
        value=reader.text("filterValue", "filter_value", most=TEXT_CHARS),
        type=cast(FilterType, kind),
        operator=cast(Operator, operator),
        active=reader.boolean("active"),
    )
    if not reader.faults and (fault := filter_fault(read.type, read.operator, read.value)):
        reader.fault(*fault)
    return reader.faults or read
