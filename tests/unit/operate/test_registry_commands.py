"""The commands on apps, keys and people as they are typed: what each one registers, and what it says as JSON."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from msgspec import to_builtins

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.times import FIRST_US, format_time
from functions.core.usage.budgets import Budget
from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_READONLY, KEY_SCOPES, PEOPLE_WRITE
from functions.http.groups import ADMIN_GROUP, OPERATOR_GROUP
from functions.operate.__main__ import build_parser
from functions.operate.connection import StackConnection
from functions.operate.errors import PeopleError, RegistryError
from functions.operate.outcome import Outcome
from functions.operate.registry.key_commands import HOUR_US
from functions.store.rows.courses import Course
from tests.connections import connection_to
from tests.unit.operate.desk import NOW_US, POOL, Desk

pytestmark = pytest.mark.slow

LATER_US = NOW_US + 30 * 24 * HOUR_US
SETTINGS = (
    "--edapps a:1,b:* --strict --house timeback --caliper-1-0 --auto-attach --unique-ids --signed-by https://k/jwks "
    "--signed-issuer canvas --budget items=5 --retention-days 30 --archive-days 60 --leave-out name,,name "
    "--pseudonymous --idle-minutes 45 --heartbeat-minutes 2"
).split()


class Office(Desk):
    """A desk at which commands are typed."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.operator: Any = SimpleNamespace(
            registry=self.registry,
            cognito=self.pool,
            connection=connection_to(StackConnection, user_pool_id=POOL, idle_minutes=30.0, heartbeat_minutes=5.0),
            clock=lambda: NOW_US,
        )
        vars(self.operator).update(changes)

    def type(self, *words: str) -> Outcome:
        options = build_parser().parse_args(words)
        outcome: Outcome = options.run(self.operator, options)
        return outcome

    def app(self, name: str = "Fractions") -> App:
        (app,) = (app for app in self.registry.apps() if app.name == name)
        return app


@pytest.fixture
def office() -> Office:
    return Office()


def test_every_setting_of_a_new_app_is_registered(office: Office) -> None:
    said = office.type("app", "add", "Fractions", "--app-id", "urn:app", *SETTINGS).data
    assert office.app() == App(
        app_id="urn:app",
        tenant=office.app().tenant,
        name="Fractions",
        edapps=("a:1", "b:*"),
        strict=True,
        house="timeback",
        caliper_1_0=True,
        signed_by="https://k/jwks",
        signed_issuer="canvas",
        budget=Budget(items=5),
        auto_attach=True,
        idle=((FIRST_US, 45),),
        heartbeat=((FIRST_US, 2),),
        unique_ids=True,
        keeping=Keeping(table_days=30, archive_days=60, left_out=("name",), pseudonymous=True),
    )
    assert said["app"] == to_builtins(office.app())
    assert set(said) == {"app", "client_id", "client_secret", "sensor_key"}


def test_every_setting_of_an_app_is_changed_and_its_timeouts_from_then_on(office: Office) -> None:
    office.type("app", "add", "Fractions", "--app-id", "urn:app")
    said = office.type("app", "change", "Fractions", "--name", "Decimals", *SETTINGS)
    app = office.app("Decimals")
    assert (app.idle, app.heartbeat) == (((FIRST_US, 30), (NOW_US, 45)), ((FIRST_US, 5), (NOW_US, 2)))
    assert app.keeping == Keeping(table_days=30, archive_days=60, left_out=("name",), pseudonymous=True)
    assert (app.edapps, app.budget, app.signed_issuer) == (("a:1", "b:*"), Budget(items=5), "canvas")
    assert said.data == {"app": to_builtins(app)}
    kept = office.type("app", "change", "Decimals", "--leave-out=", "--no-pseudonymous").data["app"]["keeping"]
    assert kept == to_builtins(Keeping(table_days=30, archive_days=60))
    assert len(office.registry.credentials(app)) == 2


