"""Conditions on the version of a row, and which row an item of a transaction is for."""

from collections.abc import Mapping
from typing import Any

from functions.store import keys
from functions.store.dynamodb.row import Key

VERSION = "version"


def placed(item: Mapping[str, Any]) -> Key:
    """The key of an item of a transaction."""
    ((_, action),) = item.items()
    typed = action.get("Item") or action["Key"]
    return typed[keys.PK]["S"], typed[keys.SK]["S"]


def condition(version: int | None) -> dict[str, Any]:
    """That the stored row has this version; None: that there is no row."""
    if version is None:
        return {"ConditionExpression": f"attribute_not_exists({keys.PK})"}
    return {
        "ConditionExpression": "#v = :v",
        "ExpressionAttributeNames": {"#v": VERSION},
        "ExpressionAttributeValues": {":v": {"N": str(version)}},
    }
