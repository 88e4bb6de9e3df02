"""`GET /docs`: the OpenAPI document as one page of HTML that loads nothing else and runs no script."""

import re
from functools import cache
from html import escape
from typing import Any

from functions.query.openapi.document import document

type Json = dict[str, Any]

STYLE = """
:root{color-scheme:light dark;--line:#8884;--dim:#777}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer;display:flex;gap:.8rem;align-items:baseline;flex-wrap:wrap}
summary code{font-weight:600}.verb{font:600 .75rem ui-monospace,monospace;min-width:2.6rem}
.get{color:#2a7}.post{color:#27c}.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}
td,th{border-top:1px solid var(--line);padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top}
pre{overflow:auto;background:#8881;padding:.6rem;border-radius:.4rem}code,pre{font-size:.85rem}
"""


@cache
def page() -> str:
    """The page, rendered once."""
    about = document()
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width,initial-scale=1'>",
        f"<title>{escape(about['info']['title'])}</title><style>{STYLE}</style>",
        f"<h1>{escape(about['info']['title'])} <span class=dim>{escape(about['info']['version'])}</span></h1>",
        f"<p>{_prose(about['info']['description'])}</p>",
        "<p>For programs: <a href=openapi.json>openapi.json</a>.</p>",
        _credentials(about["components"]["securitySchemes"]),
    ]
    for tag in about["tags"]:
        parts.append(f"<h2>{_prose(tag['description'])}</h2>")
        for path, item in about["paths"].items():
            parts += [
                _operation(verb, path, item[verb], item.get("parameters", []))
                for verb in ("get", "post")
                if verb in item and tag["name"] in item[verb]["tags"]
            ]
    parts.append("<h2>Shapes</h2>")
    parts += [_shape(name, schema) for name, schema in about["components"]["schemas"].items()]
    return "".join(parts)


def _prose(text: str) -> str:
    """A description, of whose Markdown only `code` is used here."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _credentials(schemes: Json) -> str:
    scopes = schemes["token"]["flows"]["clientCredentials"]["scopes"]
    rows = "".join(f"<tr><td><code>{escape(scope)}</code>" for scope in scopes)
    return (
        "<details><summary>Credentials</summary><p>A token from <code>POST /oauth2/token</code> (client credentials), "
        "or a sensor key: <code>Authorization: Bearer …</code>, the bare key, or Basic.</p>"
        f"<table><tr><th>Scopes</th></tr>{rows}</table></details>"
    )


def _operation(verb: str, path: str, operation: Json, variables: list[Json]) -> str:
    parts = [
        f"<details id={escape(operation['operationId'])}><summary><span class='verb {verb}'>{verb.upper()}</span>",
        f"<code>{escape(path)}</code><span>{_prose(operation['summary'])}</span></summary>",
        f"<p>{_prose(operation['description'])}</p>" if "description" in operation else "",
    ]
    parameters = [*variables, *operation.get("parameters", [])]
    if parameters:
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code><td class=dim>{_kind(one['schema'])}"
            f"<td>{_prose(one.get('description', ''))}"
            for one in parameters
        )
        parts.append(f"<table><tr><th>Parameter<th><th></tr>{rows}</table>")
    body = operation.get("requestBody")
    if body is not None:
        parts += [f"<p>Takes {escape(media)}: {_kind(one['schema'])}</p>" for media, one in body["content"].items()]
    rows = "".join(
        f"<tr><td>{status}<td>{_prose(answer['description'])}<td>"
        + ", ".join(_kind(one["schema"]) for one in answer["content"].values())
        for status, answer in operation["responses"].items()
    )
    parts.append(f"<table><tr><th>Answer<th><th></tr>{rows}</table></details>")
    return "".join(parts)


def _shape(name: str, schema: Json) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code><td class=dim>{_kind(one)}{'' if key in required else ', optional'}"
        f"<td>{_prose(one.get('description', ''))}"
        for key, one in schema.get("properties", {}).items()
    )
    about = _prose(schema.get("description", "")) or _kind(schema)
    title = f"<details id=shape-{escape(name)}><summary><code>{escape(name)}</code></summary>"
    return f"{title}<p>{about}<table>{rows}</table></details>"


def _kind(schema: Json) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href=#shape-{name}>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "allOf" in schema:
        return " and ".join(_kind(one) for one in schema["allOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return "list of " + _kind(schema["items"])
    if schema.get("type") == "object" and "properties" in schema:
        inner = ", ".join(f"{escape(name)}: {_kind(one)}" for name, one in schema["properties"].items())
        return "{" + inner + "}"
    return escape(" ".join(filter(None, [schema.get("type", "any"), schema.get("format", "")])))
