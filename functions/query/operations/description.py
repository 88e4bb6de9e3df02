"""`GET /openapi.json` and `/docs`. What generates them is imported with the first request, because few ever come."""

from functools import cache
from typing import Any

import orjson

from functions.core.version import VERSION
from functions.http.answers import HTML, JSON, Answer
from functions.http.route import Route

type Routes = tuple[Route[Any], ...]


@cache
def openapi_json(routes: Routes) -> str:
    """The OpenAPI document, generated once."""
    from functions.query.openapi.document import document

    return orjson.dumps(document(routes, VERSION)).decode()


@cache
def docs_page(routes: Routes) -> str:
    """The page, rendered once."""
    from functions.query.docs_page.page import page
    from functions.query.openapi.document import document

    return page(document(routes, VERSION))


def openapi_answer(routes: Routes) -> Answer:
    return {"statusCode": 200, "headers": {"Content-Type": JSON}, "body": openapi_json(routes)}


def docs_answer(routes: Routes) -> Answer:
    from functions.query.docs_page.page import security_policy

    headers = {
        "Content-Type": HTML,
        "Content-Security-Policy": security_policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return {"statusCode": 200, "headers": headers, "body": docs_page(routes)}