@pytest.mark.parametrize("option", ["--idle-minutes", "--heartbeat-minutes"])
def test_a_timeout_that_cannot_be_is_refused_by_its_option(office: Office, option: str) -> None:
    office.type("app", "add", "Fractions")
    with pytest.raises(RegistryError, match=rf"^{option}: a timeout is over 0 and at most 1440 minutes, not 0\.$"):
        office.type("app", "change", "Fractions", option, "0")


def test_an_admins_app_is_registered_at_its_time(office: Office) -> None:
    said = office.type("app", "add", "Fractions", "--admin").data
    client = office.registry.find_client(said["client_id"])
    assert client is not None
    assert client.scopes >= ADMIN
    assert client.created_us == NOW_US


def test_a_removed_app_is_told_with_how_many_credentials_it_had(office: Office) -> None:
    said = office.type("app", "add", "Fractions").data
    app = office.app()
    assert office.type("app", "remove", "Fractions").data == {"app": to_builtins(app), "revoked": 2}
    key = office.registry.find_key([said["sensor_key"]])
    assert key is not None
    assert key.revoked_us == NOW_US


def test_apps_are_listed_by_their_names(office: Office) -> None:
    for name in ("b", "c", "a"):
        office.type("app", "add", name)
    outcome = office.type("apps")
    assert [app["name"] for app in outcome.data["apps"]] == ["a", "b", "c"]
    assert [text.splitlines()[0] for text in outcome.text.split("\n\n")] == ["a", "b", "c"]


def test_a_course_has_its_lessons_for_one_app_or_for_all(office: Office) -> None:
    with pytest.raises(RegistryError, match="No app is registered"):
        office.type("course", "MATH", "30")
    for name in ("a", "b"):
        office.type("app", "add", name)
    ids = [office.app(name).app_id for name in ("a", "b")]
    assert office.type("course", "MATH", "30", "--app", "b").data == {"course": "MATH", "lessons": 30, "apps": ids[1:]}
    assert office.registry.course(office.app("a").tenant, "MATH") is None
    everyone = office.type("course", "MATH", "31")
    assert sorted(everyone.data["apps"]) == sorted(ids)
    assert office.registry.course(office.app("a").tenant, "MATH") == Course(id="MATH", lessons=31)


@pytest.mark.parametrize(
    ("options", "kind", "scopes"),
    [
        ([], "key", KEY_SCOPES),
        (["--read"], "key", KEY_SCOPES | {EVENTS_READONLY}),
        (["--client"], "client", CLIENT_SCOPES),
        (["--client", "--admin"], "client", CLIENT_SCOPES | ADMIN),
        (["--client", "--people"], "client", CLIENT_SCOPES | {PEOPLE_WRITE}),
    ],
)
def test_a_new_credential_may_do_what_was_asked(
    office: Office, options: list[str], kind: str, scopes: frozenset[str]
) -> None:
    office.type("app", "add", "Fractions")
    said = office.type("key", "add", "Fractions", "--label", "nightly", "--expires", "2026-02-26", *options).data
    find = {
        "key": lambda: office.registry.find_key([said["secret"]]),
        "client": lambda: office.registry.find_client(said["id"]),
    }
    credential = find[kind]()
    assert credential is not None
    assert (credential.kind, credential.scopes, credential.label, credential.created_us) == (
        kind, scopes, "nightly", NOW_US
    )  # fmt: skip
    assert {name: value for name, value in said.items() if name != "secret"} == {
        "id": credential.id,
        "kind": kind,
        "label": "nightly",
        "scopes": sorted(scopes),
        "created": format_time(NOW_US),
        "state": "live",
        "ends": "2026-02-26T00:00:00.000Z",
    }


def test_an_admins_client_is_limited_to_the_apps_that_are_named(office: Office) -> None:
    for name in ("Fractions", "b", "c"):
        office.type("app", "add", name)
    said = office.type("key", "add", "Fractions", "--client", "--admin", "--only", "b, ,c").data
    client = office.registry.find_client(said["id"])
    assert client is not None
    assert client.admin_of == (office.app("b").tenant, office.app("c").tenant)
    for words in (["--client", "--only", "b"], ["--people"]):
        with pytest.raises(RegistryError, match="make key APP=… CLIENT=1"):
            office.type("key", "add", "Fractions", *words)


