"""Counting in rows: the UpdateItem that adds amounts up, alone or beside the marker that it is done once by."""

from collections.abc import Mapping
from typing import Any

from functions.store import keys
from functions.store.dynamodb.row import Key


def counting_update(table_name: str, key: Key, amounts: Mapping[str, int], *, expires_s: int) -> dict[str, Any]:
    """The parameters of an UpdateItem that adds each amount to the attribute of its name in the row at `key`."""
    names = {f"#n{number}": name for number, name in enumerate(amounts)}
    values = {f":n{number}": {"N": str(amount)} for number, amount in enumerate(amounts.values())}
    added = ", ".join(f"#n{number} :n{number}" for number in range(len(amounts)))
    return {
        "TableName": table_name,
        "Key": {keys.PK: {"S": key[0]}, keys.SK: {"S": key[1]}},
        "UpdateExpression": f"ADD {added} SET #e = :e",
        "ExpressionAttributeNames": {**names, "#e": keys.TTL},
        "ExpressionAttributeValues": {**values, ":e": {"N": str(expires_s)}},
    }
