"""Who may import whom, and what a folder may hold: the layout, held by a test."""

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
LAMBDAS = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
ROOMS = {"client", "core", "http", "importing", "store", "storing", "operate"}
OPTIONAL_ROOMS = {"console"}
MODULES_IN_A_ROOM = 12
LINES_IN_A_MODULE = 200
CORE_LIBRARIES = {"pydantic", "orjson", "msgspec", "zstandard", "re2"}
LAKE_LIBRARIES = {"duckdb", "pyiceberg", "fsspec", "pyarrow"}
COMPOSES_THE_LAMBDAS = FUNCTIONS / "client" / "double" / "lambdas.py"
FOLDERS_OF_LAMBDAS = [f"functions.{name}" for name in LAMBDAS]
OURS = {"functions", "infra", "tests", "app"}
NAMED_BY_A_ROUTE = re.compile(r"(?P<module>functions(?:\.\w+)+):")
TOOLS = ("infra", "tests", "aws_cdk", "constructs", "cdk_nag", "moto", "ministack", "pytest")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "core": (),
    "http": ("core",),
    "store": ("core",),
    "storing": ("core", "store", "settings"),
    "importing": ("core", "store"),
    # A rebuild settles sessions as the sweep does.
    "operate": ("core", "http", "importing", "store", "storing", "lake", "privacy", "settings", "timeout"),
    "client": ("core", "http", "store", "storing", "settings"),
    **dict.fromkeys(LAMBDAS, ("core", "http", "metrics", "settings", "store", "storing")),
    "importer": ("core", "importing", "settings", "store"),
    # An erasure reaches into the tables of the lake, which only the lake's own code writes.
    "privacy": ("core", "lake", "metrics", "settings", "store", "storing"),
}


def modules(folder: str) -> list[Path]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths, f"{folder} holds no module"
    return paths


def module_name(path: Path) -> str:
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return dotted.removesuffix(".__init__")


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every module or name that a file imports, wherever in it the import stands, and those that a route names as
    `module:name`, which are imported with the first request.
    """
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = NAMED_BY_A_ROUTE.match(node.value)
            if named is not None:
                yield named["module"]


def under(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def strays(folder: str, *allowed: str) -> list[str]:
    """Imports of our own packages in `folder` that lie outside `allowed`."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in imported(path)
        if name.partition(".")[0] in OURS and not under(name, *allowed)
    ]


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    allowed = [f"functions.{name}" for name in (room, *MAY_IMPORT[room])]
    composing = f"{COMPOSES_THE_LAMBDAS.relative_to(ROOT)} "
    assert [stray for stray in strays(f"functions/{room}", *allowed) if not stray.startswith(composing)] == []


def test_an_operators_command_calls_no_handler() -> None:
    assert [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("functions/operate")
        for name in imported(path)
        if under(name, *(f"{folder}.handler" for folder in FOLDERS_OF_LAMBDAS))
    ] == []


def test_the_double_is_composed_of_the_lambdas_handlers_in_one_module() -> None:
    """The laptop's double runs the real routes. That wires Lambdas, as `infra` does, so one module may know them."""
    of_lambdas = {name.split(".")[2] for name in imported(COMPOSES_THE_LAMBDAS) if under(name, *FOLDERS_OF_LAMBDAS)}
    assert of_lambdas <= {"handler", "dependencies", "settings", "credential_in_request", "tokens"}


def test_every_folder_of_functions_is_a_lambda_or_a_known_room() -> None:
    folders = {path.name for path in FUNCTIONS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders - OPTIONAL_ROOMS == LAMBDAS | ROOMS


def test_core_needs_only_the_standard_library_and_parsers() -> None:
    tops = {name.partition(".")[0] for path in modules("functions/core") for name in imported(path)}
    assert tops - set(sys.stdlib_module_names) - CORE_LIBRARIES - {"functions"} == set()


def test_no_room_but_the_lake_needs_the_libraries_of_the_lake() -> None:
    assert [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("functions")
        for name in imported(path)
        if path.relative_to(FUNCTIONS).parts[0] != "lake" and name.partition(".")[0] in LAKE_LIBRARIES
    ] == []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_room_imports_the_handler_of_a_lambda(room: str) -> None:
    handlers = [f"{folder}.handler" for folder in FOLDERS_OF_LAMBDAS]
    assert [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(f"functions/{room}")
        for name in imported(path)
        if path != COMPOSES_THE_LAMBDAS and under(name, *handlers)
    ] == []


def test_core_reads_no_clock_no_randomness_and_no_environment() -> None:
    forbidden = {"time.time", "time.time_ns", "datetime.now", "uuid.uuid4", "uuid.uuid1", "os.environ", "os.urandom"}
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("functions/core")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if f"{node.value.id}.{node.attr}" in forbidden
    ] == []


