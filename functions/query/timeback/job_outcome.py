"""What became of a job, and how an answer says it once the job has ended."""

import itertools
from typing import TYPE_CHECKING

import orjson
from msgspec import Struct, field

from functions.http.page import PageBuilder

if TYPE_CHECKING:
    from functions.http.shapes.timeback import Job as JobShape
    from functions.http.shapes.timeback import JobError, JobResult


class Outcome(Struct):
    """What the table says of a job: events that can be read, items that failed, how many parts are missing (so far)."""

    results: "list[JobResult]" = field(default_factory=list)
    failed: "list[JobError]" = field(default_factory=list)
    missing: int = 0
    reason: str = ""  # why it failed


def ended_job(text: str, outcome: Outcome, processed_on: str | None) -> "JobShape":
    """A job that has ended, well or not."""
    errors, results = _fitting(outcome)
    if not outcome.reason:
        return {
            "id": text,
            "state": "completed",
            "returnValue": {"status": "success", "results": results},
            "processedOn": processed_on,
        }
    return {
        "id": text,
        "state": "failed",
        "returnValue": {"status": "error", "results": results, "errors": errors},
        "processedOn": processed_on,
        "failedReason": outcome.reason,
    }


def _fitting(outcome: Outcome) -> "tuple[list[JobError], list[JobResult]]":
    """Errors and results as far as they fit into one answer: 10,000 do, unless their ids are very long."""
    page = PageBuilder(len(outcome.failed) + len(outcome.results))
    errors = [error for error in outcome.failed if page.add(orjson.dumps(error))]
    results = list(itertools.takewhile(lambda result: page.add(orjson.dumps(result)), outcome.results))
    return errors, results
