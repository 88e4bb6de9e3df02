"""`GET /docs`: the OpenAPI document as one page of HTML, which loads nothing else.

Its one script filters the page and copies commands; without it everything can still be read. The security policy names
style and script by their digests, so nothing else runs.
"""

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from functions.query.docs_page.article import operation_article
from functions.query.docs_page.prose import prose, shape_article

type Json = dict[str, Any]

VERBS = ("get", "post", "put", "delete")


@cache
def _style() -> str:
    return Path(__file__).with_name("docs.css").read_text()


@cache
def _script() -> str:
    return Path(__file__).with_name("docs.js").read_text()


def security_policy() -> str:
    """The Content-Security-Policy of the page: its own style and script, and nothing from anywhere else."""
    return (
        f"default-src 'none'; style-src {_digest(_style())}; script-src {_digest(_script())}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(document: Json) -> str:
    """The page of an OpenAPI document."""
    info, schemas = document["info"], document["components"]["schemas"]
    title = escape(info["title"])
    return "".join(
        [
            "<!doctype html><html lang=en><head><meta charset=utf-8>",
            "<meta name=viewport content='width=device-width,initial-scale=1'>",
            f"<title>{title}</title><style>{_style()}</style></head><body>",
            "<a class=skip href='#main'>Skip to the description</a><div class=columns>",
            _navigation(document),
            f"<main id=main><h1>{title} <span class=dim>{escape(info['version'])}</span></h1>",
            f"<p>{prose(info['description'])}</p>",
            "<p>For programs: <a href=openapi.json>openapi.json</a>.</p>",
            _credentials(document["components"]["securitySchemes"]),
            *(_section(tag, document) for tag in document["tags"]),
            "<section><h2>Shapes</h2>",
            *(shape_article(name, schema) for name, schema in schemas.items()),
            f"</section></main></div><script>{_script()}</script></body></html>",
        ]
    )


def _tagged(tag: Json, document: Json) -> list[tuple[str, str, Json, list[Json]]]:
    """Verb, path, operation and path variables of everything with a tag."""
    return [
        (verb, path, item[verb], item.get("parameters", []))
        for path, item in document["paths"].items()
        for verb in VERBS
        if verb in item and tag["name"] in item[verb]["tags"]
    ]


def _navigation(document: Json) -> str:
    parts = [
        "<nav aria-label='Contents'><div hidden><label for=search>Search</label>",
        "<input id=search type=search autocomplete=off placeholder='path, parameter, field'>",
        "<p id=matches class=dim role=status></p></div>",
    ]
    for tag in document["tags"]:
        parts.append(f"<section><h2>{prose(tag['description'])}</h2><ul>")
        parts += [
            f"<li><a href='#{escape(operation['operationId'])}'><span class='verb {verb}'>{verb.upper()}</span> "
            f"{escape(path)}</a></li>"
            for verb, path, operation, _ in _tagged(tag, document)
        ]
        parts.append("</ul></section>")
    names = document["components"]["schemas"]
    parts.append("<section><h2>Shapes</h2><ul>")
    parts += [f"<li><a href='#shape-{escape(name)}'>{escape(name)}</a></li>" for name in names]
    parts.append("</ul></section></nav>")
    return "".join(parts)


def _credentials(schemes: Json) -> str:
    scopes = schemes["token"]["flows"]["clientCredentials"]["scopes"]
    rows = "".join(f"<tr><td><code>{escape(scope)}</code></td></tr>" for scope in scopes)
    return (
        "<section><h2>Credentials</h2><p>Send a token from <code>POST /oauth2/token</code> (client credentials) or a "
        "sensor key, as <code>Authorization: Bearer …</code>, bare, or Basic. The commands on this page expect "
        "<code>URL</code>, the address of this service, and <code>TOKEN</code>, a token or key.</p>"
        f"<details><summary>All scopes</summary><div class=scroll><table>{rows}</table></div></details></section>"
    )


def _section(tag: Json, document: Json) -> str:
    articles = [operation_article(*operation) for operation in _tagged(tag, document)]
    return f"<section><h2>{prose(tag['description'])}</h2>{''.join(articles)}</section>"
