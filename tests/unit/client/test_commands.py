"""The program `caliper`: its options, what each command makes of them, and its exit codes."""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from functions.client.__main__ import build_parser, main
from functions.client.double import APP_ID
from functions.client.remote import commands
from functions.client.remote.batches import SENSOR
from functions.client.remote.commands import connection_of
from functions.client.remote.connection import Credential, Reply
from functions.client.validating.command import app_of
from functions.core.apps import App
from functions.core.defaults import IDLE_MINUTES
from functions.core.times import parse_time
from functions.core.version import VERSION

REMOTE = {"url": "http://127.0.0.1:4010", "key": "", "client": ""}
HOUSE = {"strict": False, "house": "", "caliper_1_0": False, "edapp": None}
DEFAULTS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "validate": (["validate", "f", "g"], {"files": ["f", "g"], "format": "text", **HOUSE}),
    "send": (["send", "f"], {"file": "f", "sensor": SENSOR, "no_wait": False, **REMOTE}),
    "play": (["play", "f"], {"file": "f", "sensor": SENSOR, "speed": 1.0, "shift_to": None, **REMOTE}),
    "tail": (["tail"], {"rejects": False, "seconds": None, **REMOTE}),
    "get": (["get", "run", "i"], {"kind": "run", "id": "i", "json": False, "app": "", **REMOTE}),
    "serve": (
        ["serve"],
        {
            "host": "127.0.0.1",
            "port": 4010,
            "app_id": APP_ID,
            "idle_minutes": IDLE_MINUTES,
            "key": [],
            "client": [],
            **HOUSE,
        },
    ),
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALIPER_URL", "CALIPER_KEY", "CALIPER_CLIENT"):
        monkeypatch.delenv(name, raising=False)


def options_of(*words: str) -> dict[str, Any]:
    options = vars(build_parser().parse_args(words))
    assert callable(options.pop("run"))
    return options


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_command_has_its_options_and_their_defaults(name: str) -> None:
    words, defaults = DEFAULTS[name]
    assert options_of(*words) == defaults


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("validate f --format sarif --strict --house timeback --caliper-1-0 --edapp a --edapp b",
         {"format": "sarif", "strict": True, "house": "timeback", "caliper_1_0": True, "edapp": ["a", "b"]}),
        ("send f --sensor s --no-wait --url u --key k --client i:s",
         {"sensor": "s", "no_wait": True, "url": "u", "key": "k", "client": "i:s"}),
        ("play f --sensor s --speed 2.5 --shift-to now", {"sensor": "s", "speed": 2.5, "shift_to": 0}),
        ("play f --shift-to 2026-03-02T12:00:00Z", {"shift_to": parse_time("2026-03-02T12:00:00Z")}),
        ("tail --rejects --seconds 2.5", {"rejects": True, "seconds": 2.5}),
        ("get event i --json --app *", {"json": True, "app": "*"}),
        ("serve --host h --port 0 --app-id a --idle-minutes 1440 --key k --key l --client i:s --client j:t --strict",
         {"host": "h", "port": 0, "app_id": "a", "idle_minutes": 1440.0, "key": ["k", "l"], "client": ["i:s", "j:t"],
          "strict": True}),
    ],
)  # fmt: skip
def test_an_option_that_is_said_is_taken(words: str, changed: dict[str, Any]) -> None:
    options = options_of(*words.split())
    assert {name: options[name] for name in changed} == changed


