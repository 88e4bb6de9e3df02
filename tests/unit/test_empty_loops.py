"""No test passes because a collection is empty: one that asserts only inside loops asserts first that they turn."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
KEEPS_LENGTH = {"dict", "enumerate", "list", "map", "product", "reversed", "set", "sorted", "tuple", "zip"}
VIEWS = {"items", "keys", "values"}


def functions_that_test(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def has_items(iterable: ast.expr, certain: set[str]) -> bool:
    """Whether a loop over this turns at least once, as far as its text says. `certain`: names that hold something."""
    match iterable:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return any(
                not isinstance(element, ast.Starred) or has_items(element.value, certain) for element in elements
            )
        case ast.Dict(keys=dictionary_keys):
            return bool(dictionary_keys)
        case ast.Constant(value=str(text)) | ast.Constant(value=bytes(text)):
            return bool(text)
        case ast.Name(id=name):
            return name in certain
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            return all(isinstance(argument, ast.Constant | ast.Name | ast.UnaryOp) for argument in arguments)
        case ast.Subscript(value=sliced, slice=ast.Slice()):
            return has_items(sliced, certain)
        case ast.Call(func=ast.Name(id="zip"), args=arguments) if _is_strict(iterable):
            return any(has_items(argument, certain) for argument in arguments)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[_, *_]) if name in KEEPS_LENGTH:
            return all(has_items(argument, certain) for argument in iterable.args[name == "map" :])
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[]) if name in VIEWS | {"split"}:
            return has_items(owner, certain)
        case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
            return has_items(left, certain) or has_items(right, certain)
        case ast.ListComp(generators=[ast.comprehension(iter=inner, ifs=[])]):
            return has_items(inner, certain)
    return False


def _is_strict(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and any(
        keyword.arg == "strict" and ast.unparse(keyword.value) == "True" for keyword in call.keywords
    )


def certain_names(tree: ast.AST, known: set[str]) -> set[str]:
    """Names that are given something with items; what a module imports in capitals is a table of the product."""
    names = set(known)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases if (alias.asname or alias.name).isupper()}
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if has_items(value, names):
                names.add(name)
    return names


def asserts_only_in_loops_that_may_be_empty(test: ast.FunctionDef | ast.AsyncFunctionDef, known: set[str]) -> bool:
    certain = certain_names(test, known)
    in_doubt = sure = 0

    def look(node: ast.AST, *, doubtful: bool) -> None:
        nonlocal in_doubt, sure
        for child in ast.iter_child_nodes(node):
            checks = isinstance(child, ast.Assert) or (isinstance(child, ast.Call) and _checks(child))
            in_doubt += checks and doubtful
            sure += checks and not doubtful
            loop = isinstance(child, ast.For | ast.AsyncFor) and not has_items(child.iter, certain)
            look(child, doubtful=doubtful or loop)

    look(test, doubtful=False)
    return in_doubt > 0 and sure == 0


def _checks(call: ast.Call) -> bool:
    """Whether a call asserts: `pytest.raises`, `pytest.fail`, or a function that is called after what it holds."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"raises", "fail", "warns"} or name.startswith(("assert_", "check", "hold"))


@pytest.mark.slow
def test_no_test_asserts_only_inside_loops_that_may_be_empty() -> None:
    doubtful = []
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text())
        known = certain_names(
            ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], []), set()
        )
        doubtful += [
            f"{path.relative_to(TESTS)}:{test.lineno} {test.name}"
            for test in functions_that_test(tree)
            if asserts_only_in_loops_that_may_be_empty(test, known)
        ]
    assert doubtful == [], "\n".join(["assert that there is something to loop over, in:", *doubtful])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for row in rows():\n    assert row", True),
        ("for row in [*rows()]:\n    assert row", True),
        ("for row in sorted(rows()):\n    if row:\n        assert row", True),
        ("for page in (1, 2):\n    for row in rows(page):\n        assert row", True),
        ("everything = rows()\nassert everything\nfor row in everything:\n    assert row", False),
        ("for number in range(3):\n    assert number", False),
        ("for number, row in enumerate((1, 2)):\n    assert row", False),
        ("cases = {'a': 1}\nfor name, value in cases.items():\n    assert value", False),
        ("for row in rows():\n    send(row)\nassert stored() == 3", False),
        ("for row in rows():\n    send(row)", False),
    ],
)
def test_a_loop_in_doubt_is_seen(body: str, expected: bool) -> None:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    (test,) = functions_that_test(ast.parse(f"def test_x():\n{indented}\n"))
    assert asserts_only_in_loops_that_may_be_empty(test, set()) is expected
