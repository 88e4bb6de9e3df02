"""The tables of lines as they stand: each column of `raw`, `copies`, `people` and `rejections`."""

from typing import Any

import orjson
import pytest

from functions.core.ids import content_digest
from functions.core.times import parse_time
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS, finding_rows, person_row
from tests.lake_lines import KEY, event, line
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT
from tests.payloads import APP

LEARNER = "urn:x:ada"
LEARNER_KEY = PSEUDONYMS.of(TENANT, LEARNER)
LATER_US = NINE_US + 24 * 3600 * 1_000_000
FINDING = {"severity": "warning", "code": "c", "pointer": "/p", "message": "m", "source": "s"}
REQUEST: dict[str, Any] = {
    "job": "j1", "sensor": "https://sensor.example", "data_version": "v", "send_time": "2026-03-02T08:59:00Z",
    "edapps": ("urn:a", "urn:b"), "findings": [FINDING], "received_us": LATER_US, "auto_attach": True, "system": True,
}  # fmt: skip


def test_a_row_of_raw_says_what_was_sent_and_all_of_its_request() -> None:
    sent = event("urn:x:1", LEARNER)
    assert RAW.row(line(sent, **REQUEST)) == {
        "day": "2026-03-02", "app": APP, "kind": "event", "id": "urn:x:1", "content": content_digest(sent),
        "learner_key": LEARNER_KEY, "event_time": NINE_US, "received": LATER_US, "job": "j1",
        "sensor": "https://sensor.example", "data_version": "v", "auto_attach": True, "system": True,
        "send_time": "2026-03-02T08:59:00Z", "edapps": ["urn:a", "urn:b"],
        "findings": orjson.dumps([FINDING]).decode(), "raw": orjson.dumps(sent).decode(), "archive_key": KEY,
    }  # fmt: skip


def test_what_a_request_does_not_say_is_null_in_raw() -> None:
    row = RAW.row(line(event("urn:x:1", LEARNER)))
    assert {name for name, value in row.items() if value is None} == {
        "sensor", "data_version", "send_time", "edapps", "findings"
    }  # fmt: skip
    assert (row["auto_attach"], row["system"]) == (False, False)
    assert RAW.row(line(event("urn:x:1", LEARNER), edapps=()))["edapps"] == []


@pytest.mark.parametrize(
    ("kind", "item", "day", "identifier", "learner_key", "time_us"),
    [
        ("event", event("urn:x:1", LEARNER), "2026-03-02", "urn:x:1", LEARNER_KEY, NINE_US),
        ("heartbeat", {"learner": LEARNER, "eventTime": "2026-03-02T09:00:00Z"},
         "2026-03-02", None, LEARNER_KEY, NINE_US),
        ("heartbeat", {"learner": 7}, "2026-03-03", None, None, LATER_US),
        ("rejection", event("urn:x:1", LEARNER), "2026-03-03", "urn:x:1", None, NINE_US),
        ("rejection", {"id": 7}, "2026-03-03", None, None, LATER_US),
        ("rejection", [1], "2026-03-03", None, None, LATER_US),
        ("entity", {"id": "urn:x:e", "dateModified": "2026-01-05T00:00:00Z", "dateCreated": "2026-01-04T00:00:00Z"},
         "2026-01-05", "urn:x:e", None, LATER_US),
        ("entity", {"id": "urn:x:e", "dateModified": "?", "dateCreated": "2026-01-04T00:00:00Z"},
         "2026-01-04", "urn:x:e", None, LATER_US),
        ("entity", {"id": "urn:x:e"}, None, "urn:x:e", None, LATER_US),
    ],
)  # fmt: skip
def test_each_kind_has_the_day_id_learner_and_time_that_it_says(
    kind: Any, item: Any, day: str | None, identifier: str | None, learner_key: str | None, time_us: int
) -> None:
    row = RAW.row(line(item, kind=kind, received_us=LATER_US))
    assert (row["kind"], row["day"], row["id"]) == (kind, day, identifier)
    assert (row["learner_key"], row["event_time"]) == (learner_key, time_us)


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("1999-12-31T23:59:59Z", None),
        ("2000-01-01T00:00:00Z", "2000-01-01"),
        ("2099-12-31T23:59:59Z", "2099-12-31"),
        ("2100-01-01T00:00:00Z", None),
    ],
)
def test_what_is_dated_outside_this_century_has_no_day_and_keeps_its_time(time: str, day: str | None) -> None:
    row = RAW.row(line(event("urn:x:1", LEARNER, eventTime=time)))
    assert (row["day"], row["event_time"]) == (day, parse_time(time))


