"""The result of one command: data for a program, text for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`data` is printed with `--json`, else `text` (nothing if it is empty). `holds` is false if a check failed."""

    data: Mapping[str, Any]
    text: str = ""
    holds: bool = True
