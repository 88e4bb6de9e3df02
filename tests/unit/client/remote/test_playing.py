"""Requests made of a file, and a file that is played: which items go together, when, and what is moved."""

import json
from typing import Any

import pytest

from functions.client.remote import batches as module
from functions.client.remote.batches import MOST_BYTES, SENSOR, Batch, RefusedDocument, SentItem, batches_of, portions
from functions.client.remote.playing import Timed, due, shifted, timed
from functions.client.validating.payload import Payload
from tests.payloads import V1P1, V1P2, Json

NOW = "2026-03-02T12:00:00Z"
MINUTE_US = 60_000_000


def requests_of(text: str | bytes, *, name: str = "a.json", **how: str) -> list[Batch | RefusedDocument]:
    return list(batches_of(Payload(name, text.encode() if isinstance(text, str) else text), now=NOW, **how))


def batches(text: str, **how: Any) -> list[Batch]:
    requests = requests_of(text, **how)
    assert [batch for batch in requests if isinstance(batch, RefusedDocument)] == []
    return [batch for batch in requests if isinstance(batch, Batch)]


def enveloped(*raws: str, sensor: str = "urn:s", version: str = V1P1) -> str:
    return f'{{"sensor": "{sensor}", "sendTime": "{NOW}", "dataVersion": "{version}", "data": [{", ".join(raws)}]}}'


def items(batch: Batch) -> list[tuple[str, int]]:
    return [(item.raw.decode(), item.line) for item in batch.items]


def test_items_of_an_envelope_go_in_an_envelope_of_its_three_strings() -> None:
    (batch,) = batches("\n" + enveloped('{"a":  1}', "7"))
    assert (batch.sensor, batch.send_time, batch.data_version) == ("urn:s", NOW, V1P1)
    assert items(batch) == [('{"a":  1}', 2), ("7", 2)]
    assert b'{"a":  1}' in batch.body
    assert json.loads(batch.body) == {"sensor": "urn:s", "sendTime": NOW, "dataVersion": V1P1, "data": [{"a": 1}, 7]}


def test_names_beyond_ascii_stay_as_they_are() -> None:
    assert "µ".encode() in Batch("urn:µ", "t", "v", []).body


def test_each_envelope_of_an_array_is_a_request_with_its_own_lines() -> None:
    text = "[" + enveloped('{"a":1}') + ",\n" + enveloped('\n{"b":1}', '{"c":1}', sensor="urn:t") + "]"
    first, second = batches(text)
    assert (first.sensor, items(first)) == ("urn:s", [('{"a":1}', 1)])
    assert (second.sensor, items(second)) == ("urn:t", [('{"b":1}', 3), ('{"c":1}', 3)])


@pytest.mark.parametrize(("how", "sensor"), [({}, SENSOR), ({"sensor": "urn:own"}, "urn:own")])
def test_items_without_an_envelope_share_one_if_they_follow_each_other(how: Any, sensor: str) -> None:
    lines = ['{"id":"1"}', "", '{"id":"2"}', enveloped('{"id":"3"}'), '{"id":"4"}', "{oops"]
    first, second, third, last = requests_of("\n".join(lines), name="a.ndjson", **how)
    assert isinstance(first, Batch)
    assert (first.sensor, first.send_time, first.data_version) == (sensor, NOW, V1P2)
    assert items(first) == [('{"id":"1"}', 1), ('{"id":"2"}', 3)]
    assert isinstance(second, Batch)
    assert (second.sensor, items(second)) == ("urn:s", [('{"id":"3"}', 4)])
    assert isinstance(third, RefusedDocument)
    assert (third.line, third.refusal.code) == (6, "json")
    assert isinstance(last, Batch)
    assert (last.sensor, items(last)) == (sensor, [('{"id":"4"}', 5)])


def test_bare_items_go_as_soon_as_they_fill_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ITEMS", 2)
    lines = [f'{{"id":"{number}"}}' for number in range(5)]
    requests = requests_of("\n".join([*lines, "{oops"]), name="a.ndjson")
    assert [len(each.items) if isinstance(each, Batch) else "refused" for each in requests] == [2, 2, "refused", 1]


