"""A TimeBack app's learners: events that ask to be attached, logins, and runs as the SDK sends them.

Made as in `pupils`. No two accounts of time overlap save where it is to be shown that what overlaps counts once.
"""

from collections.abc import Callable
from fractions import Fraction

from tests.e2e.outcome import Json, Sitting, clock
from tests.e2e.pupils import Maker
from tests.payloads import V1P2

AUTO_ATTACH = "urn:tag:auto-attach"


class TimeBackMaker(Maker):
    """A learner of a TimeBack app: events that ask to be attached, logins, and runs as the SDK sends them."""

    def _event(self, kind: str, action: str, **more: object) -> Json:
        return {
            "@context": V1P2,
            "id": self.urn(),
            "type": kind,
            "actor": self.pupil.id,
            "action": action,
            "eventTime": clock(self.now_ms),
            "edApp": self.edapp,
            "session": AUTO_ATTACH,
            **more,
        }

    def _lesson(self) -> Json:
        number = self.rng.getrandbits(40)
        return {
            "id": f"https://app.example.org/lessons/{number:010x}",
            "type": "AssignableDigitalResource",
            "mediaType": "curriculum/lesson",
            "name": f"Lesson {number % 400}: equivalent ratios",
        }

    def _attempt(self, assignable: str, start_ms: int | None = None, end_ms: int | None = None) -> Json:
        attempt = {"id": self.urn(), "type": "Attempt", "assignee": self.pupil.id, "assignable": assignable}
        if start_ms is not None:
            attempt["startedAtTime"] = clock(start_ms)
        if end_ms is not None:
            attempt["endedAtTime"] = clock(end_ms)
        return attempt

    def lesson_started(self, sitting: Sitting) -> tuple[str, Json, Json]:
        """Event id, lesson and Attempt of a lesson that begins now. Begun alone it is an attempt and no time."""
        lesson = self._lesson()
        attempt = self._attempt(lesson["id"], self.now_ms)
        started = self.emit(self._event("AssignableEvent", "Started", object=lesson, generated=attempt), sitting)
        self.worth(started, attempts=1)
        return started, lesson, attempt

    def lesson_completed(self, sitting: Sitting, lesson: Json, attempt: Json, start_ms: int) -> str:
        ended = attempt | {"endedAtTime": clock(self.now_ms)}
        event = self._event("AssignableEvent", "Completed", object=lesson["id"], generated=ended)
        completed = self.emit(event, sitting)
        self.worth(completed, active=Fraction(self.now_ms - start_ms, 1000))
        return completed

    def lesson(self, sitting: Sitting) -> None:
        """A lesson from start to end, an article within it: time counts once."""
        start_ms = self.now_ms
        _, lesson, attempt = self.lesson_started(sitting)
        self.step()
        self.view(sitting, counts=False)
        self.step()
        self.lesson_completed(sitting, lesson, attempt, start_ms)

    def view(self, sitting: Sitting, *, counts: bool = True, seconds: int = 1) -> None:
        article = f"https://app.example.org/articles/{self.rng.getrandbits(40):010x}"
        attempt = self._attempt(article, self.now_ms, self.now_ms + seconds * 1000)
        target = {"id": article, "type": "DigitalResource", "mediaType": "text/html", "name": "How ratios compare"}
        self.now_ms += seconds * 1000
        viewed = self.emit(self._event("ViewEvent", "Viewed", object=target, generated=attempt), sitting)
        self.worth(viewed, attempts=1, **({"active": seconds} if counts else {}))

    def quiz(self, sitting: Sitting, *, lesson: Json | None = None, questions: int = 0) -> None:
        """An assessment whose questions are graded, some of them twice: the later grade stands."""
        start_ms = self.now_ms
        target: Json = {
            "id": f"https://app.example.org/assessments/{self.rng.getrandbits(40):010x}",
            "type": "Assessment",
            "name": "Ratio check",
            "isPartOf": lesson or self._lesson(),
        }
        attempt = self._attempt(target["id"], start_ms)
        started = self.emit(self._event("AssessmentEvent", "Started", object=target, generated=attempt), sitting)
        self.worth(started, attempts=1)
        for _ in range(questions or self.rng.randrange(1, 3)):
            self._question(sitting, target)
        self.step()
        ended = attempt | {"endedAtTime": clock(self.now_ms)}
        submitted = self.emit(self._event("AssessmentEvent", "Submitted", object=target, generated=ended), sitting)
        self.worth(submitted, active=Fraction(self.now_ms - start_ms, 1000))

    def _question(self, sitting: Sitting, quiz: Json) -> None:
        self.step()
        question = f"https://app.example.org/questions/{self.rng.getrandbits(40):010x}"
        item = {"id": question, "type": "AssessmentItem", "name": "Ratio question", "isPartOf": quiz}
        begun_ms = self.now_ms
        self.emit(self._event("AssessmentItemEvent", "Started", object=item), sitting)
        self.step()
        attempt = self._attempt(question, begun_ms, self.now_ms)
        response = {"id": self.urn(), "type": "Response", "attempt": attempt}
        event = self._event("AssessmentItemEvent", "Completed", object=question, generated=response)
        self.worth(self.emit(event, sitting), attempts=1)
        times = self.rng.choice([1, 1, 2])
        for left in reversed(range(times)):
            self.now_ms += 50
            right = self.rng.randrange(2)
            graded = self.grade(sitting, attempt["id"], "QUESTION_RESULT", right, most=1)
            if left == 0:
                self.worth(graded, totalQuestions=1, correctQuestions=right)

    def grade(
        self,
        sitting: Sitting,
        target: object,
        kind: str,
        score_given: int,
        *,
        most: int | None = None,
        late: bool = False,
    ) -> str:
        attempt = target["id"] if isinstance(target, dict) else target
        score: Json = {
            "id": self.urn(),
            "type": "Score",
            "scoreType": kind,
            "attempt": attempt,
            "scoreGiven": score_given,
        }
        if most is not None:
            score["maxScore"] = most
        return self.emit(self._event("GradeEvent", "Graded", object=target, generated=score), sitting, late=late)

    def xp(self, sitting: Sitting, *, late: bool = False) -> None:
        """XP of a lesson; in time sometimes stated twice, and the later statement replaces the earlier."""
        attempt = self._attempt(self._lesson()["id"])
        if not late and self.rng.random() < 0.3:
            self.grade(sitting, attempt, "XP", self.rng.randrange(10, 200))
            self.step()
        xp = self.rng.randrange(10, 200)
        self.worth(self.grade(sitting, attempt, "XP", xp, late=late), xpEarned=xp)

    def mastery(self, sitting: Sitting) -> None:
        score = self.rng.choice([100, 95, 90, 89, 40])
        graded = self.grade(sitting, self._attempt(self._lesson()["id"]), "MASTERY", score, most=100)
        self.worth(graded, masteredUnits=int(score >= 90))

    def things(self, sitting: Sitting, count: int) -> None:
        """So many things of any kind, the last of them now."""
        kinds: list[Callable[[Sitting], None]] = [self.lesson, self.view, self.quiz, self.xp, self.mastery]
        for number in range(count):
            if number:
                self.step()
            self.rng.choice(kinds)(sitting)

    def auto(self) -> None:
        """A sitting without a login: a session made of gaps, that nobody closes."""
        self.things(self.sitting("auto-attached", None), self.rng.randrange(1, 4))

    def logged_in(self, what: str, **flags: bool) -> Sitting:
        session = self.urn()
        sitting = self.sitting(what, session, process_insights=flags.get("processInsights", False))
        opened: Json = {"id": session, "type": "Session", "startedAtTime": clock(self.now_ms)}
        if flags:
            opened["extensions"] = flags
        event = self._event(
            "SessionEvent",
            "LoggedIn",
            profile="SessionProfile",
            actor={"id": self.pupil.id, "type": "Person"},
            object={"id": self.edapp, "type": "SoftwareApplication"},
        )
        self.emit(event | {"session": opened}, sitting)
        self.step()
        return sitting

    def logged_out(self, sitting: Sitting) -> None:
        self.step()
        sitting.ended_ms, sitting.ended_by = self.now_ms, "LoggedOut"
        self.now_ms += self.rng.choice([0, 0, 700])  # told a moment later: the end that it states counts
        event = self._event(
            "SessionEvent",
            "LoggedOut",
            profile="SessionProfile",
            actor={"id": self.pupil.id, "type": "Person"},
            object=self.edapp,
        )
        ended = {"id": sitting.id, "type": "Session", "endedAtTime": clock(sitting.ended_ms)}
        self.emit(event | {"session": ended}, sitting, ends=True)

    def login(self) -> None:
        sitting = self.logged_in("login")
        self.things(sitting, self.rng.randrange(1, 4))
        self.logged_out(sitting)

    def abandoned_login(self) -> None:
        """Logged in, worked, closed the tab."""
        self.things(self.logged_in("abandoned login"), self.rng.randrange(1, 3))

    def superseded_login(self) -> None:
        """Logged in again without logging out: the first session ends at its own last activity."""
        first = self.logged_in("superseded login")
        self.things(first, 1)
        first.ended_by = "superseded"
        self.step()
        second = self.logged_in("superseding login")
        self.things(second, 1)
        self.logged_out(second)

    def shopping(self) -> None:
        """Three lessons begun and none completed; told only where the session asked for insights."""
        wants_insights = self.rng.random() < 0.7
        sitting = self.logged_in("topic shopping", processInsights=wants_insights)
        begun = []
        for _ in range(3):
            begun.append(self.lesson_started(sitting)[0])
            self.step()
        if wants_insights:
            sitting.insights.add(("topic-shopping", frozenset(begun)))
        if self.rng.random() < 0.5:
            self.logged_out(sitting)

    def skipped_assessment(self) -> None:
        """A lesson without its assessment; where that was taken after all, and told late, nothing was skipped.

        Another lesson's assessment is begun before, so the app is known to have assessments.
        """
        sitting = self.logged_in("skipped assessment", processInsights=True)
        self.assessment_started(sitting, self._lesson())
        self.step()
        start_ms = self.now_ms
        _, lesson, attempt = self.lesson_started(sitting)
        self.step()
        done_ms = self.now_ms
        sitting.insights.add(
            ("skip-assessment", frozenset([self.lesson_completed(sitting, lesson, attempt, start_ms)]))
        )
        self.logged_out(sitting)
        after_ms = self.now_ms
        if self.rng.random() < 0.5:
            self.now_ms = self.rng.randrange(done_ms, sitting.ended_ms)
            self.assessment_started(sitting, lesson, late=True)
            sitting.late_insights = set()
            self.now_ms = after_ms

    def assessment_started(self, sitting: Sitting, lesson: Json, *, late: bool = False) -> None:
        target: Json = {
            "id": f"{lesson['id']}/assessment",
            "type": "Assessment",
            "name": "Check",
            "isPartOf": lesson,
        }
        attempted = self._attempt(target["id"], self.now_ms)
        event = self._event("AssessmentEvent", "Started", object=target, generated=attempted)
        self.worth(self.emit(event, sitting, late=late), attempts=1)

    def idling(self) -> None:
        """Much time that the app calls inactive."""
        sitting = self.logged_in("idling", processInsights=True)
        assert sitting.id is not None
        self.step()
        seconds = self.rng.randrange(300, 900)
        items: list[Json] = [{"type": "inactive", "value": seconds}]  # more than lies behind the learner: no window
        event = self._report(sitting.id, self._lesson()["id"], "MATH-0", items)
        spent = self.emit(event, sitting, run=sitting.id)
        self.worth(spent, inactive=seconds)
        sitting.insights.add(("idling", frozenset([spent])))
        self.logged_out(sitting)

    def diligent(self) -> None:
        """A lesson and its assessment, in a session that asked for insights: there is nothing to tell."""
        sitting = self.logged_in("diligent", processInsights=True)
        start_ms = self.now_ms
        _, lesson, attempt = self.lesson_started(sitting)
        self.step()
        self.lesson_completed(sitting, lesson, attempt, start_ms)
        self.step()
        self.quiz(sitting, lesson=lesson)
        self.logged_out(sitting)

    def _timeback(self, kind: str, action: str, run: str, activity: str, course: str, **more: object) -> Json:
        return {
            "@context": V1P2,
            "id": self.urn(),
            "type": kind,
            "action": action,
            "profile": "TimebackProfile",
            "eventTime": clock(self.now_ms),
            "edApp": self.edapp,
            "session": run,
            "actor": {
                "id": self.pupil.id,
                "type": "TimebackUser",
                "email": f"{self.pupil.id[-12:]}@school.example.org",
            },
            "object": {
                "id": activity,
                "type": "TimebackActivityContext",
                "subject": "Math",
                "app": {"name": "Ratio Trainer"},
            },
            "extensions": {"runId": run.removeprefix("urn:uuid:"), "courseId": course},
            **more,
        }

    def time_spent(self, sitting: Sitting, run: str, activity: str, course: str, *, late: bool = False) -> None:
        """A report of the seconds since the last one. Some are told again by half: only what is new counts."""
        seconds = 2 * self.rng.randrange(1, max(2, self.idle_ms // 6000))
        start_ms = self.now_ms
        self.now_ms += seconds * 1000
        lazy = self.rng.randrange(3)
        items = [self._window("active", seconds, start_ms, self.now_ms), {"type": "inactive", "value": lazy}]
        event = self._report(run, activity, course, items)
        spent = self.emit(event, sitting, run=run, late=late)
        self.worth(spent, active=seconds, inactive=lazy)
        if not late and self.rng.random() < 0.3:
            middle_ms = start_ms + seconds * 500
            self.now_ms += seconds * 500
            again = self._report(run, activity, course, [self._window("active", seconds, middle_ms, self.now_ms)])
            self.worth(self.emit(again, sitting, run=run), active=seconds // 2)

    def _report(self, run: str, activity: str, course: str, items: list[Json]) -> Json:
        collection = {
            "id": f"https://app.example.org/metrics/{self.rng.getrandbits(48):012x}",
            "type": "TimebackTimeSpentMetricsCollection",
            "items": items,
        }
        return self._timeback("TimeSpentEvent", "SpentTime", run, activity, course, generated=collection)

    def _window(self, category: str, seconds: int, start_ms: int, end_ms: int) -> Json:
        return {"type": category, "value": seconds, "startDate": clock(start_ms), "endDate": clock(end_ms)}

    def activity_completed(self, sitting: Sitting, run: str, activity: str, course: str, attempt: int) -> None:
        xp, total, units = self.rng.randrange(5, 100), self.rng.randrange(5, 20), self.rng.randrange(3)
        right = self.rng.randrange(total + 1)
        collection: Json = {
            "id": f"https://app.example.org/metrics/{self.rng.getrandbits(48):012x}",
            "type": "TimebackActivityMetricsCollection",
            "attempt": attempt,
            "items": [
                {"type": "xpEarned", "value": xp},
                {"type": "totalQuestions", "value": total},
                {"type": "correctQuestions", "value": right},
                {"type": "masteredUnits", "value": units},
            ],
        }
        stated = self.rng.randrange(101) if self.rng.random() < 0.2 else None
        self.pupil.courses[course].add(units, stated)
        if stated is not None:
            collection["extensions"] = {"pctCompleteApp": stated}
        event = self._timeback("ActivityEvent", "Completed", run, activity, course, generated=collection)
        done = self.emit(event, sitting, run=run)
        self.worth(done, xpEarned=xp, totalQuestions=total, correctQuestions=right, masteredUnits=units, attempts=1)

    def run(self, sittings: int = 1) -> None:
        """A run of the SDK: its session bears its name, nobody logs in or out. Each sitting ends by itself."""
        run = self.urn()
        activity = f"https://app.example.org/activities/{self.pupil.id[-12:]}/lesson-{self.rng.randrange(4)}"
        course = f"MATH-{self.rng.randrange(5)}"
        sitting = self.sitting("run", run)
        for number in range(sittings):
            if number:
                sitting.earlier_ends_ms.append(sitting.ended_ms)
                self.absence()
            for _ in range(self.rng.randrange(1, 4)):
                self.time_spent(sitting, run, activity, course)
            self.step()
            if number == 0 and self.rng.random() < 0.4:  # of the same activity: the ActivityEvent is the better account
                self.grade(sitting, self._attempt(activity), "XP", self.rng.randrange(10, 200))
                self.now_ms += 100
            self.activity_completed(sitting, run, activity, course, number + 1)
        if self.rng.random() < 0.3:
            after_ms = self.now_ms
            self.now_ms = sitting.ended_ms + self.idle_ms // 5
            self.time_spent(sitting, run, activity, course, late=True)
            self.now_ms = max(after_ms, self.now_ms)

    def sitting_of_a_kind(self) -> None:
        kinds: dict[Callable[[], None], int] = {
            self.auto: 4,
            self.login: 3,
            self.abandoned_login: 3,
            self.superseded_login: 1,
            self.run: 4,
            self.run_in_two_sittings: 1,
            self.shopping: 1,
            self.skipped_assessment: 1,
            self.idling: 1,
            self.diligent: 1,
        }
        (make,) = self.rng.choices(list(kinds), weights=list(kinds.values()))
        make()

    def run_in_two_sittings(self) -> None:
        self.run(2)

    def day(self) -> None:
        for number in range(self.rng.randrange(2, 4)):
            if number:
                self.absence()
            self.sitting_of_a_kind()
        end_ms = self.now_ms
        if self.rng.random() < 0.3:
            self.something_late()
        self.now_ms = end_ms

    def something_late(self) -> None:
        """XP that is told after all sessions were closed: it joins the one it falls into, and moves no end."""
        sittings = [
            sitting for sitting in self.pupil.sittings if sitting.what in ("auto-attached", "abandoned login", "login")
        ]
        if sittings:
            sitting = self.rng.choice(sittings)
            self.late_moment(sitting, before=sitting.id is None, after=sitting.ended_by == "TimedOut")
            self.xp(sitting, late=True)
