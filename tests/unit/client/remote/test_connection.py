"""Requests to a service: what is sent, what is tried again and when, what is said of an answer that is none."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from functions.client.remote import connection as module
from functions.client.remote.connection import ATTEMPTS, Connection, Credential, NoAnswer, Refused, Reply
from functions.core.errors import TransientError

URL = "https://api.example"
KEY = Credential("k")
CLIENT = Credential(client_id="me/1", secret="a:b")
TOKEN_REPLY: Reply = (200, {}, b'{"access_token": "t1"}')


class Network:
    """Gives one reply after the other, the last again and again; keeps what was sent."""

    def __init__(self, *replies: Reply | OSError) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, str, Mapping[str, str], bytes | None]] = []
        self.waits: list[float] = []

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.sent.append((method, url, headers, body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, OSError):
            raise reply
        return reply

    def connection(self, credential: Credential = KEY, url: str = URL) -> Connection:
        return Connection(url, credential, transport=self, pause=self.waits.append)


def ok(**said: Any) -> Reply:
    return 200, {}, json.dumps(said).encode()


def test_a_question_is_asked_with_its_parameters_and_the_key() -> None:
    network = Network(ok(events=[]))
    assert network.connection().get("/events", id="urn:x:a b&c", app="", limit="1") == {"events": []}
    ((method, url, headers, body),) = network.sent
    assert (method, body) == ("GET", None)
    assert url == f"{URL}/events?id=urn%3Ax%3Aa%20b%26c&limit=1"
    assert headers == {"Accept": "application/json", "Authorization": "Bearer k"}


def test_a_question_without_parameters_has_no_question_mark() -> None:
    network = Network(ok())
    network.connection(url=f"{URL}/").get("/events", app="")
    assert network.sent[0][1] == f"{URL}/events"


def test_a_body_is_posted_as_json() -> None:
    network = Network(ok(jobId="j"))
    assert network.connection().post("/caliper/event", b"[1]") == (200, {"jobId": "j"})
    ((method, url, headers, body),) = network.sent
    assert (method, url, body) == ("POST", f"{URL}/caliper/event", b"[1]")
    assert headers == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Authorization": "Bearer k",
    }


@pytest.mark.parametrize("status", [400, 409, 413])
def test_a_post_that_is_not_taken_is_answered_with_its_status(status: int) -> None:
    network = Network((status, {}, b'{"message": "no"}'))
    assert network.connection().post("/caliper/event", b"") == (status, {"message": "no"})
    assert network.waits == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_is_refused_is_refused(status: int) -> None:
    for body, words in ((b'{"message": "no scope"}', "no scope"), (b"{}", "the credential is refused")):
        network = Network((status, {}, body))
        with pytest.raises(Refused, match=f"^{status}: {words}$") as refused:
            network.connection().post("/caliper/event", b"")
        assert refused.value.status == status
        assert len(network.sent) == 1


@pytest.mark.parametrize("status", [300, 400, 404])
def test_a_question_that_is_not_answered_is_refused_with_its_message(status: int) -> None:
    bodies = (b'{"message": "no such"}', "no such"), (b'{"error": "none"}', "none"), (b"{}", "no reason was given")
    for body, words in bodies:
        with pytest.raises(Refused, match=f"^{status}: {words}$"):
            Network((status, {}, body)).connection().get("/events")


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_a_client_asks_for_a_token_first_and_keeps_it() -> None:
    network = Network(TOKEN_REPLY, ok())
    connection = network.connection(CLIENT)
    connection.get("/events")
    connection.get("/sessions")
    token, *others = network.sent
    assert token[:2] == ("POST", f"{URL}/oauth2/token")
    assert token[2] == {
        "Authorization": basic("me%2F1", "a%3Ab"),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert token[3] == b"grant_type=client_credentials"
    assert [headers["Authorization"] for _, _, headers, _ in others] == ["Bearer t1", "Bearer t1"]


def test_a_token_that_is_refused_is_asked_for_anew_once() -> None:
    no: Reply = (401, {}, b'{"message": "expired"}')
    network = Network(TOKEN_REPLY, no, (200, {}, b'{"access_token": "t2"}'), ok(x=1))
    assert network.connection(CLIENT).get("/events") == {"x": 1}
    assert network.sent[-1][2]["Authorization"] == "Bearer t2"
    network = Network(TOKEN_REPLY, no, TOKEN_REPLY, no)
    with pytest.raises(Refused, match="expired"):
        network.connection(CLIENT).get("/events")
    assert len(network.sent) == 4


def test_a_client_that_gets_no_token_is_told_why() -> None:
    for body, words in ((b'{"error": "invalid_client"}', "invalid_client"), (b"{}", "no reason was given")):
        with pytest.raises(Refused, match=f"^400: no token for this client: {words}$"):
            Network((400, {}, body)).connection(CLIENT).get("/events")


@pytest.mark.parametrize("status", [429, 500, 503, 599])
def test_what_may_pass_is_tried_again_ever_later(status: int) -> None:
    network = Network(*[(status, {}, b"")] * (ATTEMPTS - 1), ok(x=1))
    assert network.connection().get("/events") == {"x": 1}
    assert network.waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert ATTEMPTS == 7


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [("7", 7.0), ("0", 0.0), ("60", 60.0), ("61", 60.0), ("soon", 0.5), ("-1", 0.5), ("1.5", 0.5)],
)
def test_it_waits_as_long_as_it_is_told_but_no_longer_than_a_minute(retry_after: str, wait_s: float) -> None:
    network = Network((503, {"retry-after": retry_after}, b""), ok())
    network.connection().get("/events")
    assert network.waits == [wait_s]


@pytest.mark.parametrize(
    ("reply", "words"), [(OSError("reset"), r"no answer \(reset\)"), ((502, {}, b""), "status 502")]
)
def test_it_gives_up_in_the_end_with_the_last_fault(reply: Any, words: str) -> None:
    network = Network(OSError("first"), reply)
    with pytest.raises(NoAnswer, match=f"^{URL} gave {words} 7 times. Is the URL right, and does the service run"):
        network.connection().get("/events")
    assert len(network.sent) == ATTEMPTS
    assert len(network.waits) == ATTEMPTS - 1
    assert issubclass(NoAnswer, TransientError)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"null", b""])
def test_an_answer_without_json_is_none(body: bytes) -> None:
    with pytest.raises(NoAnswer, match=f"^{URL} answered 200 without JSON: is it a Caliper event store"):
        Network((200, {}, body)).connection().get("/events")


class Pool:
    """Stands for urllib3's pool: keeps what was asked of it."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def request(self, method: str, url: str, **how: Any) -> Any:
        import urllib3

        if url.endswith("/dead"):
            raise urllib3.exceptions.MaxRetryError(None, url)  # type: ignore[arg-type]
        headers = urllib3.HTTPHeaderDict({"Retry-After": "3", "X": "y"})
        self.last = (method, url, how)
        return urllib3.HTTPResponse(body=b"said", status=207, headers=headers)


def test_the_network_waits_no_longer_than_the_service_may_take_and_follows_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pools: list[Pool] = []

    def pool_of(**options: Any) -> Pool:
        pools.append(Pool(**options))
        return pools[-1]

    monkeypatch.setattr("urllib3.PoolManager", pool_of)
    transport = module.http_transport()
    assert transport("PUT", f"{URL}/x", {"A": "b"}, b"body") == (207, {"retry-after": "3", "x": "y"}, b"said")
    (pool,) = pools
    assert pool.last == ("PUT", f"{URL}/x", {"headers": {"A": "b"}, "body": b"body", "redirect": False})
    timeout = pool.options["timeout"]
    assert (pool.options["retries"], timeout.connect_timeout, timeout.read_timeout) == (False, 10, 35)
    with pytest.raises(ConnectionError) as error:
        transport("GET", f"{URL}/dead", {}, None)
    assert str(error.value) == "MaxRetryError"
