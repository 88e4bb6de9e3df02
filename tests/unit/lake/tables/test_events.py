"""The table `events`: each column of an event that says everything, and what each leaves out."""

from typing import Any

import pytest

from functions.core.ids import content_digest
from functions.lake.tables.events import EVENTS, seconds_of
from tests.lake_lines import KEY, event, line
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT
from tests.payloads import APP, Json

LEARNER = "https://school.example/users/7"
FULL: Json = event(
    "urn:x:1",
    LEARNER,
    type="ActivityEvent",
    action="Completed",
    profile="TimebackProfile",
    actor={"id": LEARNER, "type": "TimebackUser", "name": "Ada"},
    object={
        "id": "https://app.example/activities/1",
        "type": "TimebackActivityContext",
        "name": " Fractions ",
        "subject": "Math",
        "course": {"id": "https://app.example/courses/1", "name": "Math 5"},
    },
    target={"id": "https://app.example/targets/1", "type": "Frame"},
    generated={
        "id": "https://app.example/results/1",
        "type": "TimebackActivityMetricsCollection",
        "attempt": 2,
        "items": [
            {"type": "xpEarned", "value": 3},
            {"type": "xpEarned", "value": 1.5},
            {"type": "totalQuestions", "value": 4},
        ],
        "duration": "PT2M",
    },
    group={"id": "https://school.example/sections/1", "type": "CourseSection"},
    membership={
        "id": "urn:x:m",
        "type": "Membership",
        "roles": ["Learner", 7, "http://purl.imsglobal.org/caliper/Mentor"],
    },
    extensions={"runId": "https://app.example/runs/1", "courseId": "https://app.example/courses/1"},
)
FINDINGS = [{"severity": "warning", "code": code, "pointer": "", "message": "m", "source": "s"} for code in "bab"]
REQUEST: dict[str, Any] = {
    "findings": FINDINGS,
    "sensor": "https://sensor.example",
    "data_version": "v1p2",
    "received_us": NINE_US + 5,
}


def row(item: Any = FULL, **said: Any) -> dict[str, Any]:
    return EVENTS.row(line(item, **said))


def test_an_event_that_says_everything_fills_every_column() -> None:
    full = row(**REQUEST)
    key = PSEUDONYMS.of(TENANT, LEARNER)
    assert full == {
        "day": "2026-03-02", "app": APP, "id": "urn:x:1", "event_time": NINE_US, "received": NINE_US + 5,
        "type": "ActivityEvent", "action": "Completed", "profile": "TimebackProfile",
        "learner_key": key, "actor_key": key, "actor_type": "TimebackUser",
        "object": "https://app.example/activities/1", "object_type": "TimebackActivityContext",
        "object_name": "Fractions", "target": "https://app.example/targets/1",
        "generated": "https://app.example/results/1", "generated_type": "TimebackActivityMetricsCollection",
        "session": "urn:x:session", "auto_attach": False, "run": "https://app.example/runs/1",
        "course": "https://app.example/courses/1", "subject": "Math", "edapp": APP,
        "group_id": "https://school.example/sections/1", "roles": ["Learner", "Mentor"],
        "score": None, "max_score": None, "metrics": {"xpEarned": 4.5, "totalQuestions": 4.0},
        "attempt": 2, "duration_s": 120.0,
        "sensor": "https://sensor.example", "data_version": "v1p2", "warnings": ["a", "b"],
        "system": False, "masqueraded": False, "content": content_digest(FULL), "archive_key": KEY,
        "precedence": 1, "rows_version": 1,
    }  # fmt: skip


EMPTY = {
    "profile", "object", "object_type", "object_name", "target", "generated", "generated_type", "actor_type", "action",
    "session", "run", "course", "subject", "group_id", "roles", "score", "max_score", "metrics", "attempt",
    "duration_s", "sensor", "data_version", "warnings", "edapp", "learner_key", "actor_key",
}  # fmt: skip


def test_what_an_event_does_not_say_is_null() -> None:
    bare = row({"id": "urn:x:1", "type": "Event", "eventTime": "2026-03-02T09:00:00Z"})
    assert {name for name, value in bare.items() if value is None} == EMPTY


def test_an_event_of_this_service_goes_before_others_under_its_id() -> None:
    ours = row(system=True)
    assert (ours["system"], ours["precedence"]) == (True, 0)


def test_an_event_without_an_id_of_its_own_has_that_of_its_content() -> None:
    anonymous = event("_:b0", LEARNER)
    assert row(anonymous)["id"] == f"_:{content_digest(anonymous)}"


