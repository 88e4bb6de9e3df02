"""Every command that the Makefile names is there, with a line in `make help`."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from functions.operate.__main__ import build_parser

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


def test_every_command_has_a_rule_and_a_word_of_help() -> None:
    (named,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    helped = set(re.findall(r"^([a-z-]+):[^\n]* ## \S", MAKEFILE, re.MULTILINE))
    assert set(named.split()) == helped


def test_readme_names_no_command_that_is_not_there() -> None:
    readme = (ROOT / "README.md").read_text()
    (named,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z][a-z-]+)", readme)) <= set(named.split())


OPERATE = [
    ("smoke WAIT=1", ["smoke", "--wait"]),
    ("app NAME=x", ["app", "add", "x"]),
    (
        "app NAME=-x STRICT=1 HOUSE=timeback EDAPPS=*",
        [*"app add --strict --house=timeback --edapps=* -- -x".split()],
    ),
    ("app CHANGE=1 NAME=x STRICT=0 SIGNED_BY=0", ["app", "change", "x", "--no-strict", "--signed-by="]),
    ("app-remove NAME=x", ["app", "remove", "x"]),
    ("apps JSON=1", ["apps", "--json"]),
    ("key APP=x LABEL=y EXPIRES=2026-12-31 READ=1", ["key", "add", "x", "--label=y", "--expires=2026-12-31", "--read"]),
    ("keys APP=x", ["key", "list", "x"]),
    ("key-rotate APP=x KEY=y OVERLAP_HOURS=2", ["key", "rotate", "x", "y", "--overlap-hours=2"]),
    ("key-revoke APP=x KEY=y", ["key", "revoke", "x", "y"]),
    (
        "sender-alarms APP=x SILENT_HOURS=4 REJECTS=5 CLOCK=1 NEW_CODES=0",
        [*"sender-alarms --silent-hours=4 --rejects-percent=5 --no-new-codes --clock x".split()],
    ),
    ("alias LEARNER=-a ALIAS=b APP=x", [*"alias --app=x --alias=b -- -a".split()]),
    ("alias LEARNER=a APP=* REMOVE=1", [*"alias --app=* --remove a".split()]),
    ("aliases FILE=f APP=x PERSON={a} ALIAS={b}", [*"aliases --app=x --person={a} --alias={b} f".split()]),
    (
        "roster FILE=f APP=x LEARNER={a} COURSE={b} PART=1",
        [*"roster --app=x --learner={a} --course={b} --part f".split()],
    ),
    ("course ID=c LESSONS=3 APP=x", ["course", "c", "3", "--app=x"]),
    ("dlq", ["dlq", "list"]),
    ("dlq FILE=f", ["dlq", "save", "f"]),
    ("dlq-delete ID=a", ["dlq", "delete", "a"]),
    ("dlq-delete ALL=1", ["dlq", "delete", "--all"]),
    ("redrive", ["redrive"]),
    ("redrive ID=a", ["redrive", "a"]),
    ("dlq QUEUE=deliveries", ["dlq", "list", "--queue", "deliveries"]),
    ("dlq-delete QUEUE=deliveries ALL=1", ["dlq", "delete", "--queue", "deliveries", "--all"]),
    ("redrive QUEUE=deliveries ID=a", ["redrive", "--queue", "deliveries", "a"]),
    ("quarantine APP=x FILE=f", ["quarantine", "export", "x", "f"]),
    ("quarantine SUBMIT=1 APP=x FILE=f", ["quarantine", "resubmit", "x", "f"]),
    ("replay FROM=a TO=b APP=x WORKERS=3 ANEW=1", ["replay", "a", "b", "--app=x", "--workers=3", "--anew"]),
    ("rebuild INTO=t WORKERS=3 RESUME=1", ["rebuild", "--into=t", "--workers=3", "--resume"]),
    ("restore TABLE=registry", ["restore", "registry"]),
    ("trace ID=e APP=x SINCE=2026-01-27", ["trace", "e", "--app=x", "--since=2026-01-27"]),
    ("registry-copy", ["registry", "copy"]),
    ("registry-move", ["registry", "move"]),
    (
        "export APP=-x FROM=2026-01-27 TO=2026-01-28 FORMAT=csv FILE=f",
        [*"export --format=csv --file=f -- -x 2026-01-27 2026-01-28".split()],
    ),
    ("sql", ["sql"]),
    ("sql NAME=list FORMAT=csv MOST_GIGABYTES=5", [*"sql --name=list --format=csv --most-gigabytes=5".split()]),
    ("lake FROM=2026-01-27 TO=2026-01-28", ["lake", "--from=2026-01-27", "--to=2026-01-28"]),
    ("lake MAINTAIN=1", ["lake", "--maintain"]),
]


@pytest.mark.parametrize(("typed", "words"), OPERATE, ids=[typed for typed, _ in OPERATE])
def test_make_calls_the_operators_program_with_the_arguments_that_it_takes(typed: str, words: list[str]) -> None:
    target, *variables = typed.split()
    named = dict(variable.split("=", 1) for variable in variables)
    command = ["make", "--dry-run", "--old-file=.venv/.ready", target, *variables]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (called,) = re.findall(r"-m functions.operate (.*)", printed.replace("\\\n", " "))
    given_words = [re.sub(r"[$](\w+)$", lambda variable: named[variable[1]], word) for word in shlex.split(called)]
    assert vars(build_parser().parse_args(given_words)) == vars(build_parser().parse_args(words))
