"""The examples of docs/trying-it-out.md do what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.client.__main__ import build_parser
from functions.client.validating.formats import FORMATS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "trying-it-out.md").read_text()

APP = """
import httpx


class my_app:
    @staticmethod
    def open_lesson(caliper_url):
        event = {
            "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
            "id": "urn:uuid:7f3c1f2e-5d0a-4d44-9a2b-1c6e8f0b3a11",
            "type": "ViewEvent",
            "action": "Viewed",
            "eventTime": "2026-01-27T10:00:00.000Z",
            "actor": {"id": "https://school.example.org/learners/1", "type": "Person"},
            "object": {"id": "https://app.example.org/lessons/1", "type": "Document"},
            "edApp": {"id": "https://app.example.org", "type": "SoftwareApplication"},
        }
        envelope = {
            "sensor": "https://app.example.org/sensor",
            "sendTime": "2026-01-27T10:00:01.000Z",
            "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2",
            "data": [event],
        }
        httpx.post(f"{caliper_url}/caliper/event", json=envelope, headers={"Authorization": "k"}).raise_for_status()


def test_nothing_is_left_of_the_test_before(caliper):
    assert caliper.get("/micro/all").json()["total"] == 0
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow
def test_the_fixture_and_its_test_pass_as_they_are_printed(tmp_path: Path) -> None:
    fixture, test = blocks("python")
    assert len(fixture.strip().splitlines()) < 20
    (tmp_path / "conftest.py").write_text(fixture)
    (tmp_path / "test_app.py").write_text(test + APP)
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "caliper"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m functions.client "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_every_command_of_the_page_is_understood() -> None:
    lines = [line.partition("#")[0] for block in blocks("text") for line in block.splitlines()]
    commands = [line.split()[1:] for line in lines if line.startswith("caliper ")]
    assert len(commands) >= 8
    for command in commands:
        assert build_parser().parse_args(command).run


def test_the_workflow_calls_validate_as_it_is() -> None:
    (workflow,) = blocks("yaml")
    words = workflow.partition("caliper validate")[2].split()
    options = build_parser().parse_args(["validate", *words])
    assert options.format == "github"
    assert options.format in FORMATS


def test_the_page_names_every_option_of_validate() -> None:
    parser = build_parser()
    actions = parser._subparsers._group_actions[0].choices["validate"]._actions  # type: ignore[union-attr,index]
    options = {option for action in actions for option in action.option_strings} - {"-h", "--help"}
    assert options
    assert [option for option in options if f"`{option}" not in PAGE] == []
