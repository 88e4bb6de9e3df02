"""What a principal may carry, and what is noted of the credential that it came by."""

from typing import Any

import jwt
import pytest

from functions.authorize.authenticate import PERSON_APPS
from functions.authorize.tokens import Claims, verify
from functions.core.times import DAY_US
from functions.http.gate import (
    ADMIN,
    CLIENT_SCOPES,
    EVENTS_READONLY,
    READ_EVERYTHING,
    SCOPES,
    Denial,
    Principal,
    gate,
)
from functions.store import keys
from functions.validate.signed import verified_body
from tests.unit.authorize.pool import ISSUER, NOW_S
from tests.unit.authorize.test_handler import APP, CLIENT, KEY, NOW_US, POOL, Service
from tests.unit.authorize.test_people import FRACTIONS, READING, SECRET, decided
from tests.unit.validate import test_signed as signing

OTHER = "another-client"


def test_no_client_carries_a_scope_that_none_can_ask_for() -> None:
    service = Service()
    scopes = CLIENT_SCOPES | {READ_EVERYTHING, "https://example.org/scope"}
    service.registry.add_client(OTHER, app=APP, scopes=scopes, now_us=NOW_US)
    principal = service.principal(POOL.token(OTHER, *scopes))
    assert principal.scopes == CLIENT_SCOPES
    assert not principal.is_admin


@pytest.mark.parametrize("limited", [True, False])
def test_an_admin_reads_all_apps_unless_it_is_limited_to_some(limited: bool) -> None:
    service = Service()
    admin_of = (APP.tenant, "t-one", "t-two") if limited else ()
    service.registry.add_client(OTHER, app=APP, scopes=CLIENT_SCOPES | ADMIN, now_us=NOW_US, admin_of=admin_of)
    principal = service.principal(POOL.token(OTHER, *CLIENT_SCOPES, *ADMIN))
    assert (principal.limited, principal.is_admin) == (limited, not limited)
    assert principal.other_tenants == (("t-one", "t-two") if limited else ())


def test_a_person_carries_fifty_apps_at_most_and_none_twice() -> None:
    tenants = sorted([FRACTIONS.tenant, READING.tenant, SECRET.tenant])
    unknown = [f"!{number:04d}" for number in range(PERSON_APPS)]  # before every tenant, and of no app
    principal = decided(*unknown[: PERSON_APPS - 2], *tenants)
    assert isinstance(principal, Principal)
    assert principal.app.tenant == tenants[0]
    assert principal.other_tenants == (*unknown[: PERSON_APPS - 2], tenants[1])
    assert isinstance(decided(*unknown, *tenants), Denial)
    assert PERSON_APPS == 50


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "PS512"])
def test_a_good_signature_by_another_algorithm_is_not_believed(algorithm: str) -> None:
    claims = jwt.decode(POOL.token(CLIENT, EVENTS_READONLY), options={"verify_signature": False})
    for used, believed in ((algorithm, False), ("RS256", True)):
        token = jwt.encode(claims, POOL.signing["key-1"], algorithm=used, headers={"kid": "key-1"})
        verdict = verify(token, issuer=ISSUER, key_set=POOL.key_set(), now_s=NOW_S)
        assert isinstance(verdict, Claims) is believed
        body = jwt.encode(signing.SAID, signing.KEY, algorithm=used, headers={"kid": "2026-11"}).encode()
        assert isinstance(signing.look(body), bytes) is believed
    assert verified_body(b"{}", app=signing.UNSIGNED, now_s=NOW_S, key_set_of=lambda _: POOL.key_set()) == b"{}"


def used(service: Service) -> dict[str, str]:
    return service.registry.days_of_use([service.key, service.client])


def revoke(service: Service) -> None:
    service.registry.revoke(service.key, now_us=NOW_US)


def end(service: Service) -> None:
    service.registry.end(service.key, at_us=NOW_US)


def remove(service: Service) -> None:
    service.registry.remove_app(APP.tenant, now_us=NOW_US)


@pytest.mark.parametrize("refuse", [revoke, end, remove])
def test_the_use_of_a_credential_that_is_refused_is_not_noted(refuse: Any) -> None:
    service = Service()
    refuse(service)
    assert isinstance(gate(service.ask(f"Bearer {KEY}"), scope=SCOPES, now_s=NOW_S), Denial)
    assert used(service) == {}


def test_the_last_use_of_a_credential_is_the_utc_day_of_its_last_request() -> None:
    service = Service()
    midnight_us = NOW_US // DAY_US * DAY_US
    for now_us, day in ((midnight_us - 1, "20260126"), (midnight_us, "20260127"), (midnight_us + DAY_US, "20260128")):
        service.principal(f"Bearer {KEY}", now_s=now_us / 1e6)
        assert used(service) == {service.key.id: day}
    assert all(pk.startswith(keys.USE_PREFIX) for pk, sk in service.table.items if sk == keys.USE)