def test_a_row_of_copies_is_where_else_an_item_lies() -> None:
    names = "day app kind content learner_key received archive_key".split()
    raw = RAW.row(line(event("urn:x:1", LEARNER), **REQUEST))
    assert COPIES.row(raw) == {name: raw[name] for name in names}


@pytest.mark.parametrize(
    ("actor", "name", "email"),
    [
        ({"name": " Ada L. ", "email": " a@x.example "}, "Ada L.", "a@x.example"),
        ({"firstName": "Ada", "lastName": "Lovelace"}, "Ada Lovelace", None),
        ({"givenName": "Ada"}, "Ada", None),
        ({"firstName": "A", "givenName": "B", "lastName": " "}, "A", None),
        ({"name": "N", "firstName": "Ada", "lastName": "Lovelace"}, "N", None),
        ({"name": " ", "lastName": "Lovelace"}, "Lovelace", None),
        ({"name": 7, "email": 7}, None, None),
        ({"extensions": {"email": "e@x.example"}}, None, "e@x.example"),
        ({"email": "a@x.example", "extensions": {"email": "e@x.example"}}, None, "a@x.example"),
        ({}, None, None),
    ],
)
def test_a_learner_is_described_by_what_the_actor_says(actor: Any, name: str | None, email: str | None) -> None:
    described = None if name is None and email is None else NINE_US
    row = person_row(line(event("urn:x:1", LEARNER, actor={"id": LEARNER, "type": "Person", **actor})))
    assert row is not None
    recency = row.pop("recency")
    assert row == {
        "app": APP, "learner_key": LEARNER_KEY, "learner": LEARNER, "name": name, "email": email,
        "described": described,
    }  # fmt: skip
    assert recency == (1 << 62 if described is None else -NINE_US)


def test_an_actor_who_is_not_the_learner_describes_nobody() -> None:
    grader = {"id": "urn:x:grader", "type": "SoftwareApplication", "name": "Grader", "email": "g@x.example"}
    attempt = {"id": "urn:x:a", "type": "Attempt", "assignee": LEARNER}
    graded = event("urn:x:1", LEARNER, type="GradeEvent", action="Graded", actor=grader, object=attempt)
    row = person_row(line(graded))
    assert row is not None
    assert (row["learner"], row["name"], row["described"]) == (LEARNER, None, None)


@pytest.mark.parametrize("kind", ["entity", "rejection"])
def test_only_facts_tell_of_people(kind: Any) -> None:
    assert person_row(line(event("urn:x:1", LEARNER), kind=kind)) is None
    assert person_row(line({"sessionId": "s"}, kind="heartbeat")) is None
    row = person_row(line({"learner": LEARNER}, kind="heartbeat"))
    assert row is not None
    assert (row["learner"], row["name"]) == (LEARNER, None)


def test_each_finding_is_a_row() -> None:
    error = {"severity": "error", "code": "d", "pointer": "", "message": "m"}
    sent = event("urn:x:1", LEARNER, type="http://purl.imsglobal.org/caliper/ViewEvent")
    first, second = finding_rows(line(sent, **REQUEST | {"findings": [FINDING, error]}))
    about = {
        "day": "2026-03-03", "app": APP, "received": LATER_US, "type": "ViewEvent", "sensor": "https://sensor.example",
        "kind": "event", "content": content_digest(sent), "learner_key": LEARNER_KEY, "archive_key": KEY,
    }  # fmt: skip
    assert first == about | {"severity": "warning", "code": "c", "pointer": "/p", "source": "s"}
    assert second == about | {"severity": "error", "code": "d", "pointer": "", "source": None}
    (bare,) = finding_rows(line({"id": 7}, kind="rejection", findings=[error]))
    assert (bare["type"], bare["sensor"], bare["learner_key"], bare["kind"]) == (None, None, None, "rejection")
    assert list(finding_rows(line(sent))) == []
    assert [column.name for column in REJECTIONS.columns if column.name not in first] == []
    assert PEOPLE.partition == ""
