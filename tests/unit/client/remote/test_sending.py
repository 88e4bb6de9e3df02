"""What becomes of what is sent: a line for each that was not accepted, the counts, and waiting until it is stored."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.client.remote.batches import Batch, RefusedDocument, SentItem
from functions.client.remote.connection import Refused
from functions.client.remote.sending import SendReport, send, summary, wait_until_stored
from functions.core.caliper.findings import Refusal


class Service:
    """Stands for a connection: gives one answer after the other, the last again and again."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, bytes]] = []
        self.waits: list[float] = []
        self.pause: Callable[[float], None] = self.waits.append

    def _next(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        self.requests.append((path, body))
        answer: tuple[int, dict[str, Any]] = self._next()
        return answer

    def get(self, path: str, **_: str) -> dict[str, Any]:
        self.requests.append((path, b""))
        return {"job": self._next()}


def batch(*lines: int) -> Batch:
    return Batch("urn:s", "2026-03-02T12:00:00Z", "v", [SentItem(b"{}", line) for line in lines])


def sent(service: Service, *batches: Batch | RefusedDocument) -> tuple[SendReport, list[str]]:
    report = SendReport()
    lines = list(send("a.json", batches, service, report))  # type: ignore[arg-type]
    return report, lines


def test_accepted_items_are_counted_with_their_warnings_and_jobs() -> None:
    warnings = [{"items": 2}, {}]
    service = Service((200, {"jobId": "j1", "warnings": warnings}), (200, {"jobId": "j2", "errors": None}))
    report, lines = sent(service, batch(1, 2), batch(3))
    assert report == SendReport(requests=2, accepted=3, warned=3, jobs=["j1", "j2"])
    assert lines == []
    assert report.good
    assert service.requests == [("/caliper/event", batch(1, 2).body), ("/caliper/event", batch(3).body)]


def test_each_rejected_item_is_told_with_its_line_and_reason() -> None:
    errors = [{"index": 1, "pointers": ["/object", ""], "message": "no"}, {"index": 0}]
    report, lines = sent(Service((207, {"jobId": "j", "errors": errors})), batch(3, 5, 8))
    assert lines == ["a.json:5: rejected /object, /: no", "a.json:3: rejected: "]
    assert report == SendReport(requests=1, accepted=1, rejected=2, jobs=["j"])
    assert not report.good


def test_a_request_of_which_nothing_was_accepted_is_not_waited_for() -> None:
    report, _ = sent(Service((400, {"jobId": "j", "errors": [{"index": 0}]})), batch(1))
    assert (report.jobs, report.accepted, report.rejected) == ([], 0, 1)


def test_a_request_that_is_refused_is_told_at_its_first_line_and_the_others_go_on() -> None:
    service = Service((413, {"message": "too large"}), (400, {}), (200, {"jobId": "j"}))
    report, lines = sent(service, batch(3, 4), batch(5), batch(6))
    assert lines == ["a.json:3: refused 413: too large", "a.json:5: refused 400: no reason was given"]
    assert report == SendReport(requests=3, accepted=1, refused=2, jobs=["j"])
    assert not report.good


def test_a_document_that_is_refused_is_not_sent_and_the_others_are() -> None:
    document = RefusedDocument(7, Refusal(400, "json", "no JSON"))
    service = Service((200, {"jobId": "j"}))
    report, lines = sent(service, document, batch(1))
    assert lines == ["a.json:7: not sent: no JSON"]
    assert report == SendReport(requests=1, accepted=1, refused=1, jobs=["j"])


def waited(service: Service, *jobs: str) -> tuple[SendReport, list[str]]:
    report = SendReport(jobs=list(jobs))
    return report, list(wait_until_stored(service, report))  # type: ignore[arg-type]


def test_it_waits_ever_longer_until_a_job_is_done() -> None:
    service = Service(*[{"state": "queued"}] * 8, {"state": "completed"})
    report, lines = waited(service, "j/1")
    assert lines == []
    assert report.good
    assert service.waits == pytest.approx([0.2, 0.3, 0.45, 0.675, 1.0125, 1.51875, 2.0, 2.0])
    assert service.requests[0] == ("/jobs/j%2F1/status", b"")


def test_jobs_that_failed_are_told_and_the_others_waited_for() -> None:
    failed: dict[str, Any] = {"state": "failed"}
    service = Service(failed | {"failedReason": "because"}, failed, {"state": "completed"})
    report, lines = waited(service, "a", "b", "c")
    assert lines == ["job a failed: because", "job b failed: no reason was given"]
    assert (report.failed, report.unfinished, report.good) == (2, 0, False)
    assert service.waits == []


def test_a_job_that_takes_too_long_is_told_and_left() -> None:
    service = Service({"state": "active"})
    report, lines = waited(service, "a", "b")
    assert lines == [f"job {job} is still active; GET /jobs/{job}/status says when it is stored" for job in "ab"]
    assert (report.failed, report.unfinished, report.good) == (0, 2, False)
    assert len(service.requests) == 120


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_may_not_ask_is_no_failure(status: int) -> None:
    service = Service(Refused(status, "scope"))
    report, lines = waited(service, "a", "b")
    assert (lines, report.unread, report.good, len(service.requests)) == ([], True, True, 1)


def test_any_other_refusal_is_let_out() -> None:
    with pytest.raises(Refused, match="404: no such job"):
        waited(Service(Refused(404, "no such job")), "a")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "0 accepted in 0 requests; nothing is stored"),
        ({"accepted": 2, "requests": 1, "jobs": ["j"]}, "2 accepted in 1 requests; all accepted items are stored"),
        ({"rejected": 2, "requests": 1}, "0 accepted, 2 rejected in 1 requests; nothing is stored"),
        ({"refused": 1, "rejected": 3}, "0 accepted, 3 rejected, 1 refused in 0 requests; nothing is stored"),
        ({"jobs": ["j"], "failed": 1}, "0 accepted in 0 requests; 1 jobs failed, 0 still on their way"),
        ({"jobs": ["j"], "unfinished": 2}, "0 accepted in 0 requests; 0 jobs failed, 2 still on their way"),
        (
            {"jobs": ["j"], "unread": True},
            "0 accepted in 0 requests; not waited for: this credential may send and not read",
        ),
    ],
)  # fmt: skip
def test_the_counts_are_said_in_words(said: dict[str, Any], words: str) -> None:
    assert summary(SendReport(**said)) == words


@pytest.mark.parametrize("count", ["rejected", "refused", "failed", "unfinished"])
def test_only_if_all_was_accepted_and_stored_it_is_good(count: str) -> None:
    assert SendReport(accepted=1, warned=1, requests=1, unread=True, jobs=["j"]).good
    report = SendReport(accepted=1, requests=1, jobs=["j"])
    setattr(report, count, 1)
    assert not report.good
