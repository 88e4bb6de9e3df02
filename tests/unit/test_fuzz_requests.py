"""Whatever is sent or asked: JSON in answer, never an exception, never a 5xx, in bounded size."""

import base64
import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.http.gate import ADMIN, CLIENT_SCOPES, Principal, principal_context
from functions.http.paths import KEY_IN_PATH, PATHS
from functions.query.dependencies import Dependencies
from functions.query.handler import handler as query_handler
from functions.query.routes import ROUTES
from functions.query.settings import QuerySettings
from functions.store.facts.rivals import is_rival
from functions.validate.handler import handler as validate_handler
from tests.examples import examples
from tests.fakes import MemoryQueue, MemoryTable, QuietQueues
from tests.gateway import Service, app_of, key_of
from tests.handlers import validate_dependencies
from tests.payloads import APP, Payloads, envelope
from tests.shapes import assert_described
from tests.work import calls_of

pytestmark = pytest.mark.slow

ANSWER_BYTES = 6_000_000  # Lambda's limit, quotes and backslashes escaped
OWN = app_of(APP, "*")
CONTEXT = {"lambda": principal_context(Principal(app=OWN, scopes=CLIENT_SCOPES | ADMIN, kind="client"))}

# Whatever JSON can hold and much that it cannot.
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, -(2**63) - 1, 2**64, 1e308, -0.0, 10**400]),
)
TEXTS = st.one_of(st.text(), st.sampled_from(["", " ", "\x00", "\ufffd", "urn:tag:auto-attach", "a" * 5000, "#", "~"]))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
NAMES = st.one_of(
    st.sampled_from(
        "id type actor action object eventTime edApp session generated extensions profile @context @id @type group "
        "membership federatedSession target referrer sensor sendTime dataVersion data".split()
    ),
    TEXTS,
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
EVENTS = [event for seed in range(2) for event in Payloads(seed).events(14)]


def posted(body: Any, path: str = "/caliper/event", **headers: str) -> dict[str, Any]:
    event = {
        "rawPath": path,
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"authorizer": CONTEXT, "http": {"method": "POST"}},
        **({"body": body} if isinstance(body, str) else body),
    }
    answer = validate_handler(event, None, dependencies=validate_dependencies(MemoryQueue()))
    if answer["statusCode"] != 404 or "heartbeat" in path:  # the gateway sends an unknown path to another Lambda
        assert_described("POST", path, answer)
    return checked(answer)


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    assert 200 <= answer["statusCode"] < 500, answer["body"][:500]
    assert len(json.dumps(answer)) < ANSWER_BYTES
    if answer["headers"].get("Content-Type", "").startswith("application/json") and answer["body"]:
        parsed = json.loads(answer["body"])
        if answer["statusCode"] >= 400:
            assert parsed["message"]
        answer["json"] = parsed
    return answer


def as_text(value: Any) -> str:
    """JSON that Python writes, with NaN and surrogates as they come."""
    return json.dumps(value, ensure_ascii=True, default=str)


INGEST = sorted(path.template for path in PATHS if path.ingests and path is not KEY_IN_PATH)


