"""The faults: what the operators of mutmut make of each expression and statement of a module.

Left out is what no test should hold: texts of several words, which are for people, what is printed, what a log line
says (but not that there is one), examples of the API, annotations, decorators, and the options of classes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from libcst import matchers
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal

from tests.mutants.areas import ROOT

_PRINTED = matchers.Call(func=matchers.Name("print"))
_LOGGED = matchers.Call(func=matchers.Attribute(value=matchers.Name("logger")))
_NOT_MUTATED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.TypeAlias, cst.TypeParameters, cst.Param)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One fault: `line` of `path` (from the root), the lines before and after it, and the whole module with it."""

    path: str
    line: int
    operator: str
    before: str
    after: str
    source: str

    @property
    def module(self) -> str:
        return ".".join(Path(self.path).with_suffix("").parts).removesuffix(".__init__")

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is, wherever in its module it stands."""
        return self.path, self.before, self.after


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that may be replaced. Its text is only made if it is sampled."""

    path: Path
    tree: cst.Module
    node: cst.CSTNode
    replacement: cst.CSTNode
    line: int
    operator: str

    @property
    def name(self) -> str:
        """What would be replaced by what, wherever it stands in its module."""
        before, after = map(self.tree.code_for_node, (self.node, self.replacement))
        return f"{self.path.relative_to(ROOT)} {self.operator} {before} {after}"

    def mutation(self) -> Mutation | None:
        """None if the module then says the same, or is no Python."""
        text = self.tree.code
        changed = self.tree.deep_replace(self.node, self.replacement)
        assert isinstance(changed, cst.Module)
        try:
            compile(changed.code, str(self.path), "exec")
        except SyntaxError:
            return None
        before, after = _difference(text, changed.code)
        if not before and not after:
            return None
        return Mutation(
            path=str(self.path.relative_to(ROOT)),
            line=self.line,
            operator=self.operator,
            before=before,
            after=after,
            source=changed.code,
        )


def candidates(paths: Iterable[Path]) -> Iterator[Candidate]:
    """Everything that may be replaced in these modules, in order."""
    for path in paths:
        wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
        collector = _Collector(path, wrapper.module)
        wrapper.visit(collector)
        yield from collector.candidates


class _Collector(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: Path, tree: cst.Module) -> None:
        super().__init__()
        self.candidates: list[Candidate] = []
        self._path, self._tree = path, tree
        self._raised = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _NOT_MUTATED) or matchers.matches(node, _PRINTED | _LOGGED) or _is_for_types(node):
            return False
        if isinstance(node, cst.Arg) and (_checks_lengths(node) or _is_example(node)):
            return False
        if isinstance(node, cst.ClassDef):
            node.body.visit(self)
            return False
        if isinstance(node, cst.SimpleStatementLine) and _is_documentation(node):
            return False
        for operator, replacement in _replacements(node):
            line = self.get_metadata(PositionProvider, node).start.line
            self.candidates.append(Candidate(self._path, self._tree, node, replacement, line, operator))
        return True


def _replacements(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    if isinstance(node, cst.BaseString) and _is_text(node):
        return
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            replacements: list[Any] = list(operator(node))
            if isinstance(node, cst.BaseString):
                del replacements[1:]  # in capitals or small letters it is the same fault as spelled wrongly
            if operator is operator_arg_removal:
                replacements = [replacement for replacement in replacements if _can_be_called(node, replacement)]
            for replacement in replacements:
                yield operator.__name__.removeprefix("operator_"), replacement
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call) and not matchers.matches(node.value, _PRINTED):
        yield "statement_removal", node.with_changes(value=cst.Name("None"))


def _can_be_called(node: Any, replacement: Any) -> bool:
    """Whether an argument was changed or left out that may be: without one that has its place, nearly no call can be
    made. What people read is not changed.
    """
    kept = set(map(id, replacement.args))
    (lost,) = [argument for argument in node.args if id(argument) not in kept]
    if (isinstance(lost.value, cst.BaseString) and _is_text(lost.value)) or _checks_lengths(lost) or _is_example(lost):
        return False
    return len(replacement.args) == len(node.args) or lost.keyword is not None


def _checks_lengths(argument: cst.Arg) -> bool:
    """Whether it is the `strict=` of `zip` or `batched`: as an assert it holds what the code sees to anyway."""
    is_strict = argument.keyword is not None and argument.keyword.value == "strict"
    return is_strict and matchers.matches(argument.value, matchers.Name("True") | matchers.Name("False"))


def _is_example(argument: cst.Arg) -> bool:
    """Whether it is what the description of the API shows people."""
    return argument.keyword is not None and argument.keyword.value in ("example", "examples", "description", "summary")


def _is_text(node: cst.BaseString) -> bool:
    """Whether a string is of several words: what people read, not what programs do."""
    if isinstance(node, cst.SimpleString):
        return " " in node.raw_value
    if isinstance(node, cst.ConcatenatedString):
        return _is_text(node.left) or _is_text(node.right)
    assert isinstance(node, cst.FormattedString)
    return any(isinstance(part, cst.FormattedStringText) and " " in part.value for part in node.parts)


def _is_for_types(node: cst.CSTNode) -> bool:
    """What is there for the type checker alone."""
    if isinstance(node, cst.If):
        return matchers.matches(node.test, matchers.Name("TYPE_CHECKING"))
    if isinstance(node, cst.Assign):
        return any(matchers.matches(target.target, matchers.Name("__all__")) for target in node.targets)
    return isinstance(node, cst.Assert)


def _is_documentation(node: cst.SimpleStatementLine) -> bool:
    return matchers.matches(node.body[0], matchers.Expr(matchers.SimpleString() | matchers.ConcatenatedString()))


def _difference(before: str, after: str) -> tuple[str, str]:
    """The lines in which two texts differ: those between what both begin and end with."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return _joined(old), _joined(new)


def _joined(lines: Iterable[str]) -> str:
    return " ".join(" ".join(lines).split())
