"""`make sql` and `make lake` over moto: DuckDB for a stack at hand, Athena for one that is named."""

import json
from copy import replace
from io import BytesIO, StringIO
from typing import Any

import boto3
import orjson
import pytest
from moto.athena.models import QueryResults, athena_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from functions.lake.questions.named import questions
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.errors import LakeError
from functions.operate.lake.athena import Athena, price
from functions.operate.lake.place import Place
from tests.aws import REGION
from tests.connections import connection_to
from tests.lake_demonstration import PAGE, answers, with_answers
from tests.lake_world import ARCHIVE, DATABASE, TABLES, LakeWorld
from tests.payloads import Payloads

WORKGROUP = "caliper-lake"
ONE_A_TYPE = "SELECT type, count(*) AS events FROM events GROUP BY type ORDER BY type"


class Terminal:
    """Runs commands on the stack of a lake world and keeps what they print."""

    def __init__(self, world: LakeWorld, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.connection = connection_to(
            StackConnection,
            bucket=ARCHIVE,
            lake_bucket=TABLES,
            lake_queue_url=world.queue_url,
            lake_database=DATABASE,
            lake_workgroup=WORKGROUP,
            lake_function="lake",
        )

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What the command prints: its answer, and its words beside."""
        assert main(words, connection=self.connection) == code
        printed = self.capsys.readouterr()
        return printed.out, printed.err


@pytest.fixture
def world(world_over_moto: LakeWorld) -> LakeWorld:
    return world_over_moto


@pytest.fixture
def terminal(world: LakeWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv("STACK", raising=False)
    world.send(*Payloads(3).events(12, learners=2))
    world.feed()
    return Terminal(world, capsys)


def test_a_question_is_answered_as_text_csv_or_json(terminal: Terminal) -> None:
    csv_lines = terminal.run("sql", "--query", ONE_A_TYPE, "--format=csv")[0].splitlines()
    assert csv_lines[0] == "type,events"
    objects = [json.loads(line) for line in terminal.run("sql", "--query", ONE_A_TYPE, "--format=json")[0].splitlines()]
    assert [f"{row['type']},{row['events']}" for row in objects] == csv_lines[1:]
    assert sum(row["events"] for row in objects) == 12
    whole = orjson.loads(terminal.run("sql", "--query", ONE_A_TYPE, "--json")[0])
    assert whole == {"columns": ["type", "events"], "rows": [list(row.values()) for row in objects], "read_bytes": None}
    assert terminal.run("sql", "--query", ONE_A_TYPE)[0].splitlines()[1].startswith("---")


@pytest.mark.parametrize("name", sorted(questions()))
def test_each_question_that_ships_is_answered(terminal: Terminal, name: str) -> None:
    assert orjson.loads(terminal.run("sql", "--name", name, "--json")[0])["columns"]


def test_what_cannot_be_asked_is_said_with_what_can(terminal: Terminal) -> None:
    assert "DuckDB did not answer" in terminal.run("sql", "--query", "SELECT nothing FROM nowhere", code=2)[1]
    assert "xp_by_course" in terminal.run("sql", "--name=all_of_it", code=2)[1]
    assert "xp_by_course" in terminal.run("sql", "--name=list")[0]


def test_questions_that_are_typed_are_answered_until_the_end(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("SELECT 1\n AS one;\nSELECT wrong;\nSELECT 2 AS two"))
    answers, words = terminal.run("sql", "--format=csv")
    assert answers == "one\n1\ntwo\n2\n"
    assert "DuckDB did not answer" in words
    assert "Tables: events sessions" in words


def results(rows: list[list[str]]) -> None:
    """What moto's Athena answers to the next question."""
    columns = [{"CatalogName": "hive", "Name": name, "Type": "varchar"} for name in rows[0]]
    queue: list[Any] = athena_backends[DEFAULT_ACCOUNT_ID][REGION].query_results_queue
    data = [{"Data": [{"VarCharValue": value} if value else {} for value in row]} for row in rows]
    queue.append(QueryResults(rows=data, column_info=columns))


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> Any:
    monkeypatch.setenv("STACK", "Caliper")
    monkeypatch.setattr("functions.operate.lake.athena.POLL_SECONDS", 0)
    client = boto3.client("athena", region_name=REGION)
    client.create_work_group(Name=WORKGROUP)
    return client


def test_a_deployed_stack_is_asked_in_athena_and_its_price_is_said_first(athena: Any, terminal: Terminal) -> None:
    results([["type", "events"], ["GradeEvent", "7"], ["", "5"]])
    answered, words = terminal.run("sql", "--query", ONE_A_TYPE, "--format=csv")
    assert answered == "type,events\nGradeEvent,7\n,5\n"
    assert words.startswith("reads at most 0.000 GB: $0.00005\n")
    (query,) = athena.list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"]
    execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
    assert (execution["Query"], execution["QueryExecutionContext"]) == (ONE_A_TYPE, {"Database": DATABASE})


def test_a_question_that_may_read_too_much_is_not_asked(athena: Any, terminal: Terminal) -> None:
    words = terminal.run("sql", "--query", ONE_A_TYPE, "--most-gigabytes=0", code=2)[1]
    assert "over the limit of 0" in words
    assert athena.list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"] == []


class FailingAthena:
    """Takes a question, runs it for a while, and gives up."""

    def __init__(self) -> None:
        self.looks = 0

    def start_query_execution(self, **_: Any) -> Any:
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_: Any) -> Any:
        self.looks += 1
        status = {"State": "RUNNING"} if self.looks < 3 else {"State": "FAILED", "StateChangeReason": "bytes limit"}
        return {"QueryExecution": {"Status": status}}


