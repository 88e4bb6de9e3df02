"""The template as CloudFormation's own schemas and rules see it."""

import json
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

# A function's dependency on its role is the CDK's own: it waits for the role's policies with it. Twice does no harm.
EXPLAINED = {"W3005"}


def findings(template: dict[str, Any], *regions: str) -> list[str]:
    matches = lint(json.dumps(template), config=ManualArgs(regions=list(regions)))
    return [f"{match.rule.id} {match.path}: {match.message}" for match in matches if match.rule.id not in EXPLAINED]


@pytest.mark.parametrize(
    ("stage", "regions"), [("production", ("us-east-1", "eu-central-1")), ("local", ("us-east-1",))], ids=str
)
def test_cfn_lint_finds_nothing_unexplained(
    stage: str, regions: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    assert findings(request.getfixturevalue(stage).template, *regions) == []


def test_cfn_lint_sees_a_value_that_cloudformation_refuses() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 43_201}}
    assert len(findings({"Resources": {"Queue": queue}}, "us-east-1")) == 1
