"""Nothing of a learner and no secret is ever logged: the whole pipeline, also if it fails."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from functions.authorize.handler import Dependencies as AuthorizeDependencies
from functions.authorize.handler import handler as authorize_handler
from functions.core.messages import Item, Message, pack
from functions.http.gate import ADMIN, CLIENT_SCOPES, Principal, principal_context
from functions.query.dependencies import Dependencies
from functions.query.handler import handler as query_handler
from functions.query.settings import QuerySettings
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from tests.aws import TABLE, mocked
from tests.faults import Killed, Stack, every, numbered
from tests.gateway import Service, app_of, key_of, token_of
from tests.payloads import APP, Json, Payloads, envelope
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool

NAME, EMAIL = "Mark-Of-A-Name", "mark-of-an-email@school.example.org"
LEARNER = "https://roster.example.org/users/mark-of-a-learner"
SESSION, RUN, TITLE = "urn:mark-of-a-session", "urn:mark-of-a-run", "Mark of a title"
KEY = "mark-of-a-key"
MARKS = ("mark-of", "mark of", "eyj")  # compared in lower case; a token begins with eyJ
OWN = app_of(APP, "*")
SERVICES = ("authorize", "validate", "process", "timeout", "query")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged: ours at DEBUG whatever the level was, everybody else's at their defaults."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(Everything())
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in SERVICES)]
    levels = [logger.level for logger in loggers]
    for name in SERVICES:
        Logger(service=name).setLevel(logging.DEBUG)  # before ours: Powertools takes the first handler for its own
    for each_logger in loggers:
        each_logger.addHandler(handler)
    yield text
    for each_logger, level in zip(loggers, levels, strict=True):
        each_logger.removeHandler(handler)
        each_logger.setLevel(level)


class Everything(logging.Formatter):
    """A record with all that was attached to it."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + json.dumps(record.__dict__, default=repr)


def sent_events() -> list[Json]:
    payloads = Payloads(5)
    person = {"id": LEARNER, "type": "Person", "name": NAME, "extensions": {"email": EMAIL}}
    graded = payloads.question_graded(LEARNER) | {"actor": person}
    titled = payloads.lesson_started(LEARNER)
    titled["object"]["name"] = TITLE
    run = payloads.time_spent(LEARNER, RUN)
    run["actor"] |= {"id": LEARNER, "email": EMAIL, "name": NAME}
    return [payloads.logged_in(LEARNER, SESSION, requiresHeartbeat=True), graded, titled, run]


def wrong() -> list[Any]:
    return [
        {**sent_events()[1], "eventTime": NAME},
        {"id": SESSION, "type": TITLE, "action": NAME, "actor": {"name": EMAIL}},
        {**sent_events()[2], NAME: EMAIL},
        {**sent_events()[2], "@context": NAME, "type": f"{TITLE}Event"},
        NAME,
        [EMAIL],
    ]


def clean(logged: io.StringIO, printed: Any) -> str:
    """The log, in which no mark may be; and what was printed is part of it."""
    out, err = printed.readouterr()
    output = f"{logged.getvalue()}{out}{err}"
    for line in output.splitlines():
        for mark in MARKS:
            assert mark not in line.lower(), line[:2000]
    return output


