"""People in the user pool. Their groups say what they may do: one for each app, named by its tenant, one for admins,
one for operators.

A change of groups counts with the next token, which is half an hour at most.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from functions.core.apps import App
from functions.http.groups import ADMIN_GROUP, OPERATOR_GROUP
from functions.operate.errors import PeopleError

EMAIL_CHARS = 128  # Cognito, AdminCreateUser: Username
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


class People(Protocol):
    """What is used of a boto3 `cognito-idp` client."""

    exceptions: Any

    def admin_create_user(self, **request: Any) -> Any: ...
    def admin_delete_user(self, **request: Any) -> Any: ...
    def admin_add_user_to_group(self, **request: Any) -> Any: ...
    def create_group(self, **request: Any) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A person and what they read now. `is_new`: the pool has sent them an e-mail with a first password."""

    email: str
    apps: Sequence[App]
    admin: bool
    operator: bool
    is_new: bool


def invite(
    cognito: People,
    *,
    user_pool_id: str,
    email: str,
    apps: Sequence[App],
    admin: bool = False,
    operator: bool = False,
    mail: bool = True,
) -> Invitation:
    """Let a person sign in and read `apps` (`admin`: and all others, and the operations page).

    An `operator` may also change the webhooks of these apps, send deliveries again, and ask for erasures and copies of
    their learners.

    A person who is invited already gets these apps beside those they have. Raises PeopleError if `email` is not
    an address, or there is no app: without one a person reads nothing.
    """
    email = checked_email(email)
    if not apps:
        raise PeopleError("Give the app that the person is to read: make person EMAIL=… APP='My app'")
    request: dict[str, Any] = {
        "UserPoolId": user_pool_id,
        "Username": email,
        "UserAttributes": [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        "DesiredDeliveryMediums": ["EMAIL"],
        "TemporaryPassword": new_password(),
    }
    try:
        cognito.admin_create_user(**request, **({} if mail else {"MessageAction": "SUPPRESS"}))
        is_new = True
    except cognito.exceptions.UsernameExistsException:
        is_new = False
    more = [*([ADMIN_GROUP] if admin else []), *([OPERATOR_GROUP] if operator else [])]
    for group in [*(app.tenant for app in apps), *more]:
        _make_group(cognito, user_pool_id, group)
        cognito.admin_add_user_to_group(UserPoolId=user_pool_id, Username=email, GroupName=group)
    return Invitation(email=email, apps=apps, admin=admin, operator=operator, is_new=is_new)


def remove(cognito: People, *, user_pool_id: str, email: str) -> None:
    """Let a person in no longer. A token that they hold works until it ends, half an hour at most."""
    email = checked_email(email)
    try:
        cognito.admin_delete_user(UserPoolId=user_pool_id, Username=email)
    except cognito.exceptions.UserNotFoundException as error:
        raise PeopleError(f"{email} is not invited: check the address.") from error


def new_password() -> str:
    """A password as the pool's policy wants it."""
    return f"{secrets.token_urlsafe(18)}-aA1"


def checked_email(email: str) -> str:
    """The address as it is kept, in lower case."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > EMAIL_CHARS:
        raise PeopleError(f"{email!r} is not an e-mail address such as ada@example.org.")
    return email


def _make_group(cognito: People, user_pool_id: str, group: str) -> None:
    try:
        cognito.create_group(UserPoolId=user_pool_id, GroupName=group)
    except cognito.exceptions.GroupExistsException:
        return  # other people read that app too
