"""Registering apps and replacing their credentials, over an in-memory register and a pool of clients."""

import uuid
from typing import Any

import pytest

from functions.aws.registry import Registry
from functions.core.credentials import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES
from functions.operate import registration
from functions.operate.registration import Registration, RegistrationError, register
from tests.fakes import MemoryTable

POOL = "eu-west-2_ThisPool"
NOW_US = 1_769_508_180_000_000
HOUR_US = 3_600_000_000


class ClientPool:
    """The part of Cognito that keeps app clients."""

    def __init__(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.down = False

    def create_user_pool_client(self, **request: Any) -> Any:
        if self.down:
            raise ConnectionError("the pool does not answer")
        client_id = f"client{len(self.clients)}"
        self.clients[client_id] = request
        return {"UserPoolClient": request | {"ClientId": client_id, "ClientSecret": f"secret of {client_id}"}}

    def delete_user_pool_client(self, **request: Any) -> Any:
        assert request["UserPoolId"] == POOL
        del self.clients[request["ClientId"]]


class Desk:
    """An operator's desk: the register, the pool, and what is done at it."""

    def __init__(self) -> None:
        self.registry = Registry(MemoryTable())
        self.pool = ClientPool()

    def register(self, name: str = "Fractions", **options: Any) -> Registration:
        return register(self.registry, self.pool, user_pool_id=POOL, name=name, now_us=NOW_US, **options)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_app_gets_a_client_that_reads_and_writes_and_a_key_that_writes(desk: Desk) -> None:
    made = desk.register()
    client, key = desk.registry.find_client(made.client_id), desk.registry.find_key([made.sensor_key])
    assert client is not None
    assert key is not None
    assert (client.tenant, client.scopes) == (made.app.tenant, CLIENT_SCOPES)
    assert (key.tenant, key.scopes) == (made.app.tenant, KEY_SCOPES)
    assert desk.registry.app(made.app.tenant) == made.app


def test_the_client_takes_tokens_by_its_secret_with_just_its_scopes(desk: Desk) -> None:
    made = desk.register("Fractions & Co. (beta)")
    asked = desk.pool.clients[made.client_id]
    assert asked["GenerateSecret"] is True
    assert asked["AllowedOAuthFlows"] == ["client_credentials"]
    assert asked["AllowedOAuthFlowsUserPoolClient"] is True
    assert asked["AllowedOAuthScopes"] == sorted(CLIENT_SCOPES)
    assert asked["ClientName"] == "Fractions   Co.  beta "


def test_an_app_without_an_id_gets_a_new_urn_and_speaks_for_that_alone(desk: Desk) -> None:
    first, second = desk.register("one").app, desk.register("two").app
    assert uuid.UUID(first.app_id.removeprefix("urn:uuid:")).urn == first.app_id
    assert first.app_id != second.app_id
    assert first.edapps == (first.app_id,)
    assert not first.speaks_for(second.app_id)


def test_a_bare_uuid_becomes_its_urn(desk: Desk) -> None:
    made = desk.register(app_id="3B241101-E2BB-4255-8CAF-4136C566A962").app
    assert made.app_id == "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"
    assert made.speaks_for("urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962")


def test_an_lms_may_speak_for_every_app_or_for_a_prefix(desk: Desk) -> None:
    lms = desk.register(edapps=["*"]).app
    assert lms.speaks_for("https://anything.example")
    tools = desk.register("tools", edapps=["https://tools.example/*", " "]).app
    assert tools.speaks_for("https://tools.example/7")
    assert not tools.speaks_for("https://elsewhere.example")


def test_what_the_operator_said_is_what_is_registered(desk: Desk) -> None:
    app = desk.register(strict=True, house="timeback", caliper_1_0=True, auto_attach=True).app
    assert (app.strict, app.house, app.caliper_1_0, app.auto_attach) == (True, "timeback", True, True)


@pytest.mark.parametrize("admin", [True, False])
def test_only_an_admin_app_gets_the_admin_scopes_and_its_key_never_does(desk: Desk, admin: bool) -> None:
    made = desk.register(admin=admin)
    client, key = desk.registry.find_client(made.client_id), desk.registry.find_key([made.sensor_key])
    assert client is not None
    assert key is not None
    assert client.scopes.isdisjoint(ADMIN) is not admin
    assert key.scopes.isdisjoint(ADMIN)


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 257},
        {"name": "a\nb"},
        {"app_id": "no id"},
        {"app_id": "fractions"},
        {"edapps": ["https://*/tool"]},
        {"edapps": ["two words"]},
        {"house": "other"},
    ],
)
def test_a_malformed_description_registers_nothing(desk: Desk, options: dict[str, Any]) -> None:
    with pytest.raises(RegistrationError):
        desk.register(**options)
    assert desk.registry.apps() == []
    assert desk.pool.clients == {}


