"""Each check of what the API answers: passes on the answers of a good stack, fails on each that is wrong."""

import base64
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from functions.http.gate import CLIENT_SCOPES
from functions.operate.smoke.checks import bodies, doors, events, sensor_keys, tokens
from functions.operate.smoke.trial import Trial
from functions.operate.smoke.web import Answer
from tests.unit.operate.smoke.aws import CLIENT_ID, KEY, SECRET, Reply, answered, failed, findings_by_name, trial_of

GATEWAY_500 = answered(500, message="Internal Server Error")
OPEN: dict[str, Reply] = {
    "GET /no-such": answered(404, code="unknown-path"),
    "GET /no-such/either": answered(404, code="unknown-path"),
    "DELETE /events": Answer(status=405, headers={"allow": "GET, HEAD"}, body=b'{"code": "wrong-method"}'),
}


def test_open_paths_of_a_good_stack_pass() -> None:
    assert failed(doors.open_paths, trial_of(OPEN)) == set()


@pytest.mark.parametrize(
    ("request_line", "answer", "what"),
    [
        ("GET /health", GATEWAY_500, "GET /health"),
        ("GET /health/", GATEWAY_500, "GET /health/"),
        ("GET /docs", Answer(status=301), "GET /docs"),
        ("GET /no-such", GATEWAY_500, "GET /no-such"),
        ("GET /no-such", answered(404, message="Not Found"), "GET /no-such"),
        ("GET /no-such/either", answered(200), "GET /no-such/either"),
        ("DELETE /events", answered(405, code="wrong-method"), "DELETE /events: header Allow"),
    ],
)
def test_an_open_path_that_answers_otherwise_fails(request_line: str, answer: Answer, what: str) -> None:
    assert failed(doors.open_paths, trial_of({**OPEN, request_line: answer})) == {what}


@pytest.mark.parametrize(
    ("origins", "status", "allowed", "passes"),
    [
        (["https://app.example.org"], 204, "https://app.example.org", True),
        (["*"], 204, "*", True),
        (["https://app.example.org"], 403, "https://app.example.org", False),
        (["https://app.example.org"], 204, "", False),
        ([], 403, "", True),
        ([], 500, "", False),
        ([], 204, "*", False),
    ],
)
def test_a_preflight_is_answered_as_cors_origins_says(
    origins: list[str], status: int, allowed: str, passes: bool
) -> None:
    headers = {"access-control-allow-origin": allowed} if allowed else {}
    gateway = SimpleNamespace(get_api=lambda **_: {"CorsConfiguration": {"AllowOrigins": origins}} if origins else {})
    trial = trial_of({"OPTIONS /caliper/event": Answer(status=status, headers=headers)}, apigatewayv2=gateway)
    assert bool(failed(doors.preflight, trial)) is not passes


def refusing(no_header: Answer, nonsense: Answer) -> Trial:
    return trial_of({"GET /events": lambda headers, _: nonsense if "Authorization" in headers else no_header})


def test_a_stranger_is_refused_in_json_with_the_reason_in_a_header() -> None:
    by_gateway = answered(401, message="Unauthorized")
    ours = Answer(status=401, headers={"x-amzn-remapped-www-authenticate": "Bearer"}, body=b'{"code": "unknown_key"}')
    assert failed(doors.refusals, refusing(by_gateway, ours)) == set()
    assert failed(doors.refusals, refusing(answered(200), ours)) == {"no Authorization header"}
    denied = answered(403, message="Forbidden")
    wrong = failed(doors.refusals, refusing(by_gateway, denied))
    assert wrong == {"a token that is none", "a token that is none: the reason in a header"}


CLAIMS = {
    "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool",
    "client_id": CLIENT_ID,
    "scope": " ".join(CLIENT_SCOPES),
}


def jwt(claims: Mapping[str, Any]) -> str:
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"


def issuing(claims: Mapping[str, Any], *, wrong_secret: int = 401) -> dict[str, Reply]:
    def reply(headers: Mapping[str, str], body: bytes) -> Answer:
        by_basic = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        known = by_basic == f"{CLIENT_ID}:{SECRET}" or b"client_secret=the-client-secret%2F%2B" in body
        return answered(200, access_token=jwt(claims)) if known else answered(wrong_secret, error="invalid_client")

    return {f"POST {path}": reply for path in tokens.PATHS}


def test_tokens_of_a_good_stack_pass() -> None:
    assert failed(tokens.check, trial_of(issuing(CLAIMS))) == set()


@pytest.mark.parametrize("name", ["iss", "client_id", "scope"])
def test_a_token_with_another_claim_fails(name: str) -> None:
    assert failed(tokens.check, trial_of(issuing(CLAIMS | {name: "other"}))) == {f"claim {name}"}


