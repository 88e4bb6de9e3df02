"""A default is written once, in `functions.core.defaults`; whatever has one takes it from there."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from functions import settings
from functions.client.double.service import Double
from functions.core import defaults
from functions.core.insights.insight import Thresholds
from functions.settings import InsightSettings, Settings
from infra.config import Config

ROOT = Path(__file__).parents[2]
SETTINGS = sorted((ROOT / "functions").glob("*/settings.py"))
DEFAULTS = {name.lower(): value for name, value in vars(defaults).items() if name.isupper()}
MODULES = [settings, *(import_module(f"functions.{path.parent.name}.settings") for path in SETTINGS)]
LAMBDAS = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if inspect.isclass(kind) and issubclass(kind, Settings)
}


@pytest.mark.parametrize("model", [Config, *LAMBDAS.values()], ids=lambda model: model.__name__)
def test_a_deployment_and_each_lambda_have_the_same_defaults(model: type[Config | Settings]) -> None:
    defaults = {name: field.default for name, field in model.model_fields.items() if name in DEFAULTS}
    assert defaults == {name: DEFAULTS[name] for name in defaults}


def test_a_deployment_may_choose_everything_that_has_a_default() -> None:
    assert set(DEFAULTS) <= set(Config.model_fields)


def test_insights_without_settings_are_those_of_the_default_settings() -> None:
    assert InsightSettings().thresholds == Thresholds()


def test_the_double_ends_sessions_when_a_deployment_does() -> None:
    parameters = inspect.signature(Double).parameters
    for name in ("idle_minutes", "heartbeat_minutes"):
        assert parameters[name].default == DEFAULTS[name]


def test_no_default_is_written_a_second_time() -> None:
    """A literal as the default of a setting, in a model (also within `Field`) or a signature."""
    repeated = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("functions", "infra")
        for path in (ROOT / folder).rglob("*.py")
        for name in _literal_defaults(ast.parse(path.read_text()))
    ]
    assert repeated == []


def _literal_defaults(tree: ast.AST) -> list[str]:
    defaults_by_name: list[tuple[str, ast.expr]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            defaults_by_name.append((node.target.id, node.value))
        elif isinstance(node, ast.FunctionDef):
            pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            defaults_by_name += [(argument.arg, value) for argument, value in pairs if value is not None]
    return [name for name, value in defaults_by_name if name in DEFAULTS and _is_number(value)]


def _is_number(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and value.args:
        value = value.args[0]
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)


def test_the_page_for_those_who_deploy_tells_every_default() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text().partition("## Settings")[2].partition("## ")[0]
    documented: dict[str, str] = {}
    for names, values in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", text, re.MULTILINE):
        of_row, each = re.findall(r"`(\w+)`", names), values.split(", ")
        documented |= zip(of_row, each if len(each) > 1 else each * len(of_row), strict=True)  # one may stand for all
    # The laptop's stack is made by `make local`, not by a choice.
    expected = {name: field.default for name, field in Config.model_fields.items() if name != "stage"}
    assert documented == {name: _as_told(value) for name, value in expected.items()}


def _as_told(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value) or "none"