def test_a_day_of_traffic_leaves_no_trace_of_a_learner_in_the_log(
    logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    service.register(OWN)
    service.registry.add_key(KEY, app=OWN, scopes=CLIENT_SCOPES | ADMIN, now_us=0)
    token = "Bearer " + token_of(OWN)
    basic = "Basic bWFyazptYXJrLW9mLWEta2V5"
    bodies: tuple[Any, ...] = (
        envelope(*sent_events(), *wrong()),
        {"sensor": NAME},
        NAME,
        [envelope(*wrong())],
        "{" + NAME,
    )
    for credential in (KEY, f"Bearer {KEY}", basic, token, f"{KEY}-unknown", token[:-4], None):
        for body in bodies:
            for path in ("/caliper/event", "/events/1.0", "/caliper/event/validate", f"/k/{KEY}", f"/{NAME}"):
                service.call("POST", path, credential=credential, body=body)
        for session in (SESSION, NAME):
            heartbeat = {"sessionId": session, "edApp": NAME}
            service.call("POST", "/events/1.0/heartbeat", credential=credential, body=heartbeat)
        service.drain()
        for name, value in (("actor", LEARNER), ("session", SESSION), ("run", RUN), ("id", NAME), (NAME, EMAIL)):
            for path in ("/events", "/sessions", "/runs", "/progress", "/insights", "/rejections", f"/{LEARNER}"):
                service.call("GET", path, credential=credential, **{name: value})
        for path in (
            f"/caliper/events/{SESSION}",
            f"/insights/1.0/users/{LEARNER}",
            f"/jobs/{NAME}/status",
            f"/k/{KEY}",
        ):
            service.call("GET", path, credential=credential)
    service.sweep()
    service.drain()
    output = clean(logged, capfd)
    assert '"stored"' in output
    assert '"taken"' in output


def test_what_fails_is_logged_without_what_it_failed_on(
    monkeypatch: pytest.MonkeyPatch, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every call of validate, process and timeout fails once; poison and rubbish are among what is processed."""
    with mocked(monkeypatch):
        stack = Stack(idle_minutes=1e-6)
        Registry(DynamoTable(stack.clients[0], TABLE)).add_key(KEY, app=OWN, scopes=frozenset(), now_us=0)
        for service in ("sqs", "dynamodb", "s3"):
            stack.faults.rule = every("unavailable", service)
            stack.post(envelope(*sent_events()))
            stack.post(json.dumps({"sessionId": SESSION}).encode(), path="/events/1.0/heartbeat")
            stack.deliver()
            _asked(stack)
        stack.faults.clear()
        stack.post(envelope(*sent_events(), *(item for item in wrong() if isinstance(item, dict) and "id" in item)))
        poison = Message(
            tenant=OWN.tenant,
            app_id=APP,
            job="j" * 22,
            received_us=1_772_442_000_000_000,
            items=[Item("event", b'{"id": "' + NAME.encode() + b'", '), Item("heartbeat", b'{"sessionId": "mark-of"}')],
        )
        stack.queue.send([pack(poison), NAME, "bWFyay1vZg=="], group="t")
        stack.drain()
        for number in range(1, 40):
            stack.faults.call_names.clear()
            stack.faults.rule = numbered("invalid" if number % 2 else "throttled", number)
            stack.post(envelope(*sent_events()))
            stack.drain()
            try:
                stack.sweep()
            except (Exception, Killed) as error:
                logging.getLogger().exception("let out: %s", error)
    output = clean(logged, capfd)
    for said in ("unreadable message", "events rejected by processing", "an AWS call failed", "let out"):
        assert said in output


def _asked(stack: Stack) -> None:
    context = principal_context(Principal(app=OWN, scopes=CLIENT_SCOPES, kind="client"))
    for path, query in (
        ("/events", f"actor={LEARNER}"),
        ("/sessions", f"id={SESSION}"),
        (f"/caliper/events/{NAME}", ""),
    ):
        event = {
            "rawPath": path,
            "rawQueryString": query,
            "requestContext": {"http": {"method": "GET"}, "authorizer": {"lambda": context}},
        }
        dependencies = Dependencies(
            table=stack.table, registry_table=stack.table, settings=QuerySettings(table_name=TABLE)
        )
        assert query_handler(event, None, dependencies=dependencies)["statusCode"] in (200, 404, 503)


def test_an_authorizer_that_cannot_ask_logs_no_credential(
    monkeypatch: pytest.MonkeyPatch, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    with mocked(monkeypatch):
        stack = Stack()
        pool = Pool()
        dependencies = AuthorizeDependencies(registry=Registry(stack.table), issuer=ISSUER, key_set=pool.key_set())
        stack.faults.rule = every("throttled", "dynamodb")
        token = pool.token(f"client-{KEY}")
        for credential in (KEY, f"Bearer {KEY}", f"Basic {KEY}", f"Bearer {token}", key_of(OWN)):
            answer = authorize_handler(
                {"headers": {"authorization": credential}}, None, dependencies=dependencies, now_us=round(NOW_S * 1e6)
            )
            assert answer["context"] == {"failure": "unavailable"}
        pool.down = True
        authorize_handler(
            {"headers": {"authorization": f"Bearer {token}"}},
            None,
            dependencies=dependencies,
            now_us=round(NOW_S * 1e6),
        )
    assert "credential not checked" in clean(logged, capfd)
