"""What is another app's cannot be read, extended, closed or spoken for: every route with every credential."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from functions.core.apps import App
from functions.core.ids import derived_uuid
from functions.core.sessions.timed_out import timed_out_id
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.http.cursors import binding, cursor
from functions.http.gate import ADMIN as ADMIN_SCOPES
from functions.http.gate import CLIENT_SCOPES, EVENT_CREATE
from functions.http.parameters import APP
from functions.http.paths import gateway_routes
from functions.query.console.files import version
from functions.query.routes import ROUTES
from functions.query.settings import QuerySettings
from tests.gateway import EXPIRES, POOL, Service, app_of, key_of, token_of
from tests.payloads import Json, Payloads, envelope
from tests.unit.authorize.pool import NOW_S, Pool

A = app_of("https://a.example.org/app", "https://a.example.org/*")
B = app_of("https://b.example.org/app", "https://b.example.org/*", "urn:uuid:0b0b0b0b-0000-4000-8000-00000000000b")
ADMIN = app_of("https://admin.example.org/app")
STRANGER = app_of("https://stranger.example.org/app")

LEARNER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
SESSION = "urn:uuid:5e550000-0000-4000-8000-000000000001"
RUN = "urn:uuid:40400000-0000-4000-8000-000000000001"
EMAIL = "somebody@school.example.org"
COURSE = "MATH-3"


def templates(answered_by: str, credential: str) -> list[str]:
    """The gateway's routes to a Lambda, by where their credential is."""
    return [
        route.template
        for route in gateway_routes()
        if (route.answered_by, route.credential) == (answered_by, credential)
    ]


INGEST, READ = templates("validate", "header"), templates("query", "header")
KEY_IN_PATH, OPEN = templates("validate", "path"), templates("query", "none")


def day(app: App, seed: int) -> list[Json]:
    """A session with a lesson, a run and a named resource; ids as every app has them, contents of this app alone."""
    payloads = Payloads(seed, app=app.app_id)
    mark = f"secret-of-{app.app_id}"
    about: list[Json] = [
        payloads.logged_in(LEARNER, SESSION, requiresHeartbeat=True, processInsights=True),
        payloads.lesson_started(LEARNER),
        payloads.question_graded(LEARNER) | {"session": SESSION},
        payloads.activity_completed(LEARNER, RUN),
        payloads.time_spent(LEARNER, RUN),
    ]
    for number, event in enumerate(about):
        event["id"] = derived_uuid("the same id in every app", str(number))
        event["extensions"] = {**event.get("extensions", {}), "mark": mark}
        if event["type"] in ("ActivityEvent", "TimeSpentEvent"):
            event["actor"] |= {"id": LEARNER, "email": EMAIL}
            event["extensions"]["courseId"] = COURSE
    return about


EVENT_ID = day(B, 1)[1]["id"]


@pytest.fixture
def service() -> Service:
    new_service = Service()
    for app in (A, B):
        new_service.register(app)
    new_service.register(ADMIN, admin=True)
    revoked = new_service.registry.add_key("ck_revoked", app=A, scopes=frozenset({EVENT_CREATE}), now_us=0)
    new_service.registry.revoke(revoked, now_us=0)
    ended = new_service.registry.add_key("ck_ended", app=A, scopes=frozenset({EVENT_CREATE}), now_us=0)
    new_service.registry.end(ended, at_us=1)
    return new_service


def store(service: Service, app: App, seed: int = 1) -> str:
    """What an app sent, stored, with a rejected item beside it; the job's id."""
    broken = {"id": EVENT_ID, "type": "ViewEvent", "actor": 7, "mark": f"secret-of-{app.app_id}"}
    answer = service.call("POST", "/caliper/event", credential=key_of(app), body=envelope(*day(app, seed), broken))
    assert answer["statusCode"] == 200, answer["body"]
    assert len(answer["json"]["errors"]) == 1
    service.drain()
    return str(answer["json"]["jobId"])


# ── every route with every credential ──

REQUEST_ID = "0f3b6a52-9d1c-4c7e-8a55-6f1e2d3c4b5a"
OF_ADMINS = ("/operations", "/erasures", "/person-exports")
OF_AN_APP = {route.path.template for route in ROUTES if APP in route.parameters}
# What is asked for by an id that the learner of these tests, or this app, may not have.
MAY_BE_UNKNOWN = ("/jobs", "/caliper/events/", "/courses", "/aliases", "/erasures", "/person-exports")

