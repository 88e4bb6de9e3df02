"""A link that opens the console of the local stack signed in, as an admin and operator. It works once."""

import secrets
import time

from functions.operate.people.people import invite, new_password
from functions.sign_in_link.links import put_link
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.local.workspace import Endpoint, client

PERSON = "operator@example.org"


def console_link(endpoint: Endpoint) -> str:
    """The link. Raises boto3's errors if the emulator does not answer."""
    cognito = client("cognito-idp", endpoint.aws_endpoint_url, endpoint.aws_key)
    dynamodb = client("dynamodb", endpoint.aws_endpoint_url, endpoint.aws_key)
    registry = Registry(DynamoTable(dynamodb, endpoint.registry_table))
    apps = [app for app in registry.apps() if app.app_id == endpoint.app_id]
    invite(cognito, user_pool_id=endpoint.user_pool_id, email=PERSON, apps=apps, admin=True, operator=True, mail=False)
    code = secrets.token_urlsafe(24)
    put_link(DynamoTable(dynamodb, endpoint.table), code, token_of(endpoint, PERSON), now_us=time.time_ns() // 1000)
    return f"{endpoint.url}/console#link={code}"


def token_of(endpoint: Endpoint, email: str) -> str:
    """An access token of a person of the local pool, as the login page would give it."""
    cognito = client("cognito-idp", endpoint.aws_endpoint_url, endpoint.aws_key)
    password = new_password()
    cognito.admin_set_user_password(UserPoolId=endpoint.user_pool_id, Username=email, Password=password, Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=endpoint.user_pool_id,
        ClientId=endpoint.console_client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])
