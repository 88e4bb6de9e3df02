"""The console's files, and the reads that it adds to those of everyone."""

from functions.http import paths
from functions.http.answers import HTML
from functions.http.gate import READ_ALL_APPS
from functions.http.parameters import APP, PAGED, Parameter, window
from functions.http.route import Route
from functions.query.console.account import get_account
from functions.query.console.files import MEDIA_TYPES, get_file, get_page
from functions.query.console.learners import get_learners
from functions.query.events import by_arrival
from functions.query.operations import overview, volume
from functions.query.request import Request

CONSOLE_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.ARRIVALS,
        call=by_arrival.get_arrivals,
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
        position=by_arrival.POSITION,
        statuses=(404,),
    ),
    Route(
        path=paths.LEARNERS,
        call=get_learners,
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
        call=volume.get_volume,
        names_people=False,
        description="How many items were stored and rejected on each day, and by which codes",
        answers="Volume",
        parameters=(*window("Days"), APP),
        statuses=(404,),
    ),
    Route(
        path=paths.ACCOUNT,
        call=get_account,
        names_people=False,
        description="Who is asking, and the apps that this credential reads",
        answers="Account",
    ),
    Route(
        path=paths.OPERATIONS,
        call=overview.get_operations,
        names_people=False,
        description="What waits, what was set aside, and how far the sweep is behind",
        answers="Operations",
        scope=READ_ALL_APPS,
    ),
    Route(
        path=paths.CONSOLE,
        call=get_page,
        names_people=False,
        description="The console: what arrives, what was refused and why, what a learner did",
        answers="",
        media_type=HTML,
        scope=None,
        strict=False,
    ),
    Route(
        path=paths.CONSOLE_FILE,
        call=get_file,
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
