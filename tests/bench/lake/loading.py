"""`python -m tests.bench.lake.loading [EVENTS]`: CPU an event of each step of a load, and bytes of Parquet an event.

Over moto, so calls are not what they cost on AWS; CPU of our own steps and bytes are. One JSON object a line.
"""

import json
import sys
import time

import pytest

from functions.core.messages import Item, Message
from functions.lake.archive_line import archive_lines
from functions.lake.iceberg.snapshots import live_files
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import RAW
from functions.store.archive import lines, packed
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT, lake_world
from tests.payloads import APP, Payloads


def main(count: int) -> None:
    sent = list(Payloads(1).events(count, learners=max(count // 40, 1)))
    items = [Item("event", json.dumps(event).encode()) for event in sent]
    message = Message(tenant=TENANT, app_id=APP, job="j", received_us=NINE_US, items=items)
    ndjson = list(lines([message]))
    started = time.process_time()
    read = list(archive_lines("k", ndjson, PSEUDONYMS))
    for line in read:
        RAW.row(line)
        EVENTS.row(line)
    print(json.dumps({"figure": "lake_flatten_us", "value": round((time.process_time() - started) / count * 1e6, 1)}))
    print(json.dumps({"figure": "archive_bytes", "value": round(len(packed([message])) / count, 1)}))
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world:
        for start in range(0, count, 1000):
            world.send(*sent[start : start + 1000])
        started = time.process_time()
        world.feed()
        used = time.process_time() - started
        print(json.dumps({"figure": "lake_load_us", "value": round(used / count * 1e6, 1), "events": count}))
        for definition in TABLES:
            table = world.catalog.existing(definition)
            size = sum(file.file_size_in_bytes for file in live_files(table, definition)) if table else 0
            print(json.dumps({"figure": f"parquet_bytes_{definition.name}", "value": round(size / count, 1)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
