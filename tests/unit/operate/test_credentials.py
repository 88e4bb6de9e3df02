"""Issuing, rotating and revoking an app's credentials, over an in-memory register and a pool of clients."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES, PEOPLE_WRITE
from functions.operate.errors import RegistryError
from functions.operate.registry.credentials import Issued, issue_client, issue_key, revoke, rotate
from functions.operate.registry.lookup import find_credential
from functions.operate.registry.registration import Registration
from functions.store.rows.credentials import Credential, credential_key
from tests.unit.operate.desk import NOW_US, POOL, Desk

HOUR_US = 3_600_000_000


def test_the_client_takes_tokens_by_its_secret_with_just_its_scopes(desk: Desk) -> None:
    registration = desk.register("Fractions & Co. (beta)")
    client = desk.pool.clients[registration.client_id]
    assert client["GenerateSecret"] is True
    assert client["AllowedOAuthFlows"] == ["client_credentials"]
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["AllowedOAuthScopes"] == sorted(CLIENT_SCOPES)
    assert client["ClientName"] == "Fractions   Co.  beta "


def test_two_keys_are_never_the_same_and_say_what_they_are(desk: Desk) -> None:
    app = desk.register().app
    keys = {issue_key(desk.registry, app, now_us=NOW_US).secret for _ in range(50)}
    assert len(keys) == 50
    assert all(key.startswith("ck_") and len(key) >= 32 for key in keys)


def test_a_key_may_be_allowed_to_read(desk: Desk) -> None:
    issued = issue_key(desk.registry, desk.register().app, read=True, now_us=NOW_US)
    assert issued.credential.scopes == KEY_SCOPES | {EVENTS_READONLY}


def test_a_client_may_be_allowed_to_have_learners_erased_and_a_rotation_keeps_that(desk: Desk) -> None:
    app = desk.register().app
    old = issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, people=True, now_us=NOW_US).credential
    new = rotate(desk.registry, desk.pool, app, old, user_pool_id=POOL, overlap_us=HOUR_US, now_us=NOW_US).credential
    assert new.scopes == old.scopes == CLIENT_SCOPES | {PEOPLE_WRITE}


@pytest.mark.parametrize("kind", ["key", "client"])
def test_a_rotation_leaves_the_old_credential_its_overlap(desk: Desk, kind: str) -> None:
    registration = desk.register(admin=True)
    old = next(credential for credential in desk.registry.credentials(registration.app) if credential.kind == kind)
    new = rotate(
        desk.registry, desk.pool, registration.app, old, user_pool_id=POOL, overlap_us=HOUR_US, now_us=NOW_US
    ).credential
    assert (new.kind, new.scopes, new.not_after_us) == (old.kind, old.scopes, None)
    held = {credential.id: credential for credential in desk.registry.credentials(registration.app)}
    assert held[old.id].not_after_us == NOW_US + HOUR_US
    assert held[new.id] == new


def test_a_revoked_client_can_take_no_more_tokens_and_its_row_says_when_it_ended(desk: Desk) -> None:
    registration = desk.register()
    client = find_credential(desk.registry, registration.app, registration.client_id)
    revoke(desk.registry, desk.pool, client, user_pool_id=POOL, now_us=NOW_US)
    held = desk.registry.find_client(registration.client_id)
    assert held is not None
    assert held.revoked_us == NOW_US
    assert registration.client_id not in desk.pool.clients
    with pytest.raises(RegistryError, match="revoked already"):
        revoke(desk.registry, desk.pool, held, user_pool_id=POOL, now_us=NOW_US)


@pytest.mark.parametrize("kind", ["key", "client"])
@pytest.mark.parametrize("does", ["revoke", "rotate"])
def test_a_change_that_meets_another_operators_is_done_all_the_same(desk: Desk, kind: str, does: str) -> None:
    registration = desk.register()
    old = next(credential for credential in desk.registry.credentials(registration.app) if credential.kind == kind)
    write = {"revoke": 2, "rotate": 3}[does]  # the old one's row is read before it is written
    desk.calls.interrupt(desk.calls.total + write, lambda: change_label(desk, old.digest))
    if does == "revoke":
        revoke(desk.registry, desk.pool, old, user_pool_id=POOL, now_us=NOW_US)
    else:
        rotate(desk.registry, desk.pool, registration.app, old, user_pool_id=POOL, overlap_us=HOUR_US, now_us=NOW_US)
    held = next(credential for credential in desk.registry.credentials(registration.app) if credential.id == old.id)
    assert held.label == "changed meanwhile"
    assert (held.revoked_us, held.not_after_us) == ((NOW_US, None) if does == "revoke" else (None, NOW_US + HOUR_US))


def change_label(desk: Desk, credential_digest: str) -> None:
    row = desk.table.items[credential_key(credential_digest)]
    row |= {"label": "changed meanwhile", "version": int(str(row["version"])) + 1}


def rotated(
    desk: Desk, registered: Registration, old: Credential, *, hours: float = 24, now_us: int = NOW_US
) -> Credential:
    """The old credential after its rotation."""
    overlap_us = round(hours * HOUR_US)
    rotate(desk.registry, desk.pool, registered.app, old, user_pool_id=POOL, overlap_us=overlap_us, now_us=now_us)
    return next(credential for credential in desk.registry.credentials(registered.app) if credential.id == old.id)


@pytest.mark.parametrize("kind", ["key", "client"])
def test_a_rotation_never_moves_an_end_later(desk: Desk, kind: str) -> None:
    registration = desk.register()
    old = next(credential for credential in desk.registry.credentials(registration.app) if credential.kind == kind)
    first = rotated(desk, registration, old, hours=1)
    assert first.not_after_us == NOW_US + HOUR_US
    assert rotated(desk, registration, first, hours=48).not_after_us == NOW_US + HOUR_US
    assert rotated(desk, registration, first, hours=0.5).not_after_us == NOW_US + HOUR_US // 2


@pytest.mark.parametrize("state", ["ended", "revoked"])
def test_a_credential_that_is_over_is_not_revived_by_a_rotation(desk: Desk, state: str) -> None:
    registration = desk.register()
    key = next(credential for credential in desk.registry.credentials(registration.app) if credential.kind == "key")
    if state == "ended":
        desk.registry.end(key, at_us=NOW_US)
    else:
        desk.registry.revoke(key, now_us=NOW_US - 1)
    (over,) = [credential for credential in desk.registry.credentials(registration.app) if credential.id == key.id]
    count = len(desk.registry.credentials(registration.app))
    with pytest.raises(RegistryError, match="key add"):
        rotated(desk, registration, over)
    held = desk.registry.credentials(registration.app)
    assert over in held
    assert len(held) == count


def test_no_id_of_a_credential_can_be_taken_for_an_option(desk: Desk) -> None:
    app = desk.register().app
    for number in range(200):  # texts of their own, so that each run has the same digests
        desk.registry.add_key(f"ck_{number}", app=app, scopes=KEY_SCOPES, now_us=NOW_US + number)
    held = desk.registry.credentials(app)
    assert any(credential.digest.startswith("-") for credential in held)
    assert not [credential.id for credential in held if credential.id.startswith("-")]
    assert all(find_credential(desk.registry, app, credential.id) == credential for credential in held[::40])


def test_a_credential_may_have_an_end_from_the_start_and_not_in_the_past(desk: Desk) -> None:
    app = desk.register().app
    issued = issue_key(desk.registry, app, not_after_us=NOW_US + HOUR_US, now_us=NOW_US)
    assert issued.credential.not_after_us == NOW_US + HOUR_US
    issues: list[Callable[[], Issued]] = [
        lambda: issue_key(desk.registry, app, not_after_us=NOW_US, now_us=NOW_US),
        lambda: issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, not_after_us=NOW_US, now_us=NOW_US),
    ]
    for issue in issues:
        clients = len(desk.pool.clients)
        with pytest.raises(RegistryError, match="is over"):
            issue()
        assert len(desk.pool.clients) == clients


def test_a_revocation_that_was_not_written_is_not_reported_as_done(desk: Desk) -> None:
    registration = desk.register()
    client = find_credential(desk.registry, registration.app, registration.client_id)
    del desk.table.items[credential_key(client.digest)]
    with pytest.raises(RegistryError, match="was not changed"):
        revoke(desk.registry, desk.pool, client, user_pool_id=POOL, now_us=NOW_US)
    assert registration.client_id in desk.pool.clients


def test_secrets_cannot_be_printed_by_accident(desk: Desk) -> None:
    registration = desk.register()
    issued = issue_key(desk.registry, registration.app, now_us=NOW_US)
    for secret in (registration.sensor_key, registration.client_secret, issued.secret):
        assert secret not in f"{registration} {issued}"


@pytest.mark.parametrize(
    ("admin", "people", "scopes"),
    [
        (False, False, CLIENT_SCOPES),
        (True, False, CLIENT_SCOPES | ADMIN),
        (False, True, CLIENT_SCOPES | {PEOPLE_WRITE}),
        (True, True, CLIENT_SCOPES | ADMIN | {PEOPLE_WRITE}),
    ],
)
def test_a_client_of_the_pool_gets_tokens_of_an_hour_for_its_scopes(
    desk: Desk, admin: bool, people: bool, scopes: frozenset[str]
) -> None:
    app = desk.register("Fractions & “more” (4/b)" + "x" * 200).app
    issued = issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, admin=admin, people=people, now_us=NOW_US)
    assert desk.pool.clients[issued.credential.client_id] == {
        "UserPoolId": POOL,
        "ClientName": ("Fractions    more   4 b " + "x" * 200)[:128],
        "GenerateSecret": True,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": sorted(scopes),
        "AccessTokenValidity": 1,
        "TokenValidityUnits": {"AccessToken": "hours"},
    }
    assert issued.credential.scopes == scopes
    assert issued.secret == f"secret of {issued.credential.client_id}"


def test_what_a_rotation_makes_is_as_what_it_replaces(desk: Desk) -> None:
    app, other = desk.register().app, desk.register("Other").app
    common: Any = {"label": "nightly", "now_us": NOW_US}
    client = issue_client(
        desk.registry, desk.pool, app, user_pool_id=POOL, admin=True, admin_of=(other.tenant,), people=True, **common
    ).credential
    key = issue_key(desk.registry, app, read=True, **common).credential
    for old in (client, key):
        new = rotate(desk.registry, desk.pool, app, old, user_pool_id=POOL, overlap_us=5, now_us=NOW_US + 9).credential
        kept = ("kind", "tenant", "scopes", "label", "admin_of")
        assert [getattr(new, name) for name in kept] == [getattr(old, name) for name in kept]
        assert (new.created_us, new.not_after_us) == (NOW_US + 9, None)
        assert find_credential(desk.registry, app, old.id).not_after_us == NOW_US + 14
        over = find_credential(desk.registry, app, old.id)
        with pytest.raises(RegistryError, match=f"{old.id} has ended: a new credential is made by `key add`"):
            rotate(desk.registry, desk.pool, app, over, user_pool_id=POOL, overlap_us=5, now_us=NOW_US + 14)


def test_a_key_is_long_and_known_for_what_it_is(desk: Desk) -> None:
    app = desk.register().app
    first, second = (issue_key(desk.registry, app, now_us=NOW_US).secret for _ in range(2))
    assert first.startswith("ck_")
    assert len(first) == len(second) == 35
    assert first != second


def test_an_end_that_is_now_is_over(desk: Desk) -> None:
    app = desk.register().app
    issue_key(desk.registry, app, not_after_us=NOW_US + 1, now_us=NOW_US)
    for ends_us in (NOW_US, NOW_US - 1):
        with pytest.raises(RegistryError, match="is over: give a day to come"):
            issue_key(desk.registry, app, not_after_us=ends_us, now_us=NOW_US)
        with pytest.raises(RegistryError, match="is over: give a day to come"):
            issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, not_after_us=ends_us, now_us=NOW_US)
