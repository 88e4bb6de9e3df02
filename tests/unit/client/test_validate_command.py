"""`caliper validate` as a person, a program and a workflow run it."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from functions.client.__main__ import main
from functions.client.validating.formats import FORMATS
from tests.unit.client.test_positions import BAD_OBJECT, CASES, GOOD, marked

BAD = BAD_OBJECT.replace("⟦", "")
WARNED = GOOD.replace('"type":"WebPage"', '"type":"WebPage","name":null')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good.json", GOOD), ("bad.ndjson", f"{GOOD}\n{BAD}\n"), ("warned.json", WARNED)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.json"], 0),
        (["warned.json"], 0),
        (["--strict", "warned.json"], 1),
        (["good.json", "bad.ndjson"], 1),
        (["good.json", "missing.json"], 2),
        (["--edapp", "https://a.example.org/app", "good.json"], 0),
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_exit_code_says_whether_all_would_be_stored(arguments: list[str], code: int) -> None:
    assert main(["validate", *arguments]) == code


@pytest.mark.usefixtures("folder")
def test_text_names_file_line_column_pointer_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "bad.ndjson"])
    first, *_, last = capsys.readouterr().out.splitlines()
    column = BAD.index('"object"') + 1
    assert first.startswith(f"bad.ndjson:2:{column}: error required /object: ")
    assert last == "bad.ndjson: 1 of 2 accepted, 1 rejected"


@pytest.mark.usefixtures("folder")
def test_json_has_every_item_with_its_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "--format", "json", "bad.ndjson", "warned.json"])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["accepted"] is False
    outcomes = [[item["outcome"] for item in file["items"]] for file in report["files"]]
    assert outcomes == [["clean", "rejected"], ["warnings"]]
    assert report["files"][0]["items"][1]["findings"][0]["line"] == 2


@pytest.mark.usefixtures("folder")
def test_github_gets_a_workflow_command_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a,b:c.json").write_text(BAD)
    main(["validate", "--format", "github", "a,b:c.json"])
    command, summary = capsys.readouterr().out.splitlines()
    column = BAD.index('"object"') + 1
    assert command.startswith(f"::error file=a%2Cb%3Ac.json,line=1,col={column},title=Caliper required::/object: ")
    assert not summary.startswith("::")


def test_an_annotation_points_at_the_line_in_files_of_every_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    expected: dict[str, tuple[int, int]] = {}
    for number, case in enumerate(CASES.values()):
        text, expected[f"{number}.json"] = marked(case)
        Path(f"{number}.json").write_bytes(text)
    assert len(expected) >= 20
    main(["validate", "--format", "github", *expected])
    annotations = re.findall(r"^::error file=([^,]+),line=(\d+),col=(\d+),", capsys.readouterr().out, re.MULTILINE)
    first = {name: (int(line), int(column)) for name, line, column in reversed(annotations)}
    assert first == expected


@pytest.mark.usefixtures("folder")
def test_sarif_names_each_rule_once_and_every_place(capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "--format", "sarif", "bad.ndjson", "bad.ndjson"])
    log = json.loads(capsys.readouterr().out)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["required"]
    assert [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]] == [2, 2]


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert main(["validate", "-"]) == 1
    assert capsys.readouterr().out.startswith("-:1:")


def test_half_a_gzip_file_is_unreadable_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.json.gz"
    path.write_bytes(b"\x1f\x8b\x08")
    assert main(["validate", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_every_format_prints_something_of_nothing() -> None:
    assert {name: len(list(write([]))) for name, write in FORMATS.items()} == {
        "text": 0,
        "json": 1,
        "github": 0,
        "sarif": 1,
    }


def test_it_needs_two_libraries_and_no_aws(folder: Path) -> None:
    """What `pip install` brings without the extra `serve` is enough."""
    program = (
        "import sys; from functions.client.__main__ import main; code = main(sys.argv[1:]);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'boto3', 'botocore', 'pydantic', 'zstandard',"
        "'aws_lambda_powertools', 'isal', 'jwt', 'cryptography'})); raise SystemExit(code)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program, "validate", folder / "good.json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


# What GitHub's code scanning asks of a SARIF file ("SARIF support for code scanning").
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {"driver": {"type": "object", "required": ["name", "rules"]}},
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "level", "message", "locations"],
                            "properties": {
                                "level": {"enum": ["error", "warning", "note", "none"]},
                                "message": {"type": "object", "required": ["text"]},
                            },
                        },
                    },
                },
            },
        },
    },
}