CREDENTIALS: dict[str, str | None] = {
    "none": None,
    "an empty header": "Bearer ",
    "an unknown key": "ck_nobody-has-this",
    "a revoked key": "ck_revoked",
    "a key that ran out": "Bearer ck_ended",
    "a client's id as a key": f"client-of-{A.tenant}",
    "a digest as a key": f"K#{A.tenant}",
    "an expired token": "Bearer " + token_of(A, exp=NOW_S - 1),
    "a token whose time ran out in the gateway's cache": "Bearer " + token_of(A, exp=NOW_S + 30),
    "a forged token": "Bearer " + Pool().token(f"client-of-{A.tenant}", EVENT_CREATE),
    "a token of no registered client": "Bearer " + token_of(STRANGER),
    "A's key": key_of(A),
    "A's token": "Bearer " + token_of(A),
    "A's token without a scope": "Bearer " + token_of(A, "openid"),
    "B's token": "Bearer " + token_of(B),
    "the admin's token": "Bearer " + token_of(ADMIN, *CLIENT_SCOPES, *ADMIN_SCOPES),
}
MAY_WRITE = {"A's key", "A's token", "B's token", "the admin's token"}
MAY_READ = {"A's token", "B's token", "the admin's token"}
SCOPELESS = {"A's token without a scope"}


def concrete(template: str) -> str:
    values = {"{proxy+}": "", "{externalId+}": quote(EVENT_ID, safe=""), "{jobId}": "x" * 22, "{key}": key_of(A)}
    values["{file+}"] = f"{version()}/app.js"
    for name, value in values.items():
        template = template.replace(name, value)
    return template


def reads() -> list[tuple[str, dict[str, str]]]:
    parameters_of: dict[str, dict[str, str]] = {
        "/events": {"actor": LEARNER},
        "/sessions": {"actor": LEARNER},
        "/runs": {"actor": LEARNER},
        "/progress": {"actor": LEARNER},
        "/insights": {"actor": LEARNER},
        "/learners": {"email": EMAIL},
        "/courses": {"id": "c-7"},
        "/aliases": {"actor": LEARNER},
        "/erasures": {"id": REQUEST_ID},
        "/person-exports": {"id": REQUEST_ID},
    }
    paths = {template: concrete(template) for template in READ}
    paths["/insights/1.0/{proxy+}"] = f"/insights/1.0/users/{quote(LEARNER, safe='')}"
    paths["/edubridge/{proxy+}"] = f"/edubridge/enrollments/user/{quote(LEARNER, safe='')}"
    return [(path, parameters_of.get(path.rstrip("/"), {})) for path in paths.values()]


@pytest.mark.parametrize("path", ["/erasures", "/person-exports"])
def test_a_request_about_a_person_is_asked_for_by_its_id(service: Service, path: str) -> None:
    answer = service.call("GET", path, credential=CREDENTIALS["the admin's token"])
    assert answer["statusCode"] == 400
    assert "exactly one of id" in answer["json"]["message"]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_ingest_answers_each_credential_as_documented(service: Service, name: str) -> None:
    store(service, A)
    assert INGEST
    for template in INGEST:
        path = concrete(template)
        body: Json = {"sessionId": SESSION} if "heartbeat" in path else envelope(day(A, 1)[0])
        if name == "B's token" and "heartbeat" not in path:
            body = envelope(day(B, 1)[0])
        if name == "the admin's token" and "heartbeat" not in path:
            body = envelope({**day(A, 1)[0], "edApp": ADMIN.app_id})
        queued = len(service.queue.bodies)
        answer = service.call("POST", path, credential=CREDENTIALS[name], body=body)
        assert answer["json"]["message"], path
        if name not in MAY_WRITE:
            assert answer["statusCode"] == 401, path
            assert answer["headers"]["WWW-Authenticate"].startswith("Bearer")
            assert len(service.queue.bodies) == queued
        elif "heartbeat" in path:
            assert answer["statusCode"] == (202 if name.startswith("A's") else 404)
        else:
            assert answer["statusCode"] == (202 if "v1p2" in path or "1.0" in path else 200), path


