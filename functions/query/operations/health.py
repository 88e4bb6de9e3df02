"""`GET /health`: that the service answers, and which version. It calls nothing, so it says nothing of the store."""

from typing import TYPE_CHECKING

from functions.core.version import VERSION
from functions.http.answers import Answer, answer
from functions.query.request import Request

if TYPE_CHECKING:
    from functions.http.shapes.service import Health


def get_health(_request: Request) -> Answer:
    health: Health = {"status": "ok", "version": VERSION}
    return answer(200, health)