def test_a_question_that_athena_gives_up_is_an_error_with_its_reason() -> None:
    paused: list[float] = []
    place = Place(bucket="", queue_url="", database="d", workgroup="w", function="f")
    with pytest.raises(LakeError, match="bytes limit"):
        Athena(FailingAthena(), place, pause=paused.append).ask("SELECT 1")
    assert paused == [1.0, 1.0]


def test_a_scan_costs_what_aws_lists_and_ten_megabytes_at_least() -> None:
    assert price(1_000_000_000_000) == 5.0
    assert price(0) == price(10_000_000) == pytest.approx(0.00005)


class Function:
    """The lake's function, which the emulator of the tests does not run."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer, self.tasks = answer, list[str]()

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803  boto3's names
        assert FunctionName == "lake"
        self.tasks.append(orjson.loads(Payload)["task"])
        return {
            "Payload": BytesIO(orjson.dumps(self.answer)),
            **({"FunctionError": "x"} if "error" in self.answer else {}),
        }


def test_days_are_asked_for_again_and_the_function_is_run(
    terminal: Terminal, world: LakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function({"messages": 1, "events": 0})
    clients = {"lambda": function}
    original = StackConnection.client
    monkeypatch.setattr(StackConnection, "client", lambda self, name: clients.get(name) or original(self, name))
    done = orjson.loads(terminal.run("lake", "--from=2026-03-02", "--json")[0])
    assert done == {"task": "feed", "asked_again": 1, "messages": 1, "events": 0}
    assert world.waiting() == 1
    world.feed()
    assert orjson.loads(terminal.run("lake", "--maintain", "--json")[0])["task"] == "maintain"
    assert function.tasks == ["feed", "maintain"]
    assert "FROM is missing" in terminal.run("lake", "--to=2026-03-02", code=2)[1]
    assert "TO is before FROM" in terminal.run("lake", "--from=2026-03-02", "--to=2026-03-01", code=2)[1]
    clients["lambda"] = Function({"error": "no memory"})
    assert "no memory" in terminal.run("lake", code=2)[1]


def test_a_stack_without_a_lake_says_how_to_get_one(terminal: Terminal) -> None:
    terminal.connection = replace(terminal.connection, lake_bucket="")
    assert "lake=true" in terminal.run("sql", "--query=SELECT 1", code=2)[1]


def test_the_page_shows_the_answers_on_the_demonstration_data() -> None:
    page = PAGE.read_text()
    assert page == with_answers(page, answers()), "run: .venv/bin/python -m tests.lake_demonstration"
