"""The registry of apps, their credentials and their courses: a table of its own, behind the door `Table`.

The operator's commands write it; the authorizer reads it if the gateway has no cached answer, and notes there on which
day a credential was last used. The codecs are in `functions.store.rows`: `apps`, `credentials`, `courses`.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import structs

from functions.core.apps import App, CredentialKind
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.errors import TRANSIENT
from functions.store.rows.apps import REMOVED, app_key, app_of, app_row, is_removed
from functions.store.rows.courses import Course, course_key, course_of, course_row, courses_ref
from functions.store.rows.credentials import (
    Credential,
    credential_key,
    credential_of,
    credential_row,
    credentials_ref,
    day_of_use,
    digest_of,
    use_key,
    use_row,
)

NOTED_MAX = 10_000  # credentials of which one instance remembers the day that it noted


class Registry:
    """Apps by tenant, credentials by the text that a request presents. Unknown is None; a failing call raises."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._noted: dict[str, str] = {}

    def add_app(self, app: App, *, now_us: int) -> bool:
        """Register `app`, also one that was removed. False, and nothing changed, if its id is registered."""
        row = self._app_row(app.tenant)
        if row is None:
            return self.table.put_if(app_row(app, created_us=now_us, version=1), None)
        if not is_removed(row):
            return False
        version = number(row, VERSION)
        return self.table.put_if(app_row(app, created_us=now_us, version=version + 1), version)

    def change_app(self, tenant: str, change: Callable[[App], App]) -> bool:
        """Put the changed app in place of its registration. False if there is none, or it changed meanwhile."""
        row = self._app_row(tenant)
        if row is None or is_removed(row):
            return False
        version, created_us = number(row, VERSION), number(row, "created_us")
        changed = change(app_of(row))
        return self.table.put_if(app_row(changed, created_us=created_us, version=version + 1), version)

    def remove_app(self, tenant: str, *, now_us: int) -> bool:
        """Register the app no longer; all that it sent stays. False if it is not there, or changed meanwhile."""
        row = self._app_row(tenant)
        if row is None or is_removed(row):
            return False
        return self.table.put_if(row | {REMOVED: now_us, VERSION: number(row, VERSION) + 1}, number(row, VERSION))

    def app(self, tenant: str) -> App | None:
        """The app registered as `tenant`."""
        row = self._app_row(tenant)
        return None if row is None or is_removed(row) else app_of(row)

    def apps(self) -> list[App]:
        """Every registered app."""
        return [app_of(row) for row in rows(self.table, keys.APPS) if not is_removed(row)]

    def add_key(
        self, key: str, *, app: App, scopes: frozenset[str], label: str = "", ends_us: int | None = None, now_us: int
    ) -> Credential:
        """Let `app` in by the sensor key `key`, of which only the digest is written."""
        new = Credential(digest=digest_of(key), kind="key", tenant=app.tenant, scopes=scopes, created_us=now_us)
        return self._add(structs.replace(new, label=label, not_after_us=ends_us))

    def add_client(
        self,
        client: str,
        *,
        app: App,
        scopes: frozenset[str],
        label: str = "",
        ends_us: int | None = None,
        now_us: int,
        admin_of: tuple[str, ...] = (),
    ) -> Credential:
        """Let `app` in by tokens of the OAuth client of the id `client`."""
        new = Credential(digest=digest_of(client), kind="client", tenant=app.tenant, scopes=scopes, created_us=now_us)
        new = structs.replace(new, client_id=client, label=label, not_after_us=ends_us, admin_of=admin_of)
        return self._add(new)

    def credentials(self, app: App) -> list[Credential]:
        """Every credential `app` ever got, oldest first. One made a moment ago may be missing (index lag)."""
        refs = rows(self.table, credentials_ref(app.tenant), index=keys.BY_ID)
        held = self.table.get_all(map(key_of, refs))
        return sorted(map(credential_of, held.values()), key=lambda credential: credential.created_us)

    def find_key(self, candidates: Iterable[str]) -> Credential | None:
        """The first of `candidates` that is a sensor key; a client's id is public and never counts as one."""
        return self._find(candidates, "key")

    def find_client(self, client_id: str) -> Credential | None:
        """The OAuth client `client_id`."""
        return self._find([client_id], "client")

    def end(self, credential: Credential, *, at_us: int) -> bool:
        """Let `credential` run out at an instant, or as soon as it did anyway. False as `revoke`."""
        return self._change(
            credential.digest,
            lambda stored: {
                "not_after_us": at_us if stored.not_after_us is None else min(at_us, stored.not_after_us),
            },
        )

    def revoke(self, credential: Credential, *, now_us: int) -> bool:
        """Refuse `credential` once the gateway's cache has forgotten it. False if it is not there, or just changed."""
        return self._change(credential.digest, lambda _stored: {"revoked_us": now_us})

    def note_use(self, credential: Credential, day: str) -> None:
        """Note that `credential` is used on `day` (UTC, `20260127`): one write a day and instance, none a request.

        Best effort: a registry that cannot be written keeps no request out.
        """
        if self._noted.get(credential.digest) == day:
            return
        if len(self._noted) >= NOTED_MAX:
            self._noted.clear()
        self._noted[credential.digest] = day
        try:
            self.table.put_all([use_row(credential.digest, day)])
        except TRANSIENT:
            self._noted.pop(credential.digest, None)

    def days_of_use(self, credentials: Iterable[Credential]) -> dict[str, str]:
        """Credential id → the last day on which it was used; none for one that was never used."""
        ids = {use_key(credential.digest): credential.id for credential in credentials}
        return {ids[key]: day_of_use(row) for key, row in self.table.get_all(ids).items()}

    def put_course(self, app: App, course: Course) -> None:
        """Say how many lessons a course of `app` has; the latest word counts."""
        self.table.put_all([course_row(course, tenant=app.tenant)])

    def course(self, tenant: str, course_id: str) -> Course | None:
        """The registered course of a tenant."""
        return self.courses(tenant, [course_id]).get(course_id)

    def courses(self, tenant: str, course_ids: Iterable[str]) -> dict[str, Course]:
        """Those of the courses that are registered, by their ids."""
        ids = {course_key(tenant, course_id): course_id for course_id in course_ids}
        return {ids[key]: course_of(row) for key, row in self.table.get_all(ids).items()}

    def every_course(self, tenant: str) -> list[Course]:
        """All registered courses of a tenant, by id. One made a moment ago may be missing (index lag)."""
        refs = rows(self.table, courses_ref(tenant), index=keys.BY_ID)
        return sorted(map(course_of, self.table.get_all(map(key_of, refs)).values()), key=lambda course: course.id)

    def export_rows(self, app: App) -> list[Row]:
        """Everything registered for `app`: the app, its credentials with their last use, its courses."""
        refs = (credentials_ref(app.tenant), courses_ref(app.tenant))
        held = [key_of(row) for ref in refs for row in rows(self.table, ref, index=keys.BY_ID)]
        uses = [use_key(credential.digest) for credential in self.credentials(app)]
        return list(self.table.get_all([app_key(app.tenant), *held, *uses]).values())

    def _add(self, credential: Credential) -> Credential:
        if not self.table.put_if(credential_row(credential), None):
            raise ValueError(f"a credential with the id {credential.id} is registered already")
        return credential

    def _change(self, credential_digest: str, change: Callable[[Credential], Mapping[str, int]]) -> bool:
        key = credential_key(credential_digest)
        row = self.table.get_all([key]).get(key)
        if row is None:
            return False
        version = number(row, VERSION)
        changes = change(credential_of(row))
        return self.table.put_if(row | dict(changes) | {VERSION: version + 1}, version)

    def _app_row(self, tenant: str) -> Row | None:
        key = app_key(tenant)
        return self.table.get_all([key]).get(key)

    def _find(self, candidates: Iterable[str], kind: CredentialKind) -> Credential | None:
        wanted = [credential_key(digest_of(text)) for text in candidates if text]
        held = self.table.get_all(wanted)
        credentials = (credential_of(held[key]) for key in wanted if key in held)
        return next((credential for credential in credentials if credential.kind == kind), None)
