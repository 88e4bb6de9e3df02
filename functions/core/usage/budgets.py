"""What an app may use of the service in a minute, so that no app's mistake stops or bills the others.

Registered with the app, counted by `validate` (items, bytes, rejects) and `process` (new sessions).
"""

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True):
    """Amounts of each kind that is counted: the items and bytes of requests, rejected items, sessions that began."""

    items: int = 0
    body_bytes: int = 0
    rejects: int = 0
    sessions: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in KINDS})

    def amounts(self) -> dict[str, int]:
        """The amounts that are not 0, by kind."""
        return {name: getattr(self, name) for name in KINDS if getattr(self, name)}


class Budget(Struct, frozen=True, kw_only=True):
    """The most of each kind that an app may use in a minute."""

    items: int = 100_000
    body_bytes: int = 50_000_000
    rejects: int = 10_000
    sessions: int = 20_000

    def exhausted_by(self, used: Usage) -> str | None:
        """The kind of which everything is used; None if there is some left of each."""
        return next((name for name in KINDS if getattr(used, name) >= getattr(self, name)), None)

    def is_shared_part(self, used: Usage, parts: int) -> bool:
        """Whether `used` is a `parts`-th of what may be used, of any kind."""
        return any(getattr(used, name) * parts >= getattr(self, name) for name in KINDS if getattr(used, name))


KINDS: tuple[str, ...] = Usage.__struct_fields__
