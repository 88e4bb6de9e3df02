"""Every answer of JSON is private, and every error has the id by which the logs name its request."""

import json
import re

import pytest

from functions.http.answers import answer, error, with_request_id
from functions.http.changes.bodies import LARGEST, object_in
from functions.http.cursors import cursor, read_cursor
from functions.http.page import PageBuilder
from functions.http.parameters import CURSOR_CHARS, ID_CHARS, Parameter, read_parameters

EVENT = {"requestContext": {"requestId": "Jx2mLgW0oAMEJTQ="}}


def test_no_cache_keeps_an_answer_and_no_browser_takes_it_for_something_else() -> None:
    for response in (answer(200, {}), error(404, "unknown", "m", headers={"Allow": "GET"})):
        assert response["headers"]["Cache-Control"] == "no-store"
        assert response["headers"]["X-Content-Type-Options"] == "nosniff"


def test_an_error_has_the_id_of_its_request() -> None:
    response = with_request_id(error(404, "unknown", "m"), EVENT)
    assert json.loads(response["body"])["requestId"] == "Jx2mLgW0oAMEJTQ="


def test_a_success_and_an_answer_without_json_stay_as_they_are() -> None:
    for response in (answer(200, {"a": 1}), {"statusCode": 404, "headers": {"Content-Type": "text/html"}, "body": "x"}):
        assert with_request_id(response, EVENT) is response
    assert with_request_id(error(404, "unknown", "m"), {}) == error(404, "unknown", "m")


@pytest.mark.parametrize(("status", "named"), [(200, False), (399, False), (400, True), (500, True)])
def test_every_error_from_400_on_has_the_id_of_its_request(status: int, named: bool) -> None:
    response = with_request_id(answer(status, {"a": 1}), EVENT)
    assert ("requestId" in json.loads(response["body"])) is named


@pytest.mark.parametrize(("item", "size"), [(b'{"a":1}', 9), (b'"\\n"', 7), (b"12345", 5)])
def test_an_item_is_counted_as_it_leaves_lambda_with_a_backslash_before_each_quote_and_backslash(
    item: bytes, size: int
) -> None:
    assert len(json.dumps(item.decode())) - 2 == size
    for bytes_left, fits in ((size, True), (size - 1, False)):
        builder = PageBuilder(rows=9, bytes_left=bytes_left + 1)
        assert builder.add(b"0")
        assert builder.add(item) is fits


@pytest.mark.parametrize(("size", "status"), [(LARGEST, 400), (LARGEST + 1, 413)])
def test_a_body_may_have_as_many_bytes_as_are_said(size: int, status: int) -> None:
    refused = object_in({"body": "x" * size})
    assert refused["statusCode"] == status


@pytest.mark.parametrize("position", ["", "1", "12", "123", "ÿþý|?>~"])
def test_a_cursor_goes_into_an_address_as_it_is(position: str) -> None:
    text = cursor("bound", "tenant", position)
    assert re.fullmatch(r"[\w-]+", text, re.ASCII)
    assert read_cursor(text, "bound", ".*") == ("tenant", position)
    assert read_cursor(text, "another", ".*") is None


@pytest.mark.parametrize(("chars", "refused"), [(ID_CHARS, False), (ID_CHARS + 1, True)])
def test_an_id_may_have_as_many_characters_as_the_limits_of_a_request_say(chars: int, refused: bool) -> None:
    parameter = Parameter(name="session", kind="id", description="")
    values = read_parameters([parameter], [("session", "x" * chars)], one_of=(), strict=True)
    assert ("statusCode" in values) is refused
    assert (ID_CHARS, CURSOR_CHARS) == (2048, 512)
