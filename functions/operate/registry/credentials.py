"""An app's credentials: issued, rotated, revoked. A secret is returned, to be shown once; none is kept."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from functions.core.apps import App
from functions.core.times import format_time
from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES, PEOPLE_WRITE
from functions.operate.errors import RegistryError
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential

KEY_PREFIX = "ck_"  # so that a leaked key is known for what it is
KEY_BYTES = 24
CHANGE_TRIES = 8
_NOT_IN_CLIENT_NAMES = re.compile(r"[^\w\s+=,.@-]")  # Cognito, CreateUserPoolClient: ClientName


class Cognito(Protocol):
    """What is used of a boto3 `cognito-idp` client."""

    def create_user_pool_client(self, **request: Any) -> Any: ...
    def delete_user_pool_client(self, **request: Any) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new credential with its secret: the sensor key itself, or the OAuth client's secret."""

    credential: Credential
    secret: str = field(repr=False)


def issue_client(
    registry: Registry,
    cognito: Cognito,
    app: App,
    *,
    user_pool_id: str,
    admin: bool = False,
    admin_of: tuple[str, ...] = (),
    people: bool = False,
    label: str = "",
    not_after_us: int | None = None,
    now_us: int,
) -> Issued:
    """A new OAuth client for `app` (client credentials); its tokens last an hour, as the contract's do.

    From `not_after_us` on it is refused. `admin_of` are tenants to which an admin's is limited. With `people` it asks
    for erasures and copies of the app's learners. Raises RegistryError if its time is over already.
    """
    _check_expiry(not_after_us, now_us)
    scopes = CLIENT_SCOPES | (ADMIN if admin else frozenset()) | ({PEOPLE_WRITE} if people else frozenset())
    client = cognito.create_user_pool_client(
        UserPoolId=user_pool_id,
        ClientName=_NOT_IN_CLIENT_NAMES.sub(" ", app.name)[:128],
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=sorted(scopes),
        AccessTokenValidity=1,
        TokenValidityUnits={"AccessToken": "hours"},
    )["UserPoolClient"]
    credential = registry.add_client(
        client["ClientId"],
        app=app,
        scopes=scopes,
        label=label,
        ends_us=not_after_us,
        now_us=now_us,
        admin_of=admin_of,
    )
    return Issued(credential=credential, secret=client["ClientSecret"])


def issue_key(
    registry: Registry,
    app: App,
    *,
    read: bool = False,
    label: str = "",
    not_after_us: int | None = None,
    now_us: int,
) -> Issued:
    """A new sensor key for `app`: it writes, and with `read` also reads the app's own data.

    From `not_after_us` on it is refused. Raises RegistryError if that is over already.
    """
    _check_expiry(not_after_us, now_us)
    key = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    scopes = KEY_SCOPES | (frozenset({EVENTS_READONLY}) if read else frozenset())
    credential = registry.add_key(key, app=app, scopes=scopes, label=label, ends_us=not_after_us, now_us=now_us)
    return Issued(credential=credential, secret=key)


def rotate(
    registry: Registry,
    cognito: Cognito,
    app: App,
    old: Credential,
    *,
    user_pool_id: str,
    overlap_us: int,
    now_us: int,
) -> Issued:
    """A new credential of the same kind, scopes and label; the old one works for `overlap_us` more at most.

    The old one never works longer than it would have, so one that is over or revoked raises RegistryError. The new one
    has no end.
    """
    if old.revoked_us is not None:
        raise RegistryError(f"{old.id} is revoked: a new credential is made by `key add`, not by a rotation.")
    if old.has_ended(now_us):
        raise RegistryError(f"{old.id} has ended: a new credential is made by `key add`, not by a rotation.")
    if old.kind == "client":
        admin = not old.scopes.isdisjoint(ADMIN)
        new = issue_client(
            registry,
            cognito,
            app,
            user_pool_id=user_pool_id,
            admin=admin,
            admin_of=old.admin_of,
            people=PEOPLE_WRITE in old.scopes,
            label=old.label,
            now_us=now_us,
        )
    else:
        new = issue_key(registry, app, read=EVENTS_READONLY in old.scopes, label=old.label, now_us=now_us)
    _insist(old, lambda: registry.end(old, at_us=now_us + overlap_us))
    return new


def revoke(
    registry: Registry,
    cognito: Cognito,
    credential: Credential,
    *,
    user_pool_id: str,
    now_us: int,
) -> None:
    """Refuse a credential once the gateway's cache has forgotten it (a minute); delete it if it is a client.

    Raises RegistryError if it is revoked already, or not there any more.
    """
    if credential.revoked_us is not None:
        raise RegistryError(f"{credential.id} is revoked already.")
    _insist(credential, lambda: registry.revoke(credential, now_us=now_us))
    if credential.kind == "client":
        cognito.delete_user_pool_client(UserPoolId=user_pool_id, ClientId=credential.client_id)


def _check_expiry(not_after_us: int | None, now_us: int) -> None:
    if not_after_us is not None and not_after_us <= now_us:
        raise RegistryError(f"{format_time(not_after_us)} is over: give a day to come, or leave --expires out.")


def _insist(credential: Credential, change: Callable[[], bool]) -> None:
    """Change it, again if another operator's change came between its reading and writing."""
    if not any(change() for _ in range(CHANGE_TRIES)):
        raise RegistryError(f"{credential.id} was not changed: see `key list`, then try again.")
