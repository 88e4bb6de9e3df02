"""Payloads of our own in the shapes that real senders send: TimeBack, its SDK, Canvas, Blackboard, 1EdTech sensors.

Everything random comes from a seeded `random.Random`, so that a test or a bench can be run again as it was.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

V1P1 = "http://purl.imsglobal.org/ctx/caliper/v1p1"
V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
APP = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

type Json = dict[str, Any]


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Payloads:
    """One generator of payloads. `clock` moves on by a few seconds with every event."""

    def __init__(self, seed: int = 1, *, app: str = APP, start: datetime = START) -> None:
        self.random = random.Random(seed)
        self.app = app
        self.clock = start

    def urn(self) -> str:
        return f"urn:uuid:{uuid.UUID(int=self.random.getrandbits(128), version=4)}"

    def tick(self) -> str:
        self.clock += timedelta(milliseconds=self.random.randrange(1000, 20_000))
        return iso(self.clock)

    def _base(self, kind: str, action: str, student: str) -> Json:
        return {
            "@context": V1P2,
            "id": self.urn(),
            "type": kind,
            "actor": student,
            "action": action,
            "eventTime": self.tick(),
            "edApp": self.app,
            "session": "urn:tag:auto-attach",
        }

    def _attempt(self, student: str, assignable: str, *, ended: bool) -> Json:
        attempt = {
            "id": self.urn(),
            "type": "Attempt",
            "assignee": student,
            "assignable": assignable,
            "startedAtTime": iso(self.clock),
        }
        if ended:
            attempt["endedAtTime"] = iso(self.clock)
        return attempt

    def lesson_started(self, student: str) -> Json:
        lesson = f"https://app.example.org/lessons/{self.random.randrange(400)}"
        event = self._base("AssignableEvent", "Started", student)
        event["object"] = {
            "id": lesson,
            "type": "AssignableDigitalResource",
            "mediaType": "curriculum/lesson",
            "name": f"Lesson {self.random.randrange(400)}: equivalent ratios",
            "isPartOf": {
                "id": f"https://app.example.org/units/{self.random.randrange(40)}",
                "type": "AssignableDigitalResource",
                "mediaType": "curriculum/unit",
                "name": "Ratios and proportions",
            },
        }
        event["generated"] = self._attempt(student, lesson, ended=False)
        return event

    def lesson_completed(self, student: str) -> Json:
        lesson = f"https://app.example.org/lessons/{self.random.randrange(400)}"
        event = self._base("AssignableEvent", "Completed", student)
        event["object"] = lesson
        event["generated"] = self._attempt(student, lesson, ended=True)
        return event

    def resource_viewed(self, student: str) -> Json:
        article = f"https://app.example.org/articles/{self.random.randrange(900)}"
        event = self._base("ViewEvent", "Viewed", student)
        event["object"] = {
            "id": article,
            "type": "DigitalResource",
            "name": "How ratios compare quantities",
            "mediaType": self.random.choice(["text/html", "video/mp4", "application/pdf"]),
            "isPartOf": {
                "id": f"https://app.example.org/lessons/{self.random.randrange(400)}",
                "type": "AssignableDigitalResource",
                "mediaType": "curriculum/lesson",
                "name": "Equivalent ratios",
            },
        }
        event["generated"] = self._attempt(student, article, ended=True)
        return event

    def assessment_submitted(self, student: str) -> Json:
        quiz = f"https://app.example.org/assessments/{self.random.randrange(200)}"
        event = self._base("AssessmentEvent", self.random.choice(["Started", "Submitted"]), student)
        event["object"] = {
            "id": quiz,
            "type": "Assessment",
            "name": "Ratio check",
            "isPartOf": {
                "id": f"https://app.example.org/lessons/{self.random.randrange(400)}",
                "type": "AssignableDigitalResource",
                "mediaType": "curriculum/lesson",
                "name": "Equivalent ratios",
            },
        }
        event["generated"] = self._attempt(student, quiz, ended=event["action"] == "Submitted")
        return event

    def question_started(self, student: str) -> Json:
        event = self._base("AssessmentItemEvent", "Started", student)
        event["object"] = {
            "id": f"https://app.example.org/questions/{self.random.randrange(5000)}",
            "type": "AssessmentItem",
            "name": "Ratio question",
            "isPartOf": {
                "id": f"https://app.example.org/assessments/{self.random.randrange(200)}",
                "type": "Assessment",
                "name": "Ratio check",
            },
        }
        return event

    def question_completed(self, student: str) -> Json:
        question = f"https://app.example.org/questions/{self.random.randrange(5000)}"
        event = self._base("AssessmentItemEvent", "Completed", student)
        event["object"] = question
        event["generated"] = {
            "id": self.urn(),
            "type": "Response",
            "attempt": self._attempt(student, question, ended=True),
        }
        return event

    def question_graded(self, student: str) -> Json:
        attempt = self.urn()
        event = self._base("GradeEvent", "Graded", student)
        event["object"] = attempt
        event["generated"] = {
            "id": self.urn(),
            "type": "Score",
            "scoreType": "QUESTION_RESULT",
            "attempt": attempt,
            "maxScore": 1,
            "scoreGiven": self.random.randrange(2),
        }
        return event

    def mastery_graded(self, student: str) -> Json:
        event = self.xp_graded(student)
        chain: Json | None = None
        for level in ("course", "domain", "cluster", "standard"):
            number = self.random.randrange(100)
            link: Json = {
                "id": f"https://app.example.org/{level}s/{number}",
                "type": "AssignableDigitalResource",
                "mediaType": f"curriculum/{level}",
                "name": f"{level.title()} {number}",
            }
            if chain is not None:
                link["isPartOf"] = chain
            chain = link
        event["object"]["assignable"] = chain
        event["generated"] |= {"scoreType": "MASTERY", "maxScore": 100, "scoreGiven": 100}
        return event

    def xp_graded(self, student: str) -> Json:
        event = self._base("GradeEvent", "Graded", student)
        lesson = {
            "id": f"https://app.example.org/lessons/{self.random.randrange(400)}",
            "type": "AssignableDigitalResource",
            "mediaType": "curriculum/lesson",
            "name": "Equivalent ratios",
        }
        attempt = {"id": self.urn(), "type": "Attempt", "assignee": student, "assignable": lesson}
        event["object"] = attempt
        event["generated"] = {
            "id": self.urn(),
            "type": "Score",
            "scoreType": "XP",
            "attempt": attempt["id"],
            "scoreGiven": self.random.randrange(10, 200),
        }
        return event

    def logged_in(self, student: str, session: str | None = None, **flags: bool) -> Json:
        event = self._base("SessionEvent", "LoggedIn", student)
        opened: Json = {
            "id": session or self.urn(),
            "type": "Session",
            "startedAtTime": event["eventTime"],
        }
        if flags:
            opened["extensions"] = flags
        return event | {
            "profile": "SessionProfile",
            "actor": {"id": student, "type": "Person"},
            "object": {"id": self.app, "type": "SoftwareApplication"},
            "session": opened,
        }

    def logged_out(self, student: str, session: str) -> Json:
        event = self._base("SessionEvent", "LoggedOut", student)
        return event | {
            "profile": "SessionProfile",
            "actor": {"id": student, "type": "Person"},
            "object": self.app,
            "session": {"id": session, "type": "Session", "endedAtTime": event["eventTime"]},
        }

    def _timeback(self, kind: str, action: str, student: str, run: str) -> Json:
        return {
            "@context": V1P2,
            "id": self.urn(),
            "type": kind,
            "action": action,
            "profile": "TimebackProfile",
            "eventTime": self.tick(),
            "actor": {
                "id": f"https://roster.example.org/ims/oneroster/rostering/v1p2/users/{student[-12:]}",
                "type": "TimebackUser",
                "email": f"{student[-12:]}@school.example.org",
            },
            "object": {
                "id": f"https://app.example.org/activities/Math/g5/lesson-{self.random.randrange(400)}",
                "type": "TimebackActivityContext",
                "subject": "Math",
                "app": {"name": "Ratio Trainer"},
            },
            "extensions": {
                "runId": run.removeprefix("urn:uuid:"),
                "courseId": f"MATH-{self.random.randrange(12)}",
            },
        }

    def activity_completed(self, student: str, run: str | None = None) -> Json:
        event = self._timeback("ActivityEvent", "Completed", student, run or self.urn())
        total = self.random.randrange(5, 20)
        event["generated"] = {
            "id": f"https://app.example.org/ims/metrics/collections/activity/{self.random.getrandbits(48):x}",
            "type": "TimebackActivityMetricsCollection",
            "items": [
                {"type": "xpEarned", "value": self.random.randrange(5, 100)},
                {"type": "totalQuestions", "value": total},
                {"type": "correctQuestions", "value": self.random.randrange(total)},
                {"type": "masteredUnits", "value": self.random.randrange(2)},
            ],
            "extensions": {"pctCompleteApp": self.random.randrange(101)},
        }
        return event

    def time_spent(self, student: str, run: str | None = None) -> Json:
        event = self._timeback("TimeSpentEvent", "SpentTime", student, run or self.urn())
        event["generated"] = {
            "id": f"https://app.example.org/ims/metrics/collections/time-spent/{self.random.getrandbits(48):x}",
            "type": "TimebackTimeSpentMetricsCollection",
            "items": [
                {
                    "type": "active",
                    "value": self.random.randrange(1, 16),
                    "startDate": iso(self.clock - timedelta(seconds=15)),
                    "endDate": iso(self.clock),
                },
                {"type": "inactive", "value": 0},
            ],
        }
        return event

    def canvas_navigation(self, student: str) -> Json:
        host = "https://canvas.example.org/"
        user = int(student[-6:], 16)
        return {
            "@context": V1P1,
            "id": self.urn(),
            "type": "NavigationEvent",
            "actor": {
                "id": f"urn:instructure:canvas:user:{user}",
                "type": "Person",
                "extensions": {
                    "com.instructure.canvas": {
                        "user_login": f"u{user}",
                        "user_sis_id": f"S-{user}",
                        "root_account_id": "100000000000001",
                        "root_account_lti_guid": "vGuid.canvas.example.org",
                        "root_account_uuid": "aCxVh8sD0000000000000000000000000000000",
                        "entity_id": str(user),
                    }
                },
            },
            "action": "NavigatedTo",
            "object": {
                "id": f"urn:instructure:canvas:course:{self.random.randrange(9999)}",
                "type": "Entity",
                "name": "assignments",
                "extensions": {
                    "com.instructure.canvas": {
                        "asset_type": "course",
                        "asset_subtype": "assignments",
                        "entity_id": "7",
                    }
                },
            },
            "eventTime": self.tick(),
            "edApp": {"id": host, "type": "SoftwareApplication"},
            "group": {
                "id": "urn:instructure:canvas:course:104",
                "type": "CourseOffering",
                "extensions": {"com.instructure.canvas": {"context_type": "Course", "entity_id": "104"}},
            },
            "membership": {
                "id": f"urn:instructure:canvas:course:104:user:{user}",
                "type": "Membership",
                "member": {"id": f"urn:instructure:canvas:user:{user}", "type": "Person"},
                "organization": {"id": "urn:instructure:canvas:course:104", "type": "CourseOffering"},
                "roles": ["Learner"],
            },
            "session": {
                "id": f"urn:instructure:canvas:session:{self.random.getrandbits(128):032x}",
                "type": "Session",
            },
            "extensions": {
                "com.instructure.canvas": {
                    "hostname": "canvas.example.org",
                    "request_id": str(uuid.UUID(int=self.random.getrandbits(128))),
                    "request_url": f"{host}courses/104/assignments",
                    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
                    "client_ip": "192.0.2.17",
                    "version": "1.0.0",
                }
            },
        }

    def blackboard_item(self, student: str) -> Json:
        site = f"https://caliper-mapping.example.org/v1/sites/{uuid.UUID(int=7)}"
        user: Json = {
            "id": f"{site}/users/{student[-12:]}",
            "type": "Person",
            "extensions": {
                "bb:user.id": f"_{self.random.randrange(99999)}_1",
                "bb:user.externalId": student[-12:],
            },
        }
        course = {
            "id": f"{site}/courses/{self.random.getrandbits(64):016x}",
            "type": "CourseOffering",
            "extensions": {"bb:course.id": "_104_1"},
            "members": [],
            "courseNumber": "BIO-101",
        }
        quiz = {
            "dateToSubmit": "2026-05-23T07:59:00.000Z",
            "maxAttempts": 1,
            "maxSubmits": 0,
            "maxScore": 300,
            "id": f"{site}/assessments/_{self.random.randrange(999)}_1",
            "type": "Assessment",
            "name": "Cells",
            "extensions": {
                "bb:assessment.categoryId": "_11_1",
                "bb:assessment.categoryName": "Test",
                "bb:assessment.catUserDefined": "false",
                "bb:assessment.gradeableItemId": "_12_1",
            },
            "creators": [],
            "learningObjectives": [],
            "keywords": [],
            "items": [],
        }
        item = {
            "maxAttempts": 0,
            "maxSubmits": 0,
            "maxScore": 0,
            "id": f"{quiz['id']}/questions/_{self.random.randrange(99)}_1",
            "type": "AssessmentItem",
            "creators": [],
            "learningObjectives": [],
            "keywords": [],
            "isPartOf": quiz,
        }
        started = self.tick()
        session = f"{self.random.getrandbits(128):032X}"
        attempt = {
            "startedAtTime": started,
            "id": f"{item['id']}/attempts/_1_1",
            "type": "Attempt",
            "assignable": item,
            "assignee": user,
            "count": 1,
        }
        return {
            "@context": V1P1,
            "type": "AssessmentItemEvent",
            "id": str(uuid.UUID(int=self.random.getrandbits(128))),
            "actor": user,
            "action": "Started",
            "object": item,
            "generated": attempt,
            "eventTime": started,
            "edApp": {"id": f"{site}/applications/learn", "type": "SoftwareApplication"},
            "group": course,
            "membership": {
                "id": f"{course['id']}/members/{student[-12:]}",
                "type": "Membership",
                "extensions": {
                    "bb:course.id": "_104_1",
                    "bb:course.externalId": "BIO-101",
                    **user["extensions"],
                },
                "member": user,
                "organization": course,
                "roles": ["Learner"],
                "status": "Active",
            },
            "federatedSession": {
                "startedAtTime": started,
                "id": f"{site}/sessions/{session}",
                "type": "LtiSession",
                "name": session,
                "dateCreated": started,
                "user": user,
            },
            "extensions": {},
        }

    def blackboard_answered(self, student: str) -> Json:
        """What the same sensor says when a question is answered: the largest event of the source documents."""
        event = self.blackboard_item(student)
        attempt = event["generated"]
        event["generated"] = {
            "startedAtTime": attempt["startedAtTime"],
            "id": f"{attempt['id']}/response",
            "type": "MultipleResponseResponse",
            "extensions": {"bb:questionType": "MultipleAnswer"},
            "attempt": attempt,
            "values": [],
        }
        return {**event, "action": "Completed"}

    def mix(self) -> dict[str, Callable[[str], Json]]:
        """A maker for each shape of the source documents, by name."""
        return {
            "AssignableEvent Started": self.lesson_started,
            "AssignableEvent Completed": self.lesson_completed,
            "ViewEvent Viewed": self.resource_viewed,
            "AssessmentEvent": self.assessment_submitted,
            "AssessmentItemEvent Started": self.question_started,
            "AssessmentItemEvent Completed": self.question_completed,
            "GradeEvent QUESTION_RESULT": self.question_graded,
            "GradeEvent MASTERY": self.mastery_graded,
            "GradeEvent XP": self.xp_graded,
            "SessionEvent LoggedIn": self.logged_in,
            "ActivityEvent Completed": self.activity_completed,
            "TimeSpentEvent SpentTime": self.time_spent,
            "Canvas NavigationEvent": self.canvas_navigation,
            "Blackboard AssessmentItemEvent": self.blackboard_item,
        }

    def events(self, count: int, *, learners: int = 10) -> Iterator[Json]:
        """`count` events of the mix, evenly, by so many learners."""
        students = [self.urn() for _ in range(learners)]
        makers = list(self.mix().values())
        for number in range(count):
            yield makers[number % len(makers)](students[number % learners])


def envelope(*items: Json, version: str = V1P2, sensor: str = "https://app.example.org/sensors/1") -> Json:
    return {"sensor": sensor, "sendTime": iso(START), "dataVersion": version, "data": list(items)}
