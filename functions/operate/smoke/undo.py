"""What a smoke run made, to be removed at its end: the last first, each whatever became of the others."""

from collections.abc import Callable

from functions.operate.smoke.report import Report, compared
from functions.store.errors import TRANSIENT


class Undo:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._steps: list[tuple[str, Callable[[], object]]] = []

    def later(self, what: str, step: Callable[[], object]) -> None:
        """Have `step` done at the end. Asked for before `what` is made, so that nothing is made and forgotten."""
        self._steps.append((what, step))

    def now(self) -> None:
        """Do every step. One that AWS refuses is a finding that says what is left behind."""
        while self._steps:
            what, step = self._steps.pop()
            try:
                step()
            except TRANSIENT as error:
                self._report.add(compared(f"{what} removed", "removed", f"left behind: {error}", holds=False))
