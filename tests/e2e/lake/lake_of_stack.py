"""The lake of a running stack, as its operator has it: loaded now, and asked in SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from functions.lake.asking import answer, make_views
from functions.lake.opened_lake import Lake
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.lake.place import opened_lake, place_of
from functions.operate.operator import Operator, now_us
from functions.operate.progress import Progress
from infra.local.workspace import Workspace

RUNS = 20  # a load takes what fits one; of these tests one or two


class LakeOfStack:
    """`load` runs the function until the queue is empty; `opened` gives the tables to DuckDB."""

    def __init__(self, workspace: Workspace) -> None:
        connection = StackConnection.local(workspace.endpoint_file)
        self.operator = Operator(stack=None, clock=now_us, progress=Progress(quiet=True), connection=connection)
        self.place = place_of(self.operator)
        self._lambda = connection.client("lambda")

    def run(self, task: str = "feed") -> dict[str, Any]:
        """What one run says it did; it must succeed."""
        answered = self._lambda.invoke(FunctionName=self.place.function, Payload=orjson.dumps({"task": task}))
        said = answered["Payload"].read()
        assert "FunctionError" not in answered, said
        done: dict[str, Any] = orjson.loads(said)
        return done

    def load(self) -> None:
        """Load all that waits."""
        for _ in range(RUNS):
            done = self.run()
            if not done["messages"] and not done["learners"]:
                return
        raise AssertionError(f"the lake is not done after {RUNS} runs")

    def command(self, *words: str) -> None:
        """Run an operator's command on this stack; it must succeed."""
        assert main(words, connection=self.operator.connection) == 0

    @contextmanager
    def opened(self) -> Iterator["Tables"]:
        with opened_lake(self.operator) as lake:
            make_views(lake)
            yield Tables(lake)


class Tables:
    """The tables as they stood when they were opened."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of an answer, by name of column."""
        names, rows = answer(self._lake, sql)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def row(self, sql: str) -> Sequence[Any]:
        """The only row of an answer."""
        (row,) = answer(self._lake, sql)[1]
        return row
