"""Examples made of the examples of the fields: an answer, a request, and the command line that sends it."""

import json
from typing import Any
from urllib.parse import quote, urlencode

type Json = dict[str, Any]

FORM = "application/x-www-form-urlencoded"


def example_of(schema: Json, components: Json) -> Any:
    """An example of a schema: its own if it has one, else made of those of its parts.

    An optional member is left out unless it has an example of its own. Raises LookupError if a string or a number has
    none: an example that was guessed would teach nothing.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example_of(member, components)
            for name, member in schema["properties"].items()
            if name in required or "examples" in member
        }
    if kind == "array":
        return [example_of(schema["items"], components)]
    if kind == "null":
        return None
    raise LookupError(f"no example: {json.dumps(schema)[:200]}")


def url_of(path: str, variables: list[Json], parameters: list[Json], description: str = "") -> str:
    """A path with an example of each variable and of the parameter that must be sent: of several, the first."""
    for variable in variables:
        path = path.replace(f"{{{variable['name']}}}", quote(variable["example"], safe=""))
    required = [parameter for parameter in parameters if "required" in parameter]
    selectors = [parameter for parameter in parameters if f"`{parameter['name']}`" in description]
    wanted = [*selectors[:1], *required]
    query = urlencode({parameter["name"]: parameter["example"] for parameter in wanted}, quote_via=quote)
    return f"{path}?{query}" if query else path


def curl(verb: str, path: str, operation: Json, variables: list[Json]) -> str:
    """The command line that sends the example of an operation to `$URL`, with `$TOKEN` if it needs a credential."""
    url = url_of(path, variables, operation.get("parameters", []), operation.get("description", ""))
    said_by_the_rest = verb == "get" or (verb == "post" and "requestBody" in operation)
    parts = [f'curl "$URL{url}"' if said_by_the_rest else f'curl -X {verb.upper()} "$URL{url}"']
    if operation["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if "requestBody" in operation:
        ((media_type, content),) = operation["requestBody"]["content"].items()
        body = urlencode(content["example"]) if media_type == FORM else json.dumps(content["example"], indent=2)
        parts += [f"-H 'Content-Type: {media_type}'", "-d '" + body.replace("'", "'\\''") + "'"]
    return " \\\n  ".join(parts)
