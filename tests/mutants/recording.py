"""Which lines each test runs, recorded by `sys.monitoring`: a line is told once a test and then costs nothing."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from tests.mutants.areas import ROOT

_RECORDED = (f"{ROOT}/functions/", f"{ROOT}/infra/")
_TOOL = sys.monitoring.COVERAGE_ID


class Recorder:
    """`lines`: by path and line the numbers of the tests; -1 stands for what runs between them."""

    def __init__(self) -> None:
        self.tests: list[str] = []
        self.seconds: list[float] = []
        self.lines: defaultdict[str, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._current = -1

    def start(self) -> None:
        sys.monitoring.use_tool_id(_TOOL, "lines of tests")
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, self._note)
        sys.monitoring.register_callback(_TOOL, sys.monitoring.events.PY_START, self._note_start)
        sys.monitoring.set_events(_TOOL, sys.monitoring.events.LINE | sys.monitoring.events.PY_START)

    def _note(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(_RECORDED):
            self.lines[code.co_filename.removeprefix(f"{ROOT}/")][line].add(self._current)
        return sys.monitoring.DISABLE

    def _note_start(self, code: CodeType, _offset: int) -> object:
        """A lambda of one line tells of no line: its start stands for it."""
        return self._note(code, code.co_firstlineno) if code.co_name == "<lambda>" else sys.monitoring.DISABLE

    @contextmanager
    def recording(self, name: str) -> Iterator[None]:
        """While the test of that name runs."""
        self._current = len(self.tests)
        self.tests.append(name)
        sys.monitoring.restart_events()
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds.append(round(time.perf_counter() - began, 4))
            self._current = -1

    def as_json(self) -> dict[str, Any]:
        return {
            "tests": self.tests,
            "seconds": self.seconds,
            "lines": {
                path: {str(line): sorted(tests) for line, tests in lines.items()} for path, lines in self.lines.items()
            },
        }
