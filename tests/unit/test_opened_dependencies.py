"""What each Lambda opens from its environment: clients that give up in time, each door at what its variable names."""

import importlib
import time
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.store import keys
from functions.store.aws import client as aws_client
from functions.store.erasure.secret import SECRET_KEY
from functions.store.signers.signing_keys import KeySet

ENVIRONMENT = {
    "TABLE_NAME": "the table",
    "REGISTRY_TABLE_NAME": "the registry",
    "BUCKET_NAME": "the bucket",
    "BUS_NAME": "the bus",
    "QUEUE_URL": "the queue",
    "DEAD_LETTERS_URL": "the dead letters",
    "DELIVERIES_URL": "the deliveries",
    "GIVEN_UP_URL": "the given up",
    "NOTIFICATIONS_URL": "the notifications",
    "PERSON_REQUESTS_URL": "the person requests",
    "AUDIT_GROUP": "the audit log",
    "USER_POOL_ID": "eu-west-2_Pool",
    "CANVAS_APP": "https://canvas.example.edu",
    "VALIDATE_FUNCTION": "the validate",
    "QUERY_FUNCTION": "the query",
    "LOOKS": "3",
}


def standard(**options: Any) -> dict[str, Any]:
    """Options of a client: retries in botocore's mode `standard`, the rest as given."""
    retries = {name: options.pop(name) for name in ("max_attempts", "total_max_attempts") if name in options}
    return {"retries": {"mode": "standard", **retries}, **options}


PROCESS = standard(
    max_attempts=5,
    connect_timeout=2,
    read_timeout=10,
    parameter_validation=False,
    max_pool_connections=8,
    user_agent="caliper-process",
)
TIMEOUT = standard(
    max_attempts=5, connect_timeout=2, read_timeout=5, parameter_validation=False, max_pool_connections=16
)
WAITED_FOR = standard(max_attempts=3, connect_timeout=2, read_timeout=5)
QUERY = standard(max_attempts=4, connect_timeout=2, read_timeout=5, parameter_validation=False)
MANAGE = standard(max_attempts=4, connect_timeout=2, read_timeout=5)
DELIVER = standard(max_attempts=3, connect_timeout=2, read_timeout=8, max_pool_connections=10)
IMPORTER = standard(max_attempts=5, connect_timeout=2, read_timeout=30)
CLIENTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "authorize": [("dynamodb", standard(total_max_attempts=3, connect_timeout=1, read_timeout=2))],
    "validate": [
        ("sqs", WAITED_FOR),
        ("dynamodb", WAITED_FOR),
        ("dynamodb", standard(total_max_attempts=1, connect_timeout=1, read_timeout=1)),
    ],
    "process": [
        ("dynamodb", PROCESS),
        ("sqs", standard(total_max_attempts=2, connect_timeout=2, read_timeout=4)),
        ("s3", PROCESS),
        ("events", PROCESS),
    ],
    "timeout": [("dynamodb", TIMEOUT), ("sqs", TIMEOUT), ("events", TIMEOUT)],
    "query": [("dynamodb", QUERY), ("logs", QUERY)],
    "manage": [("dynamodb", MANAGE), ("logs", MANAGE), ("sqs", MANAGE)],
    "deliver": [("dynamodb", DELIVER), ("sqs", DELIVER), ("s3", DELIVER), ("events", DELIVER)],
    "importer": [("dynamodb", IMPORTER), ("sqs", IMPORTER), ("s3", IMPORTER)],
    "intake": [("dynamodb", WAITED_FOR), ("sqs", WAITED_FOR)],
    "backup": [("dynamodb", {}), ("s3", {})],
    "canary": [("lambda", {})],
}
# By Lambda: the path to each door below its dependencies, and what it is opened at.
DOORS: dict[str, dict[str, str]] = {
    "authorize": {"registry.table.name": "the registry"},
    "validate": {"queue._url": "the queue", "table.name": "the table", "counters.name": "the table"},
    "process": {
        "table.name": "the table",
        "archive._bucket": "the bucket",
        "registrations._table.name": "the registry",
        "bus._bus._name": "the bus",
        "dead_letters._url": "the dead letters",
        "in_flight._url": "the queue",
        "deliveries._url": "the deliveries",
    },
    "timeout": {
        "table.name": "the table",
        "registry_table.name": "the registry",
        "queue._url": "the queue",
        "registrations._table.name": "the registry",
        "bus._bus._name": "the bus",
    },
    "query": {"table.name": "the table", "registry_table.name": "the registry", "audit._group": "the audit log"},
    "manage": {
        "table.name": "the table",
        "registry_table.name": "the registry",
        "deliveries._url": "the deliveries",
        "person_requests._url": "the person requests",
        "audit._group": "the audit log",
    },
    "deliver": {
        "table.name": "the table",
        "registry_table.name": "the registry",
        "archive._bucket": "the bucket",
        "deliveries._url": "the deliveries",
        "given_up._url": "the given up",
        "bus._bus._name": "the bus",
    },
    "importer": {
        "doors.folder._bucket": "the bucket",
        "doors.queue._url": "the queue",
        "doors.archive._bucket": "the bucket",
        "doors.table.name": "the table",
        "doors.registry.table.name": "the registry",
        "notifications._url": "the notifications",
    },
    "intake": {"queue._url": "the queue", "registered_app.registry.table.name": "the registry"},
    "backup": {"table_name": "the registry", "copies._bucket": "the bucket"},
    "canary": {},
}
# Where the registry is still in the events table (docs/upgrading.md), and without a bus or dead letters.
OPTIONAL = {"REGISTRY_TABLE_NAME", "BUS_NAME", "DEAD_LETTERS_URL", "DELIVERIES_URL", "AUDIT_GROUP"}
NEEDED = {"manage": {"DELIVERIES_URL"}, "deliver": {"DELIVERIES_URL"}}
LESS: dict[str, dict[str, Any]] = {
    "process": {"registrations._table.name": "the table", "bus": None, "dead_letters": None, "deliveries": None},
    "timeout": {
        "registrations._table.name": "the table",
        "registry_table.name": "the table",
        "bus": None,
        "secret": None,
    },
    "query": {"registry_table.name": "the table", "audit": None},
    "manage": {"registry_table.name": "the table", "audit": None},
    "deliver": {"registry_table.name": "the table", "bus": None},
}

