"""`GET /health`: that the service answers, and which version. Calls nothing, so it says nothing of what is behind."""

from functions.http.answers import Answer, answer
from functions.http.request import Request

VERSION = "1.0.0"


def get_health(request: Request) -> Answer:  # noqa: ARG001  # every route takes the request
    return answer(200, {"status": "ok", "version": VERSION})
