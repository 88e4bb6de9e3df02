"""What issues tokens: the user pool. Its clients are the registered apps (`make app` makes them) and the console, whose
users are the people invited by `make person`.
"""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.config import Config

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
        "webhooks.write": "Register webhooks",
        "webhooks.readonly": "Read webhooks",
        "people.write": "Have this app's learners counted, erased and copied",
        "admin": "Everything of every app",
    },
}


CONSOLE_TOKEN = cdk.Duration.minutes(30)  # then the console leads back to the login page
MFA = {"off": cognito.Mfa.OFF, "optional": cognito.Mfa.OPTIONAL, "required": cognito.Mfa.REQUIRED}


class Credentials(Construct):
    """The pool, its token endpoint and its scopes."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config) -> None:
        retained = not config.local
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            mfa=MFA[config.console_mfa],
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            user_invitation=_invitation(),
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
                user_pool_resource_server_name=f"caliper-{version}",  # its default, the identifier, is not a legal name
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
        login_domain = cdk.Fn.join("", ["https://", prefix, ".auth.", cdk.Aws.REGION, ".amazoncognito.com"])
        self.token_url = cdk.Fn.join("", [login_domain, "/oauth2/token"])
        self.login_url = cdk.Fn.join("", [login_domain, "/oauth2/authorize"])
        for rule in ("AwsSolutions-COG2", "AwsSolutions-COG3", "AwsSolutions-COG8"):
            Validations.of(self.pool).acknowledge(
                Acknowledgment(
                    id=rule,
                    reason="Its few people are invited and only read; a second factor is the setting console_mfa",
                )
            )

    def console_client(self, api_url: str) -> cognito.UserPoolClient:
        """The public client with which the console signs people in: authorization code with PKCE, nothing else."""
        return self.pool.add_client(
            "Console",
            user_pool_client_name="console",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=[f"{api_url}/console"],
                logout_urls=[f"{api_url}/console"],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=CONSOLE_TOKEN,
            id_token_validity=CONSOLE_TOKEN,
            refresh_token_validity=cdk.Duration.minutes(60),  # the shortest there is; the console keeps none
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
        )


def _invitation() -> cognito.UserInvitationConfig:
    return cognito.UserInvitationConfig(
        email_subject="Your invitation to the Caliper console",
        email_body="You are invited to read Caliper events. Your name is {username} and your first password {####}. "
        "Sign in on the page /console of the service within seven days; then you choose a password of your own.",
    )
