"""What each route takes and promises, written out in full: who may ask, by which parameters, and what comes back."""

from typing import NamedTuple

import pytest

from functions.http.gate import MANAGE_PEOPLE, READ, READ_ALL_APPS, READ_WEBHOOKS, WRITE
from functions.http.parameters import Parameter
from functions.query.routes import ROUTES

HTML, PLAIN = "text/html; charset=utf-8", "text/plain; charset=utf-8"
ROWS = ("text/csv; charset=utf-8", "application/x-ndjson")
# A parameter: its name and kind; of a choice what may be chosen, of a count its least and most; what it is if not sent.
WINDOW, RECEIVED = "from:time to:time", "receivedFrom:time receivedTo:time"
ORDER = "order:choice(asc|desc)=asc"
PAGED = "limit:count(1..1000)=100 cursor:cursor app:id"
OFFSET = "limit:count(1..1000)=100 offset:count(0..1000000000000000)=0"


class Row(NamedTuple):
    """`answers`: the name of the shape; empty if it is no JSON. `scope` None: without a credential."""

    answers: str
    scope: frozenset[str] | None = READ
    parameters: str = ""
    one_of: tuple[str, ...] = ()
    some_of: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    media_type: str = "application/json"
    other_media_types: tuple[str, ...] = ()
    strict: bool = True
    unscoped_status: int = 403
    names_people: bool = True


TABLE = {
    "/events": Row(
        "Events",
        READ,
        f"actor:id session:id run:id id:id {WINDOW} {RECEIVED} type:text {ORDER} {PAGED}",
        one_of=("actor", "session", "run", "id"),
        statuses=(404,),
        other_media_types=ROWS,
    ),
    "/sessions": Row(
        "Sessions",
        READ,
        f"actor:id id:id {WINDOW} {ORDER} {PAGED}",
        one_of=("actor", "id"),
        statuses=(404,),
        other_media_types=ROWS,
    ),
    "/runs": Row(
        "Runs",
        READ,
        f"actor:id id:id {WINDOW} timezone:zone {ORDER} {PAGED}",
        one_of=("actor", "id"),
        statuses=(404, 422),
        other_media_types=ROWS,
    ),
    "/progress": Row(
        "Progress",
        READ,
        f"actor:id course:id {WINDOW} timezone:zone cursor:cursor app:id",
        one_of=("actor",),
        statuses=(404, 422),
        other_media_types=ROWS,
    ),
    "/insights": Row(
        "Insights", READ, f"actor:id session:id {WINDOW} {ORDER} {PAGED}", one_of=("actor", "session"), statuses=(404,)
    ),
    "/rejections": Row(
        "Rejections",
        READ,
        f"{WINDOW} code:text state:choice(waiting|exported|resubmitted|dismissed) {PAGED}",
        statuses=(404,),
    ),
    "/conflicts": Row("Conflicts", READ, f"{WINDOW} {PAGED}", statuses=(404,), names_people=False),
    "/openapi.json": Row("Description", None, strict=False, names_people=False),
    "/docs": Row("", None, media_type=HTML, strict=False, names_people=False),
    "/health": Row("Health", None, strict=False, names_people=False),
    "/.well-known/security.txt": Row("", None, statuses=(404,), media_type=PLAIN, strict=False, names_people=False),
    "/courses": Row(
        "CourseLearners",
        READ,
        f"id:id {WINDOW} timezone:zone quietDays:count(1..400)=7 {PAGED}",
        one_of=("id",),
        statuses=(404, 422),
        other_media_types=ROWS,
    ),
    "/aliases": Row("Aliases", READ, "actor:id app:id", one_of=("actor",), statuses=(404,)),
    "/arrivals": Row("ArrivalList", READ, f"outcome:choice(accepted|rejected) {WINDOW} {PAGED}", statuses=(404,)),
    "/learners": Row("Learners", READ, "email:text app:id", one_of=("email",), statuses=(404,)),
    "/volume": Row("Volume", READ, f"{WINDOW} app:id", statuses=(404,), names_people=False),
    "/account": Row("Account", READ, names_people=False),
    "/operations": Row("Operations", READ_ALL_APPS, names_people=False),
    "/console": Row("", None, media_type=HTML, strict=False, names_people=False),
    "/console/{file}": Row(
        "",
        None,
        statuses=(404,),
        media_type=HTML,
        other_media_types=(
            "text/css; charset=utf-8",
            "text/javascript; charset=utf-8",
            "image/svg+xml",
            "text/plain; charset=utf-8",
        ),
        strict=False,
        names_people=False,
    ),
    "/caliper/events": Row(
        "StoredEvents",
        READ,
        f"{OFFSET} cursor:cursor sensor:text startDate:time endDate:time actorId:id actorEmail:text {RECEIVED}",
        statuses=(422,),
        strict=False,
    ),
    "/caliper/events/{externalId}": Row("StoredEventAnswer", READ, statuses=(404,), strict=False),
    "/jobs/{jobId}/status": Row("JobStatus", READ, statuses=(404,), strict=False, names_people=False),
    "/insights/1.0/users/{userId}": Row("ReviewInsights", READ, OFFSET, statuses=(422,)),
    "/insights/1.0/users/{userId}/sessions": Row("ReviewSessions", READ, OFFSET, statuses=(422,)),
    "/insights/1.0/users/{userId}/overview": Row("Overview", READ, "timezone:zone", statuses=(422,)),
    "/insights/1.0/sessions/{sessionId}": Row("ReviewInsights", READ, OFFSET),
    "/insights/1.0/types": Row("InsightTypes", READ, OFFSET, names_people=False),
    "/": Row("EndpointConfiguration", WRITE, strict=False, unscoped_status=401, names_people=False),
    "/caliper/event": Row("EndpointConfiguration", WRITE, strict=False, unscoped_status=401, names_people=False),
    "/k/{key}": Row("EndpointConfiguration", WRITE, strict=False, unscoped_status=401, names_people=False),
    "/webhooks": Row("WebhookList", READ_WEBHOOKS, "sensor:text app:id", statuses=(404,), strict=False),
    "/sender-alarms": Row("Senders", READ_WEBHOOKS, "app:id", statuses=(404,)),
    "/webhooks/{webhookId}": Row("WebhookAnswer", READ_WEBHOOKS, "app:id", statuses=(404,), strict=False),
    "/webhooks/{webhookId}/attempts": Row("Attempts", READ_WEBHOOKS, "app:id", statuses=(404,), strict=False),
    "/webhook-filters": Row("FilterList", READ_WEBHOOKS, "app:id", statuses=(404,), strict=False),
    "/webhook-filters/{filterId}": Row("FilterAnswer", READ_WEBHOOKS, "app:id", statuses=(404,), strict=False),
    "/webhook-filters/webhook/{webhookId}": Row("FilterList", READ_WEBHOOKS, "app:id", statuses=(404,), strict=False),
    "/erasures": Row(
        "ErasureState", MANAGE_PEOPLE, "id:text app:id", one_of=("id",), statuses=(404,), names_people=False
    ),
    "/person-exports": Row("PersonExportState", MANAGE_PEOPLE, "id:text app:id", one_of=("id",), statuses=(404,)),
    "/edubridge/analytics/activity": Row(
        "ActivityFacts",
        READ,
        "studentId:text email:text startDate:text endDate:text timezone:text",
        some_of=("studentId", "email"),
        statuses=(422,),
        strict=False,
    ),
    "/edubridge/analytics/facts/weekly": Row(
        "WeeklyFacts",
        READ,
        "studentId:text email:text weekDate:text timezone:text",
        some_of=("studentId", "email"),
        required=("weekDate",),
        statuses=(422,),
        strict=False,
    ),
    "/edubridge/analytics/enrollment/{enrollmentId}": Row(
        "EnrollmentFacts", READ, "startDate:text endDate:text timezone:text", statuses=(422,), strict=False
    ),
    "/edubridge/analytics/highestGradeMastered/{studentId}/{subject}": Row("HighestGrade", READ, strict=False),
    "/edubridge/enrollments/user/{userId}": Row("Enrollments", READ, statuses=(422,), strict=False),
}


