"""What issues tokens: the user pool whose clients are the registered apps (made by `make app`, not here)."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_cognito as cognito
from constructs import Construct

# Scopes as the contract's clients ask for them: resource server and name, joined by a slash.
SCOPES = {
    "https://purl.imsglobal.org/spec/caliper/v1p1/scope": {
        "admin": "Everything of every app, by Caliper 1.1's name",
        "event.create": "Send events",
        "webhook.create": "Register webhooks",
        "webhook.readonly": "Read webhooks",
    },
    "https://purl.imsglobal.org/spec/caliper/v1p2/scope": {
        "events.write": "Send events",
        "events.readonly": "Read what this app has sent",
        "admin": "Everything of every app",
    },
}


class Credentials(Construct):
    """The pool, its token endpoint and its scopes."""

    def __init__(self, scope: Construct, construct_id: str, *, retained: bool) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.NONE,
            password_policy=cognito.PasswordPolicy(
                min_length=16,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
            ),
            deletion_protection=retained,
            removal_policy=cdk.RemovalPolicy.RETAIN if retained else cdk.RemovalPolicy.DESTROY,
        )
        for identifier, names in SCOPES.items():
            version = identifier.split("/")[-2]
            self.pool.add_resource_server(
                f"Caliper{version}",
                user_pool_resource_server_name=f"caliper-{version}",  # its default, the identifier, is no legal name
                identifier=identifier,
                scopes=[
                    cognito.ResourceServerScope(scope_name=name, scope_description=description)
                    for name, description in names.items()
                ],
            )
        # The prefix must be unique in the region, over all accounts: the stack's own UUID is.
        stack_uuid = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
        prefix = cdk.Fn.join("-", ["caliper", stack_uuid])
        self.pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        self.token_url = cdk.Fn.join(
            "", ["https://", prefix, ".auth.", cdk.Aws.REGION, ".amazoncognito.com/oauth2/token"]
        )
        for rule in ("AwsSolutions-COG2", "AwsSolutions-COG3", "AwsSolutions-COG8"):
            Validations.of(self.pool).acknowledge(
                Acknowledgment(
                    id=rule,
                    reason="The pool has no users to protect: only machine clients take tokens (client credentials)",
                )
            )
