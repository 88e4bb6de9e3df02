"""`authorize`: token or key → app and scopes, in front of every route that needs a credential."""

import aws_cdk as cdk
from constructs import Construct

from functions.authorize.settings import AuthorizeSettings
from functions.store import keys
from infra.credentials import Credentials
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import Storage


class Authorize(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: Package,
        storage: Storage,
        credentials: Credentials,
        origin_secret: str = "",
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="authorize",
            description="Tells which registered app a token or sensor key belongs to",
            package=package,
            settings=AuthorizeSettings(
                registry_table_name=storage.registry_in_use.table_name,
                user_pool_id=credentials.pool.user_pool_id,
                origin_secret=origin_secret,
            ),
            memory_mb=1024,  # a cold start is all imports (cryptography), and they speed up with memory
            timeout=cdk.Duration.seconds(10),  # the gateway waits 10 s for an authorizer (HTTP API quota)
        )
        # Credentials and apps are read by key; the pool's public keys are fetched over plain HTTPS.
        self.function.allow("dynamodb:BatchGetItem", on=[storage.registry_in_use.table_arn])
        # The day of a credential's last use, and nothing else: it cannot let anyone in.
        self.function.allow(
            "dynamodb:BatchWriteItem",
            on=[storage.registry_in_use.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{keys.USE_PREFIX}*"]}},
        )
