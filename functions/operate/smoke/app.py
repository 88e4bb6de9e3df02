"""The app of one smoke run: registered for it as an operator does, and removed with all its credentials."""

import uuid
from collections.abc import Callable
from typing import Any

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.operate.connection import StackConnection
from functions.operate.registry.registration import Registration, register
from functions.operate.smoke.report import Finding, Report, compared
from functions.operate.smoke.trial import basic
from functions.operate.smoke.undo import Undo
from functions.store import keys
from functions.store.dynamodb.row import encode, key_of
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.apps import app_key
from functions.store.rows.credentials import credential_key, digest_of, use_key

NAME_PREFIX = "smoke-"
LOOKS, LOOK_SECONDS = 5, 2.0


class SmokeApp:
    """`make` registers it; `left` is what of it is still there, empty once `undo` was done."""

    def __init__(self, connection: StackConnection, report: Report, undo: Undo) -> None:
        self._connection = connection
        self._dynamodb = connection.client("dynamodb")
        self._cognito = connection.client("cognito-idp")
        self._table = DynamoTable(self._dynamodb, connection.registry_table)
        self._registry = Registry(self._table)
        self._report = report
        self._undo = undo
        run = uuid.uuid4()
        self._name = f"{NAME_PREFIX}{run}"
        self._app_id = canonical_id(run.urn)
        self._tenant = keys.tenant_of(self._app_id)
        self._credentials: list[str] = []

    def make(self, now_us: int) -> Registration:
        """A client, a sensor key and an app that may send under its own id only."""
        self._undo.later("rows of the app", self._delete_rows)
        self._undo.later("OAuth client", self._delete_clients)
        registration = register(
            self._registry,
            self._cognito,
            App(app_id=self._app_id, tenant=self._tenant, name=self._name),
            user_pool_id=self._connection.user_pool_id,
            now_us=now_us,
        )
        self._credentials = [registration.client_id, registration.sensor_key]
        self._report.conceal(registration.client_secret, basic(registration.client_id, registration.client_secret))
        self._report.conceal(registration.sensor_key, basic("smoke", registration.sensor_key))
        return registration

    def left(self, pause: Callable[[float], None]) -> Finding:
        """Whether anything of it is left, when the pool's list has had some seconds to forget it."""
        count = self._count()
        for _ in range(LOOKS):
            if count:
                pause(LOOK_SECONDS)
                count = self._count()
        got = f"{count} rows or clients of {self._name}" if count else "nothing left"
        return compared("app, key and client removed", "nothing left", got)

    def _count(self) -> int:
        places = [app_key(self._tenant), *(credential_key(digest_of(text)) for text in self._credentials)]
        rows = self._table.get_all(places)
        return len(rows) + len(self._clients())

    def _clients(self) -> list[str]:
        """Clients of this run in the pool, those too of which no row tells yet."""
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=self._connection.user_pool_id, MaxResults=60
        )
        return [
            client["ClientId"]
            for page in pages
            for client in page["UserPoolClients"]
            if client["ClientName"] == self._name
        ]

    def _delete_clients(self) -> None:
        for client_id in self._clients():
            self._cognito.delete_user_pool_client(UserPoolId=self._connection.user_pool_id, ClientId=client_id)

    def _delete_rows(self) -> None:
        app = self._registry.app(self._tenant)
        digests = map(digest_of, self._credentials)  # the index may not have them yet
        places = {place(digest) for digest in digests for place in (credential_key, use_key)}
        if app is not None:
            places |= {key_of(row) for row in self._registry.export_rows(app)}
        for pk, sk in (*places, app_key(self._tenant)):  # the app last: it leads to the others
            self._delete(pk, sk)

    def _delete(self, pk: str, sk: str) -> None:
        key: Any = encode({keys.PK: pk, keys.SK: sk})
        self._dynamodb.delete_item(TableName=self._connection.registry_table, Key=key)
