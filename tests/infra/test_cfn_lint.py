"""The template as CloudFormation's own schemas and rules see it."""

import copy
import json
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from tests.infra.conftest import Synthesised

# A function's dependency on its role is the CDK's own: it waits for the role's policies with it. Twice does no harm.
EXPLAINED = {"W3005"}


def findings(template: dict[str, Any]) -> list[str]:
    matches = lint(json.dumps(template), config=ManualArgs(regions=["us-east-1", "eu-central-1"]))
    return [f"{match.rule.id} {match.path}: {match.message}" for match in matches if match.rule.id not in EXPLAINED]


@pytest.mark.parametrize("stage", ["production", "local"])
def test_cfn_lint_finds_nothing_unexplained(stage: str, request: pytest.FixtureRequest) -> None:
    assert findings(request.getfixturevalue(stage).template) == []


def test_cfn_lint_sees_a_value_that_cloudformation_refuses(production: Synthesised) -> None:
    template = copy.deepcopy(production.template)
    (queue, *_) = (resource for resource in template["Resources"].values() if resource["Type"] == "AWS::SQS::Queue")
    queue["Properties"]["VisibilityTimeout"] = 43_201
    assert len(findings(template)) == 1