# By Lambda: what is no door.
VALUES: dict[str, dict[str, Any]] = {
    "intake": {"registered_app.app_id": "https://canvas.example.edu"},
    "canary": {"looks": 3, "pause": time.sleep},
}
SECRET_ROW = {keys.PK: {"S": SECRET_KEY[0]}, keys.SK: {"S": SECRET_KEY[1]}, "secret": {"B": b"the secret"}}
WITHOUT_LOG = {"authorize", "sign_in_link"}
LAMBDAS = sorted(path.parent.name for path in (Path(__file__).parents[2] / "functions").glob("*/handler.py"))


class Opened:
    """Stands for a botocore session: keeps what was asked for, and by service the clients that it gave."""

    def __init__(self) -> None:
        self.clients: list[tuple[str, dict[str, Any]]] = []
        self.opened: dict[str, list[Any]] = defaultdict(list)

    def create_client(self, service: str, config: Any = None) -> Any:
        options = {} if config is None else dict(config._user_provided_options)
        self.clients.append((service, options))
        events = SimpleNamespace(register=lambda *_, **__: None)
        client = SimpleNamespace(service=service, meta=SimpleNamespace(events=events))
        self.opened[service].append(client)
        return client


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    session = Opened()
    monkeypatch.setattr(aws_client, "session", lambda: session)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return session


def settings_of(name: str) -> Any:
    """The model of a Lambda's settings: beside its handler, or with those that other rooms fill in too."""
    for module in (f"functions.{name}.settings", "functions.settings"):
        with suppress(ModuleNotFoundError):
            return getattr(importlib.import_module(module), f"{name.capitalize()}Settings")
    raise LookupError(name)


def opened_by(name: str, monkeypatch: pytest.MonkeyPatch, *, without: Collection[str] = ()) -> Any:
    """The dependencies that a Lambda opens, from the variables that its settings have."""
    model = settings_of(name)
    for variable, value in ENVIRONMENT.items():
        if variable.lower() in model.model_fields and variable not in without:
            monkeypatch.setenv(variable, value)
        else:
            monkeypatch.delenv(variable, raising=False)
    handler = importlib.import_module(f"functions.{name}.handler")
    handler.open_dependencies.cache_clear()
    try:
        return handler.open_dependencies()
    finally:
        handler.open_dependencies.cache_clear()


def field_at(dependencies: Any, path: str) -> Any:
    for name in path.split("."):
        dependencies = getattr(dependencies, name)
    return dependencies


