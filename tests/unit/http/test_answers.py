"""Every answer of JSON is private, and every error has the id by which the logs name its request."""

import json

from functions.http.answers import answer, error, with_request_id

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
