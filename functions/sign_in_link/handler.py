"""Lambda `sign_in_link`, of the local stack only: exchanges the code of a link of `make local` for a token, once."""

import os
import time
from functools import cache
from typing import Any

import orjson
from msgspec import Struct

from functions.http.answers import Answer, answer, error
from functions.sign_in_link.links import take_token
from functions.sign_in_link.settings import SignInLinkSettings
from functions.store.dynamodb.table import DynamoTable, Table

CODE_CHARS = 100


class Dependencies(Struct, frozen=True, kw_only=True):
    """Where the links are."""

    table: Table


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    from functions.store.aws.client import open_client

    if not os.environ.get("AWS_ENDPOINT_URL"):
        raise RuntimeError("this function runs on the local emulator only")
    return Dependencies(table=DynamoTable(open_client("dynamodb"), SignInLinkSettings.read().table_name))


def handler(
    event: dict[str, Any], context: object, *, dependencies: Dependencies | None = None, now_us: int | None = None
) -> Answer:
    """200 with the token, or 410 if the code is unknown, too old or used. An AWS failure is let out: a 500."""
    dependencies = dependencies or open_dependencies()
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    token = take_token(dependencies.table, _code(event), now_us=now_us)
    if token is None:
        return error(410, "link-used", "This link was used already, or is too old: `make console` prints a new one.")
    return answer(200, {"access_token": token}, {"Cache-Control": "no-store"})


def _code(event: dict[str, Any]) -> str:
    try:
        body = orjson.loads(event.get("body") or "")
    except orjson.JSONDecodeError:
        return ""
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) and len(code) <= CODE_CHARS else ""
