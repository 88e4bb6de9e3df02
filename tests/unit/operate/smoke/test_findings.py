"""What each check says of a good stack, line by line."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from functions.operate.smoke.checks import (
    account,
    alarms,
    bodies,
    doors,
    events,
    redrive,
    sessions,
    storage,
    sweeps,
    tokens,
)
from functions.operate.smoke.trial import Check, Trial
from functions.operate.smoke.web import Answer
from tests.unit.operate.smoke.aws import CLIENT_ID, answered, trial_of
from tests.unit.operate.smoke.clients import Queues
from tests.unit.operate.smoke.test_aws_checks import (
    Alarms,
    DeadQueues,
    account_trial,
    redrive_trial,
    sessions_trial,
    storage_trial,
    sweeps_trial,
)
from tests.unit.operate.smoke.test_http_checks import (
    CLAIMS,
    OPEN,
    Store,
    events_trial,
    issuing,
    refusing,
    weighing,
)

RESERVED = "process_reserved_concurrency=250 timeout_reserved_concurrency=20"
ISSUER = CLAIMS["iss"]
OURS = Answer(status=401, headers={"x-amzn-remapped-www-authenticate": "Bearer"}, body=b'{"code": "unknown_key"}')


def waiting_for_timed_out(*kinds: str) -> Trial:
    trial, _, _ = sessions_trial(*kinds)
    trial.wait_for_timed_out = True
    return trial


def alarms_trial(**how: Any) -> Trial:
    queues = Queues()
    aws = Alarms(queues, **how)
    return trial_of(cloudwatch=aws, sns=aws, sqs=queues)


def preflight_trial(*origins: str, status: int = 204, allowed: str = "") -> Trial:
    gateway = SimpleNamespace(get_api=lambda **_: {"CorsConfiguration": {"AllowOrigins": origins}})
    answer = Answer(status=status, headers={"access-control-allow-origin": allowed} if allowed else {})
    return trial_of({"OPTIONS /caliper/event": answer}, apigatewayv2=gateway)


GOOD: list[tuple[Check, Callable[[], Trial], list[tuple[str, str, str, str]]]] = [
    (
        account.check,
        account_trial,
        [
            ("ok", "stack Caliper", "CREATE_COMPLETE or UPDATE_COMPLETE", "UPDATE_COMPLETE"),
            ("ok", "CDK bootstrap version", "6 or more", "30"),
            ("ok", "Lambdas that may run at once", "100 or more", "1000 in eu-west-1"),
            (
                "skipped",
                "Lambdas that are set aside",
                "a choice (docs/deploying.md)",
                f"none: {RESERVED} would keep them from what else runs in the account",
            ),
        ],
    ),
    (
        account.check,
        lambda: account_trial(version=6, quota=100, unreserved=60),
        [
            ("ok", "stack Caliper", "CREATE_COMPLETE or UPDATE_COMPLETE", "UPDATE_COMPLETE"),
            ("ok", "CDK bootstrap version", "6 or more", "6"),
            ("ok", "Lambdas that may run at once", "100 or more", "100 in eu-west-1"),
            ("ok", "Lambdas that are set aside", "a choice (docs/deploying.md)", "40 of 100"),
        ],
    ),
    (
        sessions.check,
        lambda: sessions_trial("SessionStarted")[0],
        [
            ("ok", "SessionStarted on the bus", "heard by a subscriber", "heard after 0 s"),
            (
                "skipped",
                "TimedOut on the bus",
                "heard by a subscriber",
                "takes idle_minutes (30): WAIT=1 waits for it",
            ),
        ],
    ),
    (
        sessions.check,
        lambda: waiting_for_timed_out("SessionStarted", "TimedOut"),
        [
            ("ok", "SessionStarted on the bus", "heard by a subscriber", "heard after 0 s"),
            ("ok", "TimedOut on the bus", "heard by a subscriber", "heard"),
        ],
    ),
    (
        storage.check,
        storage_trial,
        [
            ("ok", "an event in the table", "1 row", "1 rows (sent: 200)"),
            ("ok", "the same event in the archive", "an object with it", "archive/day=20260127/x"),
            ("ok", "the table forgets what has expired", "ENABLED by expires", "ENABLED by expires"),
            ("ok", "the table can be restored to a point in time", "ENABLED", "ENABLED"),
            ("ok", "the table is protected from deletion", "ENABLED", "ENABLED"),
        ],
    ),
    (
        sweeps.check,
        sweeps_trial,
        [
            ("ok", "sweeps in the last 5 minutes", "1 or more", "4"),
            ("ok", "sweeps of these that failed", "0", "0"),
            ("ok", "times that a failed sweep is repeated", "0", "0"),
        ],
    ),
    (
        alarms.check,
        alarms_trial,
        [
            ("ok", "the notice of the alarm DeadLetters", "heard by a subscriber", "heard in 0 s"),
            ("ok", "notices that CloudWatch was not allowed to send", "0", "0"),
        ],
    ),
    (
        redrive.check,
        lambda: redrive_trial(DeadQueues()),
        [
            ("ok", "a dead letter is listed", "1", "1"),
            ("ok", "a dead letter is sent again", "1", "1"),
            ("ok", "a dead letter sent again is stored", "1", "1"),
        ],
    ),
    (
        doors.open_paths,
        lambda: trial_of(OPEN),
        [
            *(("ok", f"GET {path}", "200", "200") for path in ("/health", "/health/", "/openapi.json", "/docs")),
            *(
                ("ok", f"GET {path}", "404 unknown-path", "404 unknown-path")
                for path in ("/no-such", "/no-such/either")
            ),
            ("ok", "DELETE /events", "405 wrong-method", "405 wrong-method"),
            ("ok", "DELETE /events: header Allow", "with GET", "GET, HEAD"),
        ],
    ),
    (
        doors.preflight,
        lambda: preflight_trial("https://*.example.org", "https://a.org", allowed="https://a.org"),
        [("ok", "preflight of https://a.org", "204, allow-origin https://a.org", "204, allow-origin https://a.org")],
    ),
    (
        doors.preflight,
        lambda: preflight_trial(status=403),
        [("ok", "preflight without cors_origins", "403, allow-origin none", "403, allow-origin none")],
    ),
    (
        doors.refusals,
        lambda: refusing(answered(401, message="Unauthorized"), OURS),
        [
            ("ok", "no Authorization header", "401 Unauthorized", "401 Unauthorized"),
            ("ok", "a token that is none", "401 in JSON", "401 unknown_key"),
            (
                "ok",
                "a token that is none: the reason in a header",
                "www-authenticate, perhaps remapped",
                "x-amzn-remapped-www-authenticate",
            ),
        ],
    ),
    (
        tokens.check,
        lambda: trial_of(issuing(CLAIMS)),
        [
            *(
                ("ok", f"POST {path}, {how}", "200, a token", "200, a token")
                for path in ("/oauth2/token", "/oauth2/token/", "/auth/1.0/token", "/auth/1.0/token/")
                for how in ("Basic", "form")
            ),
            ("ok", "a wrong secret", "400 or 401", "401 invalid_client"),
            ("ok", "claim iss", ISSUER, ISSUER),
            ("ok", "claim client_id", CLIENT_ID, CLIENT_ID),
            ("ok", "claim scope", "7 scopes", "7 scopes"),
        ],
    ),
    (
        bodies.check,
        lambda: trial_of(weighing(5_000_000)),
        [
            ("ok", "1 event", "200", "200"),
            ("ok", "100 events in one request", "200", "200"),
            ("ok", "4.9 MB of JSON", "200", "200"),
            ("ok", "5.1 MB of JSON", "413 too-large", "413 too-large"),
            ("ok", "4.9 MB of another type", "413 or 415", "415 no, by the gateway"),
            ("ok", "a compressed body", "415 compressed", "415 compressed"),
        ],
    ),
    (
        events.check,
        lambda: events_trial(Store()),
        [
            ("ok", "the job of 4 events", "completed", "completed, 0 s"),
            *(
                ("ok", f"an id with {what}, {how}", expected, "200, that event")
                for what, in_path in (
                    ("colons and slashes", "200, that event"),
                    ("#", "200, that event"),
                    ("?", "200, that event, or 404"),
                    ("%20", "200, that event, or 404"),
                )
                for how, expected in (("as a parameter", "200, that event"), ("in the path", in_path))
            ),
        ],
    ),
]


@pytest.mark.parametrize(("check", "trial", "lines"), GOOD)
def test_a_good_stack_is_told_line_by_line(
    check: Check, trial: Callable[[], Trial], lines: list[tuple[str, str, str, str]]
) -> None:
    assert [(line.status, line.what, line.expected, line.got) for line in check(trial())] == lines