@pytest.mark.parametrize("name", CREDENTIALS)
def test_reads_answer_each_credential_as_documented(service: Service, name: str) -> None:
    store(service, A)
    assert reads()
    for path, parameters in reads():
        configuration = path.rstrip("/") in ("", "/caliper/event")
        for method in ("GET", "HEAD"):
            answer = service.call(method, path, credential=CREDENTIALS[name], **parameters)
            status = answer["statusCode"]
            expected = (200, 404) if path.startswith(MAY_BE_UNKNOWN) else (200,)
            if path.startswith(OF_ADMINS) and name in MAY_READ:
                assert status in (expected if name == "the admin's token" else (403,)), path
            elif name in (MAY_WRITE if configuration else MAY_READ):
                assert status in expected, path
            elif name in SCOPELESS | {"A's key"}:
                assert status == (401 if configuration else 403), path
            else:
                assert status == 401, path
            if method == "HEAD":
                assert not answer["body"]
            elif status != 200:
                assert answer["json"]["message"]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_what_is_open_is_open_and_what_is_unknown_says_nothing(service: Service, name: str) -> None:
    for path in OPEN:
        assert service.call("GET", concrete(path), credential=CREDENTIALS[name])["statusCode"] == 200
    for path in ("/nothing", "/events/x", "/admin", "/k", "/caliper/event/x/y"):
        answer = service.call("GET", path, credential=CREDENTIALS[name])
        assert answer["statusCode"] in (401, 404), path
        assert answer["json"]["message"]


def test_the_key_in_a_path_is_the_credential_and_a_wrong_one_none() -> None:
    service = Service()
    service.register(A)
    assert KEY_IN_PATH
    for template in KEY_IN_PATH:
        path = concrete(template)
        assert service.call("POST", path, body=envelope(day(A, 1)[0]))["statusCode"] == 200
        assert service.call("GET", path)["statusCode"] == 200
        wrong = path.replace(key_of(A), "ck_wrong")
        assert service.call("POST", wrong, body=envelope(day(A, 1)[0]))["statusCode"] == 401
        assert service.call("POST", wrong, credential=key_of(A), body=envelope(day(A, 1)[0]))["statusCode"] == 401


def test_a_context_that_no_authorizer_wrote_opens_nothing(service: Service) -> None:
    from functions.query.dependencies import Dependencies
    from functions.query.handler import handler

    store(service, B)
    dependencies = Dependencies(
        table=service.table, registry_table=service.table, settings=QuerySettings(table_name="t")
    )
    for context in (
        {"app": B.app_id, "tenant": B.tenant},
        {"app": B.app_id, "tenant": B.tenant, "principal": json.dumps({"app": B.app_id})},
        {"principal": json.dumps({"app": {"app_id": B.app_id, "tenant": B.tenant}, "scopes": "*", "kind": "key"})},
        {"failure": "", "principal": "{}"},
    ):
        event: Json = {
            "rawPath": "/events",
            "rawQueryString": f"actor={quote(LEARNER)}",
            "requestContext": {"http": {"method": "GET"}, "authorizer": {"lambda": context}},
        }
        assert handler(event, None, dependencies=dependencies)["statusCode"] == 401


# ── read ──

QUESTIONS: list[tuple[str, dict[str, str]]] = [
    *[("/events", {name: value}) for name, value in (("actor", LEARNER), ("session", SESSION), ("run", RUN))],
    ("/events", {"id": EVENT_ID}),
    *[("/sessions", {name: value}) for name, value in (("actor", LEARNER), ("id", SESSION))],
    *[("/runs", {name: value}) for name, value in (("actor", LEARNER), ("id", RUN))],
    ("/progress", {"actor": LEARNER}),
    ("/progress", {"actor": LEARNER, "course": COURSE}),
    *[("/insights", {name: value}) for name, value in (("actor", LEARNER), ("session", SESSION))],
    ("/rejections", {}),
    ("/caliper/events", {}),
    ("/caliper/events", {"actorId": LEARNER}),
    ("/caliper/events", {"actorEmail": EMAIL}),
    ("/caliper/events", {"sensor": "https://app.example.org/sensors/1"}),
    (f"/caliper/events/{quote(EVENT_ID, safe='')}", {}),
    *[(f"/insights/1.0/users/{quote(LEARNER, safe='')}{rest}", {}) for rest in ("", "/sessions", "/overview")],
    (f"/insights/1.0/sessions/{quote(SESSION, safe='')}", {}),
    ("/insights/1.0/types", {}),
]


