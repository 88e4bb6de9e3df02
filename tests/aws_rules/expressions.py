"""DynamoDB's rules for expressions: their size, the names and values in them, and what each kind may say."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.aws_rules.items import Typed, check_key_value, check_values
from tests.aws_rules.refusal import invalid

EXPRESSION_BYTES = 4096
KINDS = (
    "KeyConditionExpression",
    "ConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_TOKEN = re.compile(r"\s*([#:]?[A-Za-z0-9_]+|<>|<=|>=|[-=<>+(),.\[\]])")
_WORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}
_SECTIONS = {"SET", "REMOVE", "ADD", "DELETE"}
_COMPARED = {"=", "<", "<=", ">", ">="}

type Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one key attribute in a KeyConditionExpression."""

    name: str
    operator: str
    values: Sequence[Typed]


def check_expressions(request: Mapping[str, Any], key_names: Sequence[str]) -> None:
    """Hold every expression of a request against the rules, `key_names` being those of what is read or written."""
    names: dict[str, str] = request.get("ExpressionAttributeNames") or {}
    values: dict[str, Typed] = request.get("ExpressionAttributeValues") or {}
    texts = {kind: request[kind] for kind in KINDS if request.get(kind) is not None}
    for slot in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if slot in request and not texts:
            raise invalid(f"{slot} can only be specified when using expressions")
        if slot in request and not request[slot]:
            raise invalid(f"{slot} must not be empty")
    used: set[str] = set()
    for kind, text in texts.items():
        used |= _check_one(kind, text, names, values)
    _check_all_used("ExpressionAttributeNames", names, used)
    _check_all_used("ExpressionAttributeValues", values, used)
    check_values(values.values())
    if "FilterExpression" in texts:
        _check_filter(texts["FilterExpression"], names, key_names)
    if "UpdateExpression" in texts:
        _check_update(texts["UpdateExpression"], names, key_names)


