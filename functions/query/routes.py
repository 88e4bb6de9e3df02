"""Every path that this Lambda answers, in one table: the router matches it, `/openapi.json` and `/docs` describe it."""

from functions.http import paths
from functions.http.answers import HTML, Answer
from functions.http.list_formats.text import OF_ROWS
from functions.http.parameters import ACTOR, APP, CURSOR, ORDER, PAGED, RECEIVED, Parameter, window
from functions.http.route import Route
from functions.query.console.routes import CONSOLE_ROUTES
from functions.query.edubridge.routes import EDUBRIDGE_ROUTES
from functions.query.operations import description
from functions.query.operations.routes import OPEN_ROUTES
from functions.query.people.routes import PEOPLE_ROUTES
from functions.query.privacy.routes import PRIVACY_ROUTES
from functions.query.request import TIMEZONE, Request
from functions.query.timeback.routes import ROUTES as TIMEBACK_ROUTES
from functions.query.webhooks.routes import WEBHOOK_ROUTES
from functions.store.quarantine.states import STATES

OLDEST = "Of several auto sessions that are open at once, of one learner and app, only the oldest is found."
SESSION_ID = "urn:uuid:7c0f5e0a-6f3e-4c57-8a39-3df1a7f6f2b4"
RUN_ID = "urn:uuid:1f4a7a56-9a39-4f0e-8f1c-52d0e4a3c2b7"


def get_openapi(_request: Request) -> Answer:
    return description.openapi_answer(ROUTES)


def get_docs(_request: Request) -> Answer:
    return description.docs_answer(ROUTES)


ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.EVENTS,
        function="functions.query.events.events:get_events",
        description="Events of a learner, a session or a run, or all that came under one id, exactly as they were sent",
        other_media_types=OF_ROWS,
        answers="Events",
        parameters=(
            ACTOR,
            Parameter(
                name="session", kind="id", example=SESSION_ID, description=f"The session, explicit or auto. {OLDEST}"
            ),
            Parameter(name="run", kind="id", example=RUN_ID, description="The activity run."),
            Parameter(
                name="id",
                kind="id",
                example="urn:uuid:c8f0a9d2-3b5e-4d6f-9a41-2e7b6c5d4f30",
                description="The event's id.",
            ),
            *window("Events that happened"),
            *RECEIVED,
            Parameter(
                name="type",
                kind="text",
                example="GradeEvent",
                description="Only events of this type, such as `GradeEvent`.",
            ),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "session", "run", "id"),
        position="functions.query.events.events:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.SESSIONS,
        function="functions.query.sessions.sessions:get_sessions",
        description="Sessions of a learner, or one by its id, open ones as they are now",
        other_media_types=OF_ROWS,
        answers="Sessions",
        parameters=(
            ACTOR,
            Parameter(name="id", kind="id", example=SESSION_ID, description=f"The session. {OLDEST}"),
            *window("Sessions that started"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "id"),
        position="functions.query.sessions.sessions:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.RUNS,
        function="functions.query.sessions.runs:get_runs",
        description="Activity runs of a learner, or one by its id: time, XP, questions, mastery, in all and by day",
        other_media_types=OF_ROWS,
        answers="Runs",
        parameters=(
            ACTOR,
            Parameter(name="id", kind="id", example=RUN_ID, description="The run."),
            *window("Runs with a day that has events"),
            TIMEZONE,
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "id"),
        position="functions.query.sessions.runs:POSITION",
        statuses=(404, 422),
    ),
    Route(
        path=paths.PROGRESS,
        function="functions.query.sessions.progress:get_progress",
        description="How far a learner is in each course, and the learner's numbers of each day",
        other_media_types=OF_ROWS,
        answers="Progress",
        parameters=(
            ACTOR,
            Parameter(
                name="course",
                kind="id",
                example="https://learn.example.org/courses/fractions",
                description="Only this course.",
            ),
            *window("Days"),
            TIMEZONE,
            CURSOR,
            APP,
        ),
        one_of=("actor",),
        position="functions.query.sessions.progress:POSITION",
        statuses=(404, 422),
    ),
    Route(
        path=paths.INSIGHTS,
        function="functions.query.sessions.insights:get_insights",
        description="Insights into how a learner works, of closed sessions that asked for them",
        answers="Insights",
        parameters=(
            ACTOR,
            Parameter(name="session", kind="id", example=SESSION_ID, description="The session."),
            *window("Insights of sessions that started"),
            ORDER,
            *PAGED,
        ),
        one_of=("actor", "session"),
        position="functions.query.sessions.sessions:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.REJECTIONS,
        function="functions.query.operations.rejections:get_rejections",
        description="Items that were rejected, newest first, with the reasons",
        answers="Rejections",
        parameters=(
            *window("Items received"),
            Parameter(name="code", kind="text", example="required", description="With a finding of this code."),
            Parameter(
                name="state", kind="choice", choices=STATES, example="waiting", description="What was done about them."
            ),
            *PAGED,
        ),
        position="functions.query.operations.rejections:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.CONFLICTS,
        function="functions.query.operations.conflicts:get_conflicts",
        names_people=False,
        description="Event ids that were sent with two contents, newest event first",
        answers="Conflicts",
        parameters=(*window("Events"), *PAGED),
        position="functions.query.operations.conflicts:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.OPENAPI,
        function="functions.query.routes:get_openapi",
        names_people=False,
        description="This description, as OpenAPI 3.1",
        answers="Description",
        scope=None,
        strict=False,
    ),
    Route(
        path=paths.DOCS,
        function="functions.query.routes:get_docs",
        names_people=False,
        description="This description, to read",
        answers="",
        media_type=HTML,
        scope=None,
        strict=False,
    ),
    *OPEN_ROUTES,
    *PEOPLE_ROUTES,
    *CONSOLE_ROUTES,
    *TIMEBACK_ROUTES,
    *WEBHOOK_ROUTES,
    *PRIVACY_ROUTES,
    *EDUBRIDGE_ROUTES,
)