def test_a_path_without_tokens_fails_in_both_ways() -> None:
    replies = issuing(CLAIMS) | {"POST /auth/1.0/token/": GATEWAY_500}
    assert failed(tokens.check, trial_of(replies)) == {"POST /auth/1.0/token/, Basic", "POST /auth/1.0/token/, form"}


def test_a_wrong_secret_that_is_taken_fails() -> None:
    assert failed(tokens.check, trial_of(issuing(CLAIMS, wrong_secret=200))) == {"a wrong secret"}


def test_no_token_at_all_fails_each_claim_instead_of_breaking() -> None:
    replies = {f"POST {path}": answered(503) for path in tokens.PATHS}
    assert {"claim iss", "claim client_id", "claim scope"} < failed(tokens.check, trial_of(replies))


def test_every_way_of_a_sensor_key_is_tried_and_can_fail() -> None:
    assert failed(sensor_keys.ways, trial_of()) == set()
    broken = {"POST /caliper/event": answered(401, code="unknown_key"), f"POST /k/{KEY}": GATEWAY_500}
    assert failed(sensor_keys.ways, trial_of(broken)) == {
        "the bare key",
        "the key as Bearer",
        "the key as Basic",
        "the key in the path",
    }


def weighing(most: int, *, other_type: int = 415, compressed: int = 415) -> dict[str, Reply]:
    def reply(headers: Mapping[str, str], body: bytes) -> Answer:
        if headers["Content-Type"] != "application/json":
            return answered(other_type, message="no")
        if "Content-Encoding" in headers:
            return answered(compressed, code="compressed")
        return answered(413, code="too-large") if len(body) > most else answered(200)

    return {f"POST {bodies.PATH}": reply}


def test_bodies_that_a_good_stack_takes_and_refuses_pass() -> None:
    trial = trial_of(weighing(5_000_000))
    assert failed(bodies.check, trial) == set()
    assert trial.stored == 101


@pytest.mark.parametrize(
    ("replies", "what"),
    [
        ({"POST /caliper/event": answered(503)}, {"1 event", "100 events in one request"}),
        (weighing(1_000_000), {"4.9 MB of JSON"}),
        (weighing(10_000_000), {"5.1 MB of JSON"}),
        (weighing(5_000_000, other_type=500), {"4.9 MB of another type"}),
        (weighing(5_000_000, compressed=200), {"a compressed body"}),
    ],
)
def test_a_body_that_is_met_otherwise_fails(replies: dict[str, Reply], what: set[str]) -> None:
    assert failed(bodies.check, trial_of(weighing(5_000_000) | replies)) == what


class Store:
    """An API that keeps what it is sent; `lost` of it by a path, `other` in its place."""

    def __init__(self, *, state: str = "completed", lost: str = "", other: str = "", gone: str = "") -> None:
        self.sent: list[dict[str, Any]] = []
        self.state, self.lost, self.other, self.gone = state, lost, other, gone

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        if method == "POST":
            self.sent += json.loads(body or b"").get("data", []) if "caliper" in url else []
            return answered(200, jobId="j", access_token="a.b.c")
        if "/jobs/" in url:
            return answered(200, state=self.state)
        sent = next(event for event in self.sent if url.endswith(self.quoted(event["id"])))
        by_path = "/caliper/events/" in url
        for part, answer in ((self.lost, answered(404)), (self.other, answered(200, id="another"))):
            if part and part in sent["id"] and by_path:
                return answer
        if self.gone and self.gone in sent["id"]:
            return answered(200, events=[])
        return answered(200, id=sent["id"]) if by_path else answered(200, events=[{"event": sent}])

    @staticmethod
    def quoted(event_id: str) -> str:
        return quote(event_id, safe="")


def events_trial(store: Store) -> Trial:
    trial = trial_of()
    trial.web = store
    return trial


def test_events_that_can_be_read_again_pass() -> None:
    assert failed(events.check, events_trial(Store())) == set()


def test_an_id_that_a_path_cannot_carry_may_be_unknown_but_never_another_event() -> None:
    assert failed(events.check, events_trial(Store(lost="?n=1"))) == set()
    assert failed(events.check, events_trial(Store(other="?n=1"))) == {"an id with ?, in the path"}
    assert failed(events.check, events_trial(Store(lost="page/1"))) == {"an id with colons and slashes, in the path"}
    assert "an id with #, as a parameter" in failed(events.check, events_trial(Store(gone="#")))


def test_a_job_that_does_not_end_or_fails_is_a_failure() -> None:
    assert failed(events.check, events_trial(Store(state="failed"))) == {"the job of 4 events"}
    unended = findings_by_name(events.check, events_trial(Store(state="active")))["the job of 4 events"]
    assert (unended.status, unended.got) == ("FAIL", "active, 120 s")


def test_an_answer_without_a_job_is_a_failure() -> None:
    assert failed(events.check, trial_of({"POST /caliper/event": answered(503)})) == {"a job"}
