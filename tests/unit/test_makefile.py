"""Every command that the Makefile names is there, with a line in `make help`."""

import re
from pathlib import Path

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
