"""People are invited, given further apps, and removed, in the user pool as AWS keeps it (moto)."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.core.apps import App
from functions.http.groups import ADMIN_GROUP, OPERATOR_GROUP
from functions.operate.errors import PeopleError
from functions.operate.people.people import checked_email, invite, new_password, remove
from functions.store import keys

pytestmark = pytest.mark.slow

APPS = [App(app_id=app_id, tenant=keys.tenant_of(app_id)) for app_id in ("urn:app:1", "urn:app:2")]


@pytest.fixture
def cognito() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="us-east-1")


@pytest.fixture
def pool(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="p")["UserPool"]["Id"])


def groups(cognito: Any, pool: str, email: str) -> set[str]:
    memberships = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=email)["Groups"]
    return {group["GroupName"] for group in memberships}


def test_a_person_gets_a_group_for_each_app_and_keeps_those_they_had(cognito: Any, pool: str) -> None:
    first = invite(cognito, user_pool_id=pool, email=" Ada@Example.org ", apps=APPS[:1])
    assert (first.email, first.is_new) == ("ada@example.org", True)
    again = invite(cognito, user_pool_id=pool, email="ada@example.org", apps=APPS[1:], admin=True)
    assert not again.is_new
    assert groups(cognito, pool, "ada@example.org") == {APPS[0].tenant, APPS[1].tenant, ADMIN_GROUP}
    invite(cognito, user_pool_id=pool, email="bob@example.org", apps=APPS[:1], operator=True)
    assert groups(cognito, pool, "bob@example.org") == {APPS[0].tenant, OPERATOR_GROUP}


def test_a_removed_person_is_gone(cognito: Any, pool: str) -> None:
    invite(cognito, user_pool_id=pool, email="ada@example.org", apps=APPS)
    remove(cognito, user_pool_id=pool, email="ada@example.org")
    with pytest.raises(PeopleError, match="not invited"):
        remove(cognito, user_pool_id=pool, email="ada@example.org")


@pytest.mark.parametrize("email", ["", "ada", "a b@c.d", "a@b@c", "a@" + "b" * 130])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(PeopleError, match="e-mail address"):
        checked_email(email)


def test_an_invitation_without_an_app_is_refused(cognito: Any, pool: str) -> None:
    with pytest.raises(PeopleError, match="app"):
        invite(cognito, user_pool_id=pool, email="ada@example.org", apps=[])


def test_a_first_password_is_as_the_pool_wants_it_and_never_the_same() -> None:
    password = new_password()
    assert len(password) >= 16
    assert password != new_password()
