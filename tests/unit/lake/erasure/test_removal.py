"""A person out of the tables, table by table: what goes, what is put in its place, what is loaded again."""

from collections.abc import Iterable
from typing import Any

import pytest

from functions.lake.archive_line import ArchiveLine
from functions.lake.erasure.removal import erase_from_tables
from functions.lake.erasure.suppression import line_without_erased
from functions.lake.merging import apply, merge_by_key
from functions.lake.numbers.pending import Pending, Touched
from functions.lake.opened_lake import Lake
from functions.lake.tables.aliases import ALIASES, Aliased
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import Row, TableDefinition
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import DAILY, NUMBER_TABLES
from tests.lake_lines import event, line, loaded
from tests.lake_world import NINE_US, PSEUDONYMS, LakeWorld
from tests.payloads import APP
from tests.small_table import held
from tests.unit.lake.erasure.test_affected import ADA, ADA_KEY, ALIAS, BEN, FINDING, OTHER_APP, UNTIL_US, whom

pytestmark = pytest.mark.slow

BEN_KEY = PSEUDONYMS.of(whom().tenant, BEN)
LATER = "archive/day=20260303/later"
PLAIN_FINDING = FINDING | {"message": "m"}


def erased(lake: Lake, *, applies: bool = True) -> tuple[dict[str, int], list[list[str]]]:
    """How much of each table, and which objects are loaded again."""
    loaded_again: list[list[str]] = []
    counts = dict(
        erase_from_tables(lake, whom(), applies=applies, load_again=lambda keys: loaded_again.append(list(keys)))
    )
    return {name: count for name, count in counts.items() if count}, loaded_again


def of_app(lake: Lake, definition: TableDefinition, *names: str, app: str = APP) -> list[Any]:
    rows = [row[1:] for row in held(lake, "app", *names, definition=definition) if row[0] == app]
    return [row[0] for row in rows] if len(names) == 1 else rows


def add(lake: Lake, definition: TableDefinition, rows: Iterable[Row]) -> None:
    apply(lake, merge_by_key(lake, definition, rows))


