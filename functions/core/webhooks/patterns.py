"""Regular expressions of filters, on an engine whose time is linear in the text (RE2): Python's own may take for ever.

RE2 knows no look-around and no back-references. It is imported with the first pattern, because few filters have one.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

MEMORY_BYTES = 1_048_576  # of one compiled pattern: `(((a{100}){100}){100})` is refused


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False
    return re2.compile(pattern, options)


def pattern_fault(pattern: str) -> str:
    """What is wrong with a pattern, "" if nothing is."""
    import re2

    try:
        _compiled(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return f"is no RE2 pattern ({reason[:100]}): see https://github.com/google/re2/wiki/Syntax."
    return ""


def searches(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds a match of `pattern`, anywhere."""
    compiled = _compiled(pattern)
    return lambda text: compiled.search(text) is not None
