"""The routes of `validate` and of the token endpoint, for the description of the API."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from functions.http import paths
from functions.http.answers import JSON
from functions.http.paths import Path
from functions.http.shapes import ingest
from functions.http.shapes.ingest import Accepted, Envelope, Envelopes

REFUSALS = (400, 401, 413, 415, 422, 503)
FORM = "application/x-www-form-urlencoded"


class IngestRoute(Struct, frozen=True, kw_only=True):
    """One path and its POST. `takes` are the shapes that its body may have, `answers` that of its answer."""

    path: Path
    description: str
    takes: Sequence[Any] = (Envelope, Envelopes)
    answers: Any = Accepted
    refuses: Any = None
    statuses: Sequence[int] = REFUSALS
    media_type: str = JSON


INGEST_ROUTES: tuple[IngestRoute, ...] = (
    IngestRoute(path=paths.INGEST, description="Send an envelope of events and entities"),
    IngestRoute(path=paths.ROOT, description="Send an envelope, for sensors that know only a host"),
    IngestRoute(
        path=paths.KEY_IN_PATH,
        description="Send an envelope with the key in the path, for senders that can set a URL and nothing else. An "
        "app registered with a JWK set sends, here and elsewhere, a JWT instead of JSON, with the envelope as its "
        "claims (Canvas: Sign Payload)",
    ),
    IngestRoute(path=paths.PLATFORM_INGEST, description="Send an envelope, as the TimeBack platform takes it"),
    IngestRoute(
        path=paths.TIMEBACK_INGEST,
        description="Send an envelope, or one bare event, as the TimeBack platform takes it, with or without a slash "
        "at the end of the path",
        takes=(Envelope, ingest.Event, Envelopes),
    ),
    IngestRoute(
        path=paths.VALIDATE,
        description="Check an envelope and store nothing. The answer is 200 even if items would be rejected",
        answers=ingest.Validation,
    ),
    IngestRoute(
        path=paths.HEARTBEAT,
        description="Keep a session open that asked for heartbeats",
        takes=(ingest.Heartbeat,),
        answers=ingest.HeartbeatAccepted,
        statuses=(400, 401, 403, 404, 409, 413, 415, 503),
    ),
    *(
        IngestRoute(
            path=path,
            description="Get a token for a registered client (OAuth 2.0 client credentials)",
            takes=(ingest.TokenRequest,),
            answers=ingest.Token,
            refuses=ingest.TokenRefusal,
            statuses=(400, 401),
            media_type=FORM,
        )
        for path in (paths.TOKEN, paths.TIMEBACK_TOKEN)
    ),
)
