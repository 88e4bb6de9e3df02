"""Registering apps and handing out their credentials. Secrets are returned to be shown once; none is kept."""

import re
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from functions.aws import keys
from functions.aws.credentials import Credential
from functions.aws.registry import Registry
from functions.core.apps import App
from functions.core.credentials import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES
from functions.core.ids import canonical_id

HOUSES = ("timeback",)
KEY_PREFIX = "ck_"  # so that a leaked key is known for what it is
KEY_BYTES = 24
NAME_CHARS = 256  # CONTRACT a.11
_KEYS_URL = re.compile(r"(https://|http://127\.0\.0\.1:)\S+")  # plain only to this machine itself
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_NOT_IN_CLIENT_NAMES = re.compile(r"[^\w\s+=,.@-]")  # Cognito, CreateUserPoolClient: ClientName


class Cognito(Protocol):
    """What is used of a boto3 `cognito-idp` client."""

    def create_user_pool_client(self, **request: Any) -> Any: ...
    def delete_user_pool_client(self, **request: Any) -> Any: ...


class RegistrationError(Exception):
    """The operator asked for what cannot be; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new credential with its secret: the sensor key itself, or the OAuth client's secret."""

    credential: Credential
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registered app with its first two credentials."""

    app: App
    client_id: str
    client_secret: str = field(repr=False)
    sensor_key: str = field(repr=False)


def register(
    registry: Registry,
    cognito: Cognito,
    *,
    user_pool_id: str,
    name: str,
    app_id: str = "",
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
    admin: bool = False,
    now_us: int | None = None,
) -> Registration:
    """Register an app, with an OAuth client that writes and reads and a sensor key that only writes.

    `app_id` is an IRI (a new `urn:uuid:` where empty); `edapps` are the `edApp` ids it may speak for, by
    default its own id alone: an LMS that carries many tools needs a prefix with `*`, or `*`. `signed_by`: the URL of
    a JWK set with which it signs all that it sends. `admin`: the client may read what every app sent. Raises
    RegistrationError where name or id is taken or malformed; then nothing is written.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    app = described(
        name=name,
        app_id=app_id or uuid.uuid4().urn,
        edapps=edapps,
        strict=strict,
        house=house,
        caliper_1_0=caliper_1_0,
        auto_attach=auto_attach,
        signed_by=signed_by,
    )
    if any(other.name == app.name for other in registry.apps()):
        raise RegistrationError(f"An app named {app.name!r} is registered already: choose another name, or see `apps`.")
    if not registry.add_app(app, now_us=now_us):
        raise RegistrationError(f"{app.app_id} is registered already: change it with --change, or see `key add`.")
    client = issue_client(registry, cognito, app, user_pool_id=user_pool_id, admin=admin, now_us=now_us)
    key = issue_key(registry, app, now_us=now_us)
    return Registration(
        app=app,
        client_id=client.credential.client_id,
        client_secret=client.secret,
        sensor_key=key.secret,
    )


def described(
    *,
    name: str,
    app_id: str,
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
) -> App:
    """The app of that description; RegistrationError where any of it is malformed."""
    name, app_id = name.strip(), canonical_id(app_id.strip())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise RegistrationError(f"The name must have 1 to {NAME_CHARS} printable characters.")
    if not _IRI.fullmatch(app_id):
        raise RegistrationError(f"The app id {app_id!r} is no IRI: give a UUID, `urn:uuid:<UUID>` or an https URL.")
    spoken_for = tuple(dict.fromkeys(canonical_id(edapp.strip()) for edapp in edapps if edapp.strip()))
    for edapp in spoken_for:
        if "*" in edapp[:-1] or any(char.isspace() for char in edapp):
            raise RegistrationError(f"The edApp {edapp!r} is neither an id nor a prefix that ends in `*`.")
    if house and house not in HOUSES:
        raise RegistrationError(f"There are no house rules {house!r}: leave it out, or use {' or '.join(HOUSES)}.")
    if signed_by and not _KEYS_URL.fullmatch(signed_by):
        raise RegistrationError(f"{signed_by!r} is no URL of a JWK set: give one that begins with https://.")
    return App(
        app_id=app_id,
        tenant=keys.tenant_of(app_id),
        name=name,
        edapps=spoken_for or (app_id,),
        strict=strict,
        house=house,
        caliper_1_0=caliper_1_0,
        auto_attach=auto_attach,
        signed_by=signed_by,
    )


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
    registry.end(old, at_us=now_us + overlap_us)
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

    Raises RegistrationError where it is revoked already.
    """
    if credential.revoked_us is not None:
        raise RegistrationError(f"{credential.id} is revoked already.")
    registry.revoke(credential, now_us=now_us)
    if credential.kind == "client":
        cognito.delete_user_pool_client(UserPoolId=user_pool_id, ClientId=credential.client_id)


def find_app(registry: Registry, name_or_id: str) -> App:
    """The app of that name, id or bare UUID."""
    app_id = canonical_id(name_or_id)
    found = [app for app in registry.apps() if name_or_id == app.name or app.app_id == app_id]
    if len(found) != 1:
        raise RegistrationError(f"{len(found) or 'No'} apps are called {name_or_id!r}: see `apps` for names and ids.")
    return found[0]


def find_credential(registry: Registry, app: App, credential_id: str) -> Credential:
    """The credential of `app` with that id, or client id."""
    for credential in registry.credentials(app):
        if credential_id in (credential.id, credential.client_id or credential.id):
            return credential
    raise RegistrationError(f"{app.name} has no credential {credential_id!r}: see `key list`.")
