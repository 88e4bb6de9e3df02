"""`caliper send`, `play`, `tail` and `get`, against the double."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from functions.client.__main__ import main
from functions.client.double.apps import ServedApp
from functions.client.double.request import HttpRequest
from functions.client.double.server import DoubleServer
from functions.client.double.service import Double, app_of
from functions.client.remote.batches import MOST_ITEMS, Batch, batches_of
from functions.client.remote.connection import ATTEMPTS, Connection, Credential, NoAnswer, Refused, Reply
from functions.client.remote.playing import due, shifted, timed
from functions.client.remote.sending import SendReport, send, summary, wait_until_stored
from functions.client.remote.tailing import Tail
from functions.client.validating.payload import Payload
from functions.core.times import MINUTE_US, format_time, parse_time
from tests.payloads import V1P2, Json, Payloads

NOW = "2026-03-02T12:00:00Z"
NOON_US = parse_time(NOW) or 0
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"


class Transport:
    """Requests go to a double in this process; `faults` come first, instead of an answer."""

    def __init__(self, double: Double, *faults: Reply | OSError) -> None:
        self.double = double
        self.faults = list(faults)
        self.requests: list[tuple[str, str, bytes | None]] = []

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.requests.append((method, url, body))
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, OSError):
                raise fault
            return fault
        target = "/" + url.split("/", 3)[3]
        lower = {name.lower(): value for name, value in headers.items()}
        answer = self.double.answer(HttpRequest(method=method, target=target, headers=lower, body=body or b""))
        return answer["statusCode"], answer["headers"], answer["body"].encode()


@pytest.fixture
def double() -> Double:
    return Double()


def connected(
    transport: Transport, waits: list[float] | None = None, credential: Credential | None = None
) -> Connection:
    waits = [] if waits is None else waits
    return Connection("http://double", credential or Credential("key"), transport=transport, pause=waits.append)


def events(count: int, **changes: Any) -> list[Json]:
    payloads = Payloads(3)
    return [
        payloads.question_started(STUDENT) | {"eventTime": format_time(NOON_US + number * MINUTE_US)} | changes
        for number in range(count)
    ]


def ndjson(items: list[Json]) -> Payload:
    return Payload("events.ndjson", b"".join(json.dumps(item).encode() + b"\n" for item in items))


def enveloped(*items: Json) -> Json:
    return {"sensor": "https://a.example.org", "sendTime": NOW, "dataVersion": V1P2, "data": list(items)}


def stored(double: Double) -> list[bytes]:
    return [item.raw for message in double.lambdas.archive.messages() for item in message.items if item.kind == "event"]


def all_sent(payload: Payload, connection: Connection) -> tuple[SendReport, list[str]]:
    report = SendReport()
    lines = list(send(payload.name, batches_of(payload, now=NOW), connection, report))
    return report, [*lines, *wait_until_stored(connection, report)]


def test_events_of_a_file_are_stored_byte_for_byte_in_envelopes_of_a_hundred(double: Double) -> None:
    payload, transport = ndjson(events(250)), Transport(double)
    report, lines = all_sent(payload, connected(transport))
    assert (report.requests, report.accepted, lines) == (3, 250, [])
    assert sorted(stored(double)) == sorted(payload.text.splitlines())
    assert summary(report) == "250 accepted in 3 requests; all accepted items are stored"


def test_an_envelope_keeps_its_sensor_its_times_and_its_version(double: Double) -> None:
    payload = Payload("a.json", json.dumps([enveloped(*events(150)), enveloped(*events(1))]).encode())
    batches = [batch for batch in batches_of(payload, now="never") if isinstance(batch, Batch)]
    assert [len(batch.items) for batch in batches] == [MOST_ITEMS, 50, 1]
    assert {(batch.sensor, batch.send_time, batch.data_version) for batch in batches} == {
        ("https://a.example.org", NOW, V1P2)
    }


def test_each_item_that_is_not_accepted_is_told_with_its_line(double: Double) -> None:
    good, bad = events(2)
    payload = Payload("a.ndjson", b"\n".join(json.dumps(item).encode() for item in (good, bad | {"object": 7}, [3])))
    report, lines = all_sent(payload, connected(Transport(double)))
    assert [line.partition(": ")[0] for line in lines] == ["a.ndjson:3", "a.ndjson:2"]
    assert "rejected /object: " in lines[1]
    assert (report.accepted, report.rejected, report.refused, report.good) == (1, 1, 1, False)


def test_what_may_pass_is_tried_again_with_the_same_bytes(double: Double) -> None:
    waits: list[float] = []
    faults: tuple[Reply | OSError, ...] = (OSError("reset"), (503, {"retry-after": "7"}, b"{}"), (429, {}, b"{}"))
    transport = Transport(double, *faults)
    report, _ = all_sent(ndjson(events(1)), connected(transport, waits))
    assert report.accepted == 1
    assert waits == [0.5, 7.0, 2.0]
    assert len({body for method, _, body in transport.requests if method == "POST"}) == 1


def test_it_gives_up_in_the_end_and_says_where(double: Double) -> None:
    transport = Transport(double, *[OSError("refused")] * ATTEMPTS)
    with pytest.raises(NoAnswer, match="http://double gave no answer"):
        all_sent(ndjson(events(1)), connected(transport))
    assert len(transport.requests) == ATTEMPTS


def test_a_file_that_is_sent_twice_is_stored_once(double: Double) -> None:
    connection = connected(Transport(double))
    for _ in range(2):
        all_sent(ndjson(events(3)), connection)
    assert len(connection.get("/events", actor=STUDENT)["events"]) == 3


def test_a_client_gets_one_token_and_another_if_the_first_is_refused() -> None:
    double = Double([ServedApp(app_of(), clients={"me": "a/b c"})])
    transport = Transport(double)
    connection = connected(transport, credential=Credential(client_id="me", secret="a/b c"))
    for _ in range(2):
        connection.get("/sessions", actor=STUDENT)
    assert [url for _, url, _ in transport.requests].count("http://double/oauth2/token") == 1
    transport.faults = [(401, {}, b'{"message": "expired"}')]
    connection.get("/sessions", actor=STUDENT)
    assert [url for _, url, _ in transport.requests].count("http://double/oauth2/token") == 2
    with pytest.raises(Refused, match="invalid_client"):
        connected(transport, credential=Credential(client_id="me", secret="wrong")).get("/sessions", actor=STUDENT)


def test_a_key_that_may_not_read_is_not_waited_for(double: Double) -> None:
    transport = Transport(double)
    connection = connected(transport)
    report = SendReport()
    list(send("a", batches_of(ndjson(events(1)), now=NOW), connection, report))
    transport.faults = [(403, {}, b'{"message": "scope"}')]
    assert list(wait_until_stored(connection, report)) == []
    assert summary(report).endswith("not waited for: this credential may send and not read")
    assert report.good


def test_a_job_that_failed_is_told_with_its_reason(double: Double) -> None:
    transport = Transport(double, (200, {}, b'{"job": {"state": "failed", "failedReason": "because"}}'))
    report = SendReport(jobs=["j"])
    assert list(wait_until_stored(connected(transport), report)) == ["job j failed: because"]
    assert not report.good


def batches(payload: Payload) -> list[Batch]:
    return [batch for batch in batches_of(payload, now=NOW) if isinstance(batch, Batch)]


def test_events_are_played_in_order_of_their_times_with_the_pauses_between_them() -> None:
    first, second, third = events(3)
    rows = timed(batches(ndjson([third, first, second])), speed=10, shift_us=lambda _: 0)
    assert [row.due_us for row in rows] == [0, 6_000_000, 12_000_000]
    assert [json.loads(row.batch.items[0].raw)["id"] for row in rows] == [first["id"], second["id"], third["id"]]


def test_what_is_due_together_goes_in_one_request() -> None:
    rows = timed(batches(ndjson(events(3))), speed=1e6, shift_us=lambda _: 0)
    assert [len(row.batch.items) for row in due(rows)] == [3]
    assert [len(row.batch.items) for row in due(timed(batches(ndjson(events(3))), speed=1, shift_us=lambda _: 0))] == [
        1,
        1,
        1,
    ]


def test_a_shifted_event_has_other_times_and_ids_and_nothing_else_is_changed() -> None:
    event = events(1)[0] | {
        "session": {"id": "urn:uuid:5", "type": "Session", "startedAtTime": "2026-03-02T11:00:00.000Z"},
        "extensions": {"runId": "run-1", "note": "urn:uuid:5"},
    }
    moved = json.loads(shifted(json.dumps(event).encode(), 60 * MINUTE_US))
    assert moved["eventTime"] == "2026-03-02T13:00:00.000Z"
    assert moved["session"]["startedAtTime"] == "2026-03-02T12:00:00.000Z"
    assert moved["id"].startswith("urn:uuid:")
    assert moved["id"] != event["id"]
    assert moved["session"]["id"] == moved["extensions"]["note"] != "urn:uuid:5"
    assert moved["actor"] == event["actor"]
    assert json.loads(shifted(json.dumps(event).encode(), 60 * MINUTE_US)) == moved
    assert shifted(b'{"id":  "as it is"}', 0) == b'{"id":  "as it is"}'


def test_a_tail_shows_what_is_new_oldest_first_and_each_event_once(double: Double) -> None:
    connection = connected(Transport(double))
    all_sent(ndjson(events(15)), connection)
    tail = Tail(connection, rejections=False, past=2)
    assert len(list(tail.look())) == 2
    assert list(tail.look()) == []
    later = events(17)[15:]
    all_sent(ndjson(later), connection)
    lines = list(tail.look())
    assert [line.split()[-1] for line in lines] == [event["id"] for event in later]


def test_a_tail_of_many_leaves_none_out(double: Double) -> None:
    connection = connected(Transport(double))
    tail = Tail(connection, rejections=False)
    list(tail.look())
    all_sent(ndjson(events(350)), connection)
    assert len(list(tail.look())) == 350


def test_a_tail_of_rejections_says_why(double: Double) -> None:
    connection = connected(Transport(double))
    all_sent(ndjson(events(1, object=7)), connection)
    (line,) = Tail(connection, rejections=True).look()
    assert "/object: " in line


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """The commands' own network, and a double at its other end."""
    double = Double()
    server = DoubleServer(double)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name in ("CALIPER_URL", "CALIPER_KEY", "CALIPER_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("functions.client.remote.commands.LOCAL_URL", server.url)
    yield double
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("served")
def test_the_commands_send_play_and_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "day.ndjson"
    first, second = events(2)
    path.write_bytes(ndjson([first, second]).text)
    assert main(["send", str(path)]) == 0
    assert capsys.readouterr().out == "2 accepted in 1 requests; all accepted items are stored\n"
    assert main(["play", str(path), "--speed", "100000", "--shift-to", "now"]) == 0
    assert "2 accepted" in capsys.readouterr().out
    assert main(["get", "event", first["id"]]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["time", "type"]
    assert first["id"] in row
    assert main(["get", "learner", STUDENT, "--json"]) == 0
    sessions = json.loads(capsys.readouterr().out)["sessions"]
    assert len(sessions) == 2, "the shifted playing is a session of its own"
    assert main(["get", "session", sessions[0]["id"]]) == 0
    assert main(["get", "progress", STUDENT]) in (0, 1)
    assert main(["get", "run", "urn:uuid:0"]) == 1
    assert main(["tail", "--seconds", "0"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 4
    path.write_text(json.dumps(first | {"object": 7}))
    assert main(["send", "--no-wait", str(path)]) == 1
    assert main(["send", str(tmp_path / "missing")]) == 2


def test_a_service_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.client.remote.connection.FIRST_WAIT_S", 0)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(events(1)[0]))
    assert main(["send", "--url", "http://127.0.0.1:9", str(path)]) == 2
    assert "http://127.0.0.1:9 gave no answer" in capsys.readouterr().err
