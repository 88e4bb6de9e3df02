"""One read, understood: who asks, for what, and the door to where it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.times import LAST_US
from functions.http.gate import Principal
from functions.settings import QuerySettings
from functions.store.dynamodb.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` holds the variables of the route, `values` its query parameters. The doors open when first asked."""

    path: Mapping[str, str]
    values: Mapping[str, Any]
    now_us: int
    open_table: Callable[[], Table]
    open_settings: Callable[[], QuerySettings]
    open_registry_table: Callable[[], Table]
    caller: Principal | None = None
    continues: tuple[str, str] | None = None  # tenant and position of its cursor
    bound_to: str = ""

    @property
    def table(self) -> Table:
        return self.open_table()

    @property
    def registry_table(self) -> Table:
        return self.open_registry_table()

    @property
    def settings(self) -> QuerySettings:
        return self.open_settings()

    @property
    def principal(self) -> Principal:
        assert self.caller is not None, "the route asks for a scope"
        return self.caller

    @property
    def from_us(self) -> int | None:
        """Inclusive."""
        found: int | None = self.values.get("from")
        return found

    @property
    def to_us(self) -> int | None:
        """Exclusive."""
        found: int | None = self.values.get("to")
        return found

    @property
    def limit(self) -> int:
        return int(self.values["limit"])

    @property
    def descending(self) -> bool:
        return self.values.get("order") == "desc"

    def text(self, name: str) -> str | None:
        found: str | None = self.values.get(name)
        return found

    def within(self, time_us: int) -> bool:
        """Whether an instant is in the window asked for: from ≤ time < to."""
        return (self.from_us is None or self.from_us <= time_us) and time_us < (
            LAST_US + 1 if self.to_us is None else self.to_us
        )
