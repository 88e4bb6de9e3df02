"""Learners' timelines, made from a seed together with what they must add up to.

Each method of a maker lets a learner do one thing, and notes what it is worth. What belongs to one sitting follows
within the idle timeout, and sittings lie more than two of it apart, so every session is known without folding anything.
"""

import random
import uuid
from fractions import Fraction

from tests.e2e.outcome import Json, Pupil, Sitting, clock
from tests.payloads import V1P1

CANVAS = "https://canvas.example.org/"
READERS = ("https://reader.example.org/library", "https://reader.example.org/newspaper")
READERS_PATTERN = "https://reader.example.org/*"  # what only a pattern allows is an app of its own


class Maker:
    """Builds one pupil. `now_ms` is where their clock stands; `idle_ms` is the stack's idle timeout."""

    def __init__(self, pupil: Pupil, rng: random.Random, *, edapp: str, start_ms: int, idle_ms: int) -> None:
        self.pupil = pupil
        self.rng = rng
        self.edapp = edapp
        self.now_ms = start_ms
        self.idle_ms = idle_ms

    def urn(self) -> str:
        return f"urn:uuid:{uuid.UUID(int=self.rng.getrandbits(128), version=4)}"

    def step(self) -> None:
        """A moment later, well within the idle timeout."""
        self.now_ms += self.rng.randrange(self.idle_ms // 20, self.idle_ms // 3)

    def absence(self) -> None:
        """Away for more than two idle timeouts, with room for what comes late in between."""
        self.now_ms += int(self.idle_ms * self.rng.uniform(2.6, 4))

    def sitting(self, what: str, session: str | None, *, edapp: str = "", process_insights: bool = False) -> Sitting:
        """A session that begins with its first event."""
        sitting = Sitting(what=what, id=session, edapp=edapp or self.edapp, process_insights=process_insights)
        self.pupil.sittings.append(sitting)
        return sitting

    def emit(self, event: Json, sitting: Sitting, *, run: str = "", late: bool = False, ends: bool = False) -> str:
        """Keep an event of now as a member of `sitting`; its id. In time it is activity, unless it `ends` it."""
        name = str(event["id"])
        self.pupil.events[name] = event
        self.pupil.sitting_of[name] = sitting
        if run:
            self.pupil.run_of[name] = run
        if late:
            self.pupil.late.add(name)
        elif not ends:
            if not any(member is sitting for other, member in self.pupil.sitting_of.items() if other != name):
                sitting.started_ms = self.now_ms
            sitting.ended_ms = max(sitting.ended_ms, self.now_ms)
        return name

    def worth(self, event_id: str, **amounts: int | Fraction) -> None:
        self.pupil.credits += [(event_id, metric, Fraction(amount)) for metric, amount in amounts.items()]

    def day(self) -> None:
        """Live through the day, and leave the clock at its end."""
        raise NotImplementedError

    def late_moment(self, sitting: Sitting, *, before: bool = False, after: bool = False) -> None:
        """Put the clock inside a closed sitting, or a little before or after it."""
        near_ms = int(self.idle_ms * self.rng.uniform(0.1, 0.8))
        places = [self.rng.randrange(sitting.started_ms, sitting.ended_ms + 1)]
        places += [sitting.started_ms - near_ms] if before else []
        places += [sitting.ended_ms + near_ms] if after else []
        self.now_ms = self.rng.choice(places)


class CanvasMaker(Maker):
    """A learner of an LMS: every event names its session, and there is never a logout."""

    def day(self) -> None:
        for number in range(self.rng.randrange(1, 3)):
            if number:
                self.absence()
            sitting = self.sitting("Canvas session", f"urn:instructure:canvas:session:{self.rng.getrandbits(128):032x}")
            for _ in range(self.rng.randrange(2, 6)):
                self.emit(self._navigation(sitting), sitting)
                self.step()
        end_ms = self.now_ms
        if self.rng.random() < 0.3:
            sitting = self.rng.choice(self.pupil.sittings)
            self.late_moment(sitting, after=True)
            self.emit(self._navigation(sitting), sitting, late=True)
        self.now_ms = end_ms

    def _navigation(self, sitting: Sitting) -> Json:
        course = "urn:instructure:canvas:course:104"
        return {
            "@context": V1P1,
            "id": self.urn(),
            "type": "NavigationEvent",
            "actor": {"id": self.pupil.id, "type": "Person"},
            "action": "NavigatedTo",
            "object": {"id": f"{course}:page:{self.rng.randrange(400)}", "type": "WebPage", "name": "assignments"},
            "eventTime": clock(self.now_ms),
            "edApp": {"id": self.edapp, "type": "SoftwareApplication"},
            "group": {"id": course, "type": "CourseOffering"},
            "session": {"id": sitting.id, "type": "Session"},
        }


class ReaderMaker(Maker):
    """A learner of two reading tools that are apps of their own and name no sessions; they are used side by side."""

    def day(self) -> None:
        for number in range(self.rng.randrange(1, 3)):
            if number:
                self.absence()
            sittings = [self.sitting("reading", None, edapp=edapp) for edapp in READERS[: self.rng.randrange(1, 3)]]
            for _ in range(self.rng.randrange(1, 4)):
                for sitting in sittings:
                    self.emit(self._viewed(sitting), sitting)
                    self.step()
        end_ms = self.now_ms
        if self.rng.random() < 0.3:
            sitting = self.rng.choice(self.pupil.sittings)
            self.late_moment(sitting, before=True, after=True)
            self.emit(self._viewed(sitting), sitting, late=True)
        self.now_ms = end_ms

    def _viewed(self, sitting: Sitting) -> Json:
        return {
            "@context": V1P1,
            "id": self.urn(),
            "type": "ViewEvent",
            "actor": {"id": self.pupil.id, "type": "Person"},
            "action": "Viewed",
            "object": {"id": f"{sitting.edapp}/articles/{self.rng.randrange(900)}", "type": "DigitalResource"},
            "eventTime": clock(self.now_ms),
            "edApp": {"id": sitting.edapp, "type": "SoftwareApplication"},
        }
