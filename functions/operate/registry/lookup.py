"""Which app, and which of its credentials, an operator means; and the refusal where there is no such thing."""

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential


class RegistrationError(Exception):
    """The operator asked for what cannot be; the message says why and what to do."""


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
