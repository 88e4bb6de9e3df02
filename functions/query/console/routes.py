"""The console's files, and the reads that it adds to those of everyone."""

from functions.http import paths
from functions.http.answers import HTML
from functions.http.gate import READ_ALL_APPS
from functions.http.parameters import APP, PAGED, Parameter, window
from functions.http.route import Route
from functions.query.console.files import MEDIA_TYPES
from functions.query.request import Request

CONSOLE_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.ARRIVALS,
        function="functions.query.events.by_arrival:get_arrivals",
        description="Items as they arrived, stored and rejected ones together, newest first",
        answers="ArrivalList",
        parameters=(
            Parameter(
                name="outcome",
                kind="choice",
                choices=("accepted", "rejected"),
                example="rejected",
                description="Only items that were stored, or only those that were rejected.",
            ),
            *window("Items received"),
            *PAGED,
        ),
        position="functions.query.events.by_arrival:POSITION",
        statuses=(404,),
    ),
    Route(
        path=paths.LEARNERS,
        function="functions.query.console.learners:get_learners",
        description="The learners that an app's events name with an e-mail address",
        answers="Learners",
        parameters=(
            Parameter(name="email", kind="text", example="learner@example.org", description="The address."),
            APP,
        ),
        one_of=("email",),
        statuses=(404,),
    ),
    Route(
        path=paths.VOLUME,
        function="functions.query.operations.volume:get_volume",
        names_people=False,
        description="How many items were stored and rejected on each day, and by which codes",
        answers="Volume",
        parameters=(*window("Days"), APP),
        statuses=(404,),
    ),
    Route(
        path=paths.ACCOUNT,
        function="functions.query.console.account:get_account",
        names_people=False,
        description="Who is asking, and the apps that this credential reads",
        answers="Account",
    ),
    Route(
        path=paths.OPERATIONS,
        function="functions.query.operations.overview:get_operations",
        names_people=False,
        description="What waits, what was set aside, and how far the sweep is behind",
        answers="Operations",
        scope=READ_ALL_APPS,
    ),
    Route(
        path=paths.CONSOLE,
        function="functions.query.console.files:get_page",
        names_people=False,
        description="The console: what arrives, what was refused and why, what a learner did",
        answers="",
        media_type=HTML,
        scope=None,
        strict=False,
    ),
    Route(
        path=paths.CONSOLE_FILE,
        function="functions.query.console.files:get_file",
        names_people=False,
        description="A script or style of the console",
        answers="",
        media_type=HTML,
        other_media_types=tuple(MEDIA_TYPES.values()),
        scope=None,
        strict=False,
        statuses=(404,),
    ),
)
