"""The audit line of one read that names people: who read how much of what, and of which learner."""

from collections.abc import Mapping
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from functions.core.usage.audit import audit_line, learner_digest
from functions.http.answers import JSON, Answer
from functions.query.request import Request
from functions.store.audit import AuditLog

logger = Logger(service="query")

LEARNER_NAMES = ("actor", "actorId", "actorEmail", "email", "userId")  # of parameters and path variables


def audit_read(request: Request, log: AuditLog, template: str, answer: Answer, request_id: str) -> None:
    """Write the line of a request that was answered; into this function's own log if the audit log does not take it.

    `template` is that of its path. Raises what a failing AWS call raises if the key of the digests cannot be read.
    """
    learner = learner_asked(request.values, request.path)
    line = audit_line(
        credential=request.principal.credential,
        kind=request.principal.kind,
        app=request.principal.app.app_id,
        apps=request.text("app"),
        route=f"GET {template}",
        status=int(answer["statusCode"]),
        learner=None if learner is None else learner_digest(log.key, learner),
        rows=rows_in(answer),
        request_id=request_id,
        now_us=request.now_us,
    )
    reason = log.write(line)
    if reason is not None:
        logger.error("audit line was not written", extra={"reason": reason, "line": line})


def learner_asked(values: Mapping[str, Any], path: Mapping[str, str]) -> str | None:
    """The learner that a request names, by id or address; None if it names a session, a run, or everybody."""
    named = (values.get(name) or path.get(name) for name in LEARNER_NAMES)
    return next((str(learner) for learner in named if learner), None)


def rows_in(answer: Answer) -> int:
    """How many rows an answer holds: those of its first list; 1 if it has none, 0 if it is a refusal."""
    if answer["statusCode"] >= 400:
        return 0
    if answer["headers"].get("Content-Type") != JSON:
        return 1
    body = orjson.loads(answer["body"])
    lists = (value for value in body.values() if isinstance(value, list)) if isinstance(body, dict) else ()
    return next((len(rows) for rows in lists), 1)
