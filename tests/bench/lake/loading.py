"""Loading the lake: CPU an event, an object and a run, calls a run, bytes of Parquet an event.

Runs over moto, whose CPU is left out. Three loads tell the costs of a run, an object and an event apart.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from functions.lake.iceberg.snapshots import live_files
from functions.lake.id_index import days_of_conflicts
from functions.lake.maintenance import maintain
from functions.lake.tables.all_tables import TABLES
from functions.store.archive import packed
from functions.store.dynamodb.table import DynamoTable
from tests.bench.lake.metering import Meter, metered
from tests.bench.loopback import client
from tests.bench.measure import Figure, cpu_s
from tests.bench.samples import NOW_US, School
from tests.lake_world import TENANT, LakeWorld, always, lake_world

EVENTS = 20_000
LEARNERS = 500
LOOKED_UP = 2_000


def figures(url: str) -> Iterator[Figure]:
    """All figures of a load; `url` is a loopback that answers as DynamoDB."""
    run = _load(objects=1, size=1)
    small = _load(objects=200, size=10)
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world:
        large = _fed(world, patch, objects=20, size=EVENTS // 20)
        parquet = {
            definition.name: sum(file.file_size_in_bytes for file in live_files(table, definition))
            for definition in TABLES
            if (table := world.catalog.existing(definition)) is not None
        }
        _fed(world, patch, objects=20, size=EVENTS // 20, seed=9)
        with metered(patch) as meter, meter.running(), world.opened() as lake:
            maintain(lake, TABLES, now=datetime.now(UTC) + timedelta(days=2), time_left=always)
        maintained = meter.cpu_s
    events = {"small": 2_000, "large": EVENTS}
    # cpu = run + objects × object + events × event, for two loads: solved for object and event.
    over_small, over_large = small.cpu_s - run.cpu_s, large.cpu_s - run.cpu_s
    event_s = (over_large - over_small * 20 / 200) / (events["large"] - events["small"] * 20 / 200)
    object_s = max(0.0, (over_small - event_s * events["small"]) / 200)
    yield Figure("lake.run_cpu_ms", run.cpu_s * 1000, "ms a run that finds one event")
    yield Figure("lake.object_cpu_us", object_s * 1e6, "us an object of the archive")
    yield Figure("lake.event_cpu_us", event_s * 1e6, "us an event, numbers included")
    yield Figure("lake.maintain_cpu_us", maintained / (2 * EVENTS) * 1e6, "us an event, once")
    for name, count in sorted(run.calls.items()):
        yield Figure(f"lake.run_calls:{name}", count, "calls a run")
    by_id = DynamoTable(client("dynamodb", url), "events")
    ids = [(TENANT, f"urn:uuid:{number}") for number in range(LOOKED_UP)]
    days_of_conflicts(by_id, ids[:100])
    yield Figure("lake.lookup_cpu_us", cpu_s(lambda _: days_of_conflicts(by_id, ids), 0) / LOOKED_UP * 1e6, "us an id")
    for name, size in parquet.items():
        yield Figure(f"lake.parquet_bytes:{name}", size / EVENTS, "bytes an event")
    yield Figure("lake.parquet_bytes", sum(parquet.values()) / EVENTS, "bytes an event, all tables")
    yield Figure("lake.archive_bytes", len(packed([School(5, LEARNERS).message(1000)])) / 1000, "bytes an event")


def _load(*, objects: int, size: int) -> Meter:
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world:
        _fed(world, patch, objects=1, size=1, seed=7)  # a first run makes the tables
        return _fed(world, patch, objects=objects, size=size)


def _fed(world: LakeWorld, patch: pytest.MonkeyPatch, *, objects: int, size: int, seed: int = 1) -> Meter:
    school = School(seed, LEARNERS)
    for _ in range(objects):
        world.send(*(school.event() for _ in range(size)), received_us=NOW_US)
    with metered(patch) as meter, meter.running():
        world.feed()
    return meter
