"""Which rows belong to the registry. Earlier versions kept them among the events."""

from functions.store import keys
from functions.store.dynamodb.row import Row


def is_registry_row(row: Row) -> bool:
    """Whether this is an app, a credential, its last use, or a course."""
    return row[keys.PK] == keys.APPS or row[keys.SK] in (keys.CREDENTIAL, keys.COURSE, keys.USE)
