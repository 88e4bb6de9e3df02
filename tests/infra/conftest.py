"""The stack, synthesised once for each stage, with cdk-nag over the production one."""

import json
import tempfile
from collections.abc import Iterator
from copy import replace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from app import build
from tests.infra.chosen import CHOSEN, as_context

ROOT = Path(__file__).resolve().parents[2]
LOCAL = Path(__file__).parent / "local"  # about the runner: these need no template


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has all tests that look at templates, so that each template is synthesised once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.path.is_relative_to(LOCAL):
            item.add_marker(pytest.mark.xdist_group("templates"))


@dataclass(frozen=True)
class Synthesised:
    """A template, and what the checks over it found."""

    template: dict[str, Any]
    findings: list[str]
    directory: Path
    lake: bool = False

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Resources of a type: of the service, or of the lake (`of_lake`), which stands beside it."""
        resources: dict[str, dict[str, Any]] = self.template["Resources"]
        return {
            name: resource
            for name, resource in resources.items()
            if resource["Type"] == kind and name.startswith("Lake") is self.lake
        }

    def of_lake(self) -> "Synthesised":
        """The same template, seen from the lake."""
        return replace(self, lake=True)

    def only(self, kind: str) -> dict[str, Any]:
        (resource,) = self.resources(kind).values()
        properties: dict[str, Any] = resource["Properties"]
        return properties

    def functions(self) -> dict[str, dict[str, Any]]:
        """Properties of each Lambda by the name of its folder."""
        return {
            resource["Properties"]["Handler"].split(".")[1]: resource["Properties"]
            for resource in self.resources("AWS::Lambda::Function").values()
        }


def synthesise(directory: Path, *, nag: bool = False, **chosen: str) -> Synthesised:
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | chosen
    app = cdk.App(outdir=str(directory), context=context)
    stack = build(app)
    if nag:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    findings = []
    try:
        app.synth()
    except RuntimeError as error:  # what jsii makes of a failed validation
        if "Validation failed" not in str(error):
            raise
        report = json.loads((directory / "validation-report.json").read_text())
        findings = [
            f"{violation['ruleName']} {where['constructPath']}: {violation['description']}"
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for where in violation["violatingConstructs"]
        ]
    template = json.loads((directory / stack.template_file).read_text())
    return Synthesised(template, findings, directory)


@pytest.fixture(scope="session")
def production() -> Iterator[Synthesised]:
    with tempfile.TemporaryDirectory() as directory:
        yield synthesise(Path(directory), nag=True)


@pytest.fixture(scope="session")
def local() -> Iterator[Synthesised]:
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "false")
        yield synthesise(Path(directory), stage="local", idle_minutes="1")


@pytest.fixture(scope="session")
def whole() -> Iterator[Synthesised]:
    """The stack with every optional part."""
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "false")
        chosen: dict[str, str] = {name: as_context(value) for name, value in CHOSEN.items()}
        yield synthesise(Path(directory), nag=False, **chosen)


def logical_id_of_queue(synthesised: Synthesised, name: str) -> str:
    """Of the queue that `infra.storage` calls so, or with its construct's name before it; a hash follows."""
    queues = synthesised.resources("AWS::SQS::Queue")
    (logical_id,) = [candidate for candidate in queues if candidate[:-8] in (f"Storage{name}", name)]
    return logical_id
