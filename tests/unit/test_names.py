"""Names say what a thing is: those that only say that it exists are refused, wherever they are bound."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAY_NOTHING = {"asked", "at", "found", "given", "made", "one", "shown", "there", "told"}


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of each variable, field, argument, function and class that a module binds."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name


@pytest.mark.parametrize("folder", ["functions", "infra", "tests"])
def test_no_name_says_only_that_something_exists(folder: str) -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, name in bound_names(ast.parse(path.read_text()))
        if name in SAY_NOTHING
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "one = 1",
        "for told in rows: pass",
        "rows = [at for at in range(3)]",
        "def found(): pass",
        "def keep(*, asked): pass",
        "keep = lambda given: given",
        "self.made = 0",
        "class Rows:\n    shown: int",
        "import json as there",
        "match row:\n    case {'id': one}: pass",
        "with opened() as told: pass",
        "if (one := 1): pass",
    ],
)
def test_a_name_is_seen_wherever_it_is_bound(code: str) -> None:
    assert {name for _, name in bound_names(ast.parse(code))} & SAY_NOTHING