@pytest.mark.parametrize("name", CLIENTS)
def test_its_clients_give_up_before_whoever_waits_does(
    name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_by(name, monkeypatch)
    assert opened.clients == CLIENTS[name]


@pytest.mark.parametrize("name", DOORS)
def test_each_door_is_opened_at_what_its_variable_names(
    name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dependencies = opened_by(name, monkeypatch)
    assert {path: field_at(dependencies, path) for path in DOORS[name]} == DOORS[name]


@pytest.mark.parametrize("name", VALUES)
def test_each_setting_reaches_what_needs_it(name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    dependencies = opened_by(name, monkeypatch)
    assert {path: field_at(dependencies, path) for path in VALUES[name]} == VALUES[name]


@pytest.mark.parametrize("name", [name for name in LAMBDAS if name not in WITHOUT_LOG])
def test_each_lambda_logs_under_its_own_name(name: str) -> None:
    assert importlib.import_module(f"functions.{name}.handler").logger.service == name


SERVICES = {"_url": "sqs", "_bucket": "s3", "_name": "events", "name": "dynamodb", "_group": "logs"}


@pytest.mark.parametrize("name", DOORS)
def test_each_door_has_a_client_of_its_service(name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    dependencies = opened_by(name, monkeypatch)
    paths = [path for path in DOORS[name] if "." in path]
    services = {path: field_at(dependencies, path.rpartition(".")[0])._client.service for path in paths}
    assert services == {path: SERVICES[path.rpartition(".")[2]] for path in paths}


@pytest.mark.parametrize("name", LESS)
def test_what_a_deployment_does_not_have_is_not_opened(
    name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dependencies = opened_by(name, monkeypatch, without=OPTIONAL - NEEDED.get(name, set()))
    assert {path: field_at(dependencies, path) for path in LESS[name]} == LESS[name]


def test_the_dependencies_of_an_instance_are_opened_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = importlib.import_module("functions.validate.handler")
    for variable in ("TABLE_NAME", "QUEUE_URL"):
        monkeypatch.setenv(variable, ENVIRONMENT[variable])
    handler.open_dependencies.cache_clear()
    first = handler.open_dependencies()
    assert handler.open_dependencies() is first
    handler.open_dependencies.cache_clear()


def test_the_public_keys_at_an_address_are_kept_by_an_instance(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    dependencies = opened_by("validate", monkeypatch)
    key_set = dependencies.key_set_of("https://app.example.org/keys")
    assert isinstance(key_set, KeySet)
    assert dependencies.key_set_of("https://app.example.org/keys") is key_set
    assert dependencies.key_set_of("https://other.example.org/keys") is not key_set


@pytest.mark.parametrize("name", ["process", "timeout"])
def test_learners_go_by_pseudonyms_of_the_secret_in_the_registry(
    name: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = opened_by(name, monkeypatch).bus
    for client in opened.opened["dynamodb"]:
        client.batch_get_item = lambda **_: {"Responses": {"the registry": [SECRET_ROW]}}
    assert bus._secret() == b"the secret"


@pytest.mark.parametrize("name", ["process", "timeout"])
@pytest.mark.parametrize("plain", [True, False])
def test_notices_have_the_ids_of_learners_if_the_deployment_says_so(
    name: str, plain: bool, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "PLAIN_NOTICES", str(plain))
    assert opened_by(name, monkeypatch).bus._plain is plain


def test_a_sweep_makes_the_secret_in_the_registry_and_reads_it_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = opened_by("timeout", monkeypatch).secret
    answers = iter([{"Responses": {"the registry": [SECRET_ROW]}}])  # and no second one
    for client in opened.opened["dynamodb"]:
        client.batch_get_item = lambda **_: next(answers)
    assert [secret(), secret()] == [b"the secret"] * 2


def test_a_sweep_hands_over_to_the_function_that_it_names(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    invoker = opened_by("timeout", monkeypatch).open_invoker("the function")
    assert [service for service, _ in opened.clients].count("lambda") == 0, "it is seldom needed"
    calls: list[Any] = []

    def create_client(service: str, config: Any) -> Any:
        assert (service, config.read_timeout) == ("lambda", TIMEOUT["read_timeout"])
        return SimpleNamespace(invoke=lambda **call: calls.append(call))

    monkeypatch.setattr(opened, "create_client", create_client)
    invoker.begin({"shards": ["I#03"]})
    assert calls == [{"FunctionName": "the function", "InvocationType": "Event", "Payload": b'{"shards":["I#03"]}'}]
