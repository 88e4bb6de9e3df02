"""How far requests about people are. They are made by routes of `manage` (`functions.http.changes.routes`)."""

from functions.http import paths
from functions.http.gate import MANAGE_PEOPLE
from functions.http.parameters import APP, Parameter
from functions.http.route import Route
from functions.query.request import Request

ID = Parameter(
    name="id",
    kind="text",
    example="0f3b6a52-9d1c-4c7e-8a55-6f1e2d3c4b5a",
    description="The request, as its POST answered.",
)

REQUESTS = "functions.query.privacy.requests"

PRIVACY_ROUTES: tuple[Route[Request], ...] = tuple(
    Route(
        path=path,
        function=function,
        description=description,
        answers=answers,
        scope=MANAGE_PEOPLE,
        parameters=(ID, APP),
        one_of=("id",),
        names_people=names_people,
        statuses=(404,),
    )
    for path, function, description, answers, names_people in (
        (
            paths.ERASURES,
            f"{REQUESTS}:get_erasure",
            "How far a count or an erasure of a person is",
            "ErasureState",
            False,
        ),
        (
            paths.PERSON_EXPORTS,
            f"{REQUESTS}:get_person_export",
            "How far a copy of what is kept of a person is, with a link to it",
            "PersonExportState",
            True,
        ),
    )
)
