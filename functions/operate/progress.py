"""The progress of a long command, on standard error: a bar at a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

LINE_SECONDS = 10.0


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
    def steps(self, name: str, total: int) -> Iterator[Callable[[str], None]]:
        """While `total` steps are done: call the function after each one, with its result in a few words."""
        if self._quiet:
            yield lambda _text: None
        elif self._stream.isatty():
            with self._bar(name, total) as advance:
                yield advance
        else:
            yield self._lines(name, total)

    @contextmanager
    def _bar(self, name: str, total: int) -> Iterator[Callable[[str], None]]:
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
            yield lambda result: bar.update(task, advance=1, result=result)

    def _lines(self, name: str, total: int) -> Callable[[str], None]:
        done = 0
        printed_s = float("-inf")

        def advance(result: str) -> None:
            nonlocal done, printed_s
            done += 1
            if done == total or self._seconds() - printed_s >= LINE_SECONDS:
                printed_s = self._seconds()
                self.note(f"{name}: {done} of {total}  {result}".rstrip())

        return advance
