"""One request after routing: who asks, for what, and with which dependencies it is answered."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from functions.core.times import LAST_US
from functions.http.answers import JSON
from functions.http.gate import Principal


class RoutedRequest[D](Struct, frozen=True, kw_only=True, dict=True):
    """`path` holds the variables of the route, `values` its query parameters.

    Dependencies are opened when they are first wanted: a route that needs none costs no client. `resume_at` is what
    the request's cursor says: tenant and position. `cursor_binding` ties the next cursor to the same query, which is
    `pairs`. `media_type`: what the answer is wanted in, of what the route has.
    """

    path: Mapping[str, str]
    values: Mapping[str, Any]
    now_us: int
    open_dependencies: Callable[[], D]
    caller: Principal | None = None
    resume_at: tuple[str, str] | None = None
    cursor_binding: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    media_type: str = JSON

    @cached_property
    def dependencies(self) -> D:
        return self.open_dependencies()

    @property
    def principal(self) -> Principal:
        assert self.caller is not None, "the route asks for a scope"
        return self.caller

    @property
    def from_us(self) -> int | None:
        """Inclusive."""
        time_us: int | None = self.values.get("from")
        return time_us

    @property
    def to_us(self) -> int | None:
        """Exclusive."""
        time_us: int | None = self.values.get("to")
        return time_us

    @property
    def zone(self) -> tzinfo:
        """Whose days are asked for."""
        zone: tzinfo | None = self.values.get("timezone")
        return zone or UTC

    @property
    def limit(self) -> int:
        return int(self.values["limit"])

    @property
    def descending(self) -> bool:
        return self.values.get("order") == "desc"

    def text(self, name: str) -> str | None:
        value: str | None = self.values.get(name)
        return value

    def next_page(self, cursor: str) -> str:
        """The query of the next page, as a reference relative to this one."""
        others = [(name, text) for name, text in self.pairs if name != "cursor"]
        return "?" + urlencode([*others, ("cursor", cursor)])

    def within(self, time_us: int) -> bool:
        """Whether an instant is in the window asked for: from ≤ time < to."""
        return (self.from_us is None or self.from_us <= time_us) and time_us < (
            LAST_US + 1 if self.to_us is None else self.to_us
        )
