"""The page /docs of a small description, in full: its contents, an article of each operation and of each shape."""

import re
from typing import Any

import pytest

from functions.query.docs_page.article import operation_article
from functions.query.docs_page.page import page
from functions.query.docs_page.prose import shape_article

type Json = dict[str, Any]

THING: Json = {
    "description": "A `thing` <here>",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "description": "Its `id`"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}
ASKED: Json = {
    "operationId": "get_things",
    "tags": ["read"],
    "summary": "The `things` & more",
    "description": "Send `id`.",
    "parameters": [
        {"name": "id", "in": "query", "required": True, "schema": {"type": "string"}, "description": "Of `it`"},
        {"name": "days", "in": "query", "schema": {"type": "integer"}},
    ],
    "security": [{"key": []}, {"token": ["a/b", "a/<c>"]}],
    "responses": {
        "200": {
            "description": "OK",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"id": "é<"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        },
        "404": {
            "description": "Not Found",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
        },
    },
}
ASKED["parameters"][0]["example"] = "urn:1"
SENT: Json = {
    "operationId": "post_things",
    "tags": ["send"],
    "summary": "Send",
    "security": [],
    "requestBody": {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"id": "1"}}}
    },
    "responses": {"202": {"description": "Accepted", "content": {"text/plain": {"schema": {"type": "string"}}}}},
}
KEY = {"name": "key", "in": "path", "required": True, "example": "k", "schema": {"type": "string"}, "description": "K"}
TABLE = "<div class=scroll><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
NAMED = TABLE.format("<th scope=col>Name</th><th scope=col>Type</th><th scope=col>Meaning</th>", "{}")
STATED = TABLE.format("<th scope=col>Status</th><th scope=col></th><th scope=col>Shape</th>", "{}")
MEMBERS = TABLE.format("<th scope=col>Member</th><th scope=col>Type</th><th scope=col>Meaning</th>", "{}")


def test_an_operation_that_is_asked_is_described_in_full() -> None:
    assert operation_article("get", "/things", ASKED, []) == (
        "<article id=get_things><h3><span class='verb get'>GET</span> <code>/things</code></h3>"
        "<p>The <code>things</code> &amp; more.</p><p>Send <code>id</code>.</p>"
        "<p class=dim>Scope: <code>a/b</code> or <code>a/&lt;c&gt;</code></p><h4>Parameters</h4>"
        + NAMED.format(
            "<tr><td><code>id</code></td><td><span class=dim>string, required</span></td>"
            "<td>Of <code>it</code></td></tr>"
            "<tr><td><code>days</code></td><td><span class=dim>integer</span></td><td></td></tr>"
        )
        + "<h4>Example</h4><div class=command><pre tabindex=0>curl &quot;$URL/things?id=urn%3A1&quot; \\\n"
        "  -H &quot;Authorization: Bearer $TOKEN&quot;</pre></div><h4>Answers</h4>"
        + STATED.format(
            "<tr><td>200</td><td>OK</td><td><a href='#shape-Thing'>Thing</a>, text/csv</td></tr>"
            "<tr><td>404</td><td>Not Found</td><td><a href='#shape-Refusal'>Refusal</a></td></tr>"
        )
        + "<details open><summary>Example of 200</summary>"
        "<pre tabindex=0>{\n  &quot;id&quot;: &quot;é&lt;&quot;\n}</pre>"
        "</details></article>"
    )


@pytest.mark.parametrize(
    ("variables", "path", "scope", "parameters"),
    [
        ([], "/things", "No credential is needed.", ""),
        (
            [KEY],
            "/k/{key}",
            "The sensor key is in the path.",
            "<h4>Parameters</h4>"
            + NAMED.format(
                "<tr><td><code>key</code></td><td><span class=dim>string, required</span></td><td>K</td></tr>"
            ),
        ),
    ],
    ids=["open", "key in path"],
)
def test_an_operation_that_takes_a_body_is_described_in_full(
    variables: list[Json], path: str, scope: str, parameters: str
) -> None:
    assert operation_article("post", path, SENT, variables) == (
        f"<article id=post_things><h3><span class='verb post'>POST</span> <code>{path}</code></h3><p>Send.</p>"
        f"<p class=dim>{scope}</p>{parameters}<h4>Example</h4><div class=command>"
        f"<pre tabindex=0>curl &quot;$URL{path.replace('{key}', 'k')}&quot; \\\n"
        "  -H &#x27;Content-Type: application/json&#x27; \\\n"
        "  -d &#x27;{\n  &quot;id&quot;: &quot;1&quot;\n}&#x27;</pre></div>"
        "<h4>Takes</h4><p>application/json: <a href='#shape-Thing'>Thing</a></p><h4>Answers</h4>"
        + STATED.format("<tr><td>202</td><td>Accepted</td><td>text/plain</td></tr>")
        + "</article>"
    )


