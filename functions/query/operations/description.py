"""`GET /openapi.json` and `/docs`: what describes the API is loaded when somebody asks, for few ever do."""

from functions.http.answers import JSON, Answer
from functions.http.request import Request

HTML = "text/html; charset=utf-8"
# The page is one document: it may load nothing, from nowhere, and run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def get_openapi(request: Request) -> Answer:  # noqa: ARG001  # every route takes the request
    from functions.query.openapi.document import document_json

    return {"statusCode": 200, "headers": {"Content-Type": JSON}, "body": document_json()}


def get_docs(request: Request) -> Answer:  # noqa: ARG001  # every route takes the request
    from functions.query.openapi.html import page

    headers = {"Content-Type": HTML, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return {"statusCode": 200, "headers": headers, "body": page()}
