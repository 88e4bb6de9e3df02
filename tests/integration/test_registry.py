"""The register over moto's DynamoDB: what is found by what, and what the table gives away."""

from collections.abc import Iterator

import pytest
from mypy_boto3_dynamodb.client import DynamoDBClient

from functions.core.apps import App
from functions.core.ids import digest
from functions.http.gate import CLIENT_SCOPES, KEY_SCOPES
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from functions.store.rows.credentials import Credential
from tests.aws import TABLE, dynamodb_table, mocked

APP = App(
    app_id="urn:uuid:0b7e8c5e-2a63-4a0e-9d0a-4d2f6d3f2c11",
    tenant=keys.tenant_of("urn:uuid:0b7e8c5e-2a63-4a0e-9d0a-4d2f6d3f2c11"),
    name="Fractions",
    edapps=("urn:uuid:0b7e8c5e-2a63-4a0e-9d0a-4d2f6d3f2c11", "https://lms.example/*"),
    strict=True,
    house="timeback",
    caliper_1_0=True,
    auto_attach=True,
)
OTHER = App(app_id="https://lms.example", tenant=keys.tenant_of("https://lms.example"))
KEY = "ck_5hG2-qz8X_a-key-of-this-test"
CLIENT = "7h2kexampleclientid"
NOW_US = 1_769_508_180_000_000


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBClient]:
    with mocked(monkeypatch):
        yield dynamodb_table()


@pytest.fixture
def registry(dynamodb: DynamoDBClient) -> Registry:
    return Registry(DynamoTable(dynamodb, TABLE))


def test_an_app_is_read_back_as_it_was_registered(registry: Registry) -> None:
    assert registry.add_app(APP, now_us=NOW_US)
    assert registry.app(APP.tenant) == APP
    assert registry.apps() == [APP]


def test_an_unknown_app_is_none(registry: Registry) -> None:
    assert registry.app(APP.tenant) is None
    assert registry.apps() == []


def test_a_second_registration_of_an_id_changes_nothing(registry: Registry) -> None:
    registry.add_app(APP, now_us=NOW_US)
    impostor = App(app_id=APP.app_id, tenant=APP.tenant, name="Impostor", edapps=("*",))
    assert not registry.add_app(impostor, now_us=NOW_US)
    assert registry.app(APP.tenant) == APP


def test_a_registration_can_be_changed_and_only_an_existing_one(registry: Registry) -> None:
    changed = App(app_id=APP.app_id, tenant=APP.tenant, name="Fractions 2", edapps=("*",))
    assert not registry.change_app(APP.tenant, lambda _: changed)
    registry.add_app(APP, now_us=NOW_US)
    assert registry.change_app(APP.tenant, lambda _: changed)
    assert registry.change_app(APP.tenant, lambda _: changed)
    assert registry.app(APP.tenant) == changed


def test_a_key_is_found_by_its_text_and_an_unknown_one_is_none(registry: Registry) -> None:
    added = registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, label="classroom", now_us=NOW_US)
    assert registry.find_key([KEY]) == added
    assert registry.find_key(["", "something else", KEY]) == added
    assert registry.find_key(["ck_another"]) is None
    assert registry.find_key([]) is None
    assert registry.find_key([""]) is None
    assert (added.tenant, added.label, added.scopes) == (APP.tenant, "classroom", KEY_SCOPES)


def test_the_table_does_not_hold_the_key(registry: Registry, dynamodb: DynamoDBClient) -> None:
    registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    stored = str(dynamodb.scan(TableName=TABLE)["Items"])
    assert digest(KEY) in stored
    assert KEY not in stored


def test_a_client_id_is_not_a_key_and_a_key_is_not_a_client_id(registry: Registry) -> None:
    registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    client = registry.add_client(CLIENT, app=APP, scopes=CLIENT_SCOPES, now_us=NOW_US)
    assert registry.find_client(CLIENT) == client
    assert registry.find_key([CLIENT]) is None
    assert registry.find_client(KEY) is None


def test_the_id_of_a_credential_is_neither_key_nor_client(registry: Registry) -> None:
    key = registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    assert registry.find_key([key.id]) is None
    assert registry.find_key([f"K#{key.id}"]) is None


def test_a_key_cannot_be_given_to_two_apps(registry: Registry) -> None:
    registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    with pytest.raises(ValueError, match="registered already"):
        registry.add_key(KEY, app=OTHER, scopes=KEY_SCOPES, now_us=NOW_US)
    credential = registry.find_key([KEY])
    assert credential is not None
    assert credential.tenant == APP.tenant


def test_old_and_new_key_overlap_until_the_old_one_ends(registry: Registry) -> None:
    old = registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    new = registry.add_key("ck_new", app=APP, scopes=KEY_SCOPES, now_us=NOW_US + 1)
    assert registry.end(old, at_us=NOW_US + 60_000_000)
    held = registry.find_key([KEY])
    assert held is not None
    assert (held.not_after_us, held.revoked_us) == (NOW_US + 60_000_000, None)
    assert registry.find_key(["ck_new"]) == new


def test_a_revoked_credential_is_kept_with_the_time_of_its_end(registry: Registry) -> None:
    key = registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US)
    assert registry.revoke(key, now_us=NOW_US + 5)
    held = registry.find_key([KEY])
    assert held is not None
    assert held.revoked_us == NOW_US + 5


def test_what_is_not_registered_cannot_be_revoked(registry: Registry) -> None:
    unknown = Credential(digest="0" * 22, kind="key", tenant=APP.tenant, scopes=KEY_SCOPES, created_us=NOW_US)
    assert not registry.revoke(unknown, now_us=NOW_US)
    assert registry.credentials(APP) == []


def test_the_credentials_of_an_app_are_listed_oldest_first_and_no_others(registry: Registry) -> None:
    registry.add_key("ck_of_another", app=OTHER, scopes=KEY_SCOPES, now_us=NOW_US)
    second = registry.add_client(CLIENT, app=APP, scopes=CLIENT_SCOPES, now_us=NOW_US + 2)
    first = registry.add_key(KEY, app=APP, scopes=KEY_SCOPES, now_us=NOW_US + 1)
    assert registry.credentials(APP) == [first, second]


def test_a_course_belongs_to_the_app_that_registered_it(registry: Registry) -> None:
    course = Course(id="https://school.example/courses/math-3", lessons=40)
    registry.put_course(APP, course)
    assert registry.course(APP.tenant, course.id) == course
    assert registry.course(OTHER.tenant, course.id) is None
    registry.put_course(APP, Course(id=course.id, lessons=41))
    assert registry.course(APP.tenant, course.id) == Course(id=course.id, lessons=41)


def test_a_missing_table_is_an_error_and_not_an_unknown_key(dynamodb: DynamoDBClient) -> None:
    elsewhere = Registry(DynamoTable(dynamodb, "no-such-table"))
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        elsewhere.find_key([KEY])
