"""The registration of an app: checked, written with its first two credentials, changed, removed."""

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.sessions.timeouts import MOST_MINUTES, Schedule
from functions.core.times import FIRST_US
from functions.core.usage.budgets import Budget
from functions.operate.errors import RegistryError
from functions.operate.registry.credentials import CHANGE_TRIES, Cognito, issue_client, issue_key, revoke
from functions.store import keys
from functions.store.registry import Registry

HOUSES = ("timeback",)
NAME_CHARS = 256  # CONTRACT a.11
_KEYS_URL = re.compile(r"(https://|http://127\.0\.0\.1:)\S+")  # plain only to this machine itself
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


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
    signed_issuer: str = "",
    budget: Budget | None = None,
    idle_minutes: float | None = None,
    heartbeat_minutes: float | None = None,
    unique_ids: bool = False,
    admin: bool = False,
    now_us: int | None = None,
) -> Registration:
    """Register an app, with an OAuth client that writes and reads and a sensor key that only writes.

    `app_id` is an IRI (a new `urn:uuid:` if empty); `edapps` are the `edApp` ids it may speak for, by default its own
    id alone: an LMS that carries many tools needs a prefix with `*`, or `*`. The rest is as in `App`; a timeout that is
    None is that of the stack. `admin`: the client may read the data of every app. Raises RegistryError if name or id
    is taken or malformed; then nothing is written.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    app = build_app(
        name=name,
        app_id=app_id or uuid.uuid4().urn,
        edapps=edapps,
        strict=strict,
        house=house,
        caliper_1_0=caliper_1_0,
        auto_attach=auto_attach,
        signed_by=signed_by,
        signed_issuer=signed_issuer,
        budget=budget,
        idle=() if idle_minutes is None else ((FIRST_US, idle_minutes),),
        heartbeat=() if heartbeat_minutes is None else ((FIRST_US, heartbeat_minutes),),
        unique_ids=unique_ids,
    )
    _check_name(registry, app)
    if not registry.add_app(app, now_us=now_us):
        raise RegistryError(
            f"{app.app_id} is registered already: change it with `app change`, or give it a credential with `key add`."
        )
    # Of an app that was removed and is registered again, a credential that the index did not show then.
    _revoke_all(registry, cognito, app, user_pool_id=user_pool_id, now_us=now_us)
    client = issue_client(registry, cognito, app, user_pool_id=user_pool_id, admin=admin, now_us=now_us)
    key = issue_key(registry, app, now_us=now_us)
    return Registration(
        app=app,
        client_id=client.credential.client_id,
        client_secret=client.secret,
        sensor_key=key.secret,
    )


def change(registry: Registry, app: App, changes: Mapping[str, Any]) -> App:
    """`app` with the settings in `changes`, which are named as `build_app`'s; every other setting stays.

    Raises RegistryError if a new setting is malformed, or the name is another app's.
    """
    if not changes:
        raise RegistryError(
            f"There is nothing to change about {app.name}: name a setting, such as --strict or --edapps. "
            "`app change --help` lists them."
        )
    if "name" in changes:
        _check_name(registry, build_app(**_description(app) | dict(changes)))

    def changed(stored: App) -> App:
        return build_app(**_description(stored) | dict(changes))

    if not any(registry.change_app(app.tenant, changed) for _ in range(CHANGE_TRIES)):
        raise RegistryError(f"{app.name} was not changed: see `make apps`, then try again.")
    stored = registry.app(app.tenant)
    assert stored is not None
    return stored


def remove(registry: Registry, cognito: Cognito, app: App, *, user_pool_id: str, now_us: int) -> int:
    """Revoke every credential of `app` and register it no longer; how many were revoked. Its data stays.

    It is refused once the gateway's cache has forgotten it (a minute). Its id may be registered again later: it then
    owns the same data, and gets new credentials.
    """
    if not any(registry.remove_app(app.tenant, now_us=now_us) for _ in range(CHANGE_TRIES)):
        raise RegistryError(f"{app.name} was not removed: see `make apps`, then try again.")
    return _revoke_all(registry, cognito, app, user_pool_id=user_pool_id, now_us=now_us)


def build_app(
    *,
    name: str,
    app_id: str,
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
    signed_issuer: str = "",
    budget: Budget | None = None,
    idle: Schedule = (),
    heartbeat: Schedule = (),
    unique_ids: bool = False,
) -> App:
    """The app of that description; RegistryError if any of it is malformed."""
    name, app_id = name.strip(), canonical_id(app_id.strip())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise RegistryError(f"The name must have 1 to {NAME_CHARS} printable characters, as in make app NAME='My app'.")
    if not _IRI.fullmatch(app_id):
        raise RegistryError(f"The app id {app_id!r} is not an IRI: give a UUID, `urn:uuid:<UUID>` or an https URL.")
    spoken_for = tuple(dict.fromkeys(canonical_id(edapp.strip()) for edapp in edapps if edapp.strip()))
    for edapp in spoken_for:
        if "*" in edapp[:-1] or any(char.isspace() for char in edapp):
            raise RegistryError(f"The edApp {edapp!r} is neither an id nor a prefix that ends in `*`.")
    if house and house not in HOUSES:
        raise RegistryError(f"There are no house rules {house!r}: leave it out, or use {' or '.join(HOUSES)}.")
    if signed_by and not _KEYS_URL.fullmatch(signed_by):
        raise RegistryError(f"{signed_by!r} is not the URL of a JWK set: give one that begins with https://.")
    if signed_issuer and not signed_by:
        raise RegistryError("An issuer is checked in signed bodies only: give the URL of the JWK set with it.")
    for name_of_timeout, schedule in (("idle", idle), ("heartbeat", heartbeat)):
        if any(not 0 < minutes <= MOST_MINUTES for _, minutes in schedule):
            raise RegistryError(f"The {name_of_timeout} timeout must be over 0 and at most {MOST_MINUTES} minutes.")
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
        signed_issuer=signed_issuer,
        budget=budget or Budget(),
        idle=idle,
        heartbeat=heartbeat,
        unique_ids=unique_ids,
    )


def _description(app: App) -> dict[str, Any]:
    """The arguments of `build_app` that give `app`."""
    return {setting.name: getattr(app, setting.name) for setting in fields(App) if setting.name != "tenant"}


def _check_name(registry: Registry, app: App) -> None:
    if any(other.name == app.name and other.tenant != app.tenant for other in registry.apps()):
        raise RegistryError(
            f"An app named {app.name!r} is registered already: choose another name, or see `make apps`."
        )


def _revoke_all(registry: Registry, cognito: Cognito, app: App, *, user_pool_id: str, now_us: int) -> int:
    live = [credential for credential in registry.credentials(app) if credential.revoked_us is None]
    for credential in live:
        revoke(registry, cognito, credential, user_pool_id=user_pool_id, now_us=now_us)
    return len(live)
