"""What a worker knows of the registrations of apps: read once a minute, used by all that process, sweep and query.

A registration that changes is known everywhere within KEPT_US.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from msgspec import Struct

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import MINUTE_US
from functions.store.dynamodb.table import Table
from functions.store.rows.apps import app_key, app_of
from functions.store.rows.webhooks.webhooks import active_key, active_of

KEPT_US = MINUTE_US
MOST = 10_000


class Registration(Struct, frozen=True):
    """How sessions of an app end, the edApps that are the app itself (those that it names one by one), and the ids of
    its active webhooks.
    """

    timeouts: Timeouts
    edapps: tuple[str, ...] = ()
    unique_ids: bool = False
    webhooks: tuple[str, ...] = ()


class Registrations:
    """By tenant. An app that is not registered has the stack's timeouts, `default`."""

    def __init__(self, table: Table, default: Timeouts) -> None:
        self._table, self._default = table, default
        self._known: dict[str, tuple[int, Registration]] = {}

    def read(self, tenants: Iterable[str], *, now_us: int) -> dict[str, Registration]:
        """Those of `tenants`: one BatchGet for each fifty that are not known."""
        wanted = set(tenants)
        registrations = {
            tenant: self._known[tenant][1]
            for tenant in wanted & self._known.keys()
            if now_us - self._known[tenant][0] < KEPT_US
        }
        unknown = sorted(wanted - registrations.keys())
        if unknown:
            rows = self._table.get_all([*map(app_key, unknown), *map(active_key, unknown)])
            if len(self._known) > MOST:
                self._known.clear()
            for tenant in unknown:
                row = rows.get(app_key(tenant))
                webhooks = active_of(rows.get(active_key(tenant)))
                registrations[tenant] = self._registration(None if row is None else app_of(row), webhooks)
                self._known[tenant] = now_us, registrations[tenant]
        return registrations

    def of(self, tenant: str, *, now_us: int) -> Registration:
        """That of one tenant."""
        return self.read([tenant], now_us=now_us)[tenant]

    def _registration(self, app: App | None, webhooks: tuple[str, ...]) -> Registration:
        if app is None:
            return Registration(self._default, webhooks=webhooks)
        edapps = tuple(canonical_id(edapp) for edapp in app.edapps if not edapp.endswith("*"))
        return Registration(app.timeouts(self._default), edapps, app.unique_ids, webhooks)


def known_registrations(table: Table, default: Timeouts) -> Registrations:
    """The one of a table in this worker, for those that have no place of their own to keep it."""
    if table not in _of_table:
        _of_table[table] = Registrations(table, default)
    return _of_table[table]


_of_table: WeakKeyDictionary[Table, Registrations] = WeakKeyDictionary()