def in_words(parameter: Parameter) -> str:
    """A parameter as the table has it."""
    limits = {"choice": f"({'|'.join(parameter.choices)})", "count": f"({parameter.lowest}..{parameter.highest})"}
    default = "" if parameter.default is None else f"={parameter.default}"
    return f"{parameter.name}:{parameter.kind}{limits.get(parameter.kind, '')}{default}"


ROUTE_BY_PATH = {route.path.template: route for route in ROUTES}


@pytest.mark.parametrize("path", TABLE)
def test_a_route_takes_and_promises_what_the_table_says(path: str) -> None:
    route = ROUTE_BY_PATH[path]
    assert TABLE[path] == Row(
        answers=route.answers,
        scope=route.scope,
        parameters=" ".join(map(in_words, route.parameters)),
        one_of=tuple(route.one_of),
        some_of=tuple(route.some_of),
        required=tuple(route.required),
        statuses=tuple(route.statuses),
        media_type=route.media_type,
        other_media_types=tuple(route.other_media_types),
        strict=route.strict,
        unscoped_status=route.unscoped_status,
        names_people=route.names_people,
    )


def test_the_table_has_each_route() -> None:
    assert ROUTE_BY_PATH.keys() == TABLE.keys()
    assert len(ROUTES) == len(TABLE)


def test_each_route_says_in_words_what_it_and_its_parameters_are() -> None:
    said = [
        words for route in ROUTES for words in (route.description, *(each.description for each in route.parameters))
    ]
    assert len(said) > len(ROUTES)
    assert [words for words in said if " " not in words] == []


POSITIONS = {  # where the pattern stands that the place in a list's cursor must have
    "/events": "functions.query.events.events:POSITION",
    "/sessions": "functions.query.sessions.sessions:POSITION",
    "/runs": "functions.query.sessions.runs:POSITION",
    "/progress": "functions.query.sessions.progress:POSITION",
    "/insights": "functions.query.sessions.sessions:POSITION",
    "/rejections": "functions.query.operations.rejections:POSITION",
    "/conflicts": "functions.query.operations.conflicts:POSITION",
    "/courses": "functions.query.people.courses:POSITION",
    "/arrivals": "functions.query.events.by_arrival:POSITION",
    "/caliper/events": "functions.store.sent.order:POSITION",
}


@pytest.mark.parametrize("path", TABLE)
def test_a_route_that_takes_a_cursor_says_what_a_place_in_its_list_looks_like(path: str) -> None:
    route = ROUTE_BY_PATH[path]
    assert route.position == POSITIONS.get(path, "")
    assert any(each.name == "cursor" for each in route.parameters) == (path in POSITIONS)
