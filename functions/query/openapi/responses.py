"""The shapes of what is read, for `openapi`."""

from functions.query.openapi.builder import ENTITY, FLAG, NUMBER, TIME, WHOLE, Schema, array, obj, or_null, ref, text


def schemas() -> dict[str, Schema]:
    return {**_reads(), **_timeback(), **_platform()}


def _list(name: str, row: Schema, **beside: Schema) -> Schema:
    return obj(**{name: array(row), "cursor": ref("Cursor"), **beside})


def _numbers() -> dict[str, Schema]:
    categories = ("active", "inactive", "waste", "unknown", "anti-pattern")  # as TimeBack names them
    seconds = obj(**dict.fromkeys(categories, NUMBER))
    return {
        "seconds": seconds,
        "xpEarned": NUMBER,
        "totalQuestions": NUMBER,
        "correctQuestions": NUMBER,
        "accuracy": or_null(NUMBER),
        "masteredUnits": NUMBER,
        "attempts": NUMBER,
        "events": WHOLE,
        "firstActivityTime": or_null(TIME),
        "lastActivityTime": or_null(TIME),
        "sessions": array(text()),
    }


def _reads() -> dict[str, Schema]:
    whose = {"actor": or_null(text()), "app": text()}
    event = obj(
        event={"type": "object", "description": "Exactly what was sent, byte for byte."},
        **whose,
        session=or_null(text()),
        run=or_null(text()),
        jobId=text(),
        receivedAt=TIME,
        warnings=array(ref("Finding")),
    )
    rejection = obj(
        item={"description": "What was sent: JSON, or text where it is none."},
        findings=array(ref("Finding")),
        receivedAt=TIME,
        app=text(),
        jobId=text(),
        index=WHOLE,
        dataVersion=text(),
    )
    sitting = obj(
        startedAtTime=TIME,
        endedAtTime=or_null(TIME),
        endedBy=or_null(text(enum=["LoggedOut", "TimedOut", "superseded"])),
        duration=text(format="duration"),
    )
    session = obj(
        id=text(),
        **whose,
        edApp=or_null(text()),
        kind=text(enum=["explicit", "auto"]),
        state=text(enum=["open", "closed"]),
        startedAtTime=TIME,
        endedAtTime=or_null(TIME),
        endedBy=or_null(text(enum=["LoggedOut", "TimedOut", "superseded"])),
        lastActivityTime=TIME,
        requiresHeartbeat=FLAG,
        processInsights=FLAG,
        events=WHOLE,
        duration=text(format="duration"),
        numbers=obj(**_numbers()),
        conflicts=WHOLE,
        sittings=array(sitting),
        earlierSittings=WHOLE,
    )
    day = obj(day=text(format="date"), **_numbers())
    progress = obj(
        **whose,
        course=text(),
        masteredUnits=NUMBER,
        activities=WHOLE,
        totalLessons=or_null(WHOLE),
        pctCompleteApp=or_null(NUMBER),
        stated=FLAG,
        lastActivityTime=TIME,
        evidence=array(text()),
    )
    conflict = {"type": "boolean", "description": "With `id`: whether events of different content came under it."}
    arrivals = {
        "description": "With `id`: how often events of that id arrived, none since that instant left out; what came "
        "before is in the archive. Over all apps of the page. Null where there is none.",
        "anyOf": [obj(count=WHOLE, since=TIME), {"type": "null"}],
    }
    events = _list("events", event, conflict=conflict, arrivals=arrivals, rejections=array(rejection))
    events["required"] = ["events", "cursor"]
    return {
        "Events": events,
        "Sessions": _list("sessions", session),
        "Runs": _list("runs", obj(id=text(), **whose, **_numbers(), days=array(day))),
        "Progress": _list("progress", progress, days=array({"allOf": [obj(**whose), day]})),
        "Insights": _list("insights", {"allOf": [_insight(), obj(app=text())]}),
        "Rejections": _list("rejections", rejection),
    }


def _insight() -> Schema:
    return obj(
        id=text(),
        insightType=text(),
        reason=text(),
        startedAtTime=TIME,
        endedAtTime=TIME,
        durationInSeconds=WHOLE,
        sessionId=text(),
        userId=or_null(text()),
        applicationId=or_null(text()),
        version=text(maxLength=16),
        evidence=array(text()),
    )


def _timeback() -> dict[str, Schema]:
    slots = ("actor", "object", "generated", "target", "referrer", "edApp", "group", "membership", "session")
    stored = obj(
        id=WHOLE,
        externalId=text(),
        sensor=text(),
        type=text(),
        profile=or_null(text()),
        action=text(),
        eventTime=text(),
        sendTime=TIME,
        created_at=TIME,
        updated_at=or_null(TIME),
        deleted_at=or_null(TIME),
        **dict.fromkeys((*slots, "federatedSession"), ENTITY),
        extensions=or_null({"type": "object"}),
        clientAppId=text(),
    )
    pagination = obj(total=WHOLE, totalPages=WHOLE, currentPage=WHOLE, limit=WHOLE)
    result = obj(allocatedId=text(), externalId=text())
    value = obj(
        "",
        ("errors",),
        status=text(enum=["success", "error"]),
        results=array(result),
        errors=array({"type": "object"}),
    )
    job = obj(
        "`completed`: every accepted item can be read. `failed`: an item could not be processed, or all were rejected, "
        "or the job is over 14 days old and not stored whole; `failedReason` and `errors` say which. `results` lists "
        "what fits into an answer: all, unless ids are very long.",
        ("failedReason",),
        id=text(),
        state=text(enum=["waiting", "active", "completed", "failed"]),
        returnValue=or_null(value),
        processedOn=or_null(TIME),
        failedReason=text(),
    )
    said = {"status": text(enum=["success"]), "message": text()}
    return {
        "StoredEvent": stored,
        "StoredEvents": obj(**said, events=array(ref("StoredEvent")), pagination=pagination),
        "StoredEventAnswer": obj(**said, event=ref("StoredEvent")),
        "JobStatus": obj(job=job),
    }


def _platform() -> dict[str, Schema]:
    def page(items: Schema) -> Schema:
        return obj(limit=WHOLE, offset=WHOLE, total=WHOLE, items=array(items))

    session = obj(
        id=text(format="uuid"),
        caliperSessionId=text(),
        applicationId=text(),
        userId=text(),
        startedAtTime=TIME,
        endedAtTime=TIME,
        durationInSeconds=WHOLE,
        isProctored=FLAG,
        recordingS3Key={"type": "null"},
        recordingStartedAtTime={"type": "null"},
        recordingEndedAtTime={"type": "null"},
        metadata={"type": "null"},
        webcamEnabled=FLAG,
        loggedOut=FLAG,
    )
    by_type = obj(insightType=text(), total=WHOLE)
    day = obj(day=text(format="date"), insights=WHOLE, **_numbers())
    return {
        "ReviewSessions": page(session),
        "ReviewInsights": page({"allOf": [_insight(), obj(review={"type": "object"})]}),
        "InsightTypes": page(obj(id=text(), slug=text(), description=text(), version=text())),
        "Overview": obj(userId=text(), insightsByType=array(by_type), days=array(day)),
    }
