"""Every path of the API that this Lambda answers, in one table: matched by `paths`, documented by `openapi`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.core.answers import Answer
from functions.core.credentials import READ, WRITE
from functions.query import (
    endpoint,
    events,
    health,
    insights,
    jobs,
    listing,
    progress,
    rejections,
    reviews,
    runs,
    sessions,
)
from functions.query.parameters import Parameter
from functions.query.request import Request

type Call = Callable[[Request], Answer]

LIMIT = Parameter(
    name="limit", kind="count", default=100, highest=1000, about="How many rows at most (no more than 1000)."
)
CURSOR = Parameter(
    name="cursor",
    kind="cursor",
    about="Where to continue: the `cursor` of the answer before, with the other parameters unchanged.",
)
ORDER = Parameter(
    name="order",
    kind="choice",
    default="asc",
    choices=("asc", "desc"),
    about="`asc`: oldest first; `desc`: newest first.",
)
APP = Parameter(name="app", kind="id", about="With the admin scope: the id of another app, or `*` for all, app by app.")
PAGED = (LIMIT, CURSOR, APP)
OFFSET = (
    LIMIT,
    Parameter(name="offset", kind="count", default=0, lowest=0, highest=10**15, about="How many to pass over."),
)


def _window(what: str) -> tuple[Parameter, Parameter]:
    return (
        Parameter(name="from", kind="time", about=f"{what} at or after this instant, or on or after this day (UTC)."),
        Parameter(name="to", kind="time", about=f"{what} before this instant, or before this day (UTC)."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path and verb. `scope` None needs no credential. `position` is the pattern of a cursor's inner part."""

    path: str
    call: Call
    about: str
    answers: str  # the name of the schema of its 200
    scope: frozenset[str] | None = READ
    parameters: Sequence[Parameter] = ()
    one_of: Sequence[str] = ()
    position: str = ""
    strict: bool = True  # an unknown parameter is refused
    unscoped_status: int = 403
    statuses: Sequence[int] = ()  # beside 200, and 400 where it takes parameters, and 401, 403, 503 with a credential


ROUTES: tuple[Route, ...] = (
    Route(
        path="/events",
        call=events.get_events,
        about="Events of a learner, a session or a run, or all that arrived under one id, exactly as they were sent",
        answers="Events",
        parameters=(
            Parameter(name="actor", kind="id", about="The learner, by IRI or bare UUID."),
            Parameter(name="session", kind="id", about="The session, explicit or found by gaps."),
            Parameter(name="run", kind="id", about="The activity run."),
            Parameter(name="id", kind="id", about="The event's id."),
            *_window("Events that happened"),
            Parameter(name="type", kind="text", about="Only events of this type, such as `GradeEvent`."),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "session", "run", "id"),
        position=events.POSITION,
        statuses=(404,),
    ),
    Route(
        path="/sessions",
        call=sessions.get_sessions,
        about="Sessions of a learner, or one by its id, open ones as they stand now",
        answers="Sessions",
        parameters=(
            Parameter(name="actor", kind="id", about="The learner, by IRI or bare UUID."),
            Parameter(name="id", kind="id", about="The session."),
            *_window("Sessions that started"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "id"),
        position=sessions.POSITION,
        statuses=(404,),
    ),
    Route(
        path="/runs",
        call=runs.get_runs,
        about="Activity runs of a learner, or one by its id: time, XP, questions, mastery, in all and by day",
        answers="Runs",
        parameters=(
            Parameter(name="actor", kind="id", about="The learner, by IRI or bare UUID."),
            Parameter(name="id", kind="id", about="The run."),
            *_window("Runs with a day that has events"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "id"),
        position=runs.POSITION,
        statuses=(404,),
    ),
    Route(
        path="/progress",
        call=progress.get_progress,
        about="How far a learner is in each course, and what was done each day",
        answers="Progress",
        parameters=(
            Parameter(name="actor", kind="id", about="The learner, by IRI or bare UUID."),
            Parameter(name="course", kind="id", about="Only this course."),
            *_window("Days"),
            APP,
        ),
        one_of=("actor",),
        statuses=(404, 422),
    ),
    Route(
        path="/insights",
        call=insights.get_insights,
        about="What closed sessions that asked for it tell about how a learner works",
        answers="Insights",
        parameters=(
            Parameter(name="actor", kind="id", about="The learner, by IRI or bare UUID."),
            Parameter(name="session", kind="id", about="The session."),
            *_window("Insights of sessions that started"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "session"),
        position=sessions.POSITION,
        statuses=(404,),
    ),
    *(
        Route(
            path="/insights/1.0/" + path,
            call=call,
            about=about,
            answers=answers,
            parameters=() if answers == "Overview" else OFFSET,
            strict=False,
            statuses=(422,) if answers == "Overview" else (),
        )
        for path, call, about, answers in (
            ("users/{userId}", reviews.of_user, "Insights of a user", "ReviewInsights"),
            ("users/{userId}/sessions", reviews.sessions, "Sessions of a user", "ReviewSessions"),
            ("users/{userId}/overview", reviews.overview, "A user's days, and insights by type", "Overview"),
            ("sessions/{sessionId}", reviews.of_session, "Insights of a session", "ReviewInsights"),
            ("types", reviews.types, "The types of insight", "InsightTypes"),
        )
    ),
    Route(
        path="/rejections",
        call=rejections.get_rejections,
        about="Items that were not taken, newest first, with the reasons",
        answers="Rejections",
        parameters=(*_window("Items received"), *PAGED),
        position=rejections.POSITION,
        statuses=(404,),
    ),
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
    Route(path="/health", call=health.get_health, about="Whether the service answers", answers="Health", scope=None),
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