def test_a_name_or_an_id_is_given_once(desk: Desk) -> None:
    made = desk.register()
    with pytest.raises(RegistrationError, match="named 'Fractions' is registered"):
        desk.register()
    with pytest.raises(RegistrationError, match="is registered already"):
        desk.register("Another", app_id=made.app.app_id)
    assert desk.registry.apps() == [made.app]
    assert len(desk.pool.clients) == 1


def test_a_registration_that_broke_off_is_finished_by_a_new_credential(desk: Desk) -> None:
    desk.pool.down = True
    with pytest.raises(ConnectionError):
        desk.register()
    desk.pool.down = False
    app = registration.find_app(desk.registry, "Fractions")
    issued = registration.issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, now_us=NOW_US)
    assert desk.registry.find_client(issued.credential.client_id) == issued.credential


def test_two_keys_are_never_the_same_and_say_what_they_are(desk: Desk) -> None:
    app = desk.register().app
    keys = {registration.issue_key(desk.registry, app, now_us=NOW_US).secret for _ in range(50)}
    assert len(keys) == 50
    assert all(key.startswith("ck_") and len(key) >= 32 for key in keys)


def test_a_key_may_be_allowed_to_read(desk: Desk) -> None:
    issued = registration.issue_key(desk.registry, desk.register().app, read=True, now_us=NOW_US)
    assert issued.credential.scopes == KEY_SCOPES | {EVENTS_READONLY}


@pytest.mark.parametrize("kind", ["key", "client"])
def test_a_rotation_leaves_the_old_credential_its_overlap(desk: Desk, kind: str) -> None:
    made = desk.register(admin=True)
    old = next(one for one in desk.registry.credentials(made.app) if one.kind == kind)
    new = registration.rotate(
        desk.registry, desk.pool, made.app, old, user_pool_id=POOL, overlap_us=HOUR_US, now_us=NOW_US
    ).credential
    assert (new.kind, new.scopes, new.not_after_us) == (old.kind, old.scopes, None)
    held = {one.id: one for one in desk.registry.credentials(made.app)}
    assert held[old.id].not_after_us == NOW_US + HOUR_US
    assert held[new.id] == new


def test_a_revoked_client_can_take_no_more_tokens_and_its_row_says_when_it_ended(desk: Desk) -> None:
    made = desk.register()
    client = registration.find_credential(desk.registry, made.app, made.client_id)
    registration.revoke(desk.registry, desk.pool, client, user_pool_id=POOL, now_us=NOW_US)
    held = desk.registry.find_client(made.client_id)
    assert held is not None
    assert held.revoked_us == NOW_US
    assert made.client_id not in desk.pool.clients
    with pytest.raises(RegistrationError, match="revoked already"):
        registration.revoke(desk.registry, desk.pool, held, user_pool_id=POOL, now_us=NOW_US)


def test_an_app_is_found_by_its_name_its_id_or_its_bare_uuid(desk: Desk) -> None:
    app = desk.register().app
    for called in ("Fractions", app.app_id, app.app_id.removeprefix("urn:uuid:").upper()):
        assert registration.find_app(desk.registry, called) == app
    with pytest.raises(RegistrationError, match="No apps are called"):
        registration.find_app(desk.registry, "Decimals")


def test_the_credential_of_another_app_is_not_found(desk: Desk) -> None:
    made, other = desk.register(), desk.register("Other")
    with pytest.raises(RegistrationError, match="has no credential"):
        registration.find_credential(desk.registry, other.app, made.client_id)


def test_secrets_cannot_be_printed_by_accident(desk: Desk) -> None:
    made = desk.register()
    issued = registration.issue_key(desk.registry, made.app, now_us=NOW_US)
    for secret in (made.sensor_key, made.client_secret, issued.secret):
        assert secret not in f"{made} {issued}"
