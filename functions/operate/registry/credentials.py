"""An app's credentials: issued, rotated, revoked. A secret is returned to be shown once; none is kept."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from functions.core.apps import App
from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES
from functions.operate.registry.lookup import RegistrationError
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential

KEY_PREFIX = "ck_"  # so that a leaked key is known for what it is
KEY_BYTES = 24
ATTEMPTS = 8
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
    label: str = "",
    now_us: int,
) -> Issued:
    """A new OAuth client for `app` (client credentials); its tokens last an hour, as the contract's do."""
    scopes = CLIENT_SCOPES | (ADMIN if admin else frozenset())
    made = cognito.create_user_pool_client(
        UserPoolId=user_pool_id,
        ClientName=_NOT_IN_CLIENT_NAMES.sub(" ", app.name)[:128],
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=sorted(scopes),
        AccessTokenValidity=1,
        TokenValidityUnits={"AccessToken": "hours"},
    )["UserPoolClient"]
    credential = registry.add_client(made["ClientId"], app=app, scopes=scopes, label=label, now_us=now_us)
    return Issued(credential=credential, secret=made["ClientSecret"])


def issue_key(registry: Registry, app: App, *, read: bool = False, label: str = "", now_us: int) -> Issued:
    """A new sensor key for `app`: it writes, and where `read` also reads what the app sent."""
    key = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    scopes = KEY_SCOPES | (frozenset({EVENTS_READONLY}) if read else frozenset())
    credential = registry.add_key(key, app=app, scopes=scopes, label=label, now_us=now_us)
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
    """A new credential of the same kind, scopes and label; the old one works for `overlap_us` more."""
    if old.kind == "client":
        admin = not old.scopes.isdisjoint(ADMIN)
        new = issue_client(
            registry, cognito, app, user_pool_id=user_pool_id, admin=admin, label=old.label, now_us=now_us
        )
    else:
        new = issue_key(registry, app, read=EVENTS_READONLY in old.scopes, label=old.label, now_us=now_us)
    _written(old, lambda: registry.end(old, at_us=now_us + overlap_us))
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

    Raises RegistrationError where it is revoked already, or is not there any more.
    """
    if credential.revoked_us is not None:
        raise RegistrationError(f"{credential.id} is revoked already.")
    _written(credential, lambda: registry.revoke(credential, now_us=now_us))
    if credential.kind == "client":
        cognito.delete_user_pool_client(UserPoolId=user_pool_id, ClientId=credential.client_id)


def _written(credential: Credential, change: Callable[[], bool]) -> None:
    """See `change` done, which says False where another operator's change came between its reading and writing."""
    if not any(change() for _ in range(ATTEMPTS)):
        raise RegistrationError(f"{credential.id} was not changed: see `key list`, then try again.")
