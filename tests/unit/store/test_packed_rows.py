"""What just fits into a row is one row. What is a byte longer is shared by two, or its end is left out."""

from typing import Any

import pytest

from functions.core.messages import Item, Message
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.quarantine import rejections
from functions.store.quarantine.rejections import KEPT_ITEMS, failed_rows, from_row, rejected_rows
from functions.store.rows import jobs
from functions.store.rows.jobs import JobPart, missing_rows, to_rows
from tests.world import NINE_US

FINDING = {"severity": "error", "code": "c", "pointer": "", "message": "m", "source": "s"}


def message(**said: Any) -> Message:
    return Message(tenant="t", app_id="a", job="k.p1", received_us=NINE_US, data_version="v", **said)


def numbered(count: int, size: int = 9) -> list[tuple[int, Item]]:
    return [(number, Item("rejection", b"%d" % number + b"x" * size, [FINDING])) for number in range(count)]


def size_of(rows: list[Row], *names: str) -> int:
    return sum(len(value) for row in rows for name, value in row.items() if name in names and isinstance(value, bytes))


@pytest.mark.parametrize("failed", [[], ["f1", "f2", "f3", "f4", "f5", "f6"]])
def test_the_ids_of_a_job_are_one_row_if_they_fit(monkeypatch: pytest.MonkeyPatch, failed: list[str]) -> None:
    part = JobPart(stored=["a", None, "b", "c"], failed=failed, received_us=NINE_US)
    whole = to_rows(part, message(), expires_s=1)
    size = size_of(whole, "ids", "failed")
    monkeypatch.setattr(jobs, "PACKED_BYTES", size)
    assert to_rows(part, message(), expires_s=1) == whole
    monkeypatch.setattr(jobs, "PACKED_BYTES", size - 1)
    halves = to_rows(part, message(), expires_s=1)
    assert [row[keys.SK] for row in halves] == ["00000", "00000#1"]
    assert [each for row in halves for each in jobs.from_row(row).stored] == part.stored
    assert [each for row in halves for each in jobs.from_row(row).failed] == failed
    assert [len(jobs.from_row(row).stored) for row in halves] == [2, 2]
    assert [len(jobs.from_row(row).failed) for row in halves] == [len(failed) // 2] * 2
    assert "further" not in whole[0]
    assert halves[0]["further"] == 1


@pytest.mark.parametrize(
    ("further", "parts", "missing"),
    [([], 0, 0), ([], 2, 2), ([0], 1, 0), ([0, 0], 2, 0), ([2], 1, 2), ([2, 0], 1, 1), ([1, 2], 2, 3), ([0, 0], 1, 0)],
)
def test_a_job_tells_how_many_of_its_rows_are_missing(further: list[int], parts: int, missing: int) -> None:
    rows: list[Row] = [{"further": count} if count else {} for count in further]
    assert missing_rows(rows, parts) == missing


def test_of_rejected_items_as_many_are_kept_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    items = numbered(8, size=300)
    (whole, *_) = rejected_rows(message(), items, expires_s=1)
    size = size_of([whole], "items")
    monkeypatch.setattr(rejections, "PACKED_BYTES", size)
    assert rejected_rows(message(), items, expires_s=1)[0] == whole
    monkeypatch.setattr(rejections, "PACKED_BYTES", size - 1)
    (half, *_) = rejected_rows(message(), items, expires_s=1)
    assert [item.index for item in from_row(half)] == [0, 1, 2, 3]
    assert ("left_out" in whole, half["left_out"]) == (False, 4)
    monkeypatch.setattr(rejections, "PACKED_BYTES", 1)
    (last, *_) = rejected_rows(message(), items, expires_s=1)
    assert ([item.index for item in from_row(last)], last["left_out"]) == ([0], 7), "one is kept however long it is"


@pytest.mark.parametrize(("count", "left_out"), [(1, 0), (KEPT_ITEMS, 0), (KEPT_ITEMS + 1, 1), (KEPT_ITEMS + 9, 9)])
def test_of_very_many_rejected_items_the_first_are_kept(count: int, left_out: int) -> None:
    (row, *_) = rejected_rows(message(), numbered(count), expires_s=1)
    assert [item.index for item in from_row(row)] == list(range(count - left_out))
    assert row.get("left_out", 0) == left_out


@pytest.mark.parametrize(
    ("count", "counts"), [(0, []), (1, [1]), (KEPT_ITEMS, [KEPT_ITEMS]), (KEPT_ITEMS + 1, [50, 51])]
)
def test_items_that_could_not_be_processed_are_all_kept(count: int, counts: list[int]) -> None:
    rows = failed_rows(message(), numbered(count), expires_s=1)
    assert [len(from_row(row)) for row in rows] == counts
    assert [item.index for row in rows for item in from_row(row)] == list(range(count))
    assert all("left_out" not in row for row in rows)


def test_failed_items_are_shared_by_two_rows_if_they_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    items = numbered(3)
    (whole,) = failed_rows(message(), items, expires_s=1)
    size = size_of([whole], "items")
    monkeypatch.setattr(rejections, "PACKED_BYTES", size)
    assert failed_rows(message(), items, expires_s=1) == [whole]
    monkeypatch.setattr(rejections, "PACKED_BYTES", size - 1)
    assert [[item.index for item in from_row(row)] for row in failed_rows(message(), items, expires_s=1)] == [
        [0],
        [1, 2],
    ]
    monkeypatch.setattr(rejections, "PACKED_BYTES", 1)
    assert len(failed_rows(message(), items, expires_s=1)) == 3, "one alone is kept however long it is"


@pytest.mark.parametrize(
    ("sizes", "entries"), [([10], 1), ([256, 256], 1), ([256, 257], 2), ([400, 100, 12], 1), ([512, 512, 10], 3)]
)
def test_so_many_bytes_that_were_rejected_pay_for_one_way_to_find_an_item(sizes: list[int], entries: int) -> None:
    raws = [(b'{"id":"%d"}' % number).ljust(size) for number, size in enumerate(sizes)]
    assert [len(raw) for raw in raws] == sizes
    items = [(number, Item("rejection", raw, [])) for number, raw in enumerate(raws)]
    (_, *ways) = rejected_rows(message(), items, expires_s=1)
    assert len(ways) == entries


@pytest.mark.parametrize("said", [{}, {"sensor": "s"}, {"send_time": "2026"}, {"sensor": "s", "send_time": "2026"}])
def test_a_rejection_knows_its_request_as_it_was_sent(said: dict[str, str]) -> None:
    (row, *_) = rejected_rows(message(**said), numbered(1), expires_s=7)
    (rejection,) = from_row(row)
    assert {"sensor": rejection.sensor, "send_time": rejection.send_time} == {"sensor": "", "send_time": ""} | said
    assert (rejection.tenant, rejection.app_id, rejection.job, rejection.data_version) == ("t", "a", "k.p1", "v")
    assert (rejection.received_us, rejection.findings, row[keys.TTL]) == (NINE_US, [FINDING], 7)
