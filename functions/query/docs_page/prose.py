"""Descriptions and schemas as HTML."""

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

type Json = dict[str, Any]


def prose(text: str) -> str:
    """A description. Of Markdown only `code` is used here."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th scope=col>{column}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def example(value: Any) -> str:
    return f"<pre tabindex=0>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def kind(schema: Json) -> str:
    """A schema in a few words; shapes are linked."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#shape-{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    if "enum" in schema:
        values = (value if isinstance(value, str) else json.dumps(value) for value in schema["enum"])
        return " | ".join(f"<code>{escape(value)}</code>" for value in values)
    if schema.get("type") == "array":
        return "list of " + kind(schema["items"])
    return escape(" ".join(filter(None, [schema.get("type", "any"), schema.get("format", "")])))


def shape_article(name: str, schema: Json) -> str:
    """A shape with its members: the one place where it is described."""
    required = schema.get("required", [])
    rows = [
        (
            f"<code>{escape(member)}</code>",
            f"<span class=dim>{kind(value)}{'' if member in required else ', optional'}</span>",
            prose(value.get("description", "")),
        )
        for member, value in schema["properties"].items()
    ]
    return (
        f"<article id=shape-{escape(name)}><h3><code>{escape(name)}</code></h3>"
        f"<p>{prose(schema.get('description', ''))}</p>{table(('Member', 'Type', 'Meaning'), rows)}</article>"
    )