def test_nothing_that_runs_knows_the_infrastructure_the_tests_or_their_tools() -> None:
    assert [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("functions")
        for name in imported(path)
        if under(name, *TOOLS)
    ] == []


def test_the_stack_knows_settings_their_defaults_names_of_the_table_metrics_and_paths_only() -> None:
    # The gateway's routes are made from the table of paths: a path is written once, and that table imports nothing.
    names = "functions.store.keys functions.store.webhooks.keys functions.store.people.keys"
    names += " functions.store.erasure.keys functions.store.sender_alarms.keys"
    names += " functions.http.paths functions.metrics functions.settings"
    settings = [f"functions.{path.parent.name}.settings" for path in FUNCTIONS.glob("*/settings.py")]
    allowed = (*names.split(), *settings, "functions.core.defaults", "infra")
    assert [line for line in strays("infra", *allowed) if not line.startswith("infra/local/")] == []


def test_the_table_of_paths_imports_nothing_of_ours() -> None:
    assert [name for name in imported(FUNCTIONS / "http" / "paths.py") if name.partition(".")[0] in OURS] == []


def test_the_local_runner_registers_apps_as_an_operator_does() -> None:
    allowed = ("functions.operate", "functions.store", "functions.core", "functions.sign_in_link.links", "infra")
    assert strays("infra/local", *allowed) == []


@pytest.mark.parametrize("folder", ["functions", "infra"])
def test_no_folder_holds_more_than_a_dozen_modules(folder: str) -> None:
    crowded: dict[str, int] = {}
    for path in modules(folder):
        if path.name != "__init__.py":
            room = str(path.parent.relative_to(ROOT))
            crowded[room] = crowded.get(room, 0) + 1
    assert {room: count for room, count in crowded.items() if count > MODULES_IN_A_ROOM} == {}


@pytest.mark.parametrize("folder", ["functions", "infra"])
def test_no_module_is_longer_than_a_reader_can_hold(folder: str) -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules(folder)}
    assert {name: lines for name, lines in long.items() if lines > LINES_IN_A_MODULE} == {}


def test_no_import_cycles_deferred_imports_included() -> None:
    names = {module_name(path): path for folder in ("functions", "infra") for path in modules(folder)}
    graph = {
        name: {_module_of(target, names) for target in imported(path)} - {None, name} for name, path in names.items()
    }
    assert _cycle(graph) == []


def _module_of(target: str, names: dict[str, Path]) -> str | None:
    """The module that an imported dotted name lies in: itself, or the one that defines it."""
    if target in names:
        return target
    parent = target.rpartition(".")[0]
    return parent if parent in names else None


def _cycle(graph: dict[str, set[str | None]]) -> list[str]:
    """The modules of the first import cycle, in order; empty if there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(target for target in graph[name] if target):
            cycle = visit(target, [*path, name])
            if cycle:
                return cycle
        done.add(name)
        return []

    return next((cycle for name in sorted(graph) if (cycle := visit(name, []))), [])


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc", "base"}
    assert [path for path in modules("functions") + modules("infra") if path.stem in vague] == []


@pytest.mark.parametrize("name", sorted(LAMBDAS))
def test_importing_a_handler_reads_no_environment_and_makes_no_client(name: str) -> None:
    path = FUNCTIONS / name / "handler.py"
    body = ast.parse(path.read_text()).body
    at_import = [
        node for node in body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
    ]
    assert at_import, "its docstring at least"
    calls = [
        ast.unparse(node) for part in at_import for node in ast.walk(part) if isinstance(node, ast.Call | ast.Attribute)
    ]
    assert [call for call in calls if "environ" in call or "client(" in call] == []


def test_every_exception_of_the_service_is_of_one_tree() -> None:
    builtin = {name for name in dir(builtins) if isinstance(getattr(builtins, name), type)}
    builtin = {name for name in builtin if issubclass(getattr(builtins, name), Exception)}
    outside = [
        f"{path.relative_to(ROOT)} {node.name}"
        for path in modules("functions")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and builtin & {ast.unparse(base) for base in node.bases}
        and "CaliperError" not in {node.name, *(ast.unparse(base) for base in node.bases)}
    ]
    assert outside == []


def test_which_failures_of_aws_are_transient_is_said_in_one_module() -> None:
    naming = [path.relative_to(ROOT).as_posix() for path in modules("functions") if "BotoCoreError" in path.read_text()]
    assert naming == ["functions/store/errors.py"]


def test_the_tree_for_newcomers_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    tree = text.partition("## Rooms")[2].partition("```text")[2].partition("```")[0]
    rooms = [path for folder in (FUNCTIONS, FUNCTIONS / "operate") for path in folder.iterdir() if path.is_dir()]
    assert [path.name for path in rooms if path.name[0] != "_" and f"{path.name}/" not in tree] == []
