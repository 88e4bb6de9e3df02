"""The contents of the page /docs: every operation with its verb and path, in the order of the page, and every shape."""

import re
from html import escape

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
