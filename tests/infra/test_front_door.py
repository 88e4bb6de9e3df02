"""A domain of one's own and CloudFront with a web ACL before the API: what they make, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.config import Config
from infra.front_door.settings import FrontDoorSettings
from tests.infra.conftest import Synthesised, synthesise
from tests.infra.names import bare, named

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a0a"
EDGE_CERTIFICATE = CERTIFICATE.replace("eu-west-1", "us-east-1")
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/schools/0b0b"
NAME = "caliper.example.org"
DOMAIN = {"domain_name": NAME, "certificate_arn": CERTIFICATE}


def outputs(synthesised: Synthesised) -> dict[str, Any]:
    return {name: output["Value"] for name, output in synthesised.template["Outputs"].items()}


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    chosen = DOMAIN | {"hosted_zone_id": "Z0123", "execute_api": "false"}
    return synthesise(tmp_path_factory.mktemp("domain"), nag=True, **chosen)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    chosen = DOMAIN | {"certificate_arn": EDGE_CERTIFICATE, "hosted_zone_id": "Z0123", "web_acl_arn": WEB_ACL}
    return synthesise(tmp_path_factory.mktemp("edge"), nag=True, **chosen)


def test_without_settings_the_api_has_its_own_address_only(production: Synthesised) -> None:
    assert production.only("AWS::ApiGatewayV2::Api").get("DisableExecuteApiEndpoint") in (None, False)
    for kind in (
        "ApiGatewayV2::DomainName",
        "Route53::RecordSet",
        "CloudFront::Distribution",
        "SecretsManager::Secret",
    ):
        assert not production.resources(f"AWS::{kind}")


def test_a_domain_is_mapped_to_the_stage_with_tls_1_2_and_published(domain: Synthesised) -> None:
    assert domain.findings == []
    name = domain.only("AWS::ApiGatewayV2::DomainName")
    assert name["DomainName"] == NAME
    (configuration,) = name["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == CERTIFICATE
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    assert configuration["EndpointType"] == "REGIONAL"
    (mapping,) = domain.resources("AWS::ApiGatewayV2::ApiMapping").values()
    (stage,) = domain.resources("AWS::ApiGatewayV2::Stage")
    assert mapping["Properties"]["Stage"] == "$default"
    assert "ApiMappingKey" not in mapping["Properties"]
    assert stage in mapping["DependsOn"]
    record = domain.only("AWS::Route53::RecordSet")
    assert (record["HostedZoneId"], record["Name"], record["Type"]) == ("Z0123", NAME, "A")
    assert record["AliasTarget"]["DNSName"] == outputs(domain)["DomainTarget"]
    assert outputs(domain)["ApiUrl"] == f"https://{NAME}"
    assert outputs(domain)["TokenUrl"] == f"https://{NAME}/oauth2/token"


def records(synthesised: Synthesised) -> list[dict[str, Any]]:
    return [named(written["Properties"]) for written in synthesised.resources("AWS::Route53::RecordSet").values()]


def test_the_record_of_the_domain_leads_to_what_serves_it(domain: Synthesised, edge: Synthesised) -> None:
    (name,) = map(bare, domain.resources("AWS::ApiGatewayV2::DomainName"))
    (distribution,) = map(bare, edge.resources("AWS::CloudFront::Distribution"))
    of_the_name: dict[str, Any] = {"HostedZoneId": "Z0123", "Name": NAME}
    assert records(domain) == [
        of_the_name
        | {
            "Type": "A",
            "AliasTarget": {
                "DNSName": f"{name}.RegionalDomainName",
                "HostedZoneId": f"{name}.RegionalHostedZoneId",
            },
        }
    ]
    # Route 53 documentation, AliasTarget: every distribution is in this zone.
    of_cloudfront = {"DNSName": f"{distribution}.DomainName", "HostedZoneId": "Z2FDTNDATAQYW2"}
    assert records(edge) == [of_the_name | {"Type": kind, "AliasTarget": of_cloudfront} for kind in ("A", "AAAA")]


def test_the_domain_is_of_the_one_api(domain: Synthesised) -> None:
    (name,) = map(bare, domain.resources("AWS::ApiGatewayV2::DomainName"))
    assert named(domain.only("AWS::ApiGatewayV2::ApiMapping")) == {
        "ApiId": "ApiHttpApi",
        "DomainName": name,
        "Stage": "$default",
    }


def test_without_a_hosted_zone_no_record_is_written(tmp_path: Path) -> None:
    without = synthesise(tmp_path, nag=False, stage="local", **DOMAIN)
    assert records(without) == []
    (name,) = map(bare, without.resources("AWS::ApiGatewayV2::DomainName"))
    assert named(outputs(without)["DomainTarget"]) == f"{name}.RegionalDomainName"


def test_the_console_is_signed_in_to_at_the_domain(domain: Synthesised) -> None:
    clients = domain.resources("AWS::Cognito::UserPoolClient").values()
    assert [f"https://{NAME}/console"] in [client["Properties"].get("CallbackURLs") for client in clients]


def test_the_address_of_api_gateway_can_be_switched_off(domain: Synthesised) -> None:
    assert domain.only("AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True


def test_cloudfront_stands_before_the_api_with_the_web_acl_and_caches_nothing(edge: Synthesised) -> None:
    assert edge.findings == []
    settings = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    assert settings["WebACLId"] == WEB_ACL
    assert settings["Aliases"] == [NAME]
    assert settings["ViewerCertificate"]["AcmCertificateArn"] == EDGE_CERTIFICATE
    behavior = settings["DefaultCacheBehavior"]
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # AllViewerExceptHostHeader
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert sorted(behavior["AllowedMethods"]) == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    assert sorted(
        record_set["Properties"]["Type"] for record_set in edge.resources("AWS::Route53::RecordSet").values()
    ) == [
        "A",
        "AAAA",
    ]
    assert outputs(edge)["ApiUrl"] == f"https://{NAME}"


def test_cloudfront_shows_a_secret_that_the_authorizer_knows_and_the_template_does_not(edge: Synthesised) -> None:
    (origin,) = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-origin-secret"
    assert "resolve:secretsmanager" in json.dumps(header["HeaderValue"])
    environment = edge.functions()["authorize"]["Environment"]["Variables"]
    assert environment["ORIGIN_SECRET"] == header["HeaderValue"]


def test_cloudfront_asks_the_api_by_tls_and_serves_viewers_by_tls_1_2(edge: Synthesised) -> None:
    settings = edge.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    (origin,) = settings["Origins"]
    assert named(origin["DomainName"]) == "ApiHttpApi.execute-api.AWS::Region.AWS::URLSuffix"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert settings["DefaultCacheBehavior"]["TargetOriginId"] == origin["Id"]
    assert settings["Enabled"] is True
    assert settings["Comment"]
    assert settings["ViewerCertificate"] == {
        "AcmCertificateArn": EDGE_CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    (distribution,) = map(bare, edge.resources("AWS::CloudFront::Distribution"))
    assert named(outputs(edge)["DomainTarget"]) == f"{distribution}.DomainName"


def test_the_secret_is_long_and_fits_a_header(edge: Synthesised) -> None:
    secret = edge.only("AWS::SecretsManager::Secret")
    assert secret["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 40}


def test_a_cached_verdict_is_of_a_request_with_the_secret(edge: Synthesised, production: Synthesised) -> None:
    """Otherwise a sender that goes round CloudFront would get the verdict that another request had."""

    def sources(synthesised: Synthesised) -> list[list[str]]:
        authorizers = synthesised.resources("AWS::ApiGatewayV2::Authorizer").values()
        return [authorizer["Properties"].get("IdentitySource", []) for authorizer in authorizers]

    authorization = "$request.header.Authorization"
    assert [authorization] in sources(production)
    assert [authorization, "$request.header.x-origin-secret"] in sources(edge)
    assert [authorization] not in sources(edge)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"domain_name": NAME}, "domain_name and certificate_arn belong together"),
        ({"certificate_arn": CERTIFICATE}, "domain_name and certificate_arn belong together"),
        ({"hosted_zone_id": "Z0123"}, "give domain_name too"),
        ({"execute_api": "false"}, "leaves no way to the API"),
        (DOMAIN | {"execute_api": "false", "web_acl_arn": WEB_ACL}, "leaves no way to the API"),
        (DOMAIN | {"domain_name": "https://caliper.example.org"}, "is not a host name such as"),
        (DOMAIN | {"domain_name": "localhost"}, "is not a host name such as"),
        (DOMAIN | {"certificate_arn": "0a0a"}, "is not the ARN of a certificate"),
        (DOMAIN | {"hosted_zone_id": "example.org"}, "is not the id of a hosted zone"),
        ({"web_acl_arn": WEB_ACL.replace("global", "regional")}, "is not the ARN of a web ACL for CloudFront"),
    ],
)
def test_a_front_door_that_cannot_work_is_refused(chosen: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Config.model_validate(chosen)


@pytest.mark.parametrize(
    ("chosen", "region", "needed"),
    [
        (DOMAIN, "eu-central-1", "eu-central-1, because the stack is there"),
        (DOMAIN | {"web_acl_arn": WEB_ACL}, "eu-west-1", "us-east-1, because CloudFront takes certificates"),
        (DOMAIN | {"web_acl_arn": WEB_ACL}, None, "us-east-1, because CloudFront takes certificates"),
    ],
)
def test_a_certificate_of_another_region_is_refused(chosen: dict[str, str], region: str | None, needed: str) -> None:
    with pytest.raises(ValueError, match=f"certificate_arn is in eu-west-1 and must be in {needed}"):
        FrontDoorSettings.model_validate(chosen).check_region(region)


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_a_certificate_of_the_stacks_region_is_taken(region: str | None) -> None:
    FrontDoorSettings.model_validate(DOMAIN).check_region(region)


def test_a_web_acl_needs_no_domain(tmp_path: Path) -> None:
    synthesised = synthesise(tmp_path, stage="local", web_acl_arn=WEB_ACL)
    (distribution,) = synthesised.resources("AWS::CloudFront::Distribution")
    assert outputs(synthesised)["ApiUrl"] == {
        "Fn::Join": ["", ["https://", {"Fn::GetAtt": [distribution, "DomainName"]}]]
    }
    assert "DomainTarget" not in outputs(synthesised)
