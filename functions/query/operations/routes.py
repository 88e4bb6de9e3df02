"""What anyone may ask, without a credential: whether the service answers, and where its weaknesses are reported."""

from functions.http import paths
from functions.http.answers import TEXT
from functions.http.route import Route
from functions.query.request import Request

OPEN_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.HEALTH,
        function="functions.query.operations.health:get_health",
        names_people=False,
        description="Whether the service answers",
        answers="Health",
        scope=None,
        strict=False,
    ),
    Route(
        path=paths.SECURITY_TXT,
        function="functions.query.operations.security_txt:get_security_txt",
        names_people=False,
        description="Where a weakness of this service is reported (RFC 9116)",
        answers="",
        media_type=TEXT,
        scope=None,
        strict=False,
        statuses=(404,),
    ),
)
