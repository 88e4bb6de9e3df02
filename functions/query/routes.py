"""Every path of the API that this Lambda answers, in one table: matched here, documented by `openapi`.

Ingest paths are listed too, for the answer to a wrong verb; they never get here with the right one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from functions.core.answers import Answer
from functions.core.credentials import READ, WRITE
from functions.query import endpoint, events, health, jobs, listing, rejections, sessions
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
            LIMIT,
            Parameter(name="offset", kind="count", default=0, lowest=0, highest=10**15, about="How many to pass over."),
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

# What `validate` and the token endpoint answer: path → verbs.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "/": ("POST",),
    "/caliper/event": ("POST",),
    "/k/{key}": ("POST",),
    "/caliper/v1p2": ("POST",),
    "/caliper/event/validate": ("POST",),
    "/events/1.0": ("POST",),
    "/events/1.0/heartbeat": ("POST",),
    "/oauth2/token": ("POST",),
    "/auth/1.0/token": ("POST",),
}


@dataclass(frozen=True, slots=True)
class Match:
    """A path that exists: its route (None where another Lambda answers it), its variables, the verbs it takes."""

    route: Route | None
    variables: Mapping[str, str]
    allowed: tuple[str, ...]


def match(path: str) -> Match | None:
    """What a path leads to. A trailing slash is no other path: never a redirect."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(path)
        if found is None:
            continue
        route = next((one for one in ROUTES if one.path == template), None)
        verbs = ("GET", "HEAD") if route else ()
        return Match(route, found.groupdict(), (*verbs, *ELSEWHERE.get(template, ()), "OPTIONS"))
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Paths without variables first, so that none is taken for a variable's value."""
    templates = dict.fromkeys([*(route.path for route in ROUTES), *ELSEWHERE])
    ordered = sorted(templates, key=lambda template: (template.count("{"), -len(template)))
    return [(_pattern(template), template) for template in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    """A variable may hold slashes: ids are IRIs, and gateways decode them."""
    parts = re.split(r"\{(\w+)\}", template.rstrip("/"))
    text = "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile(text + "/*", re.DOTALL)
