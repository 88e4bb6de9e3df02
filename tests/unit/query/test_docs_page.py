"""The contents of the page /docs: every operation with its verb and path, in the order of the page, and every shape."""

import re
from html import escape
from typing import Any

import pytest

from functions.query.docs_page.page import security_policy
from functions.query.docs_page.prose import kind, prose
from tests.unit.query.test_openapi import OPERATIONS, SCHEMAS
from tests.unit.query.world import World


def page() -> str:
    body: str = World().ask("/docs")["body"]
    return body


def test_the_contents_list_each_operation_with_its_verb_and_path() -> None:
    (contents,) = re.findall(r"<nav aria-label='Contents'>(.*?)</nav>", page(), re.DOTALL)
    listed = re.findall(r"<li><a href='#(\w+)'><span class='verb (\w+)'>(\w+)</span> ([^<]+)</a></li>", contents)
    assert sorted(listed) == sorted(
        (operation["operationId"], verb, verb.upper(), escape(path)) for verb, path, operation, _ in OPERATIONS
    )
    assert re.findall(r"<li><a href='#shape-(\w+)'>(\w+)</a></li>", contents) == [(name, name) for name in SCHEMAS]


def test_the_contents_are_in_the_order_of_the_page() -> None:
    body = page()
    in_contents = re.findall(r"<li><a href='#((?:get|post|put|delete)_\w+)'>", body)
    assert in_contents == re.findall(r"<article id=((?:get|post|put|delete)_\w+)>", body)
    headings = re.findall(r"<section><h2>(.*?)</h2>", body)
    assert len(headings) > 5
    assert all(headings)


def test_each_scope_that_a_token_may_have_is_listed() -> None:
    (scopes,) = re.findall(r"<summary>All scopes</summary>.*?<table>(.*?)</table>", page(), re.DOTALL)
    rows = re.findall(r"<tr><td><code>([^<]+)</code></td></tr>", scopes)
    assert len(rows) == len(set(rows))
    assert {row.rpartition("/")[2] for row in rows} >= {"events.write", "events.readonly", "webhooks.write", "admin"}


def test_each_article_is_headed_by_its_verb_and_path() -> None:
    headings = re.findall(r"<h3><span class='verb (\w+)'>(\w+)</span> <code>([^<]+)</code></h3>", page())
    assert sorted(headings) == sorted((verb, verb.upper(), escape(path)) for verb, path, _, _ in OPERATIONS)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "string date-time"),
        ({}, "any"),
        (
            {"enum": ["a", "<b>", 1, None]},
            "<code>a</code> | <code>&lt;b&gt;</code> | <code>1</code> | <code>null</code>",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        (
            {"type": "array", "items": {"anyOf": [{"$ref": "#/x/A"}, {"type": "null"}]}},
            "list of <a href='#shape-A'>A</a> or null",
        ),
    ],
)
def test_a_schema_is_told_in_a_few_words(schema: dict[str, Any], words: str) -> None:
    assert kind(schema) == words


@pytest.mark.parametrize(
    ("text", "html"),
    [("a `b` c `d e`", "a <code>b</code> c <code>d e</code>"), ("a < b", "a &lt; b"), ("`<`", "<code>&lt;</code>")],
)
def test_of_markdown_only_code_is_used(text: str, html: str) -> None:
    assert prose(text) == html


def test_the_page_may_run_its_own_script_and_nothing_else() -> None:
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        security_policy(),
    )