@pytest.mark.parametrize(("path", "parameters"), QUESTIONS)
def test_an_app_that_sent_nothing_finds_nothing_of_what_another_sent(
    service: Service, path: str, parameters: dict[str, str]
) -> None:
    nothing = service.call("GET", path, credential="Bearer " + token_of(A), **parameters)
    job = store(service, B)
    service.settle()
    again = service.call("GET", path, credential="Bearer " + token_of(A), **parameters)
    assert again["statusCode"] == nothing["statusCode"]
    assert without_times(again["json"]) == without_times(nothing["json"])
    status = service.call("GET", f"/jobs/{job}/status", credential="Bearer " + token_of(A))
    assert status["statusCode"] == 404 or status["json"]["job"]["state"] == "waiting"
    assert status["statusCode"] == 404 or not status["json"]["job"]["returnValue"]


@pytest.mark.parametrize(("path", "parameters"), QUESTIONS)
def test_the_same_ids_in_two_apps_are_two_learners_sessions_runs_and_events(
    service: Service, path: str, parameters: dict[str, str]
) -> None:
    alone = Service()
    alone.register(A)
    store(alone, A)
    for app, seed in ((A, 1), (B, 2)):
        store(service, app, seed)
    answer = service.call("GET", path, credential="Bearer " + token_of(A), **parameters)
    assert f"secret-of-{B.app_id}" not in answer["body"]
    assert B.app_id not in answer["body"]
    expected = alone.call("GET", path, credential="Bearer " + token_of(A), **parameters)
    assert without_times(answer["json"]) == without_times(expected["json"])
    assert (f"secret-of-{A.app_id}" in answer["body"]) == (path.startswith(("/events", "/caliper", "/rejections")))


def without_times(value: Any) -> Any:
    """An answer without what differs between two requests: when they came, and their jobs."""
    if isinstance(value, dict):
        moving = {
            *("receivedAt", "since", "jobId", "sendTime", "cursor"),
            *("created_at", "updated_at", "createdAt", "dateCreated"),
        }
        return {name: without_times(part) for name, part in value.items() if name not in moving}
    if isinstance(value, list):
        return [without_times(part) for part in value]
    return value


@pytest.mark.parametrize(
    ("path", "parameters"),
    [(path, parameters) for path, parameters in QUESTIONS if path in {"/events", "/sessions", "/rejections"}],
)
def test_only_an_admin_reads_what_another_app_sent(service: Service, path: str, parameters: dict[str, str]) -> None:
    store(service, B)
    for app in (B.app_id, "*"):
        refused = service.call("GET", path, credential="Bearer " + token_of(A), **parameters, app=app)
        assert refused["statusCode"] == 403
        assert f"secret-of-{B.app_id}" not in refused["body"]
        read = service.call("GET", path, credential=CREDENTIALS["the admin's token"], **parameters, app=app)
        assert read["statusCode"] == 200
        assert any(read["json"][name] for name in ("events", "sessions", "rejections") if name in read["json"])


def test_an_admin_of_one_app_reads_that_app_alone_by_every_route(service: Service) -> None:
    for app in (A, B):
        store(service, app)
    scopes = CLIENT_SCOPES | ADMIN_SCOPES
    service.registry.add_client("limited", app=ADMIN, scopes=scopes, now_us=0, admin_of=(A.tenant,))
    limited = f"Bearer {POOL.token('limited', *scopes, exp=EXPIRES)}"
    questions = [(path, parameters) for path, parameters in reads() if path in OF_AN_APP]
    assert len(questions) > 10
    for path, parameters in questions:

        def ask(credential: str | None, app: str, path: str = path, more: dict[str, str] = parameters) -> Json:
            return service.call("GET", path, credential=credential, **more, app=app)

        of_a, of_a_to_limited = (ask(each, A.app_id) for each in (CREDENTIALS["the admin's token"], limited))
        assert of_a_to_limited["statusCode"] == of_a["statusCode"] in (200, 404), path
        of_a["json"].pop("credentials", None)  # an app's credentials are for an admin of all
        of_a_to_limited["json"].pop("credentials", None)
        assert without_times(of_a_to_limited["json"]) == without_times(of_a["json"]), path
        for other in (B.app_id, "*"):
            refused = ask(limited, other)
            # Some routes are about one app always: `*` is no app's id to them.
            is_an_app = ask(CREDENTIALS["the admin's token"], other)["statusCode"] != 400
            assert refused["statusCode"] == (403 if is_an_app else 400), path
            assert f"secret-of-{B.app_id}" not in refused["body"]


