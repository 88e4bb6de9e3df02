"""What a worker knows of the registrations of apps: read once a minute, used by all that process, sweep and query.

A registration that changes is known everywhere within KEPT_US.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from msgspec import Struct

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.privacy.erased import Erased
from functions.core.sessions.timeouts import Timeouts
from functions.core.times import FIRST_US, MINUTE_US
from functions.store.dynamodb.table import Table
from functions.store.erasure.rows import erased_of, erased_until_us, until_key
from functions.store.rows.apps import app_key, app_of
from functions.store.rows.webhooks.webhooks import active_key, active_of

KEPT_US = MINUTE_US
MOST = 10_000


class Registration(Struct, frozen=True):
    """How sessions of an app end, the edApps that are the app itself (those that it names one by one), and the ids of
    its active webhooks. What was received up to `erased_until_us` may be of a person who was erased since.
    """

    timeouts: Timeouts
    edapps: tuple[str, ...] = ()
    unique_ids: bool = False
    erased_until_us: int = FIRST_US
    webhooks: tuple[str, ...] = ()
    table_days: int = 0

    def may_be_erased(self, *, received_us: int, system: bool) -> bool:
        """Whether something may be of a person who was erased after it was received. What this service emits
        (`system`) is about what happened before, however late it comes.
        """
        return received_us <= self.erased_until_us or (system and self.erased_until_us > FIRST_US)

    def kept_days(self, default: int) -> int:
        """How many days the table keeps what the app sends; `default` is the stack's."""
        return self.table_days or default


class Registrations:
    """By tenant. An app that is not registered has the stack's timeouts, `default`."""

    def __init__(self, table: Table, default: Timeouts) -> None:
        self._table, self._default = table, default
        self._known: dict[str, tuple[int, Registration]] = {}
        self._erased: dict[str, tuple[int, Erased]] = {}

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
            keys_of = (app_key, active_key, until_key)
            rows = self._table.get_all(key_of(tenant) for key_of in keys_of for tenant in unknown)
            if len(self._known) > MOST:
                self._known.clear()
            for tenant in unknown:
                row = rows.get(app_key(tenant))
                app = None if row is None else app_of(row)
                webhooks, until_us = (
                    active_of(rows.get(active_key(tenant))),
                    erased_until_us(rows.get(until_key(tenant))),
                )
                registrations[tenant] = self._registration(app, webhooks, until_us)
                self._known[tenant] = now_us, registrations[tenant]
        return registrations

    def of(self, tenant: str, *, now_us: int) -> Registration:
        """That of one tenant."""
        return self.read([tenant], now_us=now_us)[tenant]

    def erased(self, tenant: str, *, now_us: int) -> Erased:
        """The erasures of one tenant. Asked only if the registration says that there may be one."""
        known = self._erased.get(tenant)
        if known is None or now_us - known[0] >= KEPT_US:
            if len(self._erased) > MOST:
                self._erased.clear()
            known = self._erased[tenant] = now_us, erased_of(self._table, tenant)
        return known[1]

    def _registration(self, app: App | None, webhooks: tuple[str, ...], until_us: int) -> Registration:
        if app is None:
            return Registration(self._default, webhooks=webhooks, erased_until_us=until_us)
        edapps = tuple(canonical_id(edapp) for edapp in app.edapps if not edapp.endswith("*"))
        return Registration(
            app.timeouts(self._default), edapps, app.unique_ids, until_us, webhooks, app.keeping.table_days
        )


def known_registrations(table: Table, default: Timeouts) -> Registrations:
    """The one of a table in this worker, for those that have no place of their own to keep it."""
    if table not in _of_table:
        _of_table[table] = Registrations(table, default)
    return _of_table[table]


_of_table: WeakKeyDictionary[Table, Registrations] = WeakKeyDictionary()
