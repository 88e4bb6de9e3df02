"""The authorizer with its real doors: DynamoDB (moto), and the pool's keys fetched over HTTP on loopback."""

import copy
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest

from functions.authorize import handler as authorize
from functions.authorize.handler import Dependencies, handler
from functions.core.apps import App
from functions.http.gate import CLIENT_SCOPES, EVENT_CREATE, KEY_SCOPES, WRITE, Denial, Principal, gate
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.signers.fetcher import JwkSetFetcher
from functions.store.signers.signing_keys import KeySet
from tests.aws import TABLE, dynamodb_table, mocked
from tests.unit.authorize.pool import ISSUER, NOW_S, POOL, Pool

APP = App(app_id="urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962", tenant="tenantDigest", edapps=("*",))
KEY = "ck_the-key-of-this-test"
CLIENT = "client-of-this-test"
SIGNER = Pool()


class KeysOverHttp(BaseHTTPRequestHandler):
    """Serves the pool's public keys where Cognito does; 503 while the server says so."""

    def do_GET(self) -> None:
        down = getattr(self.server, "down", False)
        known_path = self.path == f"/{POOL}/.well-known/jwks.json"
        body = SIGNER.fetch(ISSUER.keys_url) if known_path and not down else b"{}"
        self.send_response(503 if down else 200 if known_path else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), KeysOverHttp) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with mocked(monkeypatch):
        registry = Registry(DynamoTable(dynamodb_table(), TABLE))
        registry.add_app(APP, now_us=0)
        registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=0)
        registry.add_client(CLIENT, app=APP, scopes=CLIENT_SCOPES, now_us=0)
        yield registry


@pytest.fixture
def dependencies(registry: Registry, server: HTTPServer) -> Dependencies:
    issuer = copy.replace(ISSUER, keys_url=f"http://127.0.0.1:{server.server_port}/{POOL}/.well-known/jwks.json")
    return Dependencies(
        registry=registry, issuer=issuer, key_set=KeySet(issuer.keys_url, JwkSetFetcher(allow_loopback=True))
    )


def ask(authorization: str, dependencies: Dependencies | None) -> Principal | Denial:
    answer = handler(
        {"headers": {"authorization": authorization}}, None, dependencies=dependencies, now_us=round(NOW_S * 1e6)
    )
    return gate(answer["context"], scope=WRITE, now_s=NOW_S)


def test_a_token_is_verified_with_the_keys_that_the_pool_serves(dependencies: Dependencies) -> None:
    who = ask(f"Bearer {SIGNER.token(CLIENT, EVENT_CREATE)}", dependencies)
    assert who == Principal(
        app=APP,
        scopes=frozenset({EVENT_CREATE}),
        kind="client",
        credential=CLIENT,
        expires_at=NOW_S + 3600,
    )


def test_a_forged_token_is_refused(dependencies: Dependencies) -> None:
    who = ask(f"Bearer {Pool().token(CLIENT, EVENT_CREATE)}", dependencies)
    assert isinstance(who, Denial)
    assert who.code == "bad_signature"


def test_a_pool_that_does_not_answer_makes_a_503_and_keys_still_work(
    dependencies: Dependencies, server: HTTPServer
) -> None:
    server.down = True  # type: ignore[attr-defined]
    who = ask(f"Bearer {SIGNER.token(CLIENT, EVENT_CREATE)}", dependencies)
    assert isinstance(who, Denial)
    assert who.status == 503
    assert isinstance(ask(KEY, dependencies), Principal)


def test_the_doors_are_opened_from_the_environment_on_the_first_call(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_TABLE_NAME", TABLE)
    monkeypatch.setenv("USER_POOL_ID", POOL)
    authorize.open_dependencies.cache_clear()
    try:
        who = ask(KEY, None)
    finally:
        authorize.open_dependencies.cache_clear()
    assert isinstance(who, Principal)
    assert who.app == APP


def test_a_table_that_is_not_there_makes_a_503(registry: Registry, dependencies: Dependencies) -> None:
    boto3.client("dynamodb").delete_table(TableName=TABLE)
    who = ask(KEY, dependencies)
    assert isinstance(who, Denial)
    assert who.status == 503
