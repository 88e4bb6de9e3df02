"""Faults that are none: the code does the same with them, so no test can notice them."""

# By path, the line before and the line after it: why it is none.
EQUIVALENT: dict[tuple[str, str, str], str] = {}
