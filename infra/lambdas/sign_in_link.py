"""`sign_in_link`: of the local stack only, so that `make local` can print a link that opens the console signed in."""

import aws_cdk as cdk
from constructs import Construct

from functions.sign_in_link.settings import SignInLinkSettings
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import Storage


class SignInLink(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, package: Package, storage: Storage) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="sign_in_link",
            description="Exchanges the code of a local sign-in link for a token, once",
            package=package,
            settings=SignInLinkSettings(table_name=storage.table.table_name),
            memory_mb=512,
            timeout=cdk.Duration.seconds(10),
        )
        self.function.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=[storage.table.table_arn])
