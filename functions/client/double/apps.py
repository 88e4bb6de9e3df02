"""The apps that may send to the double, and by which credentials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.apps import App
from functions.http.gate import CLIENT_SCOPES
from functions.store.registry import Registry


@dataclass(frozen=True, slots=True)
class ServedApp:
    """An app with its sensor keys and its OAuth clients: id → secret."""

    app: App
    keys: Sequence[str] = ()
    clients: Mapping[str, str] = field(default_factory=dict)


class Credentials:
    """Who is let in. If no app has a credential, every credential is one of the first app's, from its first use on.

    Here keys may read too, unlike on AWS, so that a test needs one credential only.
    """

    def __init__(self, apps: Sequence[ServedApp]) -> None:
        self._apps = apps
        self.any_will_do = not any(served.keys or served.clients for served in apps)
        self._secrets = {client: secret for served in apps for client, secret in served.clients.items()}

    def register(self, registry: Registry) -> None:
        """Write the apps and their credentials into an empty registry."""
        for served in self._apps:
            registry.add_app(served.app, now_us=0)
            for key in served.keys:
                registry.add_key(key, app=served.app, scopes=CLIENT_SCOPES, now_us=0)
            for client in served.clients:
                registry.add_client(client, app=served.app, scopes=CLIENT_SCOPES, now_us=0)

    def admit_keys(self, presented: Iterable[str], registry: Registry) -> None:
        """Register the first of these keys if any will do and none is known."""
        texts = [text for text in presented if text]
        if self.any_will_do and texts and registry.find_key(texts) is None and registry.find_client(texts[0]) is None:
            registry.add_key(texts[0], app=self._apps[0].app, scopes=CLIENT_SCOPES, now_us=0)

    def admit_client(self, client_id: str, secret: str, registry: Registry) -> bool:
        """Whether this is a client; registers it if any will do. A key that was used before is no client."""
        if not self.any_will_do:
            return self._secrets.get(client_id) == secret
        if registry.find_client(client_id) is None:
            if registry.find_key([client_id]) is not None:
                return False
            registry.add_client(client_id, app=self._apps[0].app, scopes=CLIENT_SCOPES, now_us=0)
        return True