@pytest.mark.parametrize(
    "words",
    [
        "", "unknown", "validate", "validate f --format xml", "validate f --house other", "send", "play", "get event",
        "play f --speed 0", "play f --speed -1", "play f --speed inf", "play f --speed nan", "play f --speed fast",
        "play f --shift-to soon", "tail --seconds x", "get other i", "serve --port x", "serve --idle-minutes 0",
        "serve --idle-minutes 1441", "serve --idle-minutes x", "serve --idle-minutes -5",
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    assert stopped.value.code == 2
    assert "usage: caliper" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["play f --speed 0", "play f --shift-to soon"])
def test_what_can_be_is_said(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words.split())
    said = capsys.readouterr().err
    assert ("a number over 0" in said) is ("speed" in words)
    assert ("now, or a time such as 2026-01-27T10:00:00Z" in said) is ("shift" in words)


def test_the_program_says_its_version_and_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["--help"], *([name, "--help"] for name in DEFAULTS)):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"caliper {VERSION} usage: caliper")
    for effect in (
        "say what the service would say of events, without a service", "send a file's events and say what became",
        "send a file's events with the pauses between their times", "follow the events that the app sends",
        "ask for an event, a session, a run, a learner's sessions or progress", "run the service in this process",
    ):  # fmt: skip
        assert effect in said
    assert "Send a file's events and say what became of each. Exit code 0: done;" in said


def test_the_environment_names_the_service_and_the_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "KEY", "CLIENT"):
        monkeypatch.setenv(f"CALIPER_{name}", f"the {name}")
    options = options_of("tail")
    assert (options["url"], options["key"], options["client"]) == ("the URL", "the KEY", "the CLIENT")


@pytest.mark.parametrize(
    ("key", "client", "credential"),
    [
        ("", "", Credential("any-key")),
        ("k", "", Credential("k")),
        ("", "me:a:b", Credential("", "me", "a:b")),
        ("k", "me:s", Credential("", "me", "s")),
    ],
)
def test_a_client_goes_before_a_key(key: str, client: str, credential: Credential) -> None:
    connection = connection_of(Namespace(url="http://h/", key=key, client=client))
    assert (connection.url, connection._credential) == ("http://h", credential)


def test_the_options_say_how_the_app_is_registered() -> None:
    bare = Namespace(strict=False, house="", caliper_1_0=False, edapp=None)
    assert app_of(bare) == App(app_id="command-line", tenant="command-line", name="command-line", edapps=("*",))
    full = Namespace(strict=True, house="timeback", caliper_1_0=True, edapp=["urn:a", "urn:b"])
    assert app_of(full, app_id="urn:x", tenant="t") == App(
        app_id="urn:x", tenant="t", name="urn:x", edapps=("urn:a", "urn:b"), strict=True, house="timeback",
        caliper_1_0=True,
    )  # fmt: skip


