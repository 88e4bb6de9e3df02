"""One fault, and whether the tests that run its line notice it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.mutants.children import run_pytest
from tests.mutants.line_map import FOLDER, QUICKLY, LineMap
from tests.mutants.mutations import Mutation
from tests.mutants.place import put

MOST_SECONDS = 60.0  # of tests for one fault; those beyond are left out, the slowest first
FAILED = (1, 2)  # pytest: tests failed; collection was interrupted, because a module could not be imported

Outcome = Literal["noticed", "too slow", "survived", "not run", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`tests`: how many were to run. `broken`: pytest itself could not run."""

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


def attempt(mutation: Mutation, lines: LineMap) -> Trial:
    """Run the tests of its line, the quickest first, until one notices it."""
    chosen: list[str] = []
    seconds = 0.0
    for name in lines.tests_of(mutation.path, mutation.line):
        seconds += lines.seconds[name]
        if seconds > MOST_SECONDS and chosen:
            break
        chosen.append(name)
    if not chosen:
        return Trial(mutation=mutation, outcome="not run", tests=0)
    files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))
    code = run_pytest(
        [*QUICKLY, "-x", *files],
        plugins=[_Chosen(chosen)],
        before=lambda: put(mutation),
        after=lambda: None,
        limit_s=30 + 5 * seconds,
        output=FOLDER / "trial.log",
    )
    return Trial(mutation=mutation, outcome=_outcome(code), tests=len(chosen))


def _outcome(code: int | None) -> Outcome:
    if code is None:
        return "too slow"
    if code in FAILED:
        return "noticed"
    return "survived" if code == 0 else "broken"
