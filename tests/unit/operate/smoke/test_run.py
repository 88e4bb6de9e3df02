"""A run: every check is done whatever became of the others, no secret is printed, and nothing stays behind."""

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.errors import StackError
from functions.operate.smoke import command
from functions.operate.smoke.deployment import deployment_of
from functions.operate.smoke.report import Finding, Report, compared, skipped
from functions.operate.smoke.run import CHECKS, findings
from functions.operate.smoke.trial import Trial
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import HttpWeb, NoAnswer
from tests.unit.operate.smoke.aws import answered, refusal, trial_of
from tests.unit.operate.smoke.clients import Pages


def test_a_report_counts_and_prints_a_line_each() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    report.add(compared("two", 2, 2))
    report.add(compared("three", 3, 4))
    report.add(skipped("four", 4, "not here"))
    report.add(compared("five", 5, ""))
    assert lines == [
        f"ok       {'two':<46}  {'2':<34}  2",
        f"FAIL     {'three':<46}  {'3':<34}  4",
        f"skipped  {'four':<46}  {'4':<34}  not here",
        f"FAIL     {'five':<46}  5",
    ]
    assert report.counts == {"ok": 1, "FAIL": 2, "skipped": 1}
    assert report.as_dict() == {
        "passed": False,
        "findings": [
            {"status": "ok", "what": "two", "expected": "2", "got": "2"},
            {"status": "FAIL", "what": "three", "expected": "3", "got": "4"},
            {"status": "skipped", "what": "four", "expected": "4", "got": "not here"},
            {"status": "FAIL", "what": "five", "expected": "5", "got": ""},
        ],
    }


def test_no_secret_is_in_a_line_whatever_brought_it_there() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    report.conceal("ck_key", "ck_key-and-more", "")
    report.add(compared("POST /k/ck_key", "200", "500\nck_key-and-more"))
    (line,) = lines
    assert line.split() == ["FAIL", "POST", "/k/(secret)", "200", "500", "(secret)"]


def test_a_token_that_came_is_concealed_before_it_can_be_shown() -> None:
    trial = trial_of({"POST /oauth2/token": answered(200, access_token="the-token")})
    assert trial.token() == "the-token"
    assert trial.report.redacted("got the-token") == "got (secret)"


@pytest.mark.parametrize("error", [refusal("AccessDenied"), NoAnswer("timed out"), StackError("no output BusName")])
def test_a_check_that_cannot_be_done_is_a_failure_after_what_it_found(error: Exception) -> None:
    def broken(_trial: Trial) -> Iterator[Finding]:
        yield compared("first", 1, 1)
        raise error

    first, second = findings("broken", broken, trial_of())
    assert (first.status, second.status, second.what) == ("ok", "FAIL", "broken")


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_stack() -> None:
    def wrong(_trial: Trial) -> Iterator[Finding]:
        yield compared("one", 1, 1 // 0)

    with pytest.raises(ZeroDivisionError):
        list(findings("wrong", wrong, trial_of()))


def test_the_last_check_is_the_one_that_makes_the_key_worthless() -> None:
    assert CHECKS[-1][0] == "revocation"


def test_what_was_made_last_is_removed_first_and_each_whatever_became_of_the_others() -> None:
    lines: list[str] = []
    report = Report(lines.append)
    undo, done = Undo(report), list[str]()

    def refused() -> None:
        raise refusal("AccessDenied")

    undo.later("queue", lambda: done.append("queue"))
    undo.later("rule", refused)
    undo.later("client", lambda: done.append("client"))
    undo.now()
    undo.now()
    assert done == ["client", "queue"]
    (line,) = lines
    assert line.startswith("FAIL     rule removed")
    assert "left behind" in line


def stacks(*tables: str) -> Any:
    page = {
        "Stacks": [
            {
                "StackName": f"Stack{n}",
                "StackStatus": "CREATE_COMPLETE",
                "Outputs": [{"OutputKey": "TableName", "OutputValue": table}],
            }
            for n, table in enumerate(tables)
        ],
        "StackResourceSummaries": [
            {"ResourceType": "AWS::Lambda::Function", "LogicalResourceId": "A", "PhysicalResourceId": "a"}
        ],
    }
    return Pages(page)


def test_a_stack_is_known_by_its_table() -> None:
    deployment = deployment_of(stacks("one", "two"), table="two")
    assert deployment.name == "Stack1"
    assert deployment.physical_id("AWS::Lambda::Function", "A") == "a"


def test_a_stack_that_lacks_something_is_refused_with_what_to_do() -> None:
    deployment = deployment_of(stacks("one"), table="one")
    with pytest.raises(StackError, match="no output BusName: deploy this version"):
        deployment.output("BusName")
    with pytest.raises(StackError, match="no AWS::CloudWatch::Alarm called DeadLetters"):
        deployment.physical_id("AWS::CloudWatch::Alarm", "DeadLetters")
    with pytest.raises(StackError, match="No stack has the table three"):
        deployment_of(stacks("one"), table="three")


def test_an_address_that_holds_a_key_is_in_no_error_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise urllib3.exceptions.ProtocolError("/k/ck_key")

    monkeypatch.setattr(urllib3.PoolManager, "request", refused)
    with pytest.raises(NoAnswer) as caught:
        HttpWeb()("GET", "http://127.0.0.1:1/k/ck_key")
    assert str(caught.value) == "ProtocolError"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("passed", "status"), [(True, 0), (False, 1)])
def test_the_command_ends_with_1_if_a_check_failed(monkeypatch: pytest.MonkeyPatch, passed: bool, status: int) -> None:
    parameters: dict[str, Any] = {}

    def ran(_connection: StackConnection, **options: Any) -> Report:
        parameters.update(options)
        report = Report(lambda _line: None)
        report.add(compared("one", 1, 1 if passed else 2))
        return report

    monkeypatch.setattr(command, "run", ran)
    monkeypatch.setattr(StackConnection, "deployed", lambda name: trial_of().connection)
    assert main(["smoke", "--stack", "Caliper", "--wait"]) == status
    assert (parameters["stack"], parameters["wait_for_timed_out"]) == ("Caliper", True)


def test_the_command_ends_with_2_if_there_is_no_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["smoke", "--local"]) == 2
    assert "make up" in capsys.readouterr().err
