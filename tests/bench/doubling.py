"""How the work of the core grows when its facts double: counted in lines, jumps and calls, not by a clock."""

from collections.abc import Callable, Iterator

from functions.core.insights import detect as insights
from functions.core.numbers.runs import fold_run
from functions.core.sessions.fold import fold
from functions.core.sessions.records import subject_of
from functions.core.timeline.entry import Entry
from tests.bench.measure import Figure
from tests.unit.core.numbers.test_linear import gaps_and_windows, parents_of_one
from tests.unit.core.sessions import test_linear as sessions
from tests.unit.core.sessions.test_linear import steps_of
from tests.unit.core.sessions.timelines import LEARNER, SCOPE, logged_in, only

FACTS = 2_000

type Work = Callable[[int], Callable[[], object]]


def of_sessions(shape: Callable[[int], list[Entry]]) -> Work:
    def work(facts: int) -> Callable[[], object]:
        entries = shape(facts // 2)
        return lambda: fold(entries, SCOPE)

    return work


def of_grades(facts: int) -> Callable[[], object]:
    entries = parents_of_one(facts)
    return lambda: fold_run(entries)


def of_insights(facts: int) -> Callable[[], object]:
    sitting = only(logged_in("9:00", flags={"processInsights": True}), *gaps_and_windows(facts // 10))
    session = subject_of(sitting, learner=LEARNER)
    return lambda: insights.fold(session)


WORK: dict[str, Work] = {
    "named_sessions_and_auto_events": of_sessions(sessions.named_and_auto),
    "parents_of_one_item": of_grades,
    "pauses_and_windows_of_time": of_insights,
    "published_sittings": of_sessions(sessions.published),
    "facts_of_the_future": of_sessions(sessions.of_the_future),
    "apps_and_published_sittings": of_sessions(sessions.of_many_apps),
}


def ratio(work: Work, facts: int = FACTS) -> float:
    """The steps for twice the facts, against those for the facts."""
    steps_of(work(facts))  # caches
    return steps_of(work(2 * facts)) / steps_of(work(facts))


def figures() -> Iterator[Figure]:
    ratios = {name: ratio(work) for name, work in WORK.items()}
    for name, value in ratios.items():
        yield Figure(f"core_doubling_ratio:{name}", value, "× the steps for twice the facts")
    yield Figure("core_doubling_ratio_max", max(ratios.values()), "the most of them")