def test_a_cursor_names_no_way_into_another_app(service: Service) -> None:
    """It is not signed: A can write one that names B's tenant and is bound to A's own query."""
    store(service, B)
    store(service, A)
    parameters = {"actor": LEARNER}
    token = "Bearer " + token_of(A)
    first = service.call("GET", "/events", credential="Bearer " + token_of(B), **parameters, limit="1")["json"][
        "cursor"
    ]
    assert service.call("GET", "/events", credential=token, **parameters, limit="1", cursor=first)["statusCode"] == 400
    bound = binding("/events", A.tenant, f"actor={LEARNER}")
    for tenant in (B.tenant, "", A.tenant):
        forged = cursor(bound, tenant, "")
        answer = service.call("GET", "/events", credential=token, **parameters, limit="1", cursor=forged)
        assert answer["statusCode"] == 200
        assert f"secret-of-{B.app_id}" not in answer["body"]


# ── extend, close, speak for ──


def tried(service: Service, *events: Json) -> dict[str, Any]:
    """A sends; B's rows must be as they were."""
    before = service.rows_of(B)
    answer = service.call("POST", "/caliper/event", credential=key_of(A), body=envelope(*events))
    service.drain()
    service.sweep(minutes_later=0)
    service.drain()
    assert service.rows_of(B) == before
    return answer


def test_an_app_cannot_extend_anothers_session(service: Service) -> None:
    store(service, B)
    before = service.rows_of(B)
    for credential in (key_of(A), "Bearer " + token_of(A), CREDENTIALS["the admin's token"]):
        for edapp in ({}, {"edApp": A.app_id}, {"edApp": B.app_id}):
            body = {"sessionId": SESSION, **edapp}
            answer = service.call("POST", "/events/1.0/heartbeat", credential=credential, body=body)
            assert answer["statusCode"] in (403, 404)
    assert service.queue.bodies == []
    assert service.rows_of(B) == before
    tried(service, Payloads(7, app=A.app_id).question_started(LEARNER) | {"session": SESSION})


@pytest.mark.parametrize("action", ["LoggedOut", "TimedOut"])
def test_an_app_cannot_close_anothers_session(service: Service, action: str) -> None:
    store(service, B)
    payloads = Payloads(7, app=A.app_id)
    ended = payloads.logged_out(LEARNER, SESSION) | {"action": action}
    if action == "TimedOut":
        ended["object"] = ended.pop("session")
    assert tried(service, ended)["statusCode"] == 200
    listed = service.call("GET", "/sessions", credential="Bearer " + token_of(B), id=SESSION)["json"]["sessions"]
    assert [session["state"] for session in listed] == ["open"]


def test_a_timed_out_that_carries_the_id_of_this_services_own_closes_nothing_elsewhere(service: Service) -> None:
    store(service, B)
    payloads = Payloads(7, app=A.app_id)
    ended = payloads.logged_out(LEARNER, SESSION) | {"action": "TimedOut"}
    ended |= {"object": ended.pop("session")}
    ended["id"] = timed_out_id(
        tenant=B.tenant,
        learner=LEARNER,
        session=SESSION,
        explicit=True,
        app=None,
        started_us=parse_time(ended["eventTime"]) or 0,
    )
    tried(service, ended)
    service.settle()
    answer = service.call("GET", "/events", credential="Bearer " + token_of(B), actor=LEARNER, type="SessionEvent")
    events = [row["event"] for row in answer["json"]["events"]]
    assert [event["action"] for event in events].count("TimedOut") == 1
    assert f"secret-of-{A.app_id}" not in answer["body"]