class Network:
    """Answers each path with what it is set to, as the commands' own network."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.urls: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.urls.append(url)
        self.headers.append(headers)
        name = url.partition("?")[0].rpartition("/")[2]
        status, answer = self.answers[name] if isinstance(self.answers[name], tuple) else (200, self.answers[name])
        return status, {}, json.dumps(answer).encode()


def over(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> Network:
    network = Network(**answers)
    monkeypatch.setattr("functions.client.remote.connection.http_transport", lambda: network)
    return network


SESSION = {"id": "urn:x:s", "kind": "auto"}


@pytest.mark.parametrize(
    ("kind", "path", "parameter"),
    [
        ("event", "events", "id"), ("session", "sessions", "id"), ("run", "runs", "id"),
        ("learner", "sessions", "actor"), ("progress", "progress", "actor"),
    ],
)  # fmt: skip
def test_each_kind_is_asked_for_by_its_route(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, path: str, parameter: str
) -> None:
    network = over(monkeypatch, **{path: {path: [], "cursor": None}})
    assert main(["get", kind, "urn:x", "--app", "*", "--key", "k"]) == 1
    assert network.urls == [f"http://127.0.0.1:4010/{path}?{parameter}=urn%3Ax&app=%2A"]
    assert network.headers[0]["Authorization"] == "Bearer k"
    assert capsys.readouterr().out == f"There is no {kind} urn:x.\n"


def test_rows_are_a_table_or_the_answer_as_it_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: dict[str, Any] = {"sessions": [SESSION | {"note": "µ"}], "cursor": "more"}
    over(monkeypatch, sessions=answer)
    assert main(["get", "session", "urn:x:s"]) == 0
    heading, row, more = capsys.readouterr().out.splitlines()
    assert (heading.split()[-1], row.split()[-1]) == ("id", "urn:x:s")
    assert more == "… and more: ask for JSON, or narrow the question."
    assert main(["get", "session", "urn:x:s", "--json"]) == 0
    assert capsys.readouterr().out == json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    over(monkeypatch, sessions=answer | {"cursor": ""})
    main(["get", "session", "urn:x:s"])
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("answer", [(403, {"message": "no scope"}), (500, {})])
def test_what_kept_a_command_from_its_work_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Any
) -> None:
    monkeypatch.setattr("functions.client.remote.connection.FIRST_WAIT_S", 0)
    over(monkeypatch, sessions=answer)
    assert main(["get", "session", "s"]) == 2
    printed = capsys.readouterr()
    assert ("no scope" if answer[0] == 403 else "gave status 500 7 times") in printed.err
    assert printed.out == ""


EVENT = {"id": "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001", "type": "Event", "eventTime": "2026-03-02T12:00:00Z"}
JOB: dict[str, Any] = {"event": {"jobId": "j"}, "status": {"job": {"state": "completed"}}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.ndjson"
    later = EVENT | {"eventTime": "2026-03-02T12:00:10Z"}
    path.write_text("\n".join([json.dumps(EVENT), "{oops", json.dumps(later), "{oops"]))
    return path


@pytest.mark.parametrize("words", [[], ["--no-wait"]])
def test_a_file_is_sent_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path, words: list[str]
) -> None:
    network = over(monkeypatch, **JOB)
    assert main(["send", str(file), *words]) == 1  # two documents are refused
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}:2: not sent: ")
    assert second.startswith(f"{file}:4: not sent: ")
    counts = "2 accepted, 2 refused in 1 requests"
    assert last == (counts if words else f"{counts}; all accepted items are stored")
    assert len(network.urls) == (1 if words else 2)


def test_a_file_is_played_with_its_pauses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    network, clock = over(monkeypatch, **JOB), [100.0]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds + 0.5  # sending takes its time

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    assert main(["play", str(file), "--speed", "2"]) == 1
    assert waits == [0.0, 4.5]
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}:2: not sent: ")
    assert second.startswith(f"{file}:4: not sent: ")
    assert last == "2 accepted, 2 refused in 2 requests; all accepted items are stored"
    assert len(network.urls) == 4


@pytest.mark.parametrize(("words", "waits"), [(["--seconds", "3"], [2.0, 1.0]), (["--seconds", "0"], [0.0])])
def test_a_tail_looks_every_other_second_until_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, words: list[str], waits: list[float]
) -> None:
    network, clock = over(monkeypatch, events={"events": []}, rejections={"rejections": [], "cursor": ""}), [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    assert main(["tail", *words]) == main(["tail", "--rejects", *words]) == 0
    assert slept == waits * 2
    assert ["rejections" in url for url in network.urls] == [False] * len(waits) + [True] * len(waits)
    assert commands.LOOK_S == 2.0


def test_a_tail_without_an_end_goes_on_until_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    over(monkeypatch, events={"events": []})
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    assert main(["tail"]) == 130
    assert slept == [2.0] * 3


def test_whoever_reads_no_further_ends_the_program_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "functions.client.remote.commands.Tail", lambda *_, **__: (_ for _ in ()).throw(BrokenPipeError)
    )
    monkeypatch.setattr(os, "dup2", lambda *which: closed.append(which))
    monkeypatch.setattr("sys.stdout", type("Out", (), {"fileno": lambda _: 77})())
    over(monkeypatch)
    assert main(["tail"]) == 130
    assert [number for _, number in closed] == [77]
