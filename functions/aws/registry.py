"""The register of apps, their credentials and their courses: rows of the one table, behind the door `Table`.

Written by the operator's commands, read by the authorizer where the gateway has no cached answer. Of a key
only its digest is kept: whoever reads the table cannot send with what is in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from functions.aws import keys
from functions.aws.table import VERSION, Row, Table, rows
from functions.core.apps import App
from functions.core.credentials import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A sensor key or an OAuth client of one app. Several may be live at once, so that they overlap.

    `id` is safe to show: the digest by which the row is found. `client_id` is empty for a key.
    """

    id: str
    kind: Kind
    tenant: str
    scopes: frozenset[str]
    label: str = ""
    client_id: str = ""
    created_us: int
    not_after_us: int | None = None
    revoked_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How many lessons a course has: what a learner's progress is measured against."""

    id: str
    lessons: int


class Registry:
    """Apps by tenant, credentials by what is presented. Unknown is None; a failing call raises."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add_app(self, app: App, *, now_us: int) -> bool:
        """Register `app`. False, and nothing changed, where its id is registered already."""
        return self._table.put_if(_app_row(app, created_us=now_us, version=1), None)

    def change_app(self, app: App) -> bool:
        """Put `app` in place of its registration. False where there is none, or it changed meanwhile."""
        key = (keys.APPS, app.tenant)
        row = self._table.get_all([key]).get(key)
        if row is None:
            return False
        version, created_us = _int(row, VERSION), _int(row, "created_us")
        return self._table.put_if(_app_row(app, created_us=created_us, version=version + 1), version)

    def app(self, tenant: str) -> App | None:
        """The app registered as `tenant`."""
        key = (keys.APPS, tenant)
        row = self._table.get_all([key]).get(key)
        return None if row is None else _app(row)

    def apps(self) -> list[App]:
        """Every registered app."""
        return [_app(row) for row in rows(self._table, keys.APPS)]

    def add_key(self, key: str, *, app: App, scopes: frozenset[str], label: str = "", now_us: int) -> Credential:
        """Let `app` in by the sensor key `key`, of which only the digest is written."""
        return self._add(
            Credential(id=_id_of(key), kind="key", tenant=app.tenant, scopes=scopes, label=label, created_us=now_us)
        )

    def add_client(
        self, client_id: str, *, app: App, scopes: frozenset[str], label: str = "", now_us: int
    ) -> Credential:
        """Let `app` in by tokens of the OAuth client `client_id`."""
        return self._add(
            Credential(
                id=_id_of(client_id),
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
        held = self._table.get_all([(str(row[keys.PK]), str(row[keys.SK])) for row in found])
        return sorted(map(_credential, held.values()), key=lambda credential: credential.created_us)

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
        self._table.put_all(
            [
                {
                    keys.PK: keys.course_pk(app.tenant, course.id),
                    keys.SK: keys.COURSE,
                    keys.BY_ID_PK: keys.courses_ref(app.tenant),
                    "course": course.id,
                    "lessons": course.lessons,
                }
            ]
        )

    def course(self, tenant: str, course_id: str) -> Course | None:
        """The registered course of a tenant."""
        key = (keys.course_pk(tenant, course_id), keys.COURSE)
        row = self._table.get_all([key]).get(key)
        return None if row is None else Course(id=_str(row, "course"), lessons=_int(row, "lessons"))

    def rows_of(self, app: App) -> list[Row]:
        """Everything registered for `app`, as rows that `adopt` takes: none of it can be rebuilt from the archive."""
        refs = (keys.credential_ref(app.tenant), keys.courses_ref(app.tenant))
        found = [row for ref in refs for row in rows(self._table, ref, index=keys.BY_ID)]
        places = [(keys.APPS, app.tenant), *((str(row[keys.PK]), str(row[keys.SK])) for row in found)]
        return list(self._table.get_all(places).values())

    def adopt(self, found: Iterable[Row]) -> None:
        """Take over rows that another register's `rows_of` gave."""
        self._table.put_all(found)

    def _add(self, credential: Credential) -> Credential:
        if not self._table.put_if(_credential_row(credential), None):
            raise ValueError(f"a credential with the id {credential.id} is registered already")
        return credential

    def _find(self, candidates: Iterable[str], kind: Kind) -> Credential | None:
        wanted = [(keys.credential_pk(text), keys.CREDENTIAL) for text in candidates if text]
        held = self._table.get_all(wanted) if wanted else {}
        found = (_credential(held[key]) for key in wanted if key in held)
        return next((credential for credential in found if credential.kind == kind), None)

    def _change(self, credential_id: str, changes: Row) -> bool:
        key = (_pk_of(credential_id), keys.CREDENTIAL)
        row = self._table.get_all([key]).get(key)
        if row is None:
            return False
        version = _int(row, VERSION)
        return self._table.put_if(row | changes | {VERSION: version + 1}, version)


def _id_of(secret_or_client: str) -> str:
    return keys.credential_pk(secret_or_client).removeprefix("K#")


def _pk_of(credential_id: str) -> str:
    return f"K#{credential_id}"


def _app_row(app: App, *, created_us: int, version: int) -> Row:
    return {
        keys.PK: keys.APPS,
        keys.SK: app.tenant,
        "app": app.app_id,
        "name": app.name,
        "edapps": list(app.edapps),
        "strict": app.strict,
        "house": app.house,
        "caliper_1_0": app.caliper_1_0,
        "auto_attach": app.auto_attach,
        "signed_by": app.signed_by,
        "created_us": created_us,
        VERSION: version,
    }


def _app(row: Row) -> App:
    return App(
        app_id=_str(row, "app"),
        tenant=_str(row, keys.SK),
        name=_str(row, "name"),
        edapps=_strs(row, "edapps"),
        strict=row["strict"] is True,
        house=_str(row, "house"),
        caliper_1_0=row["caliper_1_0"] is True,
        auto_attach=row["auto_attach"] is True,
        signed_by=_str(row, "signed_by") if "signed_by" in row else "",
    )


def _credential_row(credential: Credential) -> Row:
    row: Row = {
        keys.PK: _pk_of(credential.id),
        keys.SK: keys.CREDENTIAL,
        keys.BY_ID_PK: keys.credential_ref(credential.tenant),
        "kind": credential.kind,
        "tenant": credential.tenant,
        "scopes": sorted(credential.scopes),
        "label": credential.label,
        "client_id": credential.client_id,
        "created_us": credential.created_us,
        VERSION: 1,
    }
    ends = {"not_after_us": credential.not_after_us, "revoked_us": credential.revoked_us}
    return row | {name: value for name, value in ends.items() if value is not None}


def _credential(row: Row) -> Credential:
    return Credential(
        id=_str(row, keys.PK).removeprefix("K#"),
        kind="key" if row["kind"] == "key" else "client",
        tenant=_str(row, "tenant"),
        scopes=frozenset(_strs(row, "scopes")),
        label=_str(row, "label"),
        client_id=_str(row, "client_id"),
        created_us=_int(row, "created_us"),
        not_after_us=_int(row, "not_after_us") if "not_after_us" in row else None,
        revoked_us=_int(row, "revoked_us") if "revoked_us" in row else None,
    )


def _str(row: Row, name: str) -> str:
    return str(row[name])


def _int(row: Row, name: str) -> int:
    value = row[name]
    assert isinstance(value, int)
    return value


def _strs(row: Row, name: str) -> tuple[str, ...]:
    value = row[name]
    assert isinstance(value, list)
    return tuple(value)
