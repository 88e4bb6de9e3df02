"""The API under a name of one's own: a regional domain with TLS 1.2, mapped to the one stage."""

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.front_door.settings import FrontDoorSettings


class Domain(Construct):
    """`target` is the name that the domain's DNS record leads to."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        http_api: gateway.HttpApi,
        stage: gateway.HttpStage,
        settings: FrontDoorSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        name = gateway.DomainName(
            self,
            "Name",
            domain_name=settings.domain_name,
            certificate=certificates.Certificate.from_certificate_arn(self, "Certificate", settings.certificate_arn),
            security_policy=gateway.SecurityPolicy.TLS_1_2,
        )
        gateway.ApiMapping(self, "Mapping", api=http_api, domain_name=name, stage=stage)
        self.target = name.regional_domain_name
        if settings.hosted_zone_id:
            add_alias(
                self,
                settings,
                target=self.target,
                target_zone_id=name.regional_hosted_zone_id,
                kinds=("A",),  # an API's regional domain answers IPv4
            )


def add_alias(
    scope: Construct, settings: FrontDoorSettings, *, target: str, target_zone_id: str, kinds: tuple[str, ...]
) -> None:
    """Records of `settings.domain_name` in the hosted zone that lead to `target`."""
    for kind in kinds:
        route53.CfnRecordSet(
            scope,
            f"Record{kind}",
            hosted_zone_id=settings.hosted_zone_id,
            name=settings.domain_name,
            type=kind,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(dns_name=target, hosted_zone_id=target_zone_id),
        )
