"""The progress of a long command, on standard error: a bar at a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

LINE_SECONDS = 10.0


class Advance(Protocol):
    def __call__(self, result: str, steps: int = 1, /) -> None: ...


class Progress:
    """Tells a person how far a command has come. Standard output stays free for the result."""

    def __init__(
        self, stream: TextIO | None = None, *, quiet: bool = False, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._seconds = seconds

    def note(self, text: str) -> None:
        """A line that is printed as it is."""
        if not self._quiet:
            print(text, file=self._stream, flush=True)

    @contextmanager
    def steps(self, name: str, total: int) -> Iterator[Advance]:
        """While `total` steps are done: call the function after each one, with its result in a few words, or after
        several with their number. Lines and bar say about how long the rest will take.
        """
        if self._quiet:
            yield lambda _text, _steps=1: None
        elif self._stream.isatty():
            with self._bar(name, total) as advance:
                yield advance
        else:
            yield self._lines(name, total)

    @contextmanager
    def _bar(self, name: str, total: int) -> Iterator[Advance]:
        # A requirement of developers, at whose terminals there is a bar; without it there are lines.
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar
        except ModuleNotFoundError:
            yield self._lines(name, total)
            return
        text = TextColumn("{task.fields[result]}", markup=False)
        columns = (TextColumn(name, markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), text)
        with Bar(*columns, console=Console(file=self._stream)) as bar:
            task = bar.add_task(name, total=total, result="")
            yield lambda result, steps=1: bar.update(task, advance=steps, result=result)

    def _lines(self, name: str, total: int) -> Advance:
        done = 0
        began_s = self._seconds()
        printed_s = float("-inf")

        def advance(result: str, steps: int = 1) -> None:
            nonlocal done, printed_s
            done += steps
            now_s = self._seconds()
            if done >= total or now_s - printed_s >= LINE_SECONDS:
                printed_s = now_s
                left_s = (now_s - began_s) / done * (total - done)
                rest = f"  {_duration(left_s)} left" if done < total and left_s >= 1 else ""
                self.note(f"{name}: {done} of {total}  {result}".rstrip() + rest)

        return advance


def _duration(seconds: float) -> str:
    for unit, unit_s in (("h", 3600), ("min", 60)):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds:.0f} s"
