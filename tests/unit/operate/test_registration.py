"""Registering apps, over an in-memory register and a pool of clients."""

import copy
import uuid
from argparse import ArgumentTypeError
from typing import Any

import pytest

from functions.core.sessions.timeouts import Timeouts, with_timeout
from functions.core.times import FIRST_US, MINUTE_US
from functions.core.usage.budgets import Budget
from functions.http.gate import ADMIN, CLIENT_SCOPES, KEY_SCOPES
from functions.operate.arguments import budget
from functions.operate.errors import RegistryError
from functions.operate.registry.credentials import issue_client
from functions.operate.registry.lookup import find_app
from functions.operate.registry.registration import change, remove
from tests.unit.operate.desk import NOW_US, POOL, Desk


def test_an_app_gets_a_client_that_reads_and_writes_and_a_key_that_writes(desk: Desk) -> None:
    registration = desk.register()
    client, key = desk.registry.find_client(registration.client_id), desk.registry.find_key([registration.sensor_key])
    assert client is not None
    assert key is not None
    assert (client.tenant, client.scopes) == (registration.app.tenant, CLIENT_SCOPES)
    assert (key.tenant, key.scopes) == (registration.app.tenant, KEY_SCOPES)
    assert desk.registry.app(registration.app.tenant) == registration.app


def test_an_app_without_an_id_gets_a_new_urn_and_speaks_for_that_alone(desk: Desk) -> None:
    first, second = desk.register("one").app, desk.register("two").app
    assert uuid.UUID(first.app_id.removeprefix("urn:uuid:")).urn == first.app_id
    assert first.app_id != second.app_id
    assert first.edapps == (first.app_id,)
    assert not first.speaks_for(second.app_id)


def test_a_bare_uuid_becomes_its_urn(desk: Desk) -> None:
    app = desk.register(app_id="3B241101-E2BB-4255-8CAF-4136C566A962").app
    assert app.app_id == "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"
    assert app.speaks_for("urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962")


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
    registration = desk.register(admin=admin)
    client, key = desk.registry.find_client(registration.client_id), desk.registry.find_key([registration.sensor_key])
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
    with pytest.raises(RegistryError):
        desk.register(**options)
    assert desk.registry.apps() == []
    assert desk.pool.clients == {}


def test_a_name_or_an_id_is_given_once(desk: Desk) -> None:
    registration = desk.register()
    with pytest.raises(RegistryError, match="named 'Fractions' is registered"):
        desk.register()
    with pytest.raises(RegistryError, match="is registered already"):
        desk.register("Another", app_id=registration.app.app_id)
    assert desk.registry.apps() == [registration.app]
    assert len(desk.pool.clients) == 1


def test_a_registration_that_broke_off_is_finished_by_a_new_credential(desk: Desk) -> None:
    desk.pool.down = True
    with pytest.raises(ConnectionError):
        desk.register()
    desk.pool.down = False
    app = find_app(desk.registry, "Fractions")
    issued = issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, now_us=NOW_US)
    assert desk.registry.find_client(issued.credential.client_id) == issued.credential


def test_a_change_changes_only_what_is_named(desk: Desk) -> None:
    before = desk.register(edapps=["*"], house="timeback", auto_attach=True).app
    changed = change(desk.registry, before, {"strict": True})
    assert changed == copy.replace(before, strict=True)
    assert desk.registry.apps() == [changed]
    assert change(desk.registry, changed, {"strict": False, "name": "Renamed"}) == copy.replace(before, name="Renamed")


def test_a_change_of_nothing_or_to_anothers_name_is_refused(desk: Desk) -> None:
    app = desk.register().app
    desk.register("Other")
    with pytest.raises(RegistryError, match="nothing to change"):
        change(desk.registry, app, {})
    with pytest.raises(RegistryError, match="is registered already"):
        change(desk.registry, app, {"name": "Other"})
    with pytest.raises(RegistryError, match="not the URL"):
        change(desk.registry, app, {"signed_by": "elsewhere"})
    assert find_app(desk.registry, "Fractions") == app


def test_a_removed_app_is_gone_with_its_credentials_and_its_id_may_come_back_with_new_ones(desk: Desk) -> None:
    registration = desk.register()
    assert remove(desk.registry, desk.pool, registration.app, user_pool_id=POOL, now_us=NOW_US) == 2
    assert desk.registry.apps() == []
    assert desk.registry.app(registration.app.tenant) is None
    assert desk.pool.clients == {}
    again = desk.register("Fractions again", app_id=registration.app.app_id)
    assert again.app.tenant == registration.app.tenant
    old = desk.registry.find_key([registration.sensor_key])
    assert old is not None
    assert old.revoked_us == NOW_US
    new = desk.registry.find_key([again.sensor_key])
    assert new is not None
    assert new.revoked_us is None


def test_a_budget_is_kept_and_read_with_the_registration(desk: Desk) -> None:
    app = desk.register().app
    assert app.budget == Budget()
    changed = change(desk.registry, app, {"budget": budget("items=5,rejects=7")})
    assert changed.budget == Budget(items=5, rejects=7)
    assert desk.registry.app(app.tenant) == changed


@pytest.mark.parametrize("text", ["", "items", "items=0", "items=-1", "items=x", "events=5", "items=5;rejects=7"])
def test_a_budget_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="kinds are items, body_bytes, rejects, sessions"):
        budget(text)


def test_an_issuer_without_keys_is_refused(desk: Desk) -> None:
    app = desk.register().app
    with pytest.raises(RegistryError, match="give the URL of the JWK set"):
        change(desk.registry, app, {"signed_issuer": "https://issuer.example.org"})
    changes = {"signed_by": "https://keys.example.org/jwks", "signed_issuer": "https://issuer.example.org"}
    assert change(desk.registry, app, changes).signed_issuer == "https://issuer.example.org"


def test_an_app_may_have_timeouts_of_its_own_and_unique_ids(desk: Desk) -> None:
    app = desk.register(idle=((FIRST_US, 90),), heartbeat=((FIRST_US, 10),), unique_ids=True).app
    assert (app.idle, app.heartbeat, app.unique_ids) == (((FIRST_US, 90),), ((FIRST_US, 10),), True)
    assert desk.registry.apps() == [app]


def test_a_timeout_that_is_changed_holds_from_then_on(desk: Desk) -> None:
    app = desk.register().app
    default = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)
    idle = with_timeout(app.idle, default=default.idle, from_us=NOW_US, minutes=60)
    changed = change(desk.registry, app, {"idle": idle})
    assert [changed.timeouts(default).idle_us(us) // MINUTE_US for us in (NOW_US - 1, NOW_US)] == [30, 60]
    again = with_timeout(changed.idle, default=default.idle, from_us=NOW_US + 1, minutes=45)
    assert again == ((FIRST_US, 30), (NOW_US, 60), (NOW_US + 1, 45))


@pytest.mark.parametrize("minutes", [0, -5, 24 * 60 + 1, float("nan")])
def test_a_timeout_that_cannot_be_is_refused_in_words(desk: Desk, minutes: float) -> None:
    with pytest.raises(RegistryError, match="idle timeout must be over 0 and at most 1440 minutes"):
        desk.register(idle=((FIRST_US, minutes),))
    assert desk.registry.apps() == []
