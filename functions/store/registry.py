"""The register of apps, their credentials and their courses: rows of the one table, behind the door `Table`.

Written by the operator's commands, read by the authorizer where the gateway has no cached answer. How each is written
as a row is said in `apps`, `credentials` and `courses`, beside this.
"""

from collections.abc import Iterable

from functions.core.apps import App, CredentialKind
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.rows.apps import app_key, app_of, app_row
from functions.store.rows.courses import Course, course_key, course_of, course_row
from functions.store.rows.credentials import Credential, credential_key, credential_of, credential_row, id_of


class Registry:
    """Apps by tenant, credentials by what is presented. Unknown is None; a failing call raises."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add_app(self, app: App, *, now_us: int) -> bool:
        """Register `app`. False, and nothing changed, where its id is registered already."""
        return self._table.put_if(app_row(app, created_us=now_us, version=1), None)

    def change_app(self, app: App) -> bool:
        """Put `app` in place of its registration. False where there is none, or it changed meanwhile."""
        key = app_key(app.tenant)
        row = self._table.get_all([key]).get(key)
        if row is None:
            return False
        version, created_us = number(row, VERSION), number(row, "created_us")
        return self._table.put_if(app_row(app, created_us=created_us, version=version + 1), version)

    def app(self, tenant: str) -> App | None:
        """The app registered as `tenant`."""
        key = app_key(tenant)
        row = self._table.get_all([key]).get(key)
        return None if row is None else app_of(row)

    def apps(self) -> list[App]:
        """Every registered app."""
        return [app_of(row) for row in rows(self._table, keys.APPS)]

    def add_key(self, key: str, *, app: App, scopes: frozenset[str], label: str = "", now_us: int) -> Credential:
        """Let `app` in by the sensor key `key`, of which only the digest is written."""
        return self._add(
            Credential(id=id_of(key), kind="key", tenant=app.tenant, scopes=scopes, label=label, created_us=now_us)
        )

    def add_client(
        self, client_id: str, *, app: App, scopes: frozenset[str], label: str = "", now_us: int
    ) -> Credential:
        """Let `app` in by tokens of the OAuth client `client_id`."""
        return self._add(
            Credential(
                id=id_of(client_id),
                kind="client",
                client_id=client_id,
                tenant=app.tenant,
                scopes=scopes,
                label=label,
                created_us=now_us,
            )
        )

    def credentials(self, app: App) -> list[Credential]:
        """Every credential `app` ever got, oldest first. One made a moment ago may be missing (index lag)."""
        found = rows(self._table, keys.credential_ref(app.tenant), index=keys.BY_ID)
        held = self._table.get_all(map(key_of, found))
        return sorted(map(credential_of, held.values()), key=lambda credential: credential.created_us)

    def find_key(self, candidates: Iterable[str]) -> Credential | None:
        """The first of `candidates` that is a sensor key; a client's id is public and never counts as one."""
        return self._find(candidates, "key")

    def find_client(self, client_id: str) -> Credential | None:
        """The OAuth client `client_id`."""
        return self._find([client_id], "client")

    def end(self, credential: Credential, *, at_us: int) -> bool:
        """Let `credential` run out at an instant: the overlap of a rotation. False where it is not there."""
        return self._change(credential.id, {"not_after_us": at_us})

    def revoke(self, credential: Credential, *, now_us: int) -> bool:
        """Refuse `credential` once the gateway's cache has forgotten it. False where it is not there."""
        return self._change(credential.id, {"revoked_us": now_us})

    def put_course(self, app: App, course: Course) -> None:
        """Say how many lessons a course of `app` has; the latest word counts."""
        self._table.put_all([course_row(course, tenant=app.tenant)])

    def course(self, tenant: str, course_id: str) -> Course | None:
        """The registered course of a tenant."""
        key = course_key(tenant, course_id)
        row = self._table.get_all([key]).get(key)
        return None if row is None else course_of(row)

    def rows_of(self, app: App) -> list[Row]:
        """Everything registered for `app`, as rows that `adopt` takes: none of it can be rebuilt from the archive."""
        refs = (keys.credential_ref(app.tenant), keys.courses_ref(app.tenant))
        found = [row for ref in refs for row in rows(self._table, ref, index=keys.BY_ID)]
        places = [app_key(app.tenant), *map(key_of, found)]
        return list(self._table.get_all(places).values())

    def adopt(self, found: Iterable[Row]) -> None:
        """Take over rows that another register's `rows_of` gave."""
        self._table.put_all(found)

    def _add(self, credential: Credential) -> Credential:
        if not self._table.put_if(credential_row(credential), None):
            raise ValueError(f"a credential with the id {credential.id} is registered already")
        return credential

    def _find(self, candidates: Iterable[str], kind: CredentialKind) -> Credential | None:
        wanted = [credential_key(id_of(text)) for text in candidates if text]
        held = self._table.get_all(wanted) if wanted else {}
        found = (credential_of(held[key]) for key in wanted if key in held)
        return next((credential for credential in found if credential.kind == kind), None)

    def _change(self, credential_id: str, changes: Row) -> bool:
        key = credential_key(credential_id)
        row = self._table.get_all([key]).get(key)
        if row is None:
            return False
        version = number(row, VERSION)
        return self._table.put_if(row | changes | {VERSION: version + 1}, version)
