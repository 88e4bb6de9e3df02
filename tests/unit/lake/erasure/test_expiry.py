"""What an app sent before a day, table by table: what goes, what stays, what is loaded again."""

from collections.abc import Sequence

import pytest

from functions.core.times import DAY_US, parse_time
from functions.lake.erasure.expiry import expire_tables
from functions.lake.iceberg.snapshots import live_files
from functions.lake.merging import apply, merge_by_key
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Row, TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import NUMBER_TABLES
from tests.lake_lines import event, line, loaded
from tests.lake_world import LakeWorld
from tests.payloads import APP
from tests.small_table import held

pytestmark = pytest.mark.slow

DAY = "2026-03-02"
DAY_STARTS_US = parse_time(f"{DAY}T00:00:00Z") or 0
ADA, BEN = "urn:x:ada", "urn:x:ben"
OTHER = "urn:x:other-app"
FINDING = {"severity": "warning", "code": "c", "pointer": "/p", "message": "m", "source": "s"}
OBJECT = "archive/day=20260302/again"


class Asked:
    """Keeps which objects are to be loaded again, and how many rows of `raw` there were then."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.calls: list[tuple[list[str], int]] = []

    def __call__(self, objects: Sequence[str]) -> None:
        self.calls.append((list(objects), len(held(self.lake, "content", definition=RAW))))


def expired(lake: Lake) -> tuple[dict[str, int], list[tuple[list[str], int]]]:
    loaded_again = Asked(lake)
    return dict(expire_tables(lake, APP, before_day=DAY, load_again=loaded_again)), loaded_again.calls


def two_times(lake: Lake) -> None:
    """Of two apps the same: Ada's event and a finding just before the day, Ben's as it begins."""
    for app in (APP, OTHER):
        loaded(
            lake,
            line(event("urn:x:old", ADA), app=app, findings=[FINDING], received_us=DAY_STARTS_US - 1),
            line(event("urn:x:new", BEN), app=app, findings=[FINDING], received_us=DAY_STARTS_US),
        )


def of_app(lake: Lake, definition: TableDefinition, name: str, app: str = APP) -> list[object]:
    return [value for of, value in held(lake, "app", name, definition=definition) if of == app]


def test_what_was_received_before_the_day_goes_and_is_counted(lake: Lake) -> None:
    two_times(lake)
    counts, loaded_again = expired(lake)
    assert counts == {
        "lake: events": 1, "lake: rejections": 1, "lake: copies": 0, "lake: raw": 1, "lake: people": 1,
        "lake: sessions": 0, "lake: runs": 0, "lake: daily": 0,
    }  # fmt: skip
    assert loaded_again == []
    assert of_app(lake, EVENTS, "id") == of_app(lake, RAW, "id") == ["urn:x:new"]
    assert len(of_app(lake, REJECTIONS, "code")) == 1
    assert of_app(lake, PEOPLE, "learner") == [BEN]
    for definition in (EVENTS, RAW, REJECTIONS, PEOPLE):
        assert len(of_app(lake, definition, "app", OTHER)) == 2


def test_no_file_and_no_snapshot_holds_what_went(lake: Lake, world: LakeWorld) -> None:
    two_times(lake)
    expired(lake)
    for definition in (EVENTS, RAW, REJECTIONS, PEOPLE):
        table = lake.catalog.table(definition)
        assert len(table.snapshots()) == 1
        live = {file.file_path for file in live_files(table, definition)}
        folder = f"{lake.catalog.location_of(definition.name)}/data/"
        assert {location for location, _ in world.store.listed(folder)} == live


def test_a_learner_of_whom_anything_is_left_stays_known(lake: Lake) -> None:
    old, new = (line(event(f"urn:x:{us}", ADA), received_us=DAY_STARTS_US + us) for us in (-1, 0))
    loaded(lake, old, new)
    counts, _ = expired(lake)
    assert counts["lake: people"] == 0
    assert of_app(lake, PEOPLE, "learner") == [ADA]


@pytest.mark.parametrize("definition", NUMBER_TABLES, ids=lambda definition: definition.name)
def test_numbers_of_earlier_days_go(lake: Lake, definition: TableDefinition) -> None:
    def row(app: str, day: str, **said: str) -> Row:
        return definition.row({"app": app, "day": day, "learner_key": "p:a", "version": "v"} | said)

    rows = [row(app, day, id=day, run=day) for app in (APP, OTHER) for day in ("2026-03-01", DAY)]
    apply(lake, merge_by_key(lake, definition, rows))
    counts, _ = expired(lake)
    assert counts[f"lake: {definition.name}"] == 1
    assert [str(day) for day in of_app(lake, definition, "day")] == [DAY]
    assert len(of_app(lake, definition, "day", OTHER)) == 2
    assert len(lake.catalog.table(definition).snapshots()) == 1


def test_what_came_again_since_the_day_is_loaded_again_before_and_after_it_goes(lake: Lake) -> None:
    old = event("urn:x:old", ADA)
    loaded(lake, line(old, received_us=DAY_STARTS_US - 1), line(event("urn:x:new", BEN), received_us=DAY_STARTS_US))
    loaded(lake, line(old, key=OBJECT, received_us=DAY_STARTS_US))
    counts, loaded_again = expired(lake)
    assert counts["lake: copies"] == 0
    assert loaded_again == [([OBJECT], 2), ([OBJECT], 1)]


def test_copies_of_what_stays_and_copies_that_are_old_too_are_not_loaded_again(lake: Lake) -> None:
    old, new = event("urn:x:old", ADA), event("urn:x:new", BEN)
    loaded(lake, line(old, received_us=DAY_STARTS_US - DAY_US), line(new, received_us=DAY_STARTS_US))
    loaded(
        lake,
        line(old, key="archive/day=20260301/again", received_us=DAY_STARTS_US - 1),
        line(new, key=OBJECT, received_us=DAY_STARTS_US + 1),
        line(old, key=OBJECT, kind="rejection", received_us=DAY_STARTS_US),
    )
    loaded(lake, line(old, key=f"{OBJECT}2", kind="rejection", received_us=DAY_STARTS_US + 1))
    counts, loaded_again = expired(lake)
    assert counts["lake: copies"] == 1
    assert loaded_again == []
    assert len(of_app(lake, COPIES, "content")) == 2


def test_a_lake_that_was_never_loaded_has_nothing_to_expire(lake: Lake, world: LakeWorld) -> None:
    counts, loaded_again = expired(lake)
    assert set(counts.values()) == {0}
    assert len(counts) == 5 + len(NUMBER_TABLES)
    assert loaded_again == []
    assert world.glue.tables == {}