def test_what_an_app_sends_in_the_form_of_this_services_own_timed_out_is_rejected_and_changes_nothing(
    service: Service,
) -> None:
    """Its content and id can be computed by anybody: the same bytes would take the place of the service's own row."""
    store(service, A)
    service.settle()

    def stored() -> list[Json]:
        answer = service.call("GET", "/events", credential="Bearer " + token_of(A), actor=LEARNER, type="SessionEvent")
        rows: list[Json] = answer["json"]["events"]
        return rows

    before = stored()
    assert [row["event"]["action"] for row in before if row["system"]] == ["TimedOut"]
    own = next(row["event"] for row in before if row["system"])
    forged = own | {"actor": {"id": LEARNER, "type": "Person"}, "endedAtTime": None}
    answer = service.call("POST", "/caliper/event", credential=key_of(A), body=envelope(own, forged))
    assert [(error["index"], error["pointers"]) for error in answer["json"]["errors"]] == [
        (0, ["/id", "/actor"]),
        (1, ["/id"]),
    ]
    service.drain()
    after = stored()
    assert [row for row in after if row["system"]] == [row for row in before if row["system"]]
    read_back = service.call("GET", f"/caliper/events/{own['id']}", credential="Bearer " + token_of(A))
    assert read_back["json"]["event"]["actor"]["id"] == own["actor"]["id"]


B_UUID = "0b0b0b0b-0000-4000-8000-00000000000b"
AS_B: list[Any] = [
    B.app_id,
    f"  {B.app_id} ",
    {"id": B.app_id, "type": "SoftwareApplication"},
    {"@id": B.app_id, "@type": "SoftwareApplication"},
    {"id": None, "@id": B.app_id, "type": "SoftwareApplication"},
    f"urn:uuid:{B_UUID}",
    f"urn:uuid:{B_UUID.upper()}",
    B_UUID,
    "https://b.example.org/another",
    "https://a.example.org.b.example.org/",
]


@pytest.mark.parametrize("edapp", AS_B)
def test_an_app_cannot_speak_for_anothers_edapp(service: Service, edapp: Any) -> None:
    event = Payloads(7, app=A.app_id).lesson_started(LEARNER) | {"edApp": edapp}
    answer = tried(service, event)
    assert answer["statusCode"] == 400
    assert answer["json"]["errors"][0]["findings"][0]["code"] == "edapp"
    if isinstance(edapp, str):
        body = {"sessionId": SESSION, "edApp": edapp}
        assert service.call("POST", "/events/1.0/heartbeat", credential=key_of(A), body=body)["statusCode"] == 403


def test_of_an_edapp_given_twice_the_one_that_is_stored_is_the_one_that_is_judged(service: Service) -> None:
    event = Payloads(7, app=A.app_id).lesson_started(LEARNER)
    text = json.dumps(envelope(event))
    own, other = f'"edApp": "{A.app_id}"', f'"edApp": "{B.app_id}"'
    escaped = other.replace("edApp", "\\u0065dApp")
    for twice in (f"{own}, {other}", f"{own}, {escaped}"):
        answer = service.call("POST", "/caliper/event", credential=key_of(A), body=text.replace(own, twice))
        assert answer["statusCode"] == 400, twice
    for twice in (f"{other}, {own}", f"{escaped}, {own}"):
        service.call("POST", "/caliper/event", credential=key_of(A), body=text.replace(own, twice))
        service.drain()
    listed = service.call("GET", "/sessions", credential="Bearer " + token_of(A), actor=LEARNER)
    assert {session["edApp"] for session in listed["json"]["sessions"]} == {A.app_id}


def test_another_apps_traffic_never_moves_a_sessions_end(service: Service) -> None:
    """A sends for B's learner and session after B stopped; B's session ends when B's last event was."""
    store(service, B)
    later = format_time(1_772_442_000_000_000 + 20 * MINUTE_US)
    event = Payloads(7, app=A.app_id).lesson_started(LEARNER)
    tried(service, event | {"session": SESSION, "eventTime": later})
    service.settle()
    (mine,) = service.call("GET", "/sessions", credential="Bearer " + token_of(B), id=SESSION)["json"]["sessions"]
    alone = Service()
    alone.register(B)
    store(alone, B)
    alone.settle()
    (expected,) = alone.call("GET", "/sessions", credential="Bearer " + token_of(B), id=SESSION)["json"]["sessions"]
    assert without_times(mine) == without_times(expected)


def test_every_row_begins_with_the_tenant_of_who_sent_it(service: Service) -> None:
    for app in (A, B):
        store(service, app)
    service.settle()
    own = {f"{app.tenant}#" for app in (A, B)}
    shared = {"APPS", "LAG"}
    assert {pk[:23] for pk, _ in service.table.items} >= own
    for pk, _ in service.table.items:
        assert pk[:23] in own or pk in shared or pk.startswith(("K#", "U#")), pk
