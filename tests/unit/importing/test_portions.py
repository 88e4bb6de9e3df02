"""Lines judged and packed: which items go where, in portions of which size, as which messages and lines of rejects."""

import json
from copy import replace
from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2
from functions.core.ids import id_digest
from functions.core.jobs import parse_job_id
from functions.core.messages import MAX_MESSAGE_ITEMS, Message, unpack
from functions.core.privacy.erased import Erased, Erasure
from functions.core.times import format_time, parse_time
from functions.importing.portions import PORTION_ITEMS, Importing, Portion
from tests.payloads import Json
from tests.unit.importing.test_import import GOOD, NOW_US, STUDENT, THE_APP, events

ENTITY = {"id": "urn:uuid:0a0a0a0a-0000-4000-8000-0000000000aa", "type": "Person"}
BAD = GOOD | {"object": 7}
WITHOUT = ("urn:tag:import", CONTEXT_1_2)  # sensor and version of an item without an envelope


def importing(**changed: Any) -> Importing:
    return Importing(app=THE_APP, file_digest="f", received_us=NOW_US, **changed)


def line(row: Json | bytes) -> bytes:
    return (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n"


def portions(*rows: Json | bytes, offset: int = 0, first: int = 0, **changed: Any) -> list[Portion]:
    return list(importing(**changed).portions(map(line, rows), offset=offset, line=first))


def raws(items: dict[tuple[str, str], list[Any]]) -> dict[tuple[str, str], list[Json]]:
    return {place: [json.loads(item.raw) for item in held] for place, held in items.items()}


def enveloped(sensor: str, version: str, *data: Json) -> Json:
    return {"sensor": sensor, "sendTime": "2025-10-01T10:00:01.000Z", "dataVersion": version, "data": list(data)}


def test_items_are_together_by_their_sensor_and_version() -> None:
    first, second, third, fourth = events(4)
    older = third | {"@context": CONTEXT_1_1}
    (portion,) = portions(
        first, enveloped("s", CONTEXT_1_2, second), enveloped("s", CONTEXT_1_1, older), b"", b"  ",
        enveloped("s", CONTEXT_1_2, fourth), ENTITY,
    )  # fmt: skip
    assert raws(portion.queued) == {
        WITHOUT: [first, ENTITY],
        ("s", CONTEXT_1_2): [second, fourth],
        ("s", CONTEXT_1_1): [older],
    }
    assert [item.kind for item in portion.queued[WITHOUT]] == ["event", "entity"]
    assert portion.ids == [row["id"] for row in (first, second, third, fourth, ENTITY)]
    assert (portion.accepted, portion.archive_only, portion.rejects, portion.archived) == (5, 0, [], {})


def test_a_portion_ends_where_the_next_begins() -> None:
    rows: list[Json | bytes] = [GOOD, b"", BAD, GOOD]
    (portion,) = portions(*rows, offset=100, first=7)
    assert (portion.offset, portion.line) == (100 + sum(len(line(row)) for row in rows), 11)
    assert json.loads(portion.rejects[0])["line"] == 10
    assert [(empty.offset, empty.line, empty.accepted) for empty in portions(offset=5, first=2)] == [(5, 2, 0)]


@pytest.mark.parametrize(
    ("rejected", "accepted", "sizes"),
    [
        (0, PORTION_ITEMS - 1, [PORTION_ITEMS - 1]),
        (0, PORTION_ITEMS, [PORTION_ITEMS, 0]),
        (1, PORTION_ITEMS - 1, [PORTION_ITEMS, 0]),
        (3, PORTION_ITEMS, [PORTION_ITEMS, 3]),
    ],
)
@pytest.mark.parametrize("old", [True, False])
def test_a_portion_is_ten_messages_of_items_whether_rejected_or_old(
    rejected: int, accepted: int, sizes: list[int], old: bool
) -> None:
    rows = [b"no"] * rejected + [json.dumps(row).encode() for row in events(1) * accepted]
    held = portions(*rows, archive_before_us=NOW_US if old else 0)
    assert [portion.accepted + len(portion.rejects) for portion in held] == sizes
    assert sum(portion.archive_only for portion in held) == (accepted if old else 0)
    assert held[-1].line == rejected + accepted
    assert PORTION_ITEMS == 10 * MAX_MESSAGE_ITEMS


def test_what_is_rejected_is_a_line_with_its_item_and_its_errors() -> None:
    text = json.dumps(BAD, indent=1).encode().replace(b"\n", b"\r\n")
    (portion,) = importing().portions([text], offset=0, line=4)
    (row,) = map(json.loads, portion.rejects)
    (reason,) = row.pop("reasons")
    assert row == {"line": 5, "version": CONTEXT_1_2, "item": BAD}
    assert (reason["severity"], reason["pointer"]) == ("error", "/object")
    assert portion.rejects[0].endswith(b"}\n")
    assert portion.rejects[0].count(b"\n") == 1
    assert b"\r" not in portion.rejects[0]
    assert (portion.accepted, portion.ids) == (0, [])


def test_a_line_that_cannot_be_read_is_kept_as_its_text_with_the_reason() -> None:
    (portion,) = portions(b"  {oops \xff ")
    (row,) = map(json.loads, portion.rejects)
    (reason,) = row.pop("reasons")
    assert row == {"line": 1, "version": "", "text": "{oops �"}
    assert (reason["severity"], reason["code"], reason["pointer"]) == ("error", "json", "")
    assert set(reason) == {"severity", "code", "pointer", "message"}


def test_an_envelope_that_cannot_be_opened_is_kept_whole_with_its_place() -> None:
    envelope = enveloped("s", CONTEXT_1_2, GOOD)
    (portion,) = portions(json.dumps([envelope, envelope | {"data": 5}]).encode())
    (row,) = map(json.loads, portion.rejects)
    assert row["item"] == [envelope, envelope | {"data": 5}]
    assert row["reasons"][0]["pointer"] == "/1/data"


def test_an_item_that_is_no_text_is_rejected_alone() -> None:
    (portion,) = portions(b'{"id": "\xff"}', GOOD)
    assert portion.accepted == 1
    (row,) = map(json.loads, portion.rejects)
    assert (row["line"], row["text"]) == (1, '{"id": "�"}')


def test_warnings_travel_with_an_accepted_item_and_not_with_a_reject() -> None:
    warned = GOOD | {"unknownProperty": 1, "eventTime": "2025-10-01T10:00:00Z"}
    (portion,) = portions(enveloped("s", CONTEXT_1_2, warned), warned | {"object": 7})
    ((item,),) = portion.queued.values()
    assert {finding["severity"] for finding in item.findings} == {"warning"}
    (row,) = map(json.loads, portion.rejects)
    assert {finding["severity"] for finding in row["reasons"]} == {"error"}


BEFORE_US = parse_time("2025-10-01T10:00:00Z") or 0


@pytest.mark.parametrize(
    ("event_us", "archive_before_us", "is_old"),
    [(BEFORE_US - 1000, BEFORE_US, True), (BEFORE_US, BEFORE_US, False), (BEFORE_US - 1000, 0, False)],
)
def test_an_event_of_before_goes_to_the_archive_and_an_entity_never_does(
    event_us: int, archive_before_us: int, is_old: bool
) -> None:
    event = GOOD | {"eventTime": format_time(event_us)}
    (portion,) = portions(event, ENTITY, archive_before_us=archive_before_us)
    archived, queued = ([event], [ENTITY]) if is_old else ([], [event, ENTITY])
    assert raws(portion.archived) == ({WITHOUT: archived} if archived else {})
    assert raws(portion.queued) == {WITHOUT: queued}
    assert portion.ids == [row["id"] for row in queued]
    assert (portion.accepted, portion.archive_only) == (2, len(archived))


def messages_of(portion: Portion, importing_file: Importing) -> list[Message]:
    return [unpack(body) for body in importing_file.bodies(portion)]


def test_the_messages_of_a_portion_are_the_apps_and_the_same_each_time() -> None:
    importing_file = importing()
    rows = [enveloped("s", CONTEXT_1_2, *events(3)), enveloped("t", CONTEXT_1_2, *events(300)[3:])]
    (portion,) = importing_file.portions(map(line, rows), offset=0, line=0)
    messages = messages_of(portion, importing_file)
    assert [(message.sensor, message.part, len(message.items)) for message in messages] == [
        ("s", 0, 3), ("t", 1, MAX_MESSAGE_ITEMS), ("t", 2, 47)
    ]  # fmt: skip
    for message in messages:
        assert (message.tenant, message.app_id) == (THE_APP.tenant, THE_APP.app_id)
        assert (message.received_us, message.data_version, message.system) == (NOW_US, CONTEXT_1_2, False)
    (job,) = {message.job for message in messages}
    parsed = parse_job_id(job)
    assert parsed is not None
    assert parsed.parts == 3
    assert messages_of(portion, importing()) == messages


def test_a_job_is_of_its_file_its_portion_and_its_time() -> None:
    (portion,) = portions(*events(9))
    others = [replace(importing(), file_digest="g"), replace(importing(), received_us=NOW_US + 1)]
    jobs = {messages_of(portion, importing_file)[0].job for importing_file in (importing(), *others)}
    (later,) = portions(*events(9), first=1)
    jobs.add(messages_of(later, importing())[0].job)
    assert len(jobs) == 4


@pytest.mark.parametrize("auto_attach", [True, False])
def test_events_without_a_session_are_attached_as_the_app_says(auto_attach: bool) -> None:
    importing_file = replace(importing(archive_before_us=NOW_US), app=replace(THE_APP, auto_attach=auto_attach))
    (portion,) = importing_file.portions(map(line, [GOOD, ENTITY]), offset=0, line=0)
    both = [*messages_of(portion, importing_file), *importing_file.archive_messages(portion)]
    assert [message.auto_attach for message in both] == [auto_attach, auto_attach]


def test_what_goes_to_the_archive_is_in_parts_with_numbers_of_their_own() -> None:
    importing_file = importing(archive_before_us=NOW_US)
    rows = [enveloped("s", CONTEXT_1_2, *events(3)), enveloped("t", CONTEXT_1_2, *events(300)[3:])]
    (portion,) = importing_file.portions(map(line, rows), offset=0, line=0)
    assert importing_file.bodies(portion) == []
    messages = importing_file.archive_messages(portion)
    assert [(message.sensor, message.part, len(message.items)) for message in messages] == [
        ("s", 0, 3), ("t", 1, MAX_MESSAGE_ITEMS), ("t", 2, 47)
    ]  # fmt: skip
    assert {(message.tenant, message.app_id, message.received_us) for message in messages} == {
        (THE_APP.tenant, THE_APP.app_id, NOW_US)
    }


def test_what_happened_after_an_erasure_or_to_others_stays() -> None:
    digest = id_digest(STUDENT)
    erasure = Erasure(digest=digest, role="learner", alias="urn:erased:1", before_us=BEFORE_US, request="r")
    before, after = (GOOD | {"eventTime": format_time(BEFORE_US + change)} for change in (-1_000_000, 1_000_000))
    of_another = before | {"actor": "urn:uuid:0a0a0a0a-0000-4000-8000-0000000000bb"}
    (portion,) = portions(before, after, of_another, erased=Erased({digest: erasure}))
    kept = [json.loads(item.raw) for items in portion.queued.values() for item in items]
    assert [row["eventTime"] for row in kept if row["actor"] == STUDENT] == [after["eventTime"]]
    assert portion.rejects == []
    assert len(portion.ids) == len(kept)
