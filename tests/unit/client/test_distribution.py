"""What pipx and uv install: its version, its command, its dependencies."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

from functions.core.version import VERSION

ROOT = Path(__file__).resolve().parents[3]


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def test_the_version_is_written_in_one_place() -> None:
    assert project()["project"]["dynamic"] == ["version"]
    path = ROOT / project()["tool"]["hatch"]["version"]["path"]
    assert re.findall(r'^VERSION = "(.*)"$', path.read_text(), re.MULTILINE) == [VERSION]
    written = re.compile(r"^\w*VERSION\w* = ['\"]\d+\.\d+", re.MULTILINE)
    elsewhere = [file for file in (ROOT / "functions").rglob("*.py") if written.search(file.read_text())]
    assert elsewhere == [path]


def test_the_command_is_there() -> None:
    module, _, name = project()["project"]["scripts"]["caliper"].partition(":")
    assert callable(getattr(import_module(module), name))


def test_every_dependency_is_one_of_the_services_or_urllib3() -> None:
    lines = (ROOT / "requirements.in").read_text().splitlines()
    service = {re.split("[=<>]", line)[0] for line in lines if line and not line.startswith("#")}
    extra = set(project()["project"]["optional-dependencies"]["serve"])
    assert set(project()["project"]["dependencies"]) | extra == service | {"urllib3"}