@pytest.mark.parametrize(
    "path",
    [
        *INGEST,
        "/k/a-key",
        "/caliper/event/",
        "/caliper/event/x",
        "//",
        "/k//",
    ],
)
@settings(max_examples=examples(60))
@given(body=st.one_of(st.text(), VALUES.map(as_text)))
@example(body="")
@example(body="null")
@example(body='{"data":' * 5000)
@example(body="[" * 100_000)
@example(body='{"a":' * 900 + "1" + "}" * 900)
@example(body='"\\ud800"')
@example(body='{"sensor":"\\ud800","sendTime":"2026-03-02T09:00:00.000Z","dataVersion":"x","data":[1]}')
@example(body='{"sessionId":"\\ud800"}')
@example(body='{"sessionId":"urn:x","eventTime":"0001-01-01T00:00:00Z"}')
@example(body="1" * 5000)
@example(body='{"sensor":' + "9" * 5000 + ',"data":[1]}')
@example(body='{"x":1e999999}')
@example(body="\ud800")
@example(body="eyJ.eyJ.eyJ")
@example(body="eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
def test_any_text_as_a_body_is_answered(path: str, body: str) -> None:
    posted(body, path)


@settings(max_examples=examples(200))
@given(raw=st.binary(max_size=300), encoded=st.booleans())
def test_any_bytes_as_a_body_are_answered(raw: bytes, encoded: bool) -> None:
    text = base64.b64encode(raw).decode() if encoded else raw.decode("latin-1")
    posted({"body": text, "isBase64Encoded": encoded})
    posted({"body": text + "=", "isBase64Encoded": True})


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An event that was good, with one to three things in it replaced, removed, doubled or nested."""
    event = json.loads(json.dumps(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = event
        while True:
            places = [*node] if isinstance(node, dict) else [*range(len(node))]
            if not places:
                break
            place = draw(st.sampled_from(places))
            if isinstance(node[place], dict | list) and node[place] and draw(st.booleans()):
                node = node[place]
                continue
            way = draw(st.sampled_from(["replace", "remove", "wrap", "text"]))
            if way == "remove":
                del node[place]
            elif way == "wrap":
                node[place] = draw(st.sampled_from([[node[place]], {"id": node[place]}, {"@id": node[place]}]))
            elif way == "text" and isinstance(node[place], str):
                node[place] = draw(st.sampled_from(["", " ", "\x00"])).join([node[place], draw(TEXTS)])
            else:
                node[place] = draw(VALUES)
            break
    return event


@settings(max_examples=examples(400))
@given(st.lists(mutated(), min_size=1, max_size=4))
def test_a_damaged_event_is_judged_and_what_was_accepted_is_stored(events: list[Any]) -> None:
    """Through validate, process, the sweep and every read: nothing that was accepted is missing, nothing breaks."""
    service = Service()
    service.register(OWN)
    body = as_text(envelope(*EVENTS[:1], *events))
    answer = checked(service.call("POST", "/caliper/event", credential=key_of(OWN), body=body))
    if answer["statusCode"] == 400 and "jobId" not in answer["json"]:
        return  # a lone surrogate or a number that no JSON can hold: the request is refused as a whole
    accepted = len(events) + 1 - len(answer["json"].get("errors", []))
    service.drain()
    facts = [key for key in service.table.items if key[1].startswith("E#") and not is_rival(key[1])]
    assert 1 <= len(facts) <= accepted
    service.sweep()
    service.drain()
    for event in events:
        for name in ("actor", "session", "id"):
            node = event.get(name) if isinstance(event, dict) else None
            node = node.get("id") if isinstance(node, dict) else node
            if isinstance(node, str) and node.strip() and len(node) < 2000 and node.isascii():
                read("/events", f"{name}={quote(node)}", service.table)
                if name == "actor":
                    for path in ("/sessions", "/runs", "/progress", "/insights"):
                        read(path, f"actor={quote(node)}", service.table)
    read("/rejections", "", service.table)
    read("/caliper/events", "", service.table)


def test_an_event_given_many_times_over_in_one_name_is_one() -> None:
    raw = json.dumps(envelope(EVENTS[0]))
    for name in ("sensor", "data", "dataVersion", "sendTime"):
        answer = posted(raw.replace(f'"{name}":', f'"{name}": null, "{name}":', 1))
        assert answer["statusCode"] == 400
    for name in ("id", "eventTime", "actor", "type"):
        place = raw.index(f'"{name}":', raw.index('"data"'))
        posted(raw[:place] + f'"{name}": "x", ' + raw[place:])


HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "content-length", "authorization", "accept", "x-forwarded-for"]), st.text()
)


@settings(max_examples=examples(150))
@given(headers=HEADERS, body=st.sampled_from(["{}", "\ufffd", ""]))
@example(headers={"content-length": "9" * 6000}, body="\ufffd")
@example(headers={"content-length": "٣"}, body="\ufffd")
@example(headers={"content-type": "application/json; charset=utf-16"}, body="{}")
@example(headers={"content-type": "\ud800"}, body="{}")
def test_any_headers_are_answered(headers: dict[str, str], body: str) -> None:
    posted(body, **headers)


# ── paths and queries ──


@pytest.fixture(scope="module")
def table() -> MemoryTable:
    service = Service()
    service.register(OWN)
    broken = {"id": "x", "type": "YEvent"}
    service.call("POST", "/caliper/event", credential=key_of(OWN), body=envelope(*EVENTS, broken))
    service.drain()
    return service.table


def read(path: str, query: str, table: MemoryTable, method: str = "GET") -> dict[str, Any]:
    event = {
        "rawPath": path,
        "rawQueryString": query,
        "requestContext": {"http": {"method": method}, "authorizer": CONTEXT},
    }
    settings = QuerySettings(table_name="t", idle_minutes=30, heartbeat_minutes=5)
    dependencies = Dependencies(table=table, registry_table=table, settings=settings, open_queues=QuietQueues)
    answer = query_handler(event, None, dependencies=dependencies)
    if method == "GET":  # the gateway sends a POST to another Lambda
        assert_described(method, path, answer)
    return checked(answer)


PATHS_ASKED = st.one_of(
    st.text().map(lambda text: "/" + text),
    st.builds(
        lambda path, name: path.replace("{externalId}", name).replace("{jobId}", name).replace("{userId}", name),
        st.sampled_from([route.path.template for route in ROUTES]),
        TEXTS.filter(bool),
    ),
)
WORDS = st.sampled_from(
    [name for route in ROUTES for name in (parameter.name for parameter in route.parameters)] or ["actor"]
)
ASKED = st.lists(
    st.tuples(
        WORDS | TEXTS,
        TEXTS
        | st.sampled_from(
            [
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z",
                "2026-02-30",
                "0",
                "-1",
                "1" * 400,
                "٣",
                "desc",
                "*",
                str(EVENTS[0]["actor"]),
                str(EVENTS[0]["id"]),
                "W10",
            ]
        ),
    ),
    max_size=4,
)


@settings(max_examples=examples(500))
@given(
    path=PATHS_ASKED, parameters=ASKED, method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "DELETE", "\u0130"])
)
def test_any_path_and_query_are_answered(
    table: MemoryTable, path: str, parameters: list[tuple[str, str]], method: str
) -> None:
    query = "&".join(f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in parameters)
    read(path, query, table, method)


@settings(max_examples=examples(150))
@given(path=st.sampled_from([route.path.template for route in ROUTES]), query=st.text())
@example(path="/events", query="actor=%ff%fe&limit=%00")
@example(path="/events", query="&&&===%%%")
@example(path="/events", query="actor=" + "a" * 100_000)
def test_any_query_string_is_answered(table: MemoryTable, path: str, query: str) -> None:
    read(path, query, table)


@pytest.mark.parametrize("name", ["actor", "id", "session", "run"])
def test_the_first_and_the_last_instant_can_be_stored_and_asked_for(name: str) -> None:
    service = Service()
    service.register(OWN)
    sent = []
    for number, when in enumerate(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "0999-06-01T00:00:00.000Z"]):
        event = {**Payloads(number).question_started("urn:l"), "eventTime": when, "session": "urn:s"}
        event["extensions"] = {"runId": "urn:r"}
        sent.append(event)
    answer = service.call("POST", "/caliper/event", credential=key_of(OWN), body=envelope(*sent))
    assert answer["statusCode"] == 200
    service.drain()
    identifier = {"actor": "urn:l", "session": "urn:s", "run": "urn:r", "id": sent[0]["id"]}[name]
    events = read("/events", f"{name}={quote(identifier)}", service.table)["json"]["events"]
    assert len(events) == (1 if name == "id" else 3)
    for path in ("/sessions", "/runs", "/progress"):
        read(path, "actor=urn%3Al", service.table)


# ── bounds ──


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join([b"1"] * 2_000_000) + b"]",
        b'{"sensor":"s","sendTime":"2026-03-02T09:00:00.000Z","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2",'
        b'"data":[' + b",".join([b"1"] * 10_000) + b"]}",
        orjson.dumps(envelope(*[{"id": "x" * 400, "type": "ViewEvent", "\\" * 200: 1}] * 9_000)),
        orjson.dumps(envelope({"id": "x" * 2_000_000, "type": "ViewEvent"})),
        orjson.dumps(envelope(EVENTS[0], sensor="s" * 3_000_000)),
        orjson.dumps([envelope({"type": "Person"})] * 20_000),
        orjson.dumps(envelope({**EVENTS[0], **{f"k{n}": 1 for n in range(20_000)}})),
        orjson.dumps(envelope({**EVENTS[0], "extensions": {"a": [[[[0]]]] * 20_000}})),
        b" " * 4_900_000,
        b"eyJ" + b"a" * 4_900_000,
        b'{"sensor":"' + b'\\"' * 2_400_000 + b'"}',
    ],
    ids="dust numbers rejections long-id long-sensor envelopes keys nested blank jwt quotes".split(),
)
def test_the_worst_of_five_megabytes_is_answered_in_seconds_and_in_bounds(body: bytes) -> None:
    queue = MemoryQueue()
    event = {
        "rawPath": "/caliper/event",
        "headers": {"content-type": "application/json"},
        "body": body.decode(),
        "requestContext": {"authorizer": CONTEXT},
    }
    calls = calls_of(lambda: checked(validate_handler(event, None, dependencies=validate_dependencies(queue))))
    assert calls < 30 * len(body)
    assert all(len(sent) < 1_048_576 for sent in queue.bodies)
    assert len(queue.bodies) <= 500


@pytest.mark.parametrize(
    "path",
    ["/k/" + "/" * 9_000 + "x", "/caliper/events/" + "/" * 9_000 + "x", "/" * 9_000, "/jobs/" + "a/" * 4_000, "/%00"],
)
def test_a_path_of_any_length_is_answered_at_once(path: str) -> None:
    calls = calls_of(lambda: read(path, "", MemoryTable()))
    assert calls < 100 * len(path)
