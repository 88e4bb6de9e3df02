"""The authorizer from request to context, over an in-memory register and a pool of our own."""

import base64
from collections import Counter
from collections.abc import Iterable
from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.authorize.handler import REMEMBER_S, REMEMBERED_MAX, Dependencies, handler
from functions.core.apps import App
from functions.http.gate import (
    ADMIN,
    CLIENT_SCOPES,
    EVENT_CREATE,
    EVENTS_READONLY,
    KEY_SCOPES,
    READ,
    SCOPES,
    WRITE,
    Denial,
    Principal,
    gate,
)
from functions.store.dynamodb.table import Key, Row, Unprocessed
from functions.store.registry import Registry
from functions.store.rows.credentials import KEY_ID_PREFIX, digest_of
from tests.fakes import MemoryTable
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool

APP = App(
    app_id="urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962",
    tenant="tenantDigest",
    name="Fractions",
    edapps=("*",),
)
KEY = "ck_the-key-of-this-test"
CLIENT = "client-of-this-test"
NOW_US = int(NOW_S * 1e6)
POOL = Pool()


class BreakableTable(MemoryTable):
    """The in-memory table, whose reads fail with `error` while it is set."""

    error: Exception | None = None

    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
        if self.error is not None:
            raise self.error
        return super().get_all(wanted, consistent=consistent)


class Service:
    """A register with one app, a key and a client, and the authorizer before it."""

    def __init__(self) -> None:
        self.table = BreakableTable()
        self.registry = Registry(self.table)
        self.registry.add_app(APP, now_us=NOW_US)
        self.key = self.registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
        self.client = self.registry.add_client(CLIENT, app=APP, scopes=CLIENT_SCOPES, now_us=NOW_US)
        self.dependencies = Dependencies(registry=self.registry, issuer=ISSUER, key_set=POOL.key_set())

    def ask(self, authorization: str | None, *, now_s: float = NOW_S, path_key: str | None = None) -> dict[str, str]:
        event: dict[str, Any] = {
            "headers": {"authorization": authorization} if authorization else {},
            "pathParameters": {"key": path_key} if path_key else None,
        }
        answer = handler(event, None, dependencies=self.dependencies, now_us=round(now_s * 1e6))
        assert answer["isAuthorized"] is True
        context: dict[str, str] = answer["context"]
        assert all(isinstance(value, str) for value in context.values())
        return context

    def code(self, authorization: str | None, *, now_s: float = NOW_S) -> str:
        """The code of the denial that follows."""
        denial = gate(self.ask(authorization, now_s=now_s), scope=SCOPES, now_s=now_s)
        assert isinstance(denial, Denial), denial
        return denial.code

    def principal(self, authorization: str | None, *, now_s: float = NOW_S, path_key: str | None = None) -> Principal:
        context = self.ask(authorization, now_s=now_s, path_key=path_key)
        principal = gate(context, scope=SCOPES, now_s=now_s)
        assert isinstance(principal, Principal), principal
        return principal


@pytest.fixture
def service() -> Service:
    return Service()


def test_a_sensor_key_speaks_for_its_app_and_may_write_but_not_read(service: Service) -> None:
    principal = service.principal(f"Bearer {KEY}")
    assert principal == Principal(app=APP, scopes=KEY_SCOPES, kind="key", credential=KEY_ID_PREFIX + digest_of(KEY))
    assert principal.scopes & WRITE
    assert not principal.scopes & READ


def test_a_key_in_the_path_speaks_for_its_app(service: Service) -> None:
    assert service.principal(None, path_key=KEY).app == APP


def test_a_token_speaks_for_its_clients_app_until_it_ends(service: Service) -> None:
    principal = service.principal(f"Bearer {POOL.token(CLIENT, EVENT_CREATE)}")
    assert principal == Principal(
        app=APP,
        scopes=frozenset({EVENT_CREATE}),
        kind="client",
        credential=CLIENT,
        expires_at=NOW_S + 3600,
    )


def test_a_token_may_do_no_more_than_its_client_is_registered_for(service: Service) -> None:
    token = POOL.token(CLIENT, *ADMIN, EVENTS_READONLY, "aws.cognito.signin.user.admin")
    assert service.principal(token).scopes == {EVENTS_READONLY}


def test_a_token_that_names_no_scope_passes_nowhere(service: Service) -> None:
    denial = gate(service.ask(POOL.token(CLIENT, scope=None)), scope=SCOPES, now_s=NOW_S)
    assert isinstance(denial, Denial)
    assert (denial.status, denial.code) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "no_credential"),
        ("Bearer ", "no_credential"),
        ("Bearer ck_unknown", "unknown_key"),
        (f"Bearer {CLIENT}", "unknown_key"),
        (f"Bearer {KEY} ", None),
        (f"Bearer {POOL.token('another-client', EVENT_CREATE)}", "unknown_client"),
        (f"Bearer {POOL.token(KEY, EVENT_CREATE)}", "unknown_client"),
        (f"Bearer {POOL.token(CLIENT, exp=int(NOW_S) - 1)}", "expired"),
        (f"Bearer {POOL.token(CLIENT, iss='https://elsewhere.example')}", "wrong_issuer"),
        (f"Bearer {POOL.token(CLIENT, token_use='id')}", "not_an_access_token"),
        (f"Bearer {Pool().token(CLIENT)}", "bad_signature"),
        ("Bearer eyJx.eyJx.x", "bad_token"),
        (f"Bearer {KEY}\x01", "control_character"),
        (f"Bearer {KEY[:4]}\t{KEY[4:]}", "control_character"),
        (f"Bearer {POOL.token(CLIENT, EVENT_CREATE)[:-9]}\r\n123456789", "control_character"),
        ("Basic " + base64.b64encode(f"any:{KEY}\n".encode()).decode(), "control_character"),
        ("Basic " + base64.b64encode(f"an\x01y:{KEY}".encode()).decode(), None),
    ],
)
def test_each_fault_has_its_reason(service: Service, authorization: str | None, code: str | None) -> None:
    context = service.ask(authorization)
    assert context.get("failure") == code


