"""Many trials over one collection of tests: each in a child that has imported and collected everything already.

A plugin of pytest takes the place of its loop. So a trial costs its tests and nothing else.
"""

import signal
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.mutants import line_map
from tests.mutants.areas import ROOT, folders_of
from tests.mutants.children import in_child
from tests.mutants.in_place import apply, is_in_inner
from tests.mutants.line_map import FOLDER, QUICKLY, LineMap
from tests.mutants.mutations import Mutation
from tests.mutants.recording import Recorder
from tests.mutants.trial import Trial, chosen_tests, limit_of, outcome_of

RECORD_S = 300  # for one test file; what it recorded until then is lost
NOT_IN_PLACE = 9  # exit code
ENDLESS_S, ENDLESS_TIMES = 15, 8  # after so long, and so many times what it took without the fault, a test never ends


class Collected:
    """The tests of a session of pytest, by name and by file."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._by_name = {item.nodeid: item for item in session.items}
        self._by_file: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            self._by_file[item.nodeid.partition("::")[0]].append(item)

    def record(self, test_file: Path) -> bool:
        """Record which lines each test of a file runs; whether that could be done."""
        file = str(test_file.relative_to(ROOT))
        items = self._by_file[file]
        recorder, own = Recorder(), _OwnSeconds()

        def run() -> int:
            if "infra" in folders_of(test_file):
                self._session.config.pluginmanager.register(own)
            recorder.start()
            for item, following in zip(items, [*items[1:], None], strict=False):
                with recorder.recording(item.nodeid):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            recorder.seconds = [
                own.by_test.get(name, s) for name, s in zip(recorder.tests, recorder.seconds, strict=True)
            ]
            line_map.write(test_file, recorder)
            return 0

        return in_child(run, limit_s=RECORD_S, output=FOLDER / "record.log") == 0

    def attempt(self, mutation: Mutation, lines: LineMap) -> Trial | None:
        """Try a fault; None if it is not in a function, or in one that only imports call, or if it survives in one that
        may have been made before the fault was put in.
        """
        if not lines.is_run(mutation.path, mutation.line):
            return None
        names, seconds = chosen_tests(mutation, lines)
        items = [self._by_name[name] for name in names if name in self._by_name]
        if not items:
            return Trial(mutation=mutation, outcome="not run", tests=0)

        def run() -> int:
            if not apply(mutation):
                return NOT_IN_PLACE
            for item, following in zip(items, [*items[1:], None], strict=False):
                signal.alarm(round(ENDLESS_S + ENDLESS_TIMES * lines.seconds[item.nodeid]))  # ends this process
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._session.testsfailed:
                    return 1
            return 0

        code = in_child(run, limit_s=limit_of(seconds), output=FOLDER / "trial.log")
        if code == NOT_IN_PLACE or (outcome_of(code) == "survived" and is_in_inner(mutation)):
            return None
        return Trial(mutation=mutation, outcome=outcome_of(code), tests=len(items))


class _OwnSeconds:
    """A plugin of pytest: what each test takes by itself. The first one of a file waits for the template of all."""

    def __init__(self) -> None:
        self.by_test: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.by_test[report.nodeid] = round(report.duration, 4)


class _InPlaceOfTheLoop:
    def __init__(self, action: Callable[[Collected], None]) -> None:
        self._action = action

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._action(Collected(session))
        return True


def with_collected(files: Sequence[Path], action: Callable[[Collected], None]) -> int:
    """Collect these files, and do `action` with their tests; the exit code of pytest."""
    names = [str(file.relative_to(ROOT)) for file in files]
    return int(pytest.main([*QUICKLY, "-x", *names], plugins=[_InPlaceOfTheLoop(action)]))
