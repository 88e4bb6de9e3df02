"""A question to the lake from a terminal: what it may cost, who is asked, and how the answer is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

from functions.operate.__main__ import build_parser
from functions.operate.connection import StackConnection
from functions.operate.errors import LakeError, StackError
from functions.operate.lake import asking
from functions.operate.lake.answer_text import WIDEST, cell, written
from functions.operate.lake.asking import answer_question, typed
from functions.operate.lake.athena import Athena, AthenaAnswer
from functions.operate.lake.place import Place, place_of
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.progress import Progress
from tests.connections import connection_to

PLACE = Place(bucket="tables", queue_url="https://inbox", database="d", workgroup="w", function="f")


class Queries:
    """Athena: one query that runs for a while, and an answer in two pages."""

    def __init__(self, *states: str, statistics: dict[str, Any] | None = None) -> None:
        self.states, self.statistics = list(states), statistics
        self.requests: list[dict[str, Any]] = []

    def start_query_execution(self, **request: Any) -> Any:
        self.requests.append(request)
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **request: Any) -> Any:
        assert request == {"QueryExecutionId": "q"}
        execution: dict[str, Any] = {"Status": {"State": self.states.pop(0)}}
        return {"QueryExecution": execution | ({"Statistics": self.statistics} if self.statistics else {})}

    def get_paginator(self, name: str) -> Any:
        assert name == "get_query_results"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **request: Any) -> Iterator[Any]:
        assert request == {"QueryExecutionId": "q"}
        columns = {"ColumnInfo": [{"Name": "type"}, {"Name": "n"}]}
        for rows in ([["type", "n"], ["A", "1"]], [["", "2"]]):
            data = [{"Data": [{"VarCharValue": text} if text else {} for text in row]} for row in rows]
            yield {"ResultSet": {"ResultSetMetadata": columns, "Rows": data}}


def test_athena_is_asked_in_its_workgroup_and_waited_for() -> None:
    queries, paused = Queries("QUEUED", "RUNNING", "SUCCEEDED", statistics={"DataScannedInBytes": 7}), list[float]()
    answer = Athena(queries, PLACE, pause=paused.append).ask("SELECT 1")
    assert answer == AthenaAnswer(["type", "n"], [["A", "1"], [None, "2"]], 7)
    assert queries.requests == [
        {"QueryString": "SELECT 1", "QueryExecutionContext": {"Database": "d"}, "WorkGroup": "w"}
    ]
    assert paused == [1.0, 1.0]
    assert Athena(Queries("SUCCEEDED"), PLACE).ask("SELECT 1").read_bytes == 0


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_query_that_ends_without_an_answer_is_told_by_its_state(state: str) -> None:
    with pytest.raises(LakeError, match=f"Athena did not answer: {state}"):
        Athena(Queries(state), PLACE).ask("SELECT 1")


def test_a_stack_without_a_lake_has_no_place() -> None:
    known = {"lake_queue_url": "https://inbox", "lake_database": "d", "lake_workgroup": "w", "lake_function": "f"}
    with_lake: Any = SimpleNamespace(connection=connection_to(StackConnection, lake_bucket="tables", **known))
    assert place_of(with_lake) == PLACE
    with pytest.raises(StackError, match="lake=true"):
        place_of(SimpleNamespace(connection=connection_to(StackConnection, **known)))  # type: ignore[arg-type]


class Refused(Exception):
    """What DuckDB raises."""


class Desk:
    """An operator of a deployed or local stack, whose lake answers as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, stack: str | None, size: int = 0, read: int = 0) -> None:
        self.stream, self.questions = StringIO(), list[str]()
        connection: Any = SimpleNamespace(
            **{
                f"lake_{name}": getattr(PLACE, name)
                for name in ("bucket", "queue_url", "database", "workgroup", "function")
            },
            client=lambda _service: Queries("SUCCEEDED", statistics={"DataScannedInBytes": read}),
        )
        self.operator = Operator(stack=stack, clock=lambda: 0, progress=Progress(self.stream), connection=connection)
        lake = SimpleNamespace(errors=(Refused,))

        @contextmanager
        def opened(_operator: Operator) -> Iterator[Any]:
            yield lake

        def answered(of_lake: Any, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
            assert of_lake is lake
            self.questions.append(sql)
            if "wrong" in sql:
                raise Refused("no such table")
            return ["day", "n"], [(date(2026, 1, 27), 1), (None, 2)]

        monkeypatch.setattr(asking, "opened_lake", opened)
        monkeypatch.setattr(asking, "make_views", lambda _lake: None)
        monkeypatch.setattr(asking, "answer", answered)
        monkeypatch.setattr(asking, "bytes_at_most", lambda _lake, _sql: size)

    def ask(self, *words: str) -> Outcome:
        return answer_question(self.operator, build_parser().parse_args(["sql", *words]))


def test_a_local_stack_answers_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(monkeypatch, stack=None)
    said = desk.ask("--query", "SELECT 1", "--format", "csv")
    assert said.text == "day,n\n2026-01-27,1\n,2"
    assert said.data == {"columns": ["day", "n"], "rows": [["2026-01-27", 1], [None, 2]], "read_bytes": None}
    assert desk.stream.getvalue() == ""
    with pytest.raises(LakeError, match="DuckDB did not answer: no such table"):
        desk.ask("--query", "wrong")


def test_a_deployed_stack_says_the_price_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(monkeypatch, stack="Caliper", size=2_500_000_000, read=1_250_000_000)
    said = desk.ask("--query", "SELECT 1", "--most-gigabytes", "2.5", "--format", "csv")
    assert desk.stream.getvalue().splitlines() == [
        "reads at most 2.500 GB: $0.01250",
        "read 1.250 GB: $0.00625",
    ]
    assert (said.text, said.data["read_bytes"], desk.questions) == ("type,n\nA,1\n,2", 1_250_000_000, [])
    with pytest.raises(LakeError, match=r"hold 2\.5 GB, over the limit of 2\.4: raise it"):
        desk.ask("--query", "SELECT 1", "--most-gigabytes", "2.4")


def test_the_questions_that_ship_are_listed_and_asked_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(monkeypatch, stack=None)
    listed = desk.ask("--name", "list")
    named: dict[str, str] = listed.data["questions"]
    assert listed.text.splitlines() == [f"{name:32} {title}" for name, title in named.items()]
    assert desk.questions == []
    desk.ask("--name", next(iter(named)))
    assert desk.questions[0].upper().lstrip().startswith(("SELECT", "WITH"))
    with pytest.raises(LakeError, match=f"There is no question nothing. These ship: {', '.join(named)}"):
        desk.ask("--name", "nothing")


def test_typed_questions_are_answered_one_by_one_whatever_became_of_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(monkeypatch, stack=None)
    monkeypatch.setattr("sys.stdin", StringIO("SELECT 1;\nwrong;\nSELECT\n 2 ;\n\n"))
    said = desk.ask("--format", "csv")
    assert (said.data, said.text) == ({"answered": 2}, "")
    assert capsys.readouterr().out == "day,n\n2026-01-27,1\n,2\n" * 2
    first, refusal = desk.stream.getvalue().splitlines()
    assert first.startswith("Tables: events ")
    assert refusal == "DuckDB did not answer: no such table"
    assert desk.questions == ["SELECT 1", "wrong", "SELECT\n 2 "]


def test_a_question_ends_with_a_semicolon_at_the_end_of_a_line_or_with_the_last_line() -> None:
    assert list(typed(StringIO("a; b\nc;  \n;\nd\n"))) == ["a; b\nc", "", "d\n"]
    assert list(typed(StringIO(" \n"))) == []


ROWS = [("a", 1, None), ("b" * 70, 22, datetime(2026, 1, 27, 10, tzinfo=UTC)), ("=1", None, [1, {"k": "v"}])]


def test_an_answer_is_a_table_with_numbers_to_the_right() -> None:
    lines = written(["name", "n", "more"], ROWS, "table").splitlines()
    assert lines == [
        f"{'name':<60}   n  more",
        f"{'-' * 60}  --  {'-' * 25}",
        f"{'a':<60}   1",
        f"{'b' * 59}…  22  2026-01-27T10:00:00+00:00",
        f'{"=1":<60}      [1,{{"k":"v"}}]',
    ]
    assert WIDEST == 60
    assert written(["a"], [("b" * 60,)], "table").splitlines()[2] == "b" * 60
    assert written(["n"], [], "table") == "n\n-\n"


def test_an_answer_is_csv_without_formulas_or_json_line_by_line() -> None:
    assert written(["name", "n", "more"], ROWS[::2], "csv").splitlines() == [
        "name,n,more",
        "a,1,",
        '\'=1,,"[1,{""k"":""v""}]"',
    ]
    assert written(["n", "at"], [(1, date(2026, 1, 27)), (None, None)], "json").splitlines() == [
        '{"n":1,"at":"2026-01-27"}',
        '{"n":null,"at":null}',
    ]
    assert [cell(value) for value in (None, 1.5, {"k": 1}, True)] == ["", "1.5", '{"k":1}', "True"]
