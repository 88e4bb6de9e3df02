"""The paths of other services that this one stands in for: the TimeBack API (dialect B), its platform (dialect P), and
the endpoint that Caliper 1.2 describes.
"""

from functions.http.gate import WRITE
from functions.http.parameters import OFFSET, Parameter
from functions.http.route import Route
from functions.query.timeback import endpoint_configuration as endpoint
from functions.query.timeback import events as listing
from functions.query.timeback import jobs
from functions.query.timeback import platform as reviews

ROUTES: tuple[Route, ...] = (
    Route(
        path="/caliper/events",
        call=listing.get_list,
        about="Events that this app sent, newest first, in the shape of the TimeBack Caliper API",
        answers="StoredEvents",
        parameters=(
            *OFFSET,
            Parameter(name="sensor", kind="text", about="Only what this sensor sent."),
            Parameter(name="startDate", kind="time", about="Only events at or after this time or day."),
            Parameter(name="endDate", kind="time", about="Only events before this time or day."),
            Parameter(name="actorId", kind="id", about="Only events of this learner."),
            Parameter(name="actorEmail", kind="text", about="Only events of the learner with this address."),
        ),
        strict=False,
        statuses=(422,),
    ),
    Route(
        path="/caliper/events/{externalId}",
        call=listing.get_one,
        about="One event by its id (percent-encoded), in the shape of the TimeBack Caliper API",
        answers="StoredEventAnswer",
        strict=False,
        statuses=(404,),
    ),
    Route(
        path="/jobs/{jobId}/status",
        call=jobs.get_status,
        about="Whether the events of an ingest request can be read by now",
        answers="JobStatus",
        strict=False,
        statuses=(404,),
    ),
    *(
        Route(
            path="/insights/1.0/" + path,
            call=call,
            about=about,
            answers=answers,
            parameters=() if answers == "Overview" else OFFSET,
            statuses=(422,) if path.startswith("users/") else (),
        )
        for path, call, about, answers in (
            ("users/{userId}", reviews.of_user, "Insights of a user", "ReviewInsights"),
            ("users/{userId}/sessions", reviews.sessions, "Sessions of a user", "ReviewSessions"),
            ("users/{userId}/overview", reviews.overview, "A user's days, and insights by type", "Overview"),
            ("sessions/{sessionId}", reviews.of_session, "Insights of a session", "ReviewInsights"),
            ("types", reviews.types, "The types of insight", "InsightTypes"),
        )
    ),
    *(
        Route(
            path=path,
            call=endpoint.get_configuration,
            about="Caliper 1.2 endpoint configuration: what this endpoint takes",
            answers="EndpointConfiguration",
            scope=WRITE,
            unscoped_status=401,
            strict=False,
        )
        for path in ("/", "/caliper/event", "/k/{key}")
    ),
)
