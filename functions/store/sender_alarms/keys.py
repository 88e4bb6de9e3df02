"""Where the warnings of an app are counted: said apart from its alarms, which `process` does without.

The table of keys is in `functions.store.sender_alarms.rows`.
"""

from functions.store.dynamodb.row import Key

EVERY_CODE = "*"
LONGEST_CODE = 200  # characters: a code of `validate` has far fewer, and a sort key has 1,024 bytes


def findings_pk(tenant: str) -> str:
    """The partition of an app's warnings and of what rings."""
    return f"{tenant}#F"


def warning_key(tenant: str, day: str, code: str) -> Key:
    """Where it is counted how many items of a day were stored with a warning of a code; EVERY_CODE: with any."""
    return findings_pk(tenant), f"{day}#{code}"
