"""A fault put into functions that are imported already: their code is exchanged, so every reference to them has it."""

import functools
import importlib
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from tests.mutants.areas import ROOT
from tests.mutants.mutations import Mutation
from tests.mutants.place import put

type Change = tuple[tuple[str, ...], CodeType, CodeType]  # where a function lies in its module, its code and the other


def apply(mutation: Mutation) -> bool:
    """Put it in; False if it is not in a function, or in one that cannot be found again."""
    if mutation.module not in sys.modules:
        put(mutation)
        importlib.import_module(mutation.module)
        return True
    changes = _changes(mutation)
    if changes is None:
        return False
    functions = [(_function(sys.modules[mutation.module], path, old), new) for path, old, new in changes]
    if not functions or any(function is None for function, _ in functions):
        return False
    for function, new in functions:
        assert function is not None
        function.__code__ = new
    return True


def is_in_inner(mutation: Mutation) -> bool:
    """Whether it is in a function that another one makes: those that were made before have the code without it."""
    changes = _changes(mutation)
    return changes is not None and any(
        _everything(before) != _everything(after)
        for _, old, new in changes
        for before, after in zip(_functions_in(old), _functions_in(new), strict=True)
    )


def _changes(mutation: Mutation) -> list[Change] | None:
    """The functions whose code differs; None if anything else does."""
    path = str(ROOT / mutation.path)
    before = compile((ROOT / mutation.path).read_text(), path, "exec", dont_inherit=True)
    after = compile(mutation.source, path, "exec", dont_inherit=True)
    try:
        return list(_differing(before, after, ()))
    except ValueError:
        return None


def _differing(old: CodeType, new: CodeType, path: tuple[str, ...]) -> Iterator[Change]:
    """Raises ValueError if the body of a module or class differs."""
    inner_old, inner_new = _functions_in(old), _functions_in(new)
    if _own(old) != _own(new) or len(inner_old) != len(inner_new):
        raise ValueError("not in a function")
    for code, other in zip(inner_old, inner_new, strict=True):
        if _everything(code) == _everything(other):
            continue
        place = (*path, code.co_name)
        if _is_class_body(code):
            yield from _differing(code, other, place)
        elif code.co_name.startswith("<"):
            raise ValueError("in a lambda or comprehension of a module or class")
        else:
            yield place, code, other


def _functions_in(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _is_class_body(code: CodeType) -> bool:
    return not code.co_flags & 0x1 and code.co_name not in ("<lambda>", "<genexpr>")  # no CO_OPTIMIZED: no function


def _own(code: CodeType) -> tuple[Any, ...]:
    """What a body does, without its lines and without the functions in it."""
    constants = [(type(constant), repr(constant)) for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars


def _everything(code: CodeType) -> tuple[Any, ...]:
    return (*_own(code), tuple(map(_everything, _functions_in(code))))


def _function(module: Any, path: tuple[str, ...], old: CodeType) -> FunctionType | None:
    node = module
    for name in path:
        node = vars(node).get(name)
        if node is None:
            return None
    return _unwrapped(node, old)


def _unwrapped(node: Any, old: CodeType) -> FunctionType | None:
    """The function below decorators that has the code `old`."""
    for _ in range(8):
        if isinstance(node, FunctionType) and _everything(node.__code__) == _everything(old):
            return node if len(node.__code__.co_freevars) == len(old.co_freevars) else None
        if isinstance(node, property):
            node = node.fget
        elif isinstance(node, staticmethod | classmethod):
            node = node.__func__
        elif isinstance(node, functools.cached_property):
            node = node.func
        else:
            node = getattr(node, "__wrapped__", None)
    return None
