"""One change after routing: who asks, for which app, with which body; and what came of it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from functions.core.apps import App
from functions.http.answers import Answer
from functions.http.gate import Principal
from functions.manage.dependencies import Dependencies


class ChangeRequest(Struct, frozen=True, kw_only=True):
    """`app` is the one whose things are changed: the caller's own, or the one that an admin names (`every_app`: all).
    `values` are the parameters of the query.

    `request_id` is the `X-Request-ID` of the client, which is the same when it repeats a request; "" if it sends none.
    """

    path: Mapping[str, str]
    values: Mapping[str, Any]
    body: Mapping[str, Any]
    app: App
    every_app: bool
    principal: Principal
    request_id: str
    now_us: int
    dependencies: Dependencies


class Outcome(Struct, frozen=True):
    """The answer, and for the audit: what was changed, and how many rows of it."""

    answer: Answer
    subject: str = ""
    rows: int = 0
