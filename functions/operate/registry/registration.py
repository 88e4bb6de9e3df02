"""The registration of an app: checked, written with its first two credentials, changed, removed."""

import time
import uuid
from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass, field
from typing import Any

from functions.core.apps import App
from functions.operate.errors import RegistryError
from functions.operate.registry.app_description import checked
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
    described: App,
    *,
    user_pool_id: str,
    admin: bool = False,
    now_us: int | None = None,
) -> Registration:
    """Register an app, with an OAuth client that writes and reads and a sensor key that only writes.

    Its id is an IRI (a new `urn:uuid:` if empty), and its tenant follows from that. `edapps` are the `edApp` ids it may
    speak for, by default its own id alone: an LMS that carries many tools needs a prefix with `*`, or `*`. `admin`: the
    client may read the data of every app. Raises RegistryError if name or id is taken or malformed; then nothing is
    written.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    app = checked(replace(described, app_id=described.app_id or uuid.uuid4().urn))
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
    """`app` with the settings in `changes`, which are named as `App`'s; every other setting stays.

    Raises RegistryError if a new setting is malformed, or the name is another app's.
    """
    if not changes:
        raise RegistryError(
            f"There is nothing to change about {app.name}: name a setting, such as --strict or --edapps. "
            "`app change --help` lists them."
        )
    if "name" in changes:
        _check_name(registry, checked(replace(app, **changes)))

    def changed(stored: App) -> App:
        return checked(replace(stored, **changes))

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
