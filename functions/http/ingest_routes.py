"""The paths that other functions answer, for `openapi` and for the answer to a wrong verb: ingest and tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

REFUSALS = (400, 401, 413, 415, 422, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One POST path. `takes` and `answers` name schemas; `success` is the status of what was taken."""

    path: str
    about: str
    takes: str
    answers: str = "Accepted"
    success: int = 200
    statuses: Sequence[int] = REFUSALS
    media_type: str = "application/json"
    scoped: bool = True


WRITES: tuple[Write, ...] = (
    Write(path="/caliper/event", about="Send an envelope of events and entities", takes="Envelopes"),
    Write(path="/", about="Send an envelope, for sensors that know only a host", takes="Envelopes"),
    Write(
        path="/k/{key}",
        about="Send an envelope with the key in the path, for senders that can set a URL and nothing else. An app "
        "registered with a JWK set sends, here and elsewhere, a JWT in place of JSON, with the envelope as its claims "
        "(Canvas: Sign Payload)",
        takes="Envelopes",
    ),
    Write(
        path="/caliper/v1p2",
        about="Send an envelope, as the TimeBack platform takes it",
        takes="Envelopes",
        success=202,
    ),
    Write(
        path="/events/1.0",
        about="Send an envelope, or one bare event, as the TimeBack platform takes it; a slash at its end or none",
        takes="EnvelopeOrEvent",
        success=202,
    ),
    Write(
        path="/caliper/event/validate",
        about="Judge an envelope and store nothing: 200 also where items would be rejected",
        takes="Envelopes",
        answers="Validation",
    ),
    Write(
        path="/events/1.0/heartbeat",
        about="Keep a session open that asked for heartbeats",
        takes="Heartbeat",
        answers="HeartbeatAccepted",
        success=202,
        statuses=(400, 401, 403, 404, 409, 413, 415, 503),
    ),
    *(
        Write(
            path=path,
            about="A token for a registered client (OAuth 2.0 client credentials)",
            takes="TokenRequest",
            answers="Token",
            statuses=(400, 401),
            media_type="application/x-www-form-urlencoded",
            scoped=False,
        )
        for path in ("/oauth2/token", "/auth/1.0/token")
    ),
)
