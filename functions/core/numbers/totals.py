"""Credits added up: the numbers of a run, a session or a day as one value, and totals by quarter hour.

Made by `runs`, frozen by `timeout` with a session, read by `query`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct, field

from functions.core.numbers.metrics import Credit, as_number
from functions.core.numbers.time_spent import CATEGORIES
from functions.core.timeline.course import app_name_of, subject_of
from functions.core.timeline.entry import Entry
from functions.core.times import format_time, quarter_of

type Json = dict[str, object]

COUNTS = ("xpEarned", "totalQuestions", "correctQuestions", "masteredUnits", "attempts")


class RunNumbers(Struct, frozen=True, kw_only=True):
    """`totals` by metric: seconds per category, xpEarned, totalQuestions, correctQuestions, masteredUnits,
    attempts; exactly as the credits add up.

    `first_us` and `last_us` are of activity: without LoggedOut, TimedOut, and events dated in the future.
    `sessions` are those touched. `conflicts`: how many ids among the events were sent with other content too.
    `part`: these are the numbers of a part (a day), in which a correction of another day's work may be negative.
    """

    totals: Mapping[str, Fraction] = field(default_factory=dict)
    events: int = 0
    first_us: int | None = None
    last_us: int | None = None
    sessions: tuple[str, ...] = ()
    conflicts: int = 0
    part: bool = False

    def total(self, metric: str) -> Fraction:
        """As the credits add up."""
        return self.totals.get(metric, Fraction(0))

    def answered(self, metric: str) -> Fraction:
        """As it is answered: of a whole never below zero, and never more correct questions than questions."""
        total = self.total(metric)
        if self.part:
            return total
        if metric == "correctQuestions":
            total = min(total, self.answered("totalQuestions"))
        return max(total, Fraction(0))

    @property
    def accuracy(self) -> float | None:
        """Correct of all questions, 0 to 1; None if there were none."""
        questions = self.total("totalQuestions")
        if questions <= 0:
            return None
        return float(min(max(self.total("correctQuestions") / questions, Fraction(0)), Fraction(1)))

    def as_dict(self) -> Json:
        """Ready for JSON. Every number is always there."""
        counts = {metric: as_number(self.answered(metric)) for metric in COUNTS}
        return {
            "seconds": {category: as_number(self.answered(category)) for category in CATEGORIES},
            "xpEarned": counts["xpEarned"],
            "totalQuestions": counts["totalQuestions"],
            "correctQuestions": counts["correctQuestions"],
            "accuracy": self.accuracy,
            "masteredUnits": counts["masteredUnits"],
            "attempts": counts["attempts"],
            "events": self.events,
            "firstActivityTime": None if self.first_us is None else format_time(self.first_us),
            "lastActivityTime": None if self.last_us is None else format_time(self.last_us),
            "sessions": list(self.sessions),
            "conflicts": self.conflicts,
        }


class Place(NamedTuple):
    """Where a quarter hour's totals are kept: when (its start, UTC), and what the learner worked on.

    `app` is the edApp's id, else the name of the app that the activity states (TimeBack's SDK sends no edApp).
    """

    quarter_us: int
    course: str | None
    app: str | None
    subject: str | None
    run: str | None


def app_of(entry: Entry) -> str | None:
    """The app of a place."""
    return entry.attribution.edapp or app_name_of(entry.event)


def added_up(credited: Iterable[Credit]) -> dict[str, Fraction]:
    """Totals by metric."""
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for credit in credited:
        totals[credit.metric] += credit.amount
    return dict(totals)


def by_quarter(credited: Iterable[Credit]) -> dict[Place, dict[str, Fraction]]:
    """Totals by quarter hour of UTC, course, app, subject and run. Any time zone's day is a sum of them."""
    places: dict[Place, list[Credit]] = defaultdict(list)
    about: dict[str, tuple[str | None, str | None, str | None]] = {}  # reading these costs more than all the rest
    for credit in credited:
        entry = credit.entry
        known = about.get(entry.content)
        if known is None:
            known = about[entry.content] = (entry.attribution.course, app_of(entry), subject_of(entry.event))
        course, app, subject = known
        said = entry.attribution
        places[Place(quarter_of(credit.time_us), course, app, subject, said.run)].append(credit)
    return {place: added_up(own) for place, own in sorted(places.items(), key=_in_order)}


def _in_order(item: tuple[Place, object]) -> tuple[int, tuple[str, ...]]:
    place = item[0]
    return place.quarter_us, tuple(name or "" for name in place[1:])
