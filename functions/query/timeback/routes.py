"""The paths of other services that this one stands in for: TimeBack's Caliper API, its platform's insight reads, and
the endpoint that Caliper 1.2 describes.
"""

from functions.http import paths
from functions.http.gate import WRITE
from functions.http.parameters import CURSOR, OFFSET, RECEIVED, Parameter
from functions.http.route import Route
from functions.query.request import TIMEZONE, Request

_LEARNER = "urn:uuid:0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11"

ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.TIMEBACK_EVENTS,
        function="functions.query.timeback.events:get_list",
        description="Events that this app sent, each once, the latest first, in the shape of the TimeBack Caliper API",
        answers="StoredEvents",
        parameters=(
            *OFFSET,
            CURSOR,
            Parameter(
                name="sensor",
                kind="text",
                example="https://learn.example.org/app/sensor",
                description="Only events from this sensor.",
            ),
            Parameter(
                name="startDate",
                kind="time",
                example="2026-01-26",
                description="Only events at or after this time or day.",
            ),
            Parameter(
                name="endDate", kind="time", example="2026-02-02", description="Only events before this time or day."
            ),
            Parameter(name="actorId", kind="id", example=_LEARNER, description="Only events of this learner."),
            Parameter(
                name="actorEmail",
                kind="text",
                example="learner@example.org",
                description="Only events of the learner with this address.",
            ),
            *RECEIVED,
        ),
        position="functions.store.sent.order:POSITION",
        strict=False,
        statuses=(422,),
    ),
    Route(
        path=paths.TIMEBACK_EVENT,
        function="functions.query.timeback.events:get_by_id",
        description="One event by its id (percent-encoded), in the shape of the TimeBack Caliper API",
        answers="StoredEventAnswer",
        strict=False,
        statuses=(404,),
    ),
    Route(
        path=paths.JOB_STATUS,
        function="functions.query.timeback.jobs:get_status",
        names_people=False,
        description="Whether the events of an ingest request can be read by now",
        answers="JobStatus",
        strict=False,
        statuses=(404,),
    ),
    Route(
        path=paths.USER_INSIGHTS,
        function="functions.query.timeback.platform:get_user_insights",
        description="Insights of a user",
        answers="ReviewInsights",
        parameters=OFFSET,
        statuses=(422,),
    ),
    Route(
        path=paths.USER_SESSIONS,
        function="functions.query.timeback.platform:get_user_sessions",
        description="Sessions of a user",
        answers="ReviewSessions",
        parameters=OFFSET,
        statuses=(422,),
    ),
    Route(
        path=paths.USER_OVERVIEW,
        function="functions.query.timeback.platform:get_overview",
        description="A user's days, and insights by type",
        answers="Overview",
        parameters=(TIMEZONE,),
        statuses=(422,),
    ),
    Route(
        path=paths.SESSION_INSIGHTS,
        function="functions.query.timeback.platform:get_session_insights",
        description="Insights of a session",
        answers="ReviewInsights",
        parameters=OFFSET,
    ),
    Route(
        path=paths.INSIGHT_TYPES,
        function="functions.query.timeback.platform:get_types",
        names_people=False,
        description="The types of insight",
        answers="InsightTypes",
        parameters=OFFSET,
    ),
    *(
        Route[Request](
            path=path,
            function="functions.query.timeback.endpoint_configuration:get_configuration",
            names_people=False,
            description="Caliper 1.2 endpoint configuration: what this endpoint takes",
            answers="EndpointConfiguration",
            scope=WRITE,
            unscoped_status=401,
            strict=False,
        )
        for path in (paths.ROOT, paths.INGEST, paths.KEY_IN_PATH)
    ),
)
