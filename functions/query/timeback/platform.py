"""The insight reads of the TimeBack platform under `/insights/1.0/`, in its shape: `{limit, offset, total, items}`.

The queries are those of `sessions` and `insights`; a list is read as a whole and cut to the page.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from functions.core.ids import canonical_id, derived_uuid
from functions.core.insights.insight import KINDS, VERSION
from functions.core.times import day_in, iso_day, parse_time
from functions.http.answers import Answer, answer, error
from functions.query.request import Request
from functions.query.sessions.current_sessions import of_person, with_id
from functions.query.sessions.insights import insights_of
from functions.query.sessions.totals import days_of, too_many_facts, totals_asked
from functions.store import keys
from functions.store.totals.reading import TooManyFacts

if TYPE_CHECKING:
    from functions.http.shapes.platform import InsightType, Overview, OverviewDay, Review, ReviewInsight, ReviewSession

type Json = dict[str, Any]

OVERVIEW_BYTES = 3_000_000  # quotes count twice in what Lambda answers with (functions.http.page)

NOT_REVIEWED: "Review" = {"reviewedAt": None, "reviewedBy": None, "reviewNotes": None, "reviewResult": None}


def get_user_insights(request: Request) -> Answer:
    """The insights of a user, by session and time."""
    user_sessions = of_person(request, request.principal.app, user_id(request))
    return page_of(request, [review(insight) for listing in user_sessions for insight in insights_of(request, listing)])


def get_session_insights(request: Request) -> Answer:
    """The insights of one session."""
    app, spelled = request.principal.app, spellings(request.path["sessionId"])
    same_id = next(
        filter(None, ([listing for _, listing in with_id(request, app, spelling)] for spelling in spelled)), []
    )
    return page_of(request, [review(insight) for listing in same_id for insight in insights_of(request, listing)])


def get_user_sessions(request: Request) -> Answer:
    """The sessions of a user."""
    user_sessions = of_person(request, request.principal.app, user_id(request))
    return page_of(request, [review_session(listing.answer) for listing in user_sessions])


def get_overview(request: Request) -> Answer:
    """The numbers of a user's days, and how many insights of each type there are."""
    learner = user_id(request)
    try:
        totals = totals_asked(request, request.principal.app.tenant, learner)
    except TooManyFacts:
        return too_many_facts()
    user_sessions = of_person(request, request.principal.app, learner)
    by_type = dict.fromkeys(KINDS, 0)
    by_day: dict[str, int] = {}
    for listing in user_sessions:
        for insight in insights_of(request, listing):
            by_type[insight["insightType"]] = by_type.get(insight["insightType"], 0) + 1
            day = iso_day(day_in(parse_time(insight["startedAtTime"]) or 0, request.zone))
            by_day[day] = by_day.get(day, 0) + 1
    days: list[OverviewDay] = []
    for numbers in days_of(totals.tallies, request.zone):
        row: Any = {"insights": by_day.get(numbers["day"], 0), **numbers}
        days.append(row)
    overview: Overview = {
        "userId": bare(learner),
        "insightsByType": [{"insightType": slug, "total": total} for slug, total in by_type.items()],
        "days": days,
    }
    if len(orjson.dumps(overview)) > OVERVIEW_BYTES:
        return error(
            422,
            "too-many-days",
            "The days of this user do not fit into one answer: read them by GET /progress?actor=, in as many answers "
            "as they need.",
        )
    return answer(200, overview)


def get_types(request: Request) -> Answer:
    """The kinds of insight."""
    kinds: list[InsightType] = [
        {"id": slug, "slug": slug, "description": description, "version": VERSION}
        for slug, description in KINDS.items()
    ]
    return page_of(request, kinds)


def page_of(request: Request, items: Sequence[Any]) -> Answer:
    """The page of a whole list that a request asks for by `offset` and `limit`."""
    limit, offset = request.limit, int(request.values["offset"])
    return answer(200, {"limit": limit, "offset": offset, "total": len(items), "items": items[offset : offset + limit]})


def user_id(request: Request) -> str:
    """The user's id: of the two ways to read the path, the one under which there are rows."""
    first, *others = spellings(request.path["userId"])
    known = (
        spelling for spelling in (first, *others) if request.table.query(learners_pk(request, spelling), limit=1).rows
    )
    return next(known, first) if others else first


def spellings(path_id: str) -> list[str]:
    """The ids that a path may mean: the gateway has decoded it, or it is percent-encoded still."""
    return [canonical_id(spelling) for spelling in dict.fromkeys((unquote(path_id), path_id))]


def learners_pk(request: Request, learner: str) -> str:
    return keys.learner_pk(request.principal.app.tenant, learner)


def review_session(record: Json) -> "ReviewSession":
    """TimeBack's `ReviewSessionOutput`: an open session ends, for now, at its last activity."""
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


def review(insight: Json) -> "ReviewInsight":
    """TimeBack's `ReviewInsightOutput`. Insights are not reviewed here."""
    bare_ids = {name: bare(insight[name]) for name in ("id", "sessionId", "userId", "applicationId")}
    reviewed: Any = {**insight, **bare_ids, "review": NOT_REVIEWED}
    output: ReviewInsight = reviewed
    return output


def bare[Identifier: (str, str | None)](identifier: Identifier) -> Identifier:
    """A UUID without its `urn:uuid:`, as the platform writes them; any other id as it is."""
    return identifier.removeprefix("urn:uuid:") if identifier else identifier


def as_uuid(identifier: str) -> str:
    """A UUID for any id."""
    canonical = canonical_id(identifier)
    if not canonical.startswith("urn:uuid:"):
        canonical = derived_uuid("session", canonical)
    return canonical.removeprefix("urn:uuid:")
