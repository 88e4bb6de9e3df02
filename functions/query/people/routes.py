"""The reads about people as such: the learners of a course, and which ids are one. Changes are routes of `manage`."""

from functions.http import paths
from functions.http.list_formats.text import OF_ROWS
from functions.http.parameters import ACTOR, APP, PAGED, Parameter, window
from functions.http.route import Route
from functions.query.request import TIMEZONE, Request

PEOPLE_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.COURSES,
        function="functions.query.people.courses:get_courses",
        description="The learners of a course: time, XP and progress, when each was last seen, and who went quiet",
        other_media_types=OF_ROWS,
        answers="CourseLearners",
        parameters=(
            Parameter(name="id", kind="id", example="c-7", description="The course, as events or the roster name it."),
            *window("What was done on days"),
            TIMEZONE,
            Parameter(
                name="quietDays",
                kind="count",
                default=7,
                lowest=1,
                highest=400,
                description="After how many days without activity a learner is quiet.",
            ),
            *PAGED,
        ),
        one_of=("id",),
        position="functions.query.people.courses:POSITION",
        statuses=(404, 422),
    ),
    Route(
        path=paths.ALIASES,
        function="functions.query.people.aliases:get_aliases",
        description="The ids that are one person with a learner's id",
        answers="Aliases",
        parameters=(ACTOR, APP),
        one_of=("actor",),
        statuses=(404,),
    ),
)
