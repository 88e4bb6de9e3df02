"""Dialect P's reads under `/insights/1.0/`, in its shapes: `{limit, offset, total, items}` (CONTRACT a.10).

The queries are those of `sessions` and `insights`; a list is read as a whole and cut to the page.
"""

from typing import Any
from urllib.parse import unquote

from functions.core.ids import canonical_id, derived_uuid
from functions.core.insights.insight import KINDS, VERSION
from functions.core.numbers.runs import per_day
from functions.core.times import iso_day, parse_time
from functions.http.answers import Answer, answer, error
from functions.http.request import Request
from functions.query.sessions.insights import told_of
from functions.query.sessions.progress import WHOLE, whole_timeline
from functions.query.sessions.standing import of_learner, with_id
from functions.store import keys

type Json = dict[str, Any]

NOT_REVIEWED = {"reviewedAt": None, "reviewedBy": None, "reviewNotes": None, "reviewResult": None}


def of_user(request: Request) -> Answer:
    """The insights of a user, by session and time."""
    there = of_learner(request, request.principal.app, user(request))
    return paged(request, [review(one) for standing in there for one in told_of(request, standing)])


def of_session(request: Request) -> Answer:
    """The insights of one session."""
    app, spelled = request.principal.app, spellings(request.path["sessionId"])
    there = next(filter(None, ([found for _, found in with_id(request, app, one)] for one in spelled)), [])
    return paged(request, [review(one) for standing in there for one in told_of(request, standing)])


def sessions(request: Request) -> Answer:
    """The sessions of a user."""
    there = of_learner(request, request.principal.app, user(request))
    return paged(request, [reviewed_session(standing.answer) for standing in there])


def overview(request: Request) -> Answer:
    """What a user did each day, and how many insights of each type there are."""
    learner = user(request)
    entries = whole_timeline(request, learners_pk(request, learner))
    if entries is None:
        return error(422, "too-many-events", f"This user has over {WHOLE} events, more than are folded while you wait.")
    there = of_learner(request, request.principal.app, learner)
    by_type = dict.fromkeys(KINDS, 0)
    by_day: dict[str, int] = {}
    for standing in there:
        for one in told_of(request, standing):
            by_type[one["insightType"]] = by_type.get(one["insightType"], 0) + 1
            day = str(one["startedAtTime"])[:10]
            by_day[day] = by_day.get(day, 0) + 1
    days = [(iso_day(day), numbers) for day, numbers in per_day(entries).items()]
    return answer(
        200,
        {
            "userId": bare(learner),
            "insightsByType": [{"insightType": slug, "total": total} for slug, total in by_type.items()],
            "days": [{"day": day, "insights": by_day.get(day, 0), **numbers.as_dict()} for day, numbers in days],
        },
    )


def types(request: Request) -> Answer:
    """The kinds of insight that there are."""
    return paged(
        request,
        [{"id": slug, "slug": slug, "description": about, "version": VERSION} for slug, about in KINDS.items()],
    )


def paged(request: Request, found: list[Json]) -> Answer:
    limit, offset = request.limit, int(request.values["offset"])
    return answer(200, {"limit": limit, "offset": offset, "total": len(found), "items": found[offset : offset + limit]})


def user(request: Request) -> str:
    """The user's id: of two ways to read the path, the one of which there is something."""
    first, *others = spellings(request.path["userId"])
    known = (one for one in (first, *others) if request.table.query(learners_pk(request, one), limit=1).rows)
    return next(known, first) if others else first


def spellings(given: str) -> list[str]:
    """What an id in a path may be: percent-encoded still, or decoded by the gateway."""
    return [canonical_id(one) for one in dict.fromkeys((unquote(given), given))]


def learners_pk(request: Request, learner: str) -> str:
    return keys.learner_pk(request.principal.app.tenant, learner)


def reviewed_session(record: Json) -> Json:
    """`ReviewSessionOutput`: an open session ends, for now, at its last activity."""
    ended = record["endedAtTime"] or record["lastActivityTime"]
    length_us = (parse_time(ended) or 0) - (parse_time(record["startedAtTime"]) or 0)
    return {
        "id": as_uuid(record["id"]),
        "caliperSessionId": record["id"],
        "applicationId": bare(record["app"]),
        "userId": bare(record["actor"]),
        "startedAtTime": record["startedAtTime"],
        "endedAtTime": ended,
        "durationInSeconds": length_us // 1_000_000,
        "isProctored": False,
        "recordingS3Key": None,
        "recordingStartedAtTime": None,
        "recordingEndedAtTime": None,
        "metadata": None,
        "webcamEnabled": False,
        "loggedOut": record["state"] == "closed",
    }


def review(insight: Json) -> Json:
    """`ReviewInsightOutput`; nobody reviews insights here."""
    named = {name: bare(insight[name]) for name in ("id", "sessionId", "userId", "applicationId")}
    return {**insight, **named, "review": NOT_REVIEWED}


def bare(identifier: str | None) -> str | None:
    """A UUID without its `urn:uuid:`, as dialect P writes them; any other id as it is."""
    return identifier.removeprefix("urn:uuid:") if identifier else identifier


def as_uuid(identifier: str) -> str:
    """A UUID for any id."""
    found = canonical_id(identifier)
    if not found.startswith("urn:uuid:"):
        found = derived_uuid("session", found)
    return found.removeprefix("urn:uuid:")
