"""How the shapes of the API are written down: JSON Schema, to read and not to validate with."""

from typing import Any

type Schema = dict[str, Any]


def obj(about: str = "", optional: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """An object whose properties are all required, save the `optional` ones."""
    schema: Schema = {"type": "object", "properties": properties}
    if about:
        schema["description"] = about
    required = [name for name in properties if name not in optional]
    return schema | ({"required": required} if required else {})


def text(about: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": about} if about else {}), **more}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TIME = text(format="date-time")
WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
ANY: Schema = {}
ENTITY: Schema = {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "null"}]}
