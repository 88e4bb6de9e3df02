"""A link of the local stack opens the console once, and only for a while."""

import json
from typing import Any

import pytest

from functions.http.paths import PATHS, SIGN_IN_LINK, gateway_routes
from functions.sign_in_link.handler import Dependencies, handler
from functions.sign_in_link.links import LINK_S, put_link
from tests.fakes import MemoryTable

NOW_US = 1_769_508_180_000_000


@pytest.fixture
def table() -> MemoryTable:
    memory_table = MemoryTable()
    put_link(memory_table, "the-code", "the-token", now_us=NOW_US)
    return memory_table


def use(table: MemoryTable, body: Any, *, now_us: int = NOW_US) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return handler({"body": text}, None, dependencies=Dependencies(table=table), now_us=now_us)


def test_a_code_is_exchanged_for_a_token_once(table: MemoryTable) -> None:
    first = use(table, {"code": "the-code"})
    assert (first["statusCode"], json.loads(first["body"])) == (200, {"access_token": "the-token"})
    assert use(table, {"code": "the-code"})["statusCode"] == 410


@pytest.mark.parametrize("body", ["", "[]", "{]", {"code": 1}, {"code": "another"}, {"code": "x" * 200}, {}])
def test_nothing_else_is_exchanged(table: MemoryTable, body: Any) -> None:
    answer = use(table, body)
    assert answer["statusCode"] == 410
    assert "make console" in json.loads(answer["body"])["message"]


def test_an_old_code_is_refused(table: MemoryTable) -> None:
    assert use(table, {"code": "the-code"}, now_us=NOW_US + LINK_S * 1_000_000)["statusCode"] == 410


def test_the_table_of_paths_has_no_such_route() -> None:
    assert SIGN_IN_LINK not in {path.template for path in PATHS}
    assert SIGN_IN_LINK not in {route.template for route in gateway_routes()}
