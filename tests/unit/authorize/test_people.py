"""People: their groups say which apps they read and who changes webhooks; they send no events. Without an app they are
told what to do.
"""

import json
from typing import Any

import pytest

from functions.authorize.handler import Dependencies, handler
from functions.core.apps import App
from functions.http.gate import MANAGE_PEOPLE, MANAGE_WEBHOOKS, READ, READ_ALL_APPS, WRITE, Denial, Principal, gate
from functions.http.groups import ADMIN_GROUP, OPERATOR_GROUP
from functions.store import keys
from functions.store.registry import Registry
from functions.validate.handler import handler as validate
from tests.fakes import MemoryQueue, MemoryTable
from tests.handlers import validate_dependencies
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool

CONSOLE = "console-client"
POOL = Pool()


def app_named(name: str) -> App:
    app_id = f"https://{name}.example.org"
    return App(app_id=app_id, tenant=keys.tenant_of(app_id), name=name, edapps=("*",))


FRACTIONS, READING, SECRET = map(app_named, ("fractions", "reading", "secret"))


def context_of(*groups: str, console: str = CONSOLE, **claims: Any) -> dict[str, str]:
    registry = Registry(MemoryTable())
    for app in (FRACTIONS, READING, SECRET):
        registry.add_app(app, now_us=1)
    dependencies = Dependencies(registry=registry, issuer=ISSUER, key_set=POOL.key_set(), console_client_id=console)
    token = POOL.token(CONSOLE, "openid", **{"cognito:groups": list(groups) or None, **claims})
    event = {"headers": {"authorization": f"Bearer {token}"}}
    context: dict[str, str] = handler(event, None, dependencies=dependencies, now_us=round(NOW_S * 1e6))["context"]
    return context


def decided(*groups: str, scope: frozenset[str] = READ, **claims: Any) -> Principal | Denial:
    return gate(context_of(*groups, **claims), scope=scope, now_s=NOW_S)


def test_a_person_reads_the_apps_of_their_groups_and_writes_nothing() -> None:
    principal = decided(FRACTIONS.tenant, READING.tenant)
    assert isinstance(principal, Principal)
    assert {principal.app.tenant, *principal.other_tenants} == {FRACTIONS.tenant, READING.tenant}
    assert principal.kind == "person"
    assert principal.credential == f"person_{CONSOLE}"  # the subject of its token, by which audit lines name who read
    assert not principal.is_admin
    for scope in (WRITE, READ_ALL_APPS):
        assert isinstance(decided(FRACTIONS.tenant, scope=scope), Denial)


def test_an_admin_reads_every_app_and_writes_nothing() -> None:
    principal = decided(FRACTIONS.tenant, ADMIN_GROUP, scope=READ_ALL_APPS)
    assert isinstance(principal, Principal)
    assert principal.is_admin
    assert isinstance(decided(FRACTIONS.tenant, ADMIN_GROUP, scope=WRITE), Denial)


def test_an_operator_changes_webhooks_and_people_and_neither_sends_events_nor_reads_other_apps() -> None:
    for scope in (MANAGE_WEBHOOKS, MANAGE_PEOPLE):
        principal = decided(FRACTIONS.tenant, OPERATOR_GROUP, scope=scope)
        assert isinstance(principal, Principal)
        assert (principal.app, principal.other_tenants) == (FRACTIONS, ())
        assert isinstance(decided(FRACTIONS.tenant, ADMIN_GROUP, scope=scope), Denial)
    for scope in (WRITE, READ_ALL_APPS):
        assert isinstance(decided(FRACTIONS.tenant, OPERATOR_GROUP, scope=scope), Denial)


@pytest.mark.parametrize("groups", [(), (ADMIN_GROUP,), ("no-such-tenant",)])
def test_a_person_without_an_app_is_told_whom_to_ask(groups: tuple[str, ...]) -> None:
    denial = decided(*groups)
    assert isinstance(denial, Denial)
    assert (denial.status, denial.code, denial.headers) == (403, "no_app", {})
    assert "make person" in denial.message


def test_groups_count_only_in_a_token_of_the_console() -> None:
    denial = decided(FRACTIONS.tenant, console="another-client")
    assert isinstance(denial, Denial)
    assert denial.code == "unknown_client"
    denial = decided(FRACTIONS.tenant, console="")
    assert isinstance(denial, Denial)


def test_an_expired_sign_in_and_malformed_groups_are_refused() -> None:
    for claims, code in (({"exp": int(NOW_S) - 1}, "expired"), ({"cognito:groups": "all"}, "bad_token")):
        denial = decided(FRACTIONS.tenant, **claims)
        assert isinstance(denial, Denial)
        assert denial.code == code


def test_a_reader_may_check_an_envelope_and_may_not_send_it() -> None:
    context = context_of(FRACTIONS.tenant, exp=4_000_000_000)
    event = {
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"lambda": context}},
        "body": json.dumps({"sensor": "urn:s", "sendTime": "2026-01-27T10:00:00.000Z", "dataVersion": "x", "data": []}),
    }
    dependencies = validate_dependencies(MemoryQueue())
    for path, is_refused in (("/caliper/event/validate", False), ("/caliper/event", True)):
        answer = validate(event | {"rawPath": path}, None, dependencies=dependencies, now_us=round(NOW_S * 1e6))
        assert (answer["statusCode"] == 401) is is_refused
