"""A line in the audit log for each read that names people, and for no other."""

import json
from copy import replace

import pytest

from functions.core.usage.audit import learner_digest
from functions.query.routes import ROUTES
from tests.payloads import APP
from tests.unit.query.world import OTHER_APP, STUDENT, World

OF_NO_LEARNER = {
    "/", "/caliper/event", "/k/{key}", "/conflicts", "/health", "/openapi.json", "/docs", "/volume", "/account",
    "/operations", "/console", "/console/{file}", "/jobs/{jobId}/status", "/insights/1.0/types", "/erasures",
    "/.well-known/security.txt",
}  # fmt: skip


@pytest.fixture
def world() -> World:
    world = World()
    world.set_clock(60)
    world.send(*(world.event(minute) for minute in range(3)))
    world.register(APP)
    return world


def test_the_routes_that_name_no_learner_are_these_and_every_other_leaves_a_line() -> None:
    assert {route.path.template for route in ROUTES if not route.names_people} == OF_NO_LEARNER


def test_a_line_says_who_read_what_when_and_how_much_of_it(world: World) -> None:
    world.principal = replace(world.principal or pytest.fail("nobody asks"), credential="key_1")
    world.get("/events", actor=STUDENT)
    (line,) = world.audit.lines
    assert line == {
        "time": world.time(60),
        "requestId": "",
        "credential": "key_1",
        "kind": "client",
        "app": APP,
        "apps": None,
        "route": "GET /events",
        "status": 200,
        "learner": learner_digest(world.audit.key, STUDENT),
        "changed": None,
        "rows": 3,
    }


def test_no_line_has_an_id_or_an_address_of_a_learner(world: World) -> None:
    questions = [{"actorId": STUDENT}, {"actorEmail": "Learner@example.org"}]
    for parameters in questions:
        world.get("/caliper/events", **parameters)
    world.get(f"/insights/1.0/users/{STUDENT}")
    first, second, third = world.audit.lines
    assert first["learner"] == third["learner"] != second["learner"]
    assert second["learner"] == learner_digest(world.audit.key, "learner@example.org")
    written = json.dumps(world.audit.lines)
    assert STUDENT not in written
    assert "example.org/" not in written.replace(APP, "")


def test_the_digest_needs_the_key_and_tells_no_two_spellings_of_an_id_apart() -> None:
    assert learner_digest(b"1", STUDENT) == learner_digest(b"1", STUDENT.upper().replace("URN:UUID", "urn:uuid"))
    assert learner_digest(b"1", STUDENT) != learner_digest(b"2", STUDENT)


def test_a_read_of_other_apps_names_them_and_one_that_is_refused_has_no_rows(world: World) -> None:
    assert world.refused("/arrivals", app=OTHER_APP)[0] == 403
    world.as_admin()
    world.get("/arrivals", app="*")
    assert [(line["apps"], line["status"], line["rows"]) for line in world.audit.lines] == [
        (OTHER_APP, 403, 0),
        ("*", 200, 3),
    ]


def test_health_and_requests_without_a_credential_leave_no_line(world: World) -> None:
    world.get("/health")
    world.get("/account")
    world.principal = None
    assert world.refused("/events", actor=STUDENT)[0] == 401
    assert world.audit.lines == []


def test_a_line_that_the_audit_log_does_not_take_stands_in_the_functions_own(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.audit.refusal = "ThrottlingException"
    assert len(world.get("/events", actor=STUDENT)["events"]) == 3
    (record,) = [record for record in caplog.records if record.message == "audit line was not written"]
    assert record.__dict__["reason"] == "ThrottlingException"
    assert record.__dict__["line"]["rows"] == 3
