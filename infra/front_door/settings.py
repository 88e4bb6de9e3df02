"""Under which name the API answers, and what stands before it: the settings, part of `infra.config.Config`."""

import re
from typing import Self

from pydantic import BaseModel, ValidationInfo, field_validator, model_validator

CERTIFICATE_ARN = re.compile(r"arn:aws:acm:([a-z0-9-]+):\d{12}:certificate/\S+")
# CloudFront takes web ACLs of the scope CLOUDFRONT only, which live in us-east-1 and say `global` (AWS WAF, scopes).
WEB_ACL_ARN = re.compile(r"arn:aws:wafv2:us-east-1:\d{12}:global/webacl/\S+")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
ZONE = re.compile(r"Z[A-Z0-9]{1,31}")
EDGE_REGION = "us-east-1"  # where CloudFront looks for certificates
# What each setting looks like, and what is said of one that does not.
FORMS = {
    "domain_name": (HOST, "is not a host name such as caliper.example.org: leave out scheme, port and path"),
    "certificate_arn": (
        CERTIFICATE_ARN,
        "is not the ARN of a certificate of AWS Certificate Manager (arn:aws:acm:…)",
    ),
    "hosted_zone_id": (ZONE, "is not the id of a hosted zone: Route 53 shows it, and it begins with Z"),
    "web_acl_arn": (
        WEB_ACL_ARN,
        (
            "is not the ARN of a web ACL for CloudFront (arn:aws:wafv2:us-east-1:…:global/webacl/…): HTTP APIs take no "
            "web ACL of their own, so CloudFront stands before the API, and it takes none of a region"
        ),
    ),
}


class FrontDoorSettings(BaseModel):
    """Each may be left out: the API then answers under the address that API Gateway gives it, and under no other."""

    domain_name: str = ""
    certificate_arn: str = ""  # of the domain: in the stack's region, or in us-east-1 if there is a web ACL
    hosted_zone_id: str = ""  # a Route 53 zone to write the domain's record to; empty: another DNS has it
    web_acl_arn: str = ""  # CloudFront with this web ACL stands before the API
    execute_api: bool = True  # False: the address that API Gateway gives is switched off

    @field_validator("domain_name")
    @classmethod
    def _lower_case(cls, value: str) -> str:
        return value.strip().lower()

    @field_validator(*FORMS)
    @classmethod
    def _form(cls, value: str, info: ValidationInfo) -> str:
        pattern, fault = FORMS[str(info.field_name)]
        if value and not pattern.fullmatch(value):
            raise ValueError(f"{value} {fault}")
        return value

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ValueError("domain_name and certificate_arn belong together: give both or neither")
        if self.hosted_zone_id and not self.domain_name:
            raise ValueError("hosted_zone_id is where the record of domain_name goes: give domain_name too")
        if not self.execute_api and (not self.domain_name or self.web_acl_arn):
            raise ValueError(
                "execute_api=false leaves no way to the API: it needs domain_name, and no web_acl_arn, because "
                "CloudFront reaches the API under the address that would be switched off"
            )
        return self

    def check_region(self, region: str | None) -> None:
        """Raises ValueError if the certificate cannot be used in this region."""
        match = CERTIFICATE_ARN.fullmatch(self.certificate_arn)
        needed = EDGE_REGION if self.web_acl_arn else region
        if match is None or needed is None or match[1] == needed:
            return
        because = "CloudFront takes certificates of that region only" if self.web_acl_arn else "the stack is there"
        raise ValueError(f"certificate_arn is in {match[1]} and must be in {needed}, because {because}")