def test_a_key_in_the_path_that_ends_in_a_line_end_is_told_so(service: Service) -> None:
    assert service.ask(None, path_key=f"{KEY}\n") == {"failure": "control_character"}


def test_a_revoked_credential_is_refused_at_once(service: Service) -> None:
    token = POOL.token(CLIENT, EVENT_CREATE)
    service.principal(KEY)
    service.principal(token)
    service.registry.revoke(service.key, now_us=NOW_US)
    service.registry.revoke(service.client, now_us=NOW_US)
    assert (service.code(KEY), service.code(token)) == ("revoked", "revoked")


def test_a_key_that_is_being_replaced_works_until_its_end(service: Service) -> None:
    service.registry.end(service.key, at_us=NOW_US + 60_000_000)
    service.registry.add_key("ck_next", app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    assert service.principal(KEY).expires_at == NOW_S + 60
    assert service.principal("ck_next").app == APP
    assert service.code(KEY, now_s=NOW_S + 60) == "expired"
    assert service.principal("ck_next", now_s=NOW_S + 60).app == APP


def test_a_client_that_ends_before_its_token_takes_the_token_with_it(service: Service) -> None:
    service.registry.end(service.client, at_us=NOW_US + 60_000_000)
    assert service.principal(POOL.token(CLIENT, EVENT_CREATE)).expires_at == NOW_S + 60


def test_a_credential_whose_app_is_gone_is_refused(service: Service) -> None:
    service.table.items.pop(("APPS", APP.tenant))
    assert service.code(KEY) == "unknown_app"


def test_a_request_costs_two_reads_and_the_first_of_a_day_a_write(service: Service) -> None:
    for writes in (1, 0, 0):
        before = service.table.calls.counts.copy()
        service.principal(KEY)
        assert service.table.calls.counts - before == Counter({"get_all": 2, "put_all": writes})


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "BatchGetItem")
UNREACHABLE = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize("error", [THROTTLED, UNREACHABLE, Unprocessed()])
def test_a_register_that_does_not_answer_makes_a_503_and_not_a_refusal(service: Service, error: Exception) -> None:
    service.table.error = error
    assert service.code(KEY) == "unavailable"
    service.table.error = None
    assert service.principal(KEY).app == APP


def test_whoever_was_let_in_lately_stays_in_while_the_register_is_down(service: Service) -> None:
    service.principal(KEY)
    service.table.error = THROTTLED
    assert service.principal(KEY, now_s=NOW_S + REMEMBER_S).app == APP
    assert service.code("ck_unknown") == "unavailable"
    assert service.code(KEY, now_s=NOW_S + REMEMBER_S + 1) == "unavailable"


def test_a_token_that_ended_does_not_stay_in(service: Service) -> None:
    token = POOL.token(CLIENT, EVENT_CREATE, exp=int(NOW_S) + 60)
    service.principal(token)
    service.table.error = THROTTLED
    assert service.code(token, now_s=NOW_S + 61) in ("expired", "unavailable")


def test_whoever_was_refused_since_does_not_stay_in(service: Service) -> None:
    service.principal(KEY)
    service.registry.revoke(service.key, now_us=NOW_US)
    assert service.code(KEY) == "revoked"
    service.table.error = THROTTLED
    assert service.code(KEY) == "unavailable"


def test_what_is_remembered_is_bounded_and_holds_no_key(service: Service) -> None:
    for number in range(REMEMBERED_MAX + 5):
        service.dependencies.remembered[str(number)] = ({}, NOW_S)
    service.principal(KEY)
    assert len(service.dependencies.remembered) == REMEMBERED_MAX
    assert KEY not in str(service.dependencies.remembered)


def test_a_bug_is_let_out(service: Service) -> None:
    service.table.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        service.ask(KEY)


def test_a_failure_is_logged_without_the_credential(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.table.error = THROTTLED
    service.ask(f"Bearer {KEY}")
    (record,) = caplog.records
    assert record.__dict__["cause"] == "ThrottlingException"
    assert KEY not in str(record.__dict__)


@pytest.mark.parametrize(
    ("headers", "failure"),
    [({}, "wrong_address"), ({"x-origin-secret": "guessed"}, "wrong_address"), ({"x-origin-secret": "s" * 40}, None)],
)
def test_a_good_credential_that_goes_round_cloudfront_is_refused(headers: dict[str, str], failure: str | None) -> None:
    service = Service()
    dependencies = replace(service.dependencies, origin_secret="s" * 40)
    event = {"headers": {"authorization": f"Bearer {KEY}"} | headers}
    context = handler(event, None, dependencies=dependencies, now_us=NOW_US)["context"]
    assert context.get("failure") == failure
    assert ("principal" in context) is (failure is None)
