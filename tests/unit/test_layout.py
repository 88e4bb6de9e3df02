"""Who may import whom, and what a folder may hold: the layout, held by a test."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAMBDAS = {"authorize", "validate", "process", "timeout", "query"}
CORE_LIBRARIES = {"pydantic", "orjson", "msgspec", "zstandard"}
OURS = {"functions", "infra", "tests", "app"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            # `from functions.aws import keys` imports a module too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> list[str]:
    return [name for name in imported(path) if name.partition(".")[0] in OURS]


def under(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def strays(folder: str, *allowed: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in ours(path)
        if not under(name, *allowed)
    ]


def test_core_imports_nothing_of_ours_but_core() -> None:
    assert strays("functions/core", "functions.core") == []


def test_core_needs_only_the_standard_library_and_parsers() -> None:
    tops = {name.partition(".")[0] for path in modules("functions/core") for name in imported(path)}
    assert tops - set(sys.stdlib_module_names) - CORE_LIBRARIES - {"functions"} == set()


def test_core_reads_no_clock_no_randomness_and_no_environment() -> None:
    forbidden = {"time.time", "time.time_ns", "datetime.now", "uuid.uuid4", "uuid.uuid1", "os.environ", "os.urandom"}
    for path in modules("functions/core"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert f"{node.value.id}.{node.attr}" not in forbidden, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_doors_to_aws_know_core_only() -> None:
    assert strays("functions/aws", "functions.aws", "functions.core") == []


@pytest.mark.parametrize("name", sorted(LAMBDAS))
def test_a_lambda_knows_core_the_doors_and_settings_but_no_other_lambda(name: str) -> None:
    allowed = ("functions.core", "functions.aws", "functions.settings", f"functions.{name}")
    assert strays(f"functions/{name}", *allowed) == []


def test_operators_commands_know_core_the_doors_settings_and_the_step_that_a_replay_repeats() -> None:
    allowed = ("functions.core", "functions.aws", "functions.settings", "functions.operate", "functions.process")
    assert strays("functions/operate", *allowed) == []


def test_nothing_that_runs_knows_the_infrastructure_the_tests_or_their_tools() -> None:
    tools = ("infra", "tests", "aws_cdk", "constructs", "cdk_nag", "moto", "ministack", "pytest")
    for path in modules("functions"):
        assert [name for name in imported(path) if under(name, *tools)] == [], path


def test_the_stack_knows_settings_and_the_tables_names_only() -> None:
    allowed = ("functions.settings", "functions.aws.keys", "infra")
    found = [line for line in strays("infra", *allowed) if not line.startswith("infra/local/")]
    assert found == []


def test_the_local_runner_registers_apps_as_an_operator_does() -> None:
    allowed = ("functions.operate", "functions.aws", "infra")
    assert strays("infra/local", *allowed) == []


def test_every_folder_of_functions_is_known() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}
    assert folders == LAMBDAS | {"core", "aws", "operate"}


def test_no_module_of_functions_is_named_for_nothing() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc", "base"}
    assert [path for path in modules("functions") + modules("infra") if path.stem in vague] == []


@pytest.mark.parametrize("name", sorted(LAMBDAS))
def test_importing_a_handler_reads_no_environment_and_makes_no_client(name: str) -> None:
    path = ROOT / "functions" / name / "handler.py"
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call | ast.Attribute)):
            text = ast.unparse(call)
            assert "environ" not in text, f"{path.name}:{node.lineno}"
            assert "client(" not in text, f"{path.name}:{node.lineno}"
