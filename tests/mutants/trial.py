"""One fault, and whether the tests that run its line notice it."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.mutants.children import in_child
from tests.mutants.line_map import FOLDER, QUICKLY, LineMap
from tests.mutants.mutations import Mutation
from tests.mutants.place import put

MOST_SECONDS = 30.0  # of tests for one fault; those beyond are left out
MOST_TESTS = 300  # in a process that must collect their files
TEMPLATES_SECONDS = 300.0  # until the templates that tests of the infrastructure share are built
SLOW_SECONDS = 5.0  # of one test: left out, unless it is the only one
# pytest: tests failed; collection was interrupted, because a module could not be imported; nor could a conftest.
FAILED = (1, 2, 4)

Outcome = Literal["noticed", "too slow", "survived", "not run", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`tests`: how many were to run. `broken`: they could not be run."""

    mutation: Mutation
    outcome: Outcome
    tests: int

    @property
    def is_survivor(self) -> bool:
        return self.outcome in ("survived", "not run", "broken")


class _Chosen:
    """A plugin of pytest: these tests in this order, and no others of their files."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: place for place, name in enumerate(names)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place), key=lambda item: self._place[item.nodeid]
        )


def chosen_tests(mutation: Mutation, lines: LineMap) -> tuple[list[str], float]:
    """The tests to run, in this order, and the seconds that they take."""
    chosen: list[str] = []
    seconds = 0.0
    for name in lines.tests_of(mutation.path, mutation.line):
        if chosen and (lines.seconds[name] > SLOW_SECONDS or seconds + lines.seconds[name] > MOST_SECONDS):
            continue
        seconds += lines.seconds[name]
        chosen.append(name)
    return chosen, seconds


def attempt(mutation: Mutation, lines: LineMap) -> Trial:
    """Run the tests in a process that has imported nothing of ours before."""
    chosen, seconds = chosen_tests(mutation, lines)
    if not chosen:
        return Trial(mutation=mutation, outcome="not run", tests=0)
    del chosen[MOST_TESTS:]
    files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))

    def run() -> int:
        put(mutation)
        return int(pytest.main([*QUICKLY, "-x", *files], plugins=[_Chosen(chosen)]))

    waited_for = TEMPLATES_SECONDS if mutation.path.startswith("infra/") else 30
    code = in_child(run, limit_s=limit_of(seconds) + waited_for, output=FOLDER / "trial.log")
    return Trial(mutation=mutation, outcome=outcome_of(code), tests=len(chosen))


def limit_of(seconds: float) -> float:
    """After how many seconds tests that take `seconds` are taken to run for ever."""
    return 20 + 5 * seconds


def outcome_of(code: int | None) -> Outcome:
    if code in (None, -signal.SIGALRM):
        return "too slow"
    if code in FAILED:
        return "noticed"
    return "survived" if code == 0 else "broken"
