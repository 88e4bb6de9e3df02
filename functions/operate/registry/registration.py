"""The registration of an app: checked, written with its first two credentials, changed, removed."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.times import FIRST_US
from functions.core.usage.budgets import Budget
from functions.operate.errors import RegistryError
from functions.operate.registry.app_description import build_app, description
from functions.operate.registry.credentials import CHANGE_TRIES, Cognito, issue_client, issue_key, revoke
from functions.store.registry import Registry


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
    keeping: Keeping | None = None,
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
        keeping=keeping,
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
        _check_name(registry, build_app(**description(app) | dict(changes)))

    def changed(stored: App) -> App:
        return build_app(**description(stored) | dict(changes))

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
