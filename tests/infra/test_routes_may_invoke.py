"""Every route of the API may invoke its function: AWS answers 500 by itself where the function's policy lets it not.

The emulator evaluates no resource policies, so a missing permission would first be noticed on AWS.
"""

import re
from typing import Any

import pytest

from tests.infra.conftest import Synthesised

PARTS = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
API = "arn:aws:execute-api:us-east-1:123456789012:HttpApi"


def text(value: Any) -> str:
    """A value of the template as text: joins are joined, references stand for themselves."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator.join(map(text, parts)))
    if "Fn::GetAtt" in value:
        return ".".join(value["Fn::GetAtt"])
    name = str(value["Ref"])
    return PARTS.get(name, name)


def arn_like(arn: str, pattern: str) -> bool:
    """IAM's ArnLike: `*` and `?` match within each of the six parts that colons divide."""
    ours, wanted = arn.split(":", 5), pattern.split(":", 5)
    return len(ours) == len(wanted) and all(
        re.fullmatch(re.escape(wanted_part).replace(r"\*", ".*").replace(r"\?", "."), part, re.DOTALL)
        for part, wanted_part in zip(ours, wanted, strict=True)
    )


@pytest.mark.parametrize(
    ("path", "pattern", "matches"),
    [
        ("$default/GET/events", "*/*/*", True),
        ("$default/POST/", "*/*/*", True),
        ("$default/$default", "*/*/*", False),
        ("$default/$default", "*/*", True),
        ("$default/$default", "*/$default", True),
        ("$default/$default", "*/GET/*", False),
        ("prod/GET/events", "$default/*", False),
    ],
)
def test_a_pattern_of_three_parts_does_not_match_an_arn_of_two(path: str, pattern: str, *, matches: bool) -> None:
    assert arn_like(f"{API}/{path}", f"{API}/{pattern}") is matches


def test_a_star_does_not_reach_over_a_colon() -> None:
    assert not arn_like(f"{API}/$default/GET/", "arn:aws:*")
    assert not arn_like(f"{API}/$default/GET/", "arn:aws:execute-api:us-west-2:*:*/*")


def source_arn(api: str, stage: str, route_key: str) -> str:
    """Who invokes a function: a route, by its stage, verb and path as the route names them."""
    route = route_key.replace(" ", "", 1)
    return f"arn:aws:execute-api:us-east-1:123456789012:{api}/{stage}/{route}"


def test_every_route_may_invoke_its_function(production: Synthesised) -> None:
    (api,) = production.resources("AWS::ApiGatewayV2::Api")
    stage = production.only("AWS::ApiGatewayV2::Stage")["StageName"]
    integrations = production.resources("AWS::ApiGatewayV2::Integration")
    permissions = [resource["Properties"] for resource in production.resources("AWS::Lambda::Permission").values()]
    refused, invoking = [], 0
    for resource in production.resources("AWS::ApiGatewayV2::Route").values():
        route = resource["Properties"]
        integration = integrations[text(route["Target"]).partition("/")[2]]["Properties"]
        if integration["IntegrationType"] != "AWS_PROXY":
            continue
        invoking += 1
        arn = source_arn(api, stage, route["RouteKey"])
        if not any(
            permission["FunctionName"] == integration["IntegrationUri"]
            and permission["Principal"] == "apigateway.amazonaws.com"
            and permission["Action"] == "lambda:InvokeFunction"
            and arn_like(arn, text(permission["SourceArn"]))
            for permission in permissions
        ):
            refused.append(route["RouteKey"])
    assert refused == []
    assert invoking > 50
