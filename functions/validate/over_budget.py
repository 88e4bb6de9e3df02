"""The refusal of an app that has used up what it may use in a minute."""

from functions.core.apps import App
from functions.http.answers import Answer, error
from functions.store.usage import Exhausted

BUDGET_WORDS = {
    "items": "items",
    "body_bytes": "bytes",
    "rejects": "rejected items",
    "sessions": "new sessions",
}


def over_budget(app: App, exhausted: Exhausted) -> Answer:
    """429 with the time when the next minute begins (RFC 6585 §4). Nothing of the request was queued."""
    most = getattr(app.budget, exhausted.kind)
    message = (
        f"This app has used up what it may send in a minute: {most:,} {BUDGET_WORDS[exhausted.kind]}. Nothing of this "
        f"request was taken: send it again in {exhausted.retry_after_s} s. The operator can register a larger budget."
    )
    return error(429, "over-budget", message, headers={"Retry-After": str(exhausted.retry_after_s)})