def test_an_event_that_names_no_session_joins_one_by_gaps() -> None:
    assert row(event("urn:x:1", LEARNER, session="urn:tag:auto-attach"))["auto_attach"] is True


@pytest.mark.parametrize("name", ["id", "session", "run", "course"])
def test_an_id_that_holds_the_learner_s_is_a_pseudonym(name: str) -> None:
    own = f"{LEARNER}/own"
    said: dict[str, Json] = {
        "id": {"id": own},
        "session": {"session": own},
        "run": {"extensions": {"runId": own}},
        "course": {"object": FULL["object"] | {"course": {"id": own}}, "extensions": {"courseId": own}},
    }
    assert row(FULL | said[name])[name] == PSEUDONYMS.of(TENANT, own)


@pytest.mark.parametrize("slot", ["object", "target", "generated", "group"])
@pytest.mark.parametrize("kind", ["Person", "TimebackUser", "Membership"])
def test_an_id_of_a_person_is_a_pseudonym_and_a_person_has_no_name(slot: str, kind: str) -> None:
    other = {"id": "urn:x:other", "type": kind, "name": "Ben"}
    said = row(event("urn:x:1", LEARNER) | {slot: other})
    assert said["group_id" if slot == "group" else slot] == PSEUDONYMS.of(TENANT, "urn:x:other")
    assert said["object_name"] is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [(" Fractions ", "Fractions"), ("  ", None), (7, None), (None, None), ("Homework of Ada", None), ("Ada", None)],
)
def test_the_name_of_an_object_is_shown_unless_it_may_be_the_actor_s(name: object, expected: str | None) -> None:
    assert row(FULL | {"object": {"id": "urn:x:o", "type": "Page", "name": name}})["object_name"] == expected


@pytest.mark.parametrize("actor_name", [" ", 7, None])
def test_an_actor_without_a_name_hides_none(actor_name: object) -> None:
    actor = {"id": LEARNER, "type": "Person", "name": actor_name}
    assert row(FULL | {"actor": actor})["object_name"] == "Fractions"


SCORES = ["scoreGiven", "totalScore", "resultScore", "normalScore"]
MAX_SCORES = ["maxScore", "maxResultScore"]


@pytest.mark.parametrize(("column", "names"), [("score", SCORES), ("max_score", MAX_SCORES)])
def test_a_score_is_read_by_any_of_its_names_the_first_of_them(column: str, names: list[str]) -> None:
    for place, name in enumerate(names):
        said = {other: 90 + number for number, other in enumerate(names[place:])}
        assert row(event("urn:x:1", LEARNER, generated={"id": "urn:x:s", "type": "Score", **said}))[column] == 90.0, (
            name
        )
        alone = {"id": "urn:x:s", "type": "Score", name: "x"}
        assert row(event("urn:x:1", LEARNER, generated=alone))[column] is None
    assert len(names) > 1


@pytest.mark.parametrize(
    ("count", "attempt"),
    [
        (0, 0), (3, 3), (2**31 - 1, 2**31 - 1), (2**31, None), (-1, None), (True, None), (1.5, None), ("1", None),
    ],
)  # fmt: skip
def test_an_attempt_is_a_number_that_the_column_holds(count: object, attempt: int | None) -> None:
    said = event("urn:x:1", LEARNER, generated={"id": "urn:x:a", "type": "Attempt", "count": count})
    assert row(said)["attempt"] == attempt


@pytest.mark.parametrize(
    ("generated", "target", "seconds"),
    [("PT1M", "PT2M", 60.0), (None, "PT2M", 120.0), ("soon", "PT2M", 120.0), ("PT0S", "PT2M", 0.0), (None, None, None)],
)
def test_a_duration_is_the_result_s_or_else_the_object_s(
    generated: str | None, target: str | None, seconds: float | None
) -> None:
    said = {"generated": {"duration": generated}, "object": {"id": "urn:x:o", "duration": target}}
    assert row(event("urn:x:1", LEARNER) | said)["duration_s"] == seconds


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("P1W", 604_800.0), ("P1D", 86_400.0), ("PT1H", 3_600.0), ("PT1M", 60.0), ("PT1S", 1.0), ("PT0.5S", 0.5),
        ("P1W2DT3H4M5S", 788_645.0), ("PT", None), ("P1M", None), ("1S", None), ("pt1s", None), ("PT1S ", None),
    ],
)  # fmt: skip
def test_each_part_of_a_duration_counts(duration: str, seconds: float | None) -> None:
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize("roles", ["Learner", None, {"a": 1}])
def test_roles_that_are_no_list_are_none(roles: object) -> None:
    assert row(event("urn:x:1", LEARNER, membership={"roles": roles}))["roles"] is None
