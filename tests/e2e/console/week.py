"""A week of one learner, built from the demonstration's examples: what the console is tested and pictured with."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.local.demonstration.example import example

LEARNER = "https://roster.example.org/ims/oneroster/rostering/v1p2/users/student-104"
EMAIL = "student-104@school.example.org"
# Of each day before today: the hour it began (UTC), five-minute stretches of active work, XP, questions, right ones.
DAYS = {
    7: (15, 5, 20, 12, 9),
    6: (14, 9, 45, 30, 27),
    5: (16, 3, 10, 8, 4),
    4: (15, 11, 60, 40, 36),
    2: (14, 7, 30, 20, 17),
    1: (15, 8, 40, 25, 22),
}
STRETCH = timedelta(minutes=5)

type Json = dict[str, Any]


def uuid_of(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))


def text_of(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def week(now: datetime | None = None) -> list[Json]:
    """One envelope for each day."""
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return [day_of_work(today - timedelta(days=back), back) for back in DAYS]


def day_of_work(day: datetime, back: int) -> Json:
    envelope = copy.deepcopy(example("timeback-profile.json"))
    spent, completed = envelope["data"]
    hour, stretches, xp, total, correct = DAYS[back]
    began = day + timedelta(hours=hour, minutes=7)
    session = {"id": f"urn:uuid:{uuid_of('session', day)}", "type": "Session"}
    run = {"runId": uuid_of("run", day), "courseId": "MATH-6"}
    events = []
    for number in range(stretches):
        # A quarter of an hour's rest in the middle of the day's work.
        start = began + number * STRETCH + (timedelta(minutes=14) if number > stretches // 2 else timedelta())
        event = copy.deepcopy(spent)
        event |= {"id": f"urn:uuid:{uuid_of('spent', day, number)}", "eventTime": text_of(start + STRETCH)}
        event |= {"session": session, "extensions": run}
        waste = 45 if number % 4 == 2 else 0
        inactive = 30 if number % 3 == 1 else 0
        active = 300 - waste - inactive
        event["generated"]["items"] = [
            {
                "type": "active",
                "value": active,
                "startDate": text_of(start),
                "endDate": text_of(start + STRETCH),
            },
            {"type": "inactive", "value": inactive},
            {"type": "waste", "value": waste},
        ]
        events.append(event)
    end = datetime.fromisoformat(events[-1]["eventTime"]) + timedelta(seconds=20)
    completed |= {
        "id": f"urn:uuid:{uuid_of('completed', day)}",
        "eventTime": text_of(end),
        "session": session,
        "extensions": run,
    }
    values = {"xpEarned": xp, "totalQuestions": total, "correctQuestions": correct, "masteredUnits": 1}
    completed["generated"]["items"] = [{"type": name, "value": value} for name, value in values.items()]
    completed["generated"]["extensions"] = {"pctCompleteApp": 80 - 6 * back}
    return envelope | {"data": [*events, completed], "sendTime": text_of(datetime.now(UTC))}


def refused() -> Json:
    """Two events that are refused, one for a missing time, one for a type that is none; and a stored one."""
    envelope = json.loads(json.dumps(example("session.json")))
    first, second = envelope["data"]
    third = copy.deepcopy(second)
    now = datetime.now(UTC)
    for number, event in enumerate((first, second, third)):
        event |= {"id": f"urn:uuid:{uuid_of('refused', now, number)}", "eventTime": text_of(now)}
    del first["eventTime"]
    second["action"] = "Strolled"
    return dict(envelope)


def misspelt() -> Json:
    """Three events that are refused, each for another reason."""
    envelope = copy.deepcopy(example("session.json"))
    event, *_ = envelope["data"]
    now = datetime.now(UTC)
    faults: list[Json] = [{"eventTime": "yesterday"}, {"eventTime": now.timestamp()}, {"action": None}]
    events = [
        event | {"id": f"urn:uuid:{uuid_of('misspelt', now, number)}", "eventTime": text_of(now)} | fault
        for number, fault in enumerate(faults)
    ]
    return envelope | {"data": events}


def named(name: str) -> Json:
    """An event whose object has this name."""
    envelope = copy.deepcopy(example("lesson.json"))
    event = envelope["data"][1]
    event |= {"id": f"urn:uuid:{uuid_of('named', name, datetime.now(UTC))}", "eventTime": text_of(datetime.now(UTC))}
    if not isinstance(event["object"], dict):
        event["object"] = {"id": event["object"], "type": "DigitalResource"}
    event["object"]["name"] = name
    return envelope | {"data": [event]}


def afternoon(learner: str) -> Json:
    """Yesterday's work once more, three hours later, by another learner."""
    yesterday = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    envelope = day_of_work(yesterday + timedelta(hours=3), 1)
    for number, event in enumerate(envelope["data"]):
        event["id"] = f"urn:uuid:{uuid_of('afternoon', learner, number)}"
        event["actor"] |= {"id": learner, "email": f"{uuid_of(learner)}@school.example.org"}
        event["session"] = {"id": f"urn:uuid:{uuid_of('session', learner)}", "type": "Session"}
        event["extensions"] = {"runId": uuid_of("run", learner), "courseId": "MATH-6"}
    return envelope
