"""What the defaults of value classes are checked by: each is of the type that its field is said to have."""

import collections.abc
import types
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin

import msgspec


def structs_of(module: ModuleType) -> Iterator[type[msgspec.Struct]]:
    """The value classes that a module defines."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
            yield value


def wrong_defaults(module: ModuleType) -> list[str]:
    """The fields of a module's value classes whose default is not of their type."""
    return [
        f"{cls.__name__}.{field.name} = {default!r}"
        for cls in structs_of(module)
        for field in msgspec.structs.fields(cls)
        if (default := _default_of(field)) is not msgspec.NODEFAULT and not _is_of(default, field.type)
    ]


def fields_with_defaults(module: ModuleType) -> list[str]:
    """The fields that have one."""
    return [
        f"{cls.__name__}.{field.name}"
        for cls in structs_of(module)
        for field in msgspec.structs.fields(cls)
        if not field.required
    ]


def _default_of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _is_of(value: object, kind: Any) -> bool:
    while isinstance(kind, TypeAliasType):
        kind = kind.__value__
    origin = get_origin(kind)
    if isinstance(origin, TypeAliasType):
        return _is_of(value, origin.__value__)
    if origin in (Union, types.UnionType):
        return any(_is_of(value, each) for each in get_args(kind))
    if origin is Literal:
        return value in get_args(kind)
    if kind in (Any, object):
        return True
    if kind is None or kind is type(None):
        return value is None
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    plain = origin or kind
    if plain is collections.abc.Callable:
        return callable(value)
    return isinstance(value, plain)


def values_of(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """What holds of a value class if nothing more is said, but for functions and raw bytes."""
    defaults = {field.name: _default_of(field) for field in msgspec.structs.fields(cls) if not field.required}
    return {
        name: value for name, value in defaults.items() if not callable(value) and not isinstance(value, msgspec.Raw)
    }
