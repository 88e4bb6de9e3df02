"""The app whose events the intake takes, as the registry has it: read once a minute and worker."""

from functions.core.apps import App
from functions.core.errors import CaliperError
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.registry import Registry

KEPT_US = MINUTE_US


class AppNotRegistered(CaliperError):
    """The intake's app is not registered: its events wait in the queue until it is."""


class RegisteredApp:
    """`app_id` is the setting `canvas_app` of the deployment."""

    def __init__(self, registry: Registry, app_id: str) -> None:
        self.registry, self.app_id = registry, app_id
        self._known: tuple[int, App] | None = None

    def read(self, *, now_us: int) -> App:
        """The registration, at most KEPT_US old. Raises AppNotRegistered, or what a failing read raises."""
        if self._known is not None and now_us - self._known[0] < KEPT_US:
            return self._known[1]
        app = self.registry.app(keys.tenant_of(self.app_id))
        if app is None:
            raise AppNotRegistered(
                f"no app is registered under the id {self.app_id}, which the setting canvas_app names: register it "
                "with `make app APP_ID=… NAME=…`, or deploy with the id of an app that `make apps` lists"
            )
        self._known = now_us, app
        return app
