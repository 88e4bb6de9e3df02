"""Quarantine after an erasure: rows, index entries and counts are those of what is left of each message."""

import json
from typing import Any

import pytest

from functions.core.messages import Item
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.quarantine.rejections import ENTRIES, from_row
from functions.storing.rejected import PROCESSING_FAILED
from functions.storing.unique_ids import CONFLICTING_ID
from tests.unit.privacy.erasing_world import ADA, ALIAS, BEN, ErasingWorld, finding
from tests.unit.privacy.whole_world import TENANT

REJECTIONS = f"{TENANT}#X#"


class Quarantine:
    """Requests of which all was rejected."""

    def __init__(self) -> None:
        self.world = ErasingWorld()
        self.numbers = iter(range(1000))

    def item(self, learner: str, *codes: str, **changed: Any) -> Item:
        identifier = f"urn:uuid:e0e00000-0000-4000-8000-{next(self.numbers):012d}"
        event = self.world.event(0, **{"id": identifier, "actor": learner, **changed})
        findings = [{**finding(f"of {learner}"), "code": code} for code in codes or ("odd",)]
        return Item("rejection", json.dumps(event).encode() + b" " * 600, findings)

    def rows(self) -> list[Row]:
        return [
            row for (pk, _), row in self.world.table.items.items() if pk.startswith(REJECTIONS) and "received" in row
        ]

    def entries(self) -> list[tuple[str, str]]:
        return [key for key in self.world.table.items if key[0].startswith(REJECTIONS) and key[0].endswith(ENTRIES)]

    def counts(self) -> dict[str, int]:
        """Of this app's rejections of the day, by code."""
        pk = keys.rejected_pk(TENANT)
        counted = {
            sk.partition("#")[2]: int(str(row["count"]))
            for (row_pk, sk), row in self.world.table.items.items()
            if row_pk == pk
        }
        return {code: count for code, count in counted.items() if count}


def left(quarantine: Quarantine) -> list[tuple[int, str, list[str]]]:
    """Place, learner and codes of each item that is left, in order."""
    items = [item for row in quarantine.rows() for item in from_row(row)]
    return sorted(
        (item.index, json.loads(item.raw)["actor"], [str(each["code"]) for each in item.findings]) for item in items
    )


@pytest.mark.parametrize("failed", ["", PROCESSING_FAILED, CONFLICTING_ID])
def test_what_is_left_of_a_message_keeps_its_places_its_entries_and_its_counts(failed: str) -> None:
    quarantine = Quarantine()
    codes = (failed,) if failed else ("odd", "old")
    items = [quarantine.item(learner, *codes) for learner in (BEN, ADA, BEN, ADA, ADA)]
    quarantine.world.send_items(*items, sensor="https://s.example", data_version="v", send_time="2026-03-02T09:00:00Z")
    (before,) = quarantine.rows()
    assert len(quarantine.entries()) == 5
    assert set(quarantine.counts().values()) == {5}
    counted = set(quarantine.counts())
    assert quarantine.world.erase().counts["rejections"] == 3
    assert left(quarantine) == [(index, BEN, list(codes)) for index in (0, 2)]
    assert quarantine.counts() == dict.fromkeys(counted, 2)
    (row,) = quarantine.rows()
    same = ("received", "app", "job", "version", "sensor", "send_time", keys.TTL, keys.PK)
    assert {name: row[name] for name in same} == {name: before[name] for name in same}
    place, sk = str(row[keys.PK]), str(row[keys.SK])
    assert sorted(quarantine.entries()) == [(place + ENTRIES, f"{sk}#{index:05d}") for index in (0, 2)]


def test_of_a_message_of_which_all_was_the_persons_nothing_is_left() -> None:
    quarantine = Quarantine()
    quarantine.world.send_items(quarantine.item(ADA), quarantine.item(ADA))
    quarantine.world.erase()
    assert (quarantine.rows(), quarantine.entries(), quarantine.counts()) == ([], [], {})


def test_a_warning_of_a_rejected_item_was_not_counted_and_is_not_counted_down() -> None:
    quarantine = Quarantine()
    warned = {**finding("a warning"), "severity": "warning", "code": "hint"}
    of_ada, of_ben = quarantine.item(ADA), quarantine.item(BEN)
    both = [Item("rejection", item.raw, [*item.findings, warned]) for item in (of_ada, of_ben)]
    quarantine.world.send_items(*both)
    before = quarantine.counts()
    quarantine.world.erase()
    assert quarantine.counts() == {code: count - (count == 2) for code, count in before.items()}
    assert "hint" not in quarantine.counts()


def test_an_item_that_names_the_person_stays_counted_with_its_finding_masked() -> None:
    quarantine = Quarantine()
    named = quarantine.item(BEN, extensions={"about": {"id": ADA, "type": "Person", "name": "Ada"}})
    masked = Item("rejection", named.raw, [finding(f"`{ADA}` is odd"), finding("as is")])
    quarantine.world.send_items(quarantine.item(BEN), masked)
    before = quarantine.counts()
    receipt = quarantine.world.erase().counts
    assert (receipt["rejections that name the learner"], receipt.get("rejections")) == (1, None)
    assert quarantine.counts() == before
    (row,) = quarantine.rows()
    first, second = from_row(row)
    assert json.loads(second.raw)["extensions"] == {"about": {"id": ALIAS, "type": "Person"}}
    assert [each["message"] for each in second.findings] == [f"`{ALIAS}` is odd", "as is"]
    assert (first.index, second.index) == (0, 1)


@pytest.mark.parametrize(("code", "entries"), [("odd", 1), (PROCESSING_FAILED, 2), (CONFLICTING_ID, 2)])
def test_each_item_that_was_accepted_first_is_still_found_by_its_id(code: str, entries: int) -> None:
    """Of what was rejected at the door only as many as its bytes pay for."""
    quarantine = Quarantine()
    when = quarantine.world.time(0)
    events = [
        {"id": f"urn:x:{number}", "type": "Event", "actor": learner, "eventTime": when}
        for number, learner in enumerate((BEN, ADA, BEN))
    ]
    findings = [{**finding("odd"), "code": code}]
    quarantine.world.send_items(*(Item("rejection", json.dumps(event).encode(), findings) for event in events))
    assert quarantine.world.erase().counts["rejections"] == 1
    assert len(left(quarantine)) == 2
    assert len(quarantine.entries()) == entries
