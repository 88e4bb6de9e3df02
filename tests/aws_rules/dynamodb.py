"""DynamoDB's rules for whole requests: counts, sizes, repeats, queries. Every table has the keys of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.store import keys
from tests.aws_rules.expressions import check_expressions, holds, key_conditions
from tests.aws_rules.items import Item, check_item, check_key, check_values
from tests.aws_rules.refusal import Refused, invalid, not_within

WRITES, READS, TRANSACTED = 25, 100, 100
BATCH_BYTES = 16 * 1_048_576
TRANSACTION_BYTES = 4 * 1_048_576

type Request = Mapping[str, Any]


def check(operation: str, request: Request) -> None:
    """Raise Refused where DynamoDB would refuse `request`, a call of `operation` in the form of its API."""
    rule = _RULES.get(operation)
    if rule is not None:
        rule(request)


def _put(request: Request) -> None:
    _write_expressions(request)
    check_item(request["Item"])


def _keyed(request: Request) -> None:
    _write_expressions(request)
    check_key(request["Key"])


def _write_expressions(request: Request) -> None:
    check_expressions(request, keys.KEY_NAMES[""])


def _batch_write(request: Request) -> None:
    tables = request["RequestItems"]
    for name, writes in tables.items():
        if not 1 <= len(writes) <= WRITES:
            raise invalid(
                f"1 validation error detected: Value '{{{name}=[{len(writes)} requests]}}' at 'requestItems' failed to "
                "satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal "
                "to 25, Member must have length greater than or equal to 1]"
            )
    if not tables:
        raise not_within("requestItems", {}, "length greater than or equal to 1")
    if sum(map(len, tables.values())) > WRITES:
        raise invalid("Too many items requested for the BatchWriteItem call")
    size = 0
    for writes in tables.values():
        placed = []
        for write in writes:
            ((kind, content),) = write.items()
            if kind == "PutRequest":
                size += check_item(content["Item"])
                placed.append(_place(content["Item"]))
            else:
                check_key(content["Key"])
                placed.append(_place(content["Key"]))
        _refuse_repeats(placed)
    if size > BATCH_BYTES:
        raise invalid(f"The total size of a BatchWriteItem request cannot exceed {BATCH_BYTES} bytes")


def _batch_get(request: Request) -> None:
    tables = request["RequestItems"]
    wanted = [(name, key) for name, keys_of_table in tables.items() for key in keys_of_table["Keys"]]
    if not wanted:
        raise not_within("requestItems", {}, "length greater than or equal to 1")
    if len(wanted) > READS:
        raise invalid("Too many items requested for the BatchGetItem call")
    for _, key in wanted:
        check_key(key)
    for keys_of_table in tables.values():
        _refuse_repeats([_place(key) for key in keys_of_table["Keys"]])
        check_expressions(keys_of_table, keys.KEY_NAMES[""])


def _transact_write(request: Request) -> None:
    actions = [next(iter(item.items())) for item in request["TransactItems"]]
    _check_transacted(actions)
    for _, action in actions:
        _write_expressions(action)
    reasons: list[dict[str, str]] = []
    size = 0
    for _, action in actions:
        try:
            if "Item" in action:
                size += check_item(action["Item"])
            else:
                check_key(action["Key"])
                size += check_values((action.get("ExpressionAttributeValues") or {}).values())
            reasons.append({"Code": "None"})
        except Refused as refused:
            reasons.append({"Code": "ValidationError", "Message": refused.message})
    if any(reason["Code"] != "None" for reason in reasons):
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        raise Refused("TransactionCanceledException", message, reasons=reasons)
    if size > TRANSACTION_BYTES:
        raise invalid(f"The aggregate size of the items in a transaction cannot exceed {TRANSACTION_BYTES} bytes")


def _transact_get(request: Request) -> None:
    actions = [next(iter(item.items())) for item in request["TransactItems"]]
    _check_transacted(actions)
    for _, action in actions:
        check_key(action["Key"])


def _check_transacted(actions: Sequence[tuple[str, Request]]) -> None:
    if not actions:
        raise not_within("transactItems", [], "length greater than or equal to 1")
    if len(actions) > TRANSACTED:
        raise not_within("transactItems", f"[{len(actions)} items]", "length less than or equal to 100")
    placed = [(action["TableName"], _place(action.get("Item") or action["Key"])) for _, action in actions]
    if len({*placed}) < len(placed):
        raise invalid("Transaction request cannot include multiple operations on one item")


def _query(request: Request) -> None:
    index = request.get("IndexName", "")
    hash_name, range_name = keys.KEY_NAMES[index]
    _check_read(request, index)
    conditions = key_conditions(request, hash_name, range_name)
    start = request.get("ExclusiveStartKey")
    if start is None:
        return
    _check_start(start, index)
    if not holds(conditions[0], start[hash_name]):
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
    if len(conditions) > 1 and not holds(conditions[1], start[range_name]):
        raise invalid("The provided starting key does not match the range key predicate")


def _scan(request: Request) -> None:
    index = request.get("IndexName", "")
    _check_read(request, index, scan=True)
    if request.get("ExclusiveStartKey") is not None:
        _check_start(request["ExclusiveStartKey"], index)


def _check_read(request: Request, index: str, *, scan: bool = False) -> None:
    if request.get("Limit") is not None and request["Limit"] < 1:
        raise not_within("limit", request["Limit"], "value greater than or equal to 1")
    if index and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    check_expressions(request, () if scan else keys.KEY_NAMES[index])  # a scan may filter on keys


def _check_start(start: Item, index: str) -> None:
    """A page starts after a whole key: that of the table, and that of the index."""
    names = {*keys.KEY_NAMES[""], *keys.KEY_NAMES[index]} - {""}
    if {*start} != names or any({*value} != {"S"} or not value["S"] for value in start.values()):
        raise invalid("The provided starting key is invalid")


def _place(item: Item) -> tuple[str, str]:
    return item.get(keys.PK, {}).get("S", ""), item.get(keys.SK, {}).get("S", "")


def _refuse_repeats(placed: Sequence[tuple[str, str]]) -> None:
    if len({*placed}) < len(placed):
        raise invalid("Provided list of item keys contains duplicates")


_RULES = {
    "PutItem": _put,
    "UpdateItem": _keyed,
    "DeleteItem": _keyed,
    "GetItem": _keyed,
    "BatchWriteItem": _batch_write,
    "BatchGetItem": _batch_get,
    "TransactWriteItems": _transact_write,
    "TransactGetItems": _transact_get,
    "Query": _query,
    "Scan": _scan,
}