def test_a_rotation_says_what_it_replaces_and_until_when_that_works(office: Office) -> None:
    office.type("app", "add", "Fractions")
    old = office.type("key", "add", "Fractions", "--expires", "2026-01-29").data
    ends = {"0": NOW_US, "1.5": NOW_US + 3 * HOUR_US // 2}
    for hours, end_us in ends.items():
        said = office.type("key", "rotate", "Fractions", old["id"], "--overlap-hours", hours)
        assert (said.data["replaces"], said.data["replacedEnds"]) == (old["id"], format_time(end_us))
        assert said.data["ends"] is None
        assert f"The old one, {old['id']}, works until {format_time(end_us)}." in said.text
        old = said.data
    long = office.type("key", "add", "Fractions", "--expires", "2026-01-29").data
    said = office.type("key", "rotate", "Fractions", long["id"], "--overlap-hours", "2000")
    assert said.data["replacedEnds"] == "2026-01-29T00:00:00.000Z"


def test_keys_are_listed_with_the_day_of_their_last_use(office: Office) -> None:
    office.type("app", "add", "Fractions")
    said = office.type("key", "list", "Fractions")
    assert said.data["app"] == office.app().app_id
    assert [row["lastUsed"] for row in said.data["credentials"]] == ["", ""]
    for row in said.data["credentials"]:
        assert office.type("key", "revoke", "Fractions", row["id"]).data == {"revoked": row["id"]}
    assert [row["state"] for row in office.type("key", "list", "Fractions").data["credentials"]] == ["revoked"] * 2
    assert len(office.type("key", "list", "Fractions").text.splitlines()) == 2


@pytest.fixture
def people() -> Iterator[Office]:
    with mock_aws():
        cognito = boto3.client("cognito-idp", region_name="us-east-1")
        pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
        connection = connection_to(StackConnection, url="https://api", user_pool_id=pool)
        office = Office()
        office.type("app", "add", "Fractions")
        vars(office.operator).update(cognito=cognito, connection=connection)
        yield office


MORE = ", every other app and the operations page"
CHANGES = ", may change webhooks, and may have learners erased and copied"


@pytest.mark.parametrize(
    ("options", "reads", "groups"),
    [
        ([], "Fractions", set()),
        (["--admin"], f"Fractions{MORE}", {ADMIN_GROUP}),
        (["--operator"], f"Fractions{CHANGES}", {OPERATOR_GROUP}),
        (["--admin", "--operator"], f"Fractions{MORE}{CHANGES}", {ADMIN_GROUP, OPERATOR_GROUP}),
    ],
)
def test_a_person_is_told_with_what_they_read_and_where(
    people: Office, options: list[str], reads: str, groups: set[str]
) -> None:
    for sentence in ("An e-mail with a first password is on its way.", "The person was invited before."):
        said = people.type("person", "Ada@example.org", "--app", "Fractions", *options)
        assert said.text == f"ada@example.org reads {reads}. {sentence}\nSign in at https://api/console"
        assert said.data["console_url"] == "https://api/console"
        assert (said.data["email"], said.data["admin"], said.data["operator"]) == (
            "ada@example.org", "--admin" in options, "--operator" in options
        )  # fmt: skip
    pool = people.operator.connection.user_pool_id
    memberships = people.operator.cognito.admin_list_groups_for_user(UserPoolId=pool, Username="ada@example.org")
    assert {group["GroupName"] for group in memberships["Groups"]} == {people.app().tenant, *groups}
    removed = people.type("person", " ada@example.org", "--remove")
    assert removed.data == {"email": "ada@example.org", "removed": True}
    with pytest.raises(PeopleError, match="not invited"):
        people.type("person", "ada@example.org", "--remove")


def test_a_person_without_an_app_is_refused(people: Office) -> None:
    with pytest.raises(PeopleError, match="Give the app"):
        people.type("person", "ada@example.org")