def key_conditions(request: Mapping[str, Any], hash_name: str, range_name: str) -> list[Condition]:
    """The conditions of a query, partition key first, held against the rules."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    conditions = list(_conditions(_tokens("KeyConditionExpression", request["KeyConditionExpression"]), names, values))
    counts = Counter(condition.name for condition in conditions)
    if max(counts.values(), default=0) > 1:
        raise invalid("KeyConditionExpressions must only contain one condition per key")
    if counts.keys() - {hash_name, range_name}:
        raise invalid(f"Query condition missed key schema element: {range_name or hash_name}")
    if hash_name not in counts:
        raise invalid(f"Query condition missed key schema element: {hash_name}")
    conditions.sort(key=lambda condition: condition.name != hash_name)
    if conditions[0].operator != "=":
        raise invalid("Query key condition not supported")
    for condition, kind in zip(conditions, ("HASH", "RANGE"), strict=False):
        for value in condition.values:
            check_key_value(condition.name, kind, value)
    for condition in conditions:
        if condition.operator == "BETWEEN" and ordered(condition.values[0]) > ordered(condition.values[1]):
            low, high = (_written(value) for value in condition.values)
            raise invalid(
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or "
                f"equal to lower bound; lower bound operand: AttributeValue: {low}, upper bound operand: "
                f"AttributeValue: {high}"
            )
    return conditions


def holds(condition: Condition, value: Typed) -> bool:
    """Whether a key value satisfies a condition."""
    content, (first, *others) = ordered(value), map(ordered, condition.values)
    if condition.operator == "BETWEEN":
        return bool(first <= content <= others[0])
    if condition.operator == "begins_with":
        return bool(content.startswith(first))
    compared = {
        "=": content == first,
        "<": content < first,
        "<=": content <= first,
        ">": content > first,
        ">=": content >= first,
    }
    return bool(compared[condition.operator])


def ordered(value: Typed) -> Any:
    """What DynamoDB sorts a value by: numbers as such, text by its UTF-8 bytes."""
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content.encode() if isinstance(content, str) else content


def _written(value: Typed) -> str:
    ((kind, content),) = value.items()
    return f"{{{kind}:{content}}}"


def _check_one(kind: str, text: str, names: Mapping[str, str], values: Mapping[str, Typed]) -> set[str]:
    """One expression by itself; the placeholders in it."""
    if not text:
        raise invalid(f"Invalid {kind}: The expression can not be empty;")
    size = len(text.encode())
    if size > EXPRESSION_BYTES:
        raise invalid(f"Invalid {kind}: Expression size has exceeded the maximum allowed size; expression size: {size}")
    tokens = _tokens(kind, text)
    for position, token in enumerate(tokens):
        if token[0] == "#" and token not in names:
            raise invalid(
                f"Invalid {kind}: An expression attribute name used in the document path is not defined; "
                f"attribute name: {token}"
            )
        if token[0] == ":" and token not in values:
            raise invalid(
                f"Invalid {kind}: An expression attribute value used in expression is not defined; "
                f"attribute value: {token}"
            )
        if _is_bare(tokens, position) and token.upper() in ReservedKeywords.get_reserved_keywords():
            raise invalid(f"Invalid {kind}: Attribute name is a reserved keyword; reserved keyword: {token}")
    return {token for token in tokens if token[0] in "#:"}


def _check_all_used(slot: str, named: Mapping[str, Any], used: set[str]) -> None:
    unused = sorted(named.keys() - used)
    if unused:
        raise invalid(f"Value provided in {slot} unused in expressions: keys: {{{', '.join(unused)}}}")


def _check_filter(text: str, names: Mapping[str, str], key_names: Sequence[str]) -> None:
    tokens = _tokens("FilterExpression", text)
    for position, token in enumerate(tokens):
        if names.get(token, token if _is_bare(tokens, position) else "") in {*key_names} - {""}:
            name = names.get(token, token)
            raise invalid(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _check_update(text: str, names: Mapping[str, str], key_names: Sequence[str]) -> None:
    paths = list(_targets(_tokens("UpdateExpression", text), names))
    for path in paths:
        if path[0] in key_names:
            raise invalid(
                f"One or more parameter values were invalid: Cannot update attribute {path[0]}. This attribute is "
                "part of the key"
            )
    for first, other in combinations(paths, 2):
        shared = min(len(first), len(other))
        if first[:shared] == other[:shared]:
            raise invalid(
                "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of "
                f"these paths; path one: [{', '.join(first)}], path two: [{', '.join(other)}]"
            )


def _tokens(kind: str, text: str) -> list[str]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        matched = _TOKEN.match(text, position)
        if matched is None:
            raise invalid(f'Invalid {kind}: Syntax error; token: "{text[position : position + 1]}"')
        tokens.append(matched.group(1))
        position = matched.end()
    return tokens


def _is_bare(tokens: Sequence[str], position: int) -> bool:
    """Whether a token is an attribute's own name: no placeholder, operator, function or index into a list."""
    token = tokens[position]
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    return token[0] not in "#:" and token[0].isalpha() and token.upper() not in _WORDS and following != "("


def _conditions(tokens: Sequence[str], names: Mapping[str, str], values: Mapping[str, Typed]) -> Iterator[Condition]:
    """Comparisons joined by AND; anything else is no key condition."""
    left = [token for token in tokens if token not in "()"]
    while left:
        if left[0] == "begins_with":
            _, path, _, value, *left = left if len(left) > 3 else [*left, "", "", "", ""]
            operator, operands = "begins_with", [value]
        elif left[1:2] == ["BETWEEN"] and left[3:4] == ["AND"]:
            path, operator, low, _, high, *left = [*left, ""] if len(left) < 5 else left
            operands = [low, high]
        else:
            path, operator, value, *left = [*left, "", ""] if len(left) < 3 else left
            operands = [value]
            if operator not in _COMPARED:
                raise invalid(f"Invalid operator used in KeyConditionExpression: {operator}")
        if any(operand not in values for operand in operands) or (left and left[0] != "AND"):
            raise invalid("Query key condition not supported")
        yield Condition(names.get(path, path), operator, [values[operand] for operand in operands])
        left = left[1:]


def _targets(tokens: Sequence[str], names: Mapping[str, str]) -> Iterator[Path]:
    """The paths that an update changes: the first of each clause of SET, REMOVE, ADD and DELETE."""
    path: list[str] = []
    collecting, depth = False, 0
    for token in [*tokens, "SET"]:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token in _SECTIONS or (token == "," and not depth):
            if path:
                yield tuple(path)
            path, collecting = [], True
        elif token == "=" or token[0] == ":":
            collecting = False
        elif collecting and token not in ".]":
            path += [] if token == "[" else [names.get(token, token)]
