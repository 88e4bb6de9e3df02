"""Every code of a finding stands in one table, and the page of the docs is that table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.core.caliper.codes import CODES, house_codes, page
from functions.core.numbers.findings import SENTENCES, TOLERATED

ROOT = Path(__file__).resolve().parents[4]
CALLS = {"warn": 0, "reject": 0, "_finding": 0, "Finding": 1}  # which argument is the code


def codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            position = CALLS.get(name)
            arguments = [] if position is None else node.args[position : position + 1]
            arguments += [keyword.value for keyword in node.keywords if keyword.arg == "code" and name == "Finding"]
            yield from (
                argument.value
                for argument in arguments
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def used() -> set[str]:
    paths = [*(ROOT / "functions" / "core").rglob("*.py"), *(ROOT / "functions" / "storing").rglob("*.py")]
    return {code for path in paths for code in codes_in(ast.parse(path.read_text()))}


def test_every_code_that_is_used_is_in_the_table() -> None:
    assert used() | set(SENTENCES) <= set(CODES)


def test_every_code_of_the_table_is_used_somewhere() -> None:
    text = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py") if path.name != "codes.py")
    assert [code for code in CODES if f'"{code}"' not in text] == []


def test_the_page_is_the_table() -> None:
    written = (ROOT / "docs" / "findings.md").read_text()
    assert written == page(), "write it anew: .venv/bin/python -m functions.core.caliper.codes > docs/findings.md"
    assert all(f"| `{code}` |" in written for code in {**CODES, **house_codes()})


@pytest.mark.parametrize("code", SENTENCES)
def test_what_a_strict_app_is_only_told_is_a_notice(code: str) -> None:
    assert CODES[code].effects == (("notice",) if code in TOLERATED else ("warning",))
