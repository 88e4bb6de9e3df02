"""Which app, and which of its credentials, an operator means; and the refusal if there is none."""

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.operate.errors import RegistryError
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential


def find_app(registry: Registry, name_or_id: str) -> App:
    """The app of that name, id or bare UUID."""
    app_id = canonical_id(name_or_id)
    apps = [app for app in registry.apps() if name_or_id == app.name or app.app_id == app_id]
    if len(apps) != 1:
        raise RegistryError(f"{len(apps) or 'No'} apps are called {name_or_id!r}: see `make apps` for names and ids.")
    return apps[0]


def find_credential(registry: Registry, app: App, credential_id: str) -> Credential:
    """The credential of `app` with that id (as `make keys` shows it), client id or digest."""
    for credential in registry.credentials(app):
        if credential_id in (credential.id, credential.digest):
            return credential
    raise RegistryError(f"{app.name} has no credential {credential_id!r}: see `make keys APP='{app.name}'`.")
