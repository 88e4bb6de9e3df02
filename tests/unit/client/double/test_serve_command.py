"""`caliper serve`: what is served by which options, and what keeps it from serving."""

import os
from typing import Any

import pytest

from functions.client.__main__ import main
from functions.client.double import command as serving
from functions.store.keys import tenant_of


class Served:
    """Stands for the double's server."""

    def __init__(self, double: Any, **where: Any) -> None:
        self.double, self.where, self.url = double, where, "http://double"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    servers: list[Served] = []

    def open_server(double: Any, **where: Any) -> Served:
        if where["port"] == 9:
            raise OSError(98, "Address already in use")
        return Served(double, **where)

    monkeypatch.setattr("functions.client.double.server.DoubleServer", open_server)
    monkeypatch.setattr("functions.client.double.server.serve_until_stopped", servers.append)
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "")  # so that it is afterwards as it was
    monkeypatch.delenv("POWERTOOLS_LOG_LEVEL")
    return servers


def test_a_double_is_served_as_the_options_say(started: list[Served], capsys: pytest.CaptureFixture[str]) -> None:
    words = "serve --host h --port 5 --app-id urn:x --idle-minutes 7 --key k --client me:a:b --strict"
    assert main(words.split()) == 0
    (server,) = started
    assert server.where == {"host": "h", "port": 5}
    (app,) = server.double._credentials._apps
    assert (app.app.app_id, app.app.tenant, app.app.strict) == ("urn:x", tenant_of("urn:x"), True)
    assert (app.keys, app.clients) == (["k"], {"me": "a:b"})
    assert server.double._idle_minutes == 7.0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "http://double"
    assert "(the credentials that you named)" in second
    assert os.environ["POWERTOOLS_LOG_LEVEL"] == "ERROR"


@pytest.mark.parametrize(("words", "named"), [([], False), (["--key", "k"], True), (["--client", "i:s"], True)])
def test_it_says_who_is_let_in(
    started: list[Served], capsys: pytest.CaptureFixture[str], words: list[str], named: bool
) -> None:
    assert main(["serve", *words]) == 0
    assert ("(any key or client)" in capsys.readouterr().out) is not named
    assert started[0].double._credentials.any_will_do is not named


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--client", "i:s", "--client", "no-secret"], "--client is written ID:SECRET.\n"),
        (["--port", "9"], "Cannot listen at 127.0.0.1:9: Address already in use. Name another --port, or 0.\n"),
    ],
)
def test_what_keeps_it_from_serving_is_said(
    started: list[Served], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["serve", *words]) == 2
    assert capsys.readouterr() == ("", said)
    assert started == []


def test_packages_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[Served]
) -> None:
    monkeypatch.setattr(serving, "NEEDED", ("json", "no_such_package"))
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == serving.INSTALL + "\n"
    assert "install caliper-event-store[serve]" in serving.INSTALL
    assert started == []
