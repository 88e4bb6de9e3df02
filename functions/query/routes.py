"""Every path of the API that this Lambda answers, in one table: matched by `paths`, documented by `openapi`."""

from functions.http.parameters import ACTOR, APP, ORDER, PAGED, Parameter, window
from functions.http.route import Route
from functions.query.events import by_learner as events
from functions.query.operations import description, health, rejections
from functions.query.sessions import insights, progress, runs, sessions
from functions.query.timeback.routes import ROUTES as DIALECTS

OLDEST = "Of several that are open at once, of one learner and app and found by gaps, only the oldest is found."

ROUTES: tuple[Route, ...] = (
    Route(
        path="/events",
        call=events.get_events,
        about="Events of a learner, a session or a run, or all that arrived under one id, exactly as they were sent",
        answers="Events",
        parameters=(
            ACTOR,
            Parameter(name="session", kind="id", about=f"The session, explicit or found by gaps. {OLDEST}"),
            Parameter(name="run", kind="id", about="The activity run."),
            Parameter(name="id", kind="id", about="The event's id."),
            *window("Events that happened"),
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
            ACTOR,
            Parameter(name="id", kind="id", about=f"The session. {OLDEST}"),
            *window("Sessions that started"),
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
            ACTOR,
            Parameter(name="id", kind="id", about="The run."),
            *window("Runs with a day that has events"),
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
            ACTOR,
            Parameter(name="course", kind="id", about="Only this course."),
            *window("Days"),
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
            ACTOR,
            Parameter(name="session", kind="id", about="The session."),
            *window("Insights of sessions that started"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "session"),
        position=sessions.POSITION,
        statuses=(404,),
    ),
    Route(
        path="/rejections",
        call=rejections.get_rejections,
        about="Items that were not taken, newest first, with the reasons",
        answers="Rejections",
        parameters=(*window("Items received"), *PAGED),
        position=rejections.POSITION,
        statuses=(404,),
    ),
    Route(
        path="/health",
        call=health.get_health,
        about="Whether the service answers",
        answers="Health",
        scope=None,
        strict=False,
    ),
    Route(
        path="/openapi.json",
        call=description.get_openapi,
        about="This description, as OpenAPI 3.1",
        answers="Description",
        scope=None,
        strict=False,
    ),
    Route(
        path="/docs",
        call=description.get_docs,
        about="This description, to read",
        answers="",
        media_type=description.HTML,
        scope=None,
        strict=False,
    ),
    *DIALECTS,
)