def portioned(*sizes: int) -> list[list[int]]:
    batch = Batch("s", "t", "v", [SentItem(b"x" * size, number) for number, size in enumerate(sizes)])
    parts = list(portions(batch))
    assert all((part.sensor, part.send_time, part.data_version) == ("s", "t", "v") for part in parts)
    return [[item.line for item in part.items] for part in parts]


def test_a_request_holds_a_hundred_items_and_a_megabyte() -> None:
    assert portioned() == []
    assert [len(part) for part in portioned(*[1] * 201)] == [100, 100, 1]
    assert portioned(MOST_BYTES - 1, 1, 1) == [[0, 1], [2]]
    assert portioned(MOST_BYTES + 1, 1, MOST_BYTES, 1) == [[0], [1], [2], [3]]
    assert portioned(MOST_BYTES // 2, MOST_BYTES // 2 + 1, MOST_BYTES // 2) == [[0], [1], [2]]


def event(identifier: str, minute: int | None, **said: Any) -> Json:
    time = {} if minute is None else {"eventTime": f"2026-03-02T12:{minute:02d}:00.000Z"}
    return {"id": identifier} | time | said


def batch_of(*events: Any, sensor: str = "urn:s", version: str = "v") -> Batch:
    return Batch(sensor, "t", version, [SentItem(json.dumps(each).encode(), line) for line, each in enumerate(events)])


def played(*of: Batch, speed: float = 1, shift_us: int = 0) -> list[Timed]:
    return timed(of, speed=speed, shift_us=lambda _: shift_us)


def ids(batch: Batch) -> list[Any]:
    return [json.loads(item.raw)["id"] for item in batch.items]


@pytest.mark.parametrize(("speed", "unit"), [(1, MINUTE_US), (60, 1_000_000), (0.5, 2 * MINUTE_US)])
def test_items_are_due_by_their_times_those_without_one_first(speed: float, unit: int) -> None:
    rows = played(
        batch_of(event("late", 9), event("first", 4)), batch_of(event("none", None), event("mid", 6)), speed=speed
    )
    assert [(row.due_us, ids(row.batch)) for row in rows] == [
        (0, ["none"]), (0, ["first"]), (2 * unit, ["mid"]), (5 * unit, ["late"]),
    ]  # fmt: skip
    assert [item.line for row in rows for item in row.batch.items] == [0, 1, 1, 0]
    assert {(row.batch.sensor, row.batch.send_time, row.batch.data_version) for row in rows} == {("urn:s", "t", "v")}


def test_the_shift_is_worked_out_of_the_first_time() -> None:
    first_times: list[int] = []

    def shift_of(first_us: int) -> int:
        first_times.append(first_us)
        return MINUTE_US

    rows = timed([batch_of(event("a", 9), event("b", 4))], speed=1, shift_us=shift_of)
    assert first_times == [1_772_452_800_000_000 + 4 * MINUTE_US]
    assert [json.loads(row.batch.items[0].raw)["eventTime"] for row in rows] == [
        "2026-03-02T12:05:00.000Z",
        "2026-03-02T12:10:00.000Z",
    ]


@pytest.mark.parametrize("raw", [{"id": "x"}, {"id": "x", "eventTime": "soon"}, 7])
def test_items_without_any_time_are_played_at_once_and_not_shifted(raw: Any) -> None:
    (row,) = played(batch_of(raw), shift_us=MINUTE_US)
    assert (row.due_us, json.loads(row.batch.items[0].raw)) == (0, raw)
    (broken,) = played(Batch("s", "t", "v", [SentItem(b"{oops", 1)]))
    assert broken.batch.items[0].raw == b"{oops"


def rows_at(*due_us: int, **how: str) -> list[Timed]:
    return [Timed(each_us, batch_of(event(str(each_us), None), **how)) for each_us in due_us]


@pytest.mark.parametrize(
    ("times", "together"),
    [
        ([0, 200_000], [["0", "200000"]]),
        ([0, 200_001], [["0"], ["200001"]]),
        ([0, 150_000, 300_000, 400_000], [["0", "150000"], ["300000", "400000"]]),
        ([], []),
    ],
)
def test_what_is_due_within_a_fifth_of_a_second_goes_together(times: list[int], together: list[list[str]]) -> None:
    rows = list(due(rows_at(*times)))
    assert [ids(row.batch) for row in rows] == together
    assert [str(row.due_us) for row in rows] == [names[0] for names in together]


@pytest.mark.parametrize("how", [{"sensor": "urn:other"}, {"version": "other"}])
def test_items_of_different_envelopes_do_not_go_together(how: dict[str, str]) -> None:
    assert len(list(due([*rows_at(0), *rows_at(1, **how)]))) == 2


def test_what_goes_together_is_still_cut_to_requests() -> None:
    rows = list(due([*rows_at(*[5] * 101), *rows_at(9_000_000)]))
    assert [(row.due_us, len(row.batch.items)) for row in rows] == [(5, 100), (5, 1), (9_000_000, 1)]


def moved(item: Any, shift_us: int = MINUTE_US) -> Any:
    return json.loads(shifted(json.dumps(item).encode(), shift_us))


def test_every_time_is_moved_and_what_is_no_time_is_not() -> None:
    said = {
        "eventTime": "2026-03-02T12:00:00Z",
        "object": {"endedAtTime": "2026-03-02T12:00:00Z", "Timer": "2026-03-02T12:00:00Z", "n": 7},
        "list": [{"startedAtTime": "2026-03-02T11:59:00Z"}],
        "someTime": ["2026-03-02T12:00:00Z", "soon"],
        "otherTime": None,
    }
    assert moved(said) == {
        "eventTime": "2026-03-02T12:01:00.000Z",
        "object": {"endedAtTime": "2026-03-02T12:01:00.000Z", "Timer": "2026-03-02T12:00:00Z", "n": 7},
        "list": [{"startedAtTime": "2026-03-02T12:00:00.000Z"}],
        "someTime": ["2026-03-02T12:01:00.000Z", "soon"],
        "otherTime": None,
    }


@pytest.mark.parametrize(
    ("said", "is_renamed"),
    [
        ({"eventTime": "?", "id": "urn:x:1"}, True),
        ({"id": "urn:x:1"}, False),  # of an entity: it is the same one
        ({"session": "urn:x:1"}, True),
        ({"session": {"id": "urn:x:1"}}, True),
        ({"session": "urn:tag:auto-attach"}, False),
        ({"extensions": {"runId": "urn:x:1"}}, True),
        ({"extensions": "urn:x:1"}, False),
        ({"actor": "urn:x:1"}, False),
        ({"eventTime": "?", "id": 7}, False),
    ],
)
def test_ids_of_event_session_and_run_are_others_wherever_they_stand(said: Json, is_renamed: bool) -> None:
    again = {"object": {"named": ["urn:x:1", "urn:tag:auto-attach"]}}
    answer = moved(said | again)
    assert (answer["object"]["named"][0] != "urn:x:1") is is_renamed
    assert answer["object"]["named"][1] == "urn:tag:auto-attach"
    assert (answer != said | again) is is_renamed


@pytest.mark.parametrize(("old", "is_urn"), [("urn:x:1", True), ("https://x.example/1", True), ("run-1", False)])
def test_a_new_id_has_the_form_of_the_old_one_and_depends_on_the_shift(old: str, is_urn: bool) -> None:
    new = moved({"extensions": {"runId": old}})["extensions"]["runId"]
    assert new.startswith("urn:uuid:") is is_urn
    assert len(new.removeprefix("urn:uuid:")) == 36
    assert new == moved({"extensions": {"runId": old}})["extensions"]["runId"]
    assert new != moved({"extensions": {"runId": old}}, 2 * MINUTE_US)["extensions"]["runId"]


def test_a_shifted_item_keeps_its_letters_and_has_no_spaces() -> None:
    assert shifted('{"name": "µ", "n": [1, 2]}'.encode(), 1) == '{"name":"µ","n":[1,2]}'.encode()
    assert shifted(b"[1,  2]", 1) == b"[1,  2]"
    assert shifted(b'{"id":  1}', 0) == b'{"id":  1}'
