"""The shapes of what is sent, of what ingest answers, and of refusals, for `openapi`."""

from functions.core.caliper.findings import MAX_FINDINGS, MAX_ID_CHARS, MAX_ITEM_BYTES, SERVICE
from functions.core.caliper.validator.limits import MAX_DEPTH
from functions.query.openapi.builder import ANY, TIME, WHOLE, Schema, array, obj, or_null, ref, text

SOURCES = (
    "Whose rule: a section of the Caliper specification (https://www.imsglobal.org/spec/caliper/v1p2), an RFC, a "
    "document of TimeBack's (its Platform's Caliper Events Reference, its SDK's page Events, or what its Python client "
    f"timeback-caliper sends), or `{SERVICE}`, whose own rules are: an item has at most {MAX_ITEM_BYTES} bytes and "
    f"{MAX_DEPTH} levels, an identifier {MAX_ID_CHARS} characters; an `edApp` is one that the credential's app is "
    f"registered for; of an item {MAX_FINDINGS} findings are told; an accepted event that cannot be processed is set "
    "apart."
)


def schemas() -> dict[str, Schema]:
    return {**_common(), **_requests(), **_ingest()}


def _common() -> dict[str, Schema]:
    finding = obj(
        "One thing that is wrong with an item, and where in it (RFC 6901).",
        severity=text(enum=["error", "warning"]),
        code=text(),
        pointer=text(),
        message=text(),
        source=text(SOURCES),
    )
    refusal = obj(
        "Why a request was refused and what to do. The gateway's own answers (401 without a credential, 429) have only "
        "the message.",
        ("status", "code", "errors"),
        status=text(enum=["error"]),
        code=text("Stable; for programs."),
        message=text("For people."),
        errors=array({"type": "object"}),
    )
    return {"Finding": finding, "Refusal": refusal, "Cursor": or_null(text("Where the list continues."))}


def _requests() -> dict[str, Schema]:
    event = obj(
        "A Caliper event of version 1.1 or 1.2, or an entity describe, as in https://www.imsglobal.org/spec/caliper/v1p2.",
        id=text(format="uri"),
        type=text(),
        actor=ANY,
        action=text(),
        object=ANY,
        eventTime=TIME,
    )
    envelope = obj(
        sensor=text("The sensor's IRI.", minLength=1),
        sendTime=TIME,
        dataVersion=text(examples=["http://purl.imsglobal.org/ctx/caliper/v1p2"]),
        data={**array({"type": "object"}), "minItems": 1},
    )
    beat = obj(
        "",
        ("eventTime", "edApp"),
        sessionId=text("An open session that asked for heartbeats.", minLength=1),
        eventTime=TIME,
        edApp=text(),
    )
    token = obj(
        "",
        ("scope", "client_id", "client_secret"),
        grant_type=text(enum=["client_credentials"]),
        scope=text("Space-separated; without it all that the client may do."),
        client_id=text("Or both in an Authorization header of type Basic."),
        client_secret=text(),
    )
    return {
        "Event": event,
        "Envelope": envelope,
        "Envelopes": {"anyOf": [ref("Envelope"), {**array(ref("Envelope")), "minItems": 1}]},
        "EnvelopeOrEvent": {"anyOf": [ref("Envelope"), ref("Event"), {**array(ref("Envelope")), "minItems": 1}]},
        "Heartbeat": beat,
        "TokenRequest": token,
    }


def _ingest() -> dict[str, Schema]:
    not_taken = obj(
        "",
        ("envelope",),
        index=WHOLE,
        envelope=WHOLE,
        id=or_null(text()),
        pointers=array(text()),
        message=text(),
        findings=array(ref("Finding")),
    )
    warning = obj(
        "A warning on accepted items: the first item that has it, and how many have. An answer has a bounded number of "
        "different ones; /caliper/event/validate has all.",
        ("envelope",),
        index=WHOLE,
        envelope=WHOLE,
        id=or_null(text()),
        items=WHOLE,
        severity=text(enum=["warning"]),
        code=text(),
        pointer=text(),
        message=text(),
        source=text(),
    )
    status = text(enum=["success", "error"])
    return {
        "Accepted": obj(
            "",
            ("errors", "warnings"),
            status=status,
            message=text(),
            jobId=text("For GET /jobs/{jobId}/status."),
            warnings=array(warning),
            errors=array(not_taken),
        ),
        "Validation": obj(
            status=status,
            message=text(),
            errors=array({"type": "object"}),
            warnings=array({"type": "object"}),
        ),
        "HeartbeatAccepted": obj(status=status, message=text(), sessionId=text()),
        "Token": obj("", ("scope",), access_token=text(), token_type=text(), expires_in=WHOLE, scope=text()),
        "TokenRefusal": obj(error=text("As in RFC 6749 §5.2.")),
        "EndpointConfiguration": obj(
            caliperSupportedVersions=array(text()),
            caliperMaximumPayloadSize={**WHOLE, "description": "kB"},
            caliper_supported_versions=array(text()),
            caliper_maximum_payload_size=WHOLE,
        ),
        "Health": obj(status=text(enum=["ok"]), version=text()),
        "Description": {"type": "object", "description": "This document."},
    }