def everything(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    return {definition.name: held(lake, *definition.names(), definition=definition) for definition in TABLES}


def lived(lake: Lake) -> None:
    """Of two apps the same: what is Ada's, what names her, and what is Ben's."""
    own, naming, plain = event("urn:x:own", ADA), event("urn:x:naming", BEN, note=ADA), event("urn:x:plain", BEN)
    again: dict[str, Any] = {"key": "archive/day=20260302/again", "received_us": NINE_US + 1}
    apps = (APP, OTHER_APP)
    first = [line(own, app=app, findings=[PLAIN_FINDING]) for app in apps]
    loaded(
        lake,
        *first,
        *(line(naming, app=app, findings=[FINDING]) for app in apps),
        *(line(plain, app=app) for app in apps),
        *(line(own, app=app, **again) for app in apps),
    )
    learners = [(each.app, PSEUDONYMS.of(each.tenant, name)) for each in first for name in (ADA, BEN)]
    for definition in NUMBER_TABLES:
        numbers = {"day": "2026-03-02", "id": "s", "version": "v"}
        add(lake, definition, [definition.row(numbers | {"app": app, "learner_key": key}) for app, key in learners])
    pairs = [(ADA, "urn:x:2"), ("urn:x:3", ADA), ("urn:x:4", BEN)]
    add(
        lake,
        ALIASES,
        [
            ALIASES.row(Aliased(each.app, *(PSEUDONYMS.of(each.tenant, name) for name in pair)))
            for each in first
            for pair in pairs
        ],
    )


COUNTS = {
    "lake: sessions": 1, "lake: runs": 1, "lake: daily": 1, "lake: events": 2, "lake: rejections": 2,
    "lake: aliases": 2,
    "lake: people": 1, "lake: raw": 2, "lake: copies": 1,
}  # fmt: skip


def test_what_is_the_person_s_goes_from_every_table_and_others_are_left(lake: Lake) -> None:
    lived(lake)
    others = {definition.name: of_app(lake, definition, *definition.names(), app=OTHER_APP) for definition in TABLES}
    assert erased(lake) == (COUNTS, [])
    assert {
        definition.name: of_app(lake, definition, *definition.names(), app=OTHER_APP) for definition in TABLES
    } == others
    assert of_app(lake, EVENTS, "id", "learner_key") == [("urn:x:naming", BEN_KEY), ("urn:x:plain", BEN_KEY)]
    assert of_app(lake, PEOPLE, "learner") == [BEN]
    assert of_app(lake, COPIES, "content") == []
    assert len(of_app(lake, ALIASES, "person_key")) == 1
    for definition in NUMBER_TABLES:
        assert of_app(lake, definition, "learner_key") == [BEN_KEY]
    assert erased(lake) == ({}, [])


def test_what_names_the_person_stays_with_another_name(lake: Lake) -> None:
    lived(lake)
    before = of_app(lake, RAW, "id", "content")
    erased(lake)
    raw = of_app(lake, RAW, "id", "content", "raw", "findings")
    assert [row[:2] for row in raw] == [row for row in before if row[0] != "urn:x:own"]
    naming = raw[0]
    assert (ADA in naming[2], ALIAS in naming[2], ADA in naming[3], ALIAS in naming[3]) == (False, True, False, True)
    assert of_app(lake, REJECTIONS, "content", "code") == [(naming[1], "c")]
    assert of_app(lake, EVENTS, "id", "content")[0] == ("urn:x:naming", naming[1])


def test_a_dry_run_counts_the_same_and_changes_nothing(lake: Lake, world: LakeWorld) -> None:
    lived(lake)
    before = dict(world.s3.objects)
    assert erased(lake, applies=False) == (COUNTS, [])
    assert world.s3.objects == before


def test_no_snapshot_is_left_that_holds_the_person(lake: Lake) -> None:
    lived(lake)
    erased(lake)
    assert {len(lake.catalog.table(definition).snapshots()) for definition in TABLES} == {1}


def noted(lake: Lake) -> dict[tuple[str, str], set[str]]:
    touched = Touched()
    for _, body in Pending(lake.store, lake.catalog.warehouse).listed():
        touched.merge(body)
    return touched.days


def test_another_content_under_the_id_of_what_goes_counts_now_and_its_learner_is_renewed(lake: Lake) -> None:
    own = event("urn:x:own", ADA)
    rivals: list[ArchiveLine] = [line(own | {"actor": BEN, "object": f"urn:x:{number}"}) for number in range(20)]
    rival = next(each for each in rivals if each.content > line(own).content)
    loaded(lake, line(own), rival)
    assert of_app(lake, EVENTS, "learner_key") == [ADA_KEY]
    erased(lake)
    assert of_app(lake, EVENTS, "content", "learner_key") == [(rival.content, BEN_KEY)]
    assert noted(lake) == {(APP, BEN): {"2026-03-02"}}


def test_what_came_after_the_erasure_stays_and_its_numbers_are_made_anew(lake: Lake) -> None:
    later = line(
        event("urn:x:later", ADA, actor={"id": ADA, "type": "Person", "name": "Ada L."}), received_us=UNTIL_US + 1
    )
    loaded(lake, line(event("urn:x:own", ADA)), later)
    add(lake, DAILY, [DAILY.row({"app": APP, "day": "2026-03-02", "learner_key": ADA_KEY, "version": "v"})])
    counts, loaded_again = erased(lake)
    assert counts == {"lake: daily": 1, "lake: events": 1, "lake: people": 1, "lake: raw": 1}
    assert of_app(lake, EVENTS, "id") == of_app(lake, RAW, "id") == ["urn:x:later"]
    assert of_app(lake, PEOPLE, "learner", "name") == [(ADA, "Ada L.")]
    assert noted(lake) == {(APP, ADA): {"2026-03-02"}}
    assert loaded_again == []


@pytest.mark.parametrize("applies", [True, False])
def test_what_was_sent_again_after_the_erasure_is_loaded_from_its_own_object(lake: Lake, applies: bool) -> None:
    own, staying = event("urn:x:own", ADA), event("urn:x:staying", ADA)
    loaded(lake, line(own), line(staying, received_us=UNTIL_US + 1))
    loaded(
        lake,
        line(own, key=LATER, received_us=UNTIL_US + 1),
        line(own, key="archive/day=20260302/in-time", received_us=UNTIL_US),
        line(staying, key="archive/day=20260303/of-what-stays", received_us=UNTIL_US + 2),
    )
    counts, loaded_again = erased(lake, applies=applies)
    assert loaded_again == ([[LATER]] if applies else [])
    assert counts["lake: copies"] == 2
    if applies:
        assert of_app(lake, COPIES, "archive_key") == ["archive/day=20260303/of-what-stays"]


def test_a_learner_whose_own_name_named_the_person_has_what_is_left_of_it(lake: Lake) -> None:
    named = {"id": BEN, "type": "Person", "name": f"friend of {ADA}"}
    earlier = {"id": BEN, "type": "Person", "name": "Ben", "email": "b@x.example"}
    loaded(
        lake,
        line(event("urn:x:1", BEN, actor=earlier, eventTime="2026-03-02T08:00:00.000Z")),
        line(event("urn:x:2", BEN, actor=named)),
    )
    assert of_app(lake, PEOPLE, "name") == [f"friend of {ADA}"]
    counts, _ = erased(lake)
    assert counts == {"lake: events": 1, "lake: people": 1, "lake: raw": 1}
    assert of_app(lake, PEOPLE, "learner", "name") == [(BEN, f"friend of {ALIAS}")]


def test_of_what_describes_a_learner_the_latest_counts_still_and_of_those_who_stay_too(lake: Lake) -> None:
    named = {"id": BEN, "type": "Person", "name": f"friend of {ADA}"}
    loaded(
        lake,
        line(event("urn:x:1", BEN, actor=named, eventTime="2026-03-02T08:00:00.000Z")),
        line(event("urn:x:2", BEN, actor=named | {"name": "Ben"})),
        line(event("urn:x:3", ADA, actor={"id": ADA, "type": "Person", "name": "Ada"}), received_us=UNTIL_US + 1),
    )
    erased(lake)
    assert of_app(lake, PEOPLE, "learner", "name") == [(ADA, "Ada"), (BEN, "Ben")]


def test_notes_of_work_under_way_are_counted(lake: Lake) -> None:
    pending = Pending(lake.store, lake.catalog.warehouse)
    pending.note([line(event("urn:x:1", ADA)), line(event("urn:x:2", BEN))], {})
    assert erased(lake)[0] == {"lake: work under way": 1}
    assert noted(lake) == {(APP, BEN): {"2026-03-02"}}


def test_a_line_that_was_loaded_without_the_person_meanwhile_is_there_once(lake: Lake) -> None:
    naming = line(event("urn:x:naming", BEN, note=ADA))
    loaded(lake, naming)
    after = line_without_erased(naming, whom().erased)
    assert after is not None
    loaded(lake, after)
    erased(lake)
    assert len(of_app(lake, RAW, "raw")) == len(of_app(lake, EVENTS, "id")) == 1
    assert everything(lake)["copies"] == []


def test_a_lake_that_was_never_loaded_has_nothing_of_the_person(lake: Lake, world: LakeWorld) -> None:
    counts = dict(erase_from_tables(lake, whom(), applies=True, load_again=lambda _: None))
    assert list(counts) == ["lake: work under way", *COUNTS]
    assert set(counts.values()) == {0}
    assert world.glue.tables == {}
