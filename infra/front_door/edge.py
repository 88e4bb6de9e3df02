"""CloudFront with a web ACL before the API.

HTTP APIs take no web ACL of their own (API Gateway, "Choose between REST APIs and HTTP APIs").

The API's own address stays reachable. So CloudFront adds a secret header to each request, and the authorizer refuses
requests without it: who goes round the web ACL gets to nothing that needs a credential.
"""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from functions.settings import ORIGIN_HEADER
from infra.front_door.domain import add_alias
from infra.front_door.settings import FrontDoorSettings

CLOUDFRONT_ZONE_ID = "Z2FDTNDATAQYW2"  # of every distribution (Route 53, AliasTarget)


class OriginSecret(Construct):
    """The value of ORIGIN_HEADER, made by Secrets Manager at the first deployment."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        secret = secretsmanager.Secret(
            self,
            "Secret",
            description="CloudFront shows it to the API",
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=40),
        )
        # A reference that CloudFormation resolves: the template does not hold the secret.
        self.value = secret.secret_value.unsafe_unwrap()
        Validations.of(secret).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SMG4",
                reason="CloudFront and the authorizer change it together, at a deployment (docs/deploying.md)",
            )
        )


class Edge(Construct):
    """`url` is the address of the distribution, by the domain's name if there is one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        http_api: gateway.HttpApi,
        secret: OriginSecret,
        settings: FrontDoorSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        host = f"{http_api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        named = {}
        if settings.domain_name:
            named = {
                "domain_names": [settings.domain_name],
                "certificate": certificates.Certificate.from_certificate_arn(
                    self, "Certificate", settings.certificate_arn
                ),
            }
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"{stack.stack_name}: the web ACL before the API",
            web_acl_id=settings.web_acl_arn,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(host, custom_headers={ORIGIN_HEADER: secret.value}),
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,  # every answer depends on the credential
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            ),
            **named,  # type: ignore[arg-type]
        )
        self.target = distribution.distribution_domain_name
        self.url = f"https://{settings.domain_name or self.target}"
        if settings.hosted_zone_id:
            add_alias(self, settings, target=self.target, target_zone_id=CLOUDFRONT_ZONE_ID, kinds=("A", "AAAA"))
        for rule, reason in (
            ("AwsSolutions-CFR1", "Learners and their apps may be in any country"),
            ("AwsSolutions-CFR3", "The API's access log has each request, without paths that hold keys or ids"),
            ("AwsSolutions-CFR4", "Without a domain of one's own CloudFront's certificate sets the protocol"),
        ):
            Validations.of(distribution).acknowledge(Acknowledgment(id=rule, reason=reason))