def test_a_body_that_is_a_form_is_called_so() -> None:
    form = {"schema": {"type": "object"}, "example": {"a": "b c"}}
    body = {"content": {"application/x-www-form-urlencoded": form}}
    article = operation_article("post", "/token", {**SENT, "requestBody": body}, [])
    assert "<h4>Takes</h4><p>a form: object</p>" in article
    assert "-d &#x27;a=b+c&#x27;" in article


def test_a_shape_is_described_in_full() -> None:
    assert shape_article("Thing", THING) == (
        "<article id=shape-Thing><h3><code>Thing</code></h3><p>A <code>thing</code> &lt;here&gt;</p>"
        + MEMBERS.format(
            "<tr><td><code>id</code></td><td><span class=dim>string</span></td><td>Its <code>id</code></td></tr>"
            "<tr><td><code>parts</code></td><td><span class=dim>list of <a href='#shape-Part'>Part</a>, optional</span>"
            "</td><td></td></tr>"
        )
        + "</article>"
    )
    assert shape_article("Bare", {"properties": {}}) == (
        "<article id=shape-Bare><h3><code>Bare</code></h3><p></p>" + MEMBERS.format("") + "</article>"
    )


def test_the_page_of_a_small_description_in_full() -> None:
    document = {
        "info": {"title": "A & B", "version": "1.2<", "description": "Says `all`"},
        "tags": [{"name": "send", "description": "Send `it`"}, {"name": "read", "description": "Ask"}],
        "paths": {"/things": {"get": ASKED, "post": SENT}, "/k/{key}": {"parameters": [KEY], "put": SENT}},
        "components": {
            "schemas": {"Thing": THING, "Part": {"properties": {}}},
            "securitySchemes": {"token": {"flows": {"clientCredentials": {"scopes": {"x/<a>": "a", "x/b": "b"}}}}},
        },
    }
    whole = page(document)
    short = re.sub("<(style|script)>.+?</(style|script)>", r"<\1></\2>", whole, flags=re.DOTALL)
    assert len(whole) > len(short) + 1000
    in_contents = "<li><a href='#{}'><span class='verb {}'>{}</span> {}</a></li>"
    sent = operation_article("post", "/things", SENT, []) + operation_article("put", "/k/{key}", SENT, [KEY])
    assert short == (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        "<title>A &amp; B</title><style></style></head><body>"
        "<a class=skip href='#main'>Skip to the description</a><div class=columns>"
        "<nav aria-label='Contents'><div hidden><label for=search>Search</label>"
        "<input id=search type=search autocomplete=off placeholder='path, parameter, field'>"
        "<p id=matches class=dim role=status></p></div><section><h2>Send <code>it</code></h2><ul>"
        + in_contents.format("post_things", "post", "POST", "/things")
        + in_contents.format("post_things", "put", "PUT", "/k/{key}")
        + "</ul></section><section><h2>Ask</h2><ul>"
        + in_contents.format("get_things", "get", "GET", "/things")
        + "</ul></section><section><h2>Shapes</h2><ul><li><a href='#shape-Thing'>Thing</a></li>"
        "<li><a href='#shape-Part'>Part</a></li></ul></section></nav>"
        "<main id=main><h1>A &amp; B <span class=dim>1.2&lt;</span></h1><p>Says <code>all</code></p>"
        "<p>For programs: <a href=openapi.json>openapi.json</a>.</p>"
        "<section><h2>Credentials</h2><p>Send a token from <code>POST /oauth2/token</code> (client credentials) or a "
        "sensor key, as <code>Authorization: Bearer …</code>, bare, or Basic. The commands on this page expect "
        "<code>URL</code>, the address of this service, and <code>TOKEN</code>, a token or key.</p>"
        "<details><summary>All scopes</summary><div class=scroll><table><tr><td><code>x/&lt;a&gt;</code></td></tr>"
        "<tr><td><code>x/b</code></td></tr></table></div></details></section>"
        f"<section><h2>Send <code>it</code></h2>{sent}</section>"
        f"<section><h2>Ask</h2>{operation_article('get', '/things', ASKED, [])}</section><section><h2>Shapes</h2>"
        + shape_article("Thing", THING)
        + shape_article("Part", {"properties": {}})
        + "</section></main></div><script></script></body></html>"
    )
