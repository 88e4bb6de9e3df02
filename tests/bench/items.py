"""What DynamoDB counts: the size of an item by its documented rule, and the units that reads and writes of it cost."""

import math
from collections.abc import Iterable

import orjson

from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.validator import validate_item
from functions.core.jobs import CARRIED_IDS, job_id, job_key
from functions.core.messages import Item, Message
from functions.core.times import format_time
from functions.store import keys
from functions.store.dynamodb.table import Row, Value
from functions.store.rows.credentials import digest_of
from functions.store.rows.events import row_of, stored
from tests.bench.measure import Figure
from tests.bench.samples import LMS, NOW_US
from tests.payloads import Payloads

WRITE_UNIT = 1024
READ_UNIT = 4096
STORED_OVERHEAD = 100  # bytes that storage bills for each item, and for each item of an index
JOB = job_id(
    job_key(NOW_US, b"\xa5" * 8), [f"urn:{number}" for number in range(CARRIED_IDS)], 1
)  # as long as they come


def value_bytes(value: Value) -> int:
    """Text as UTF-8; a number about one byte per two digits, and one; a list three bytes and one an element."""
    if isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, int):
        return math.ceil(len(str(abs(value)).rstrip("0")) / 2) + 1
    return 3 + sum(1 + len(text.encode()) for text in value)


def item_bytes(row: Row) -> int:
    """The size of an item: its attributes' names and values (DynamoDB developer guide, "item sizes and formats")."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in row.items())


def write_units(row: Row) -> int:
    return math.ceil(item_bytes(row) / WRITE_UNIT)


def read_units(rows: Iterable[Row], *, consistent: bool) -> float:
    """What one query that returns these rows costs: they are summed up before they are rounded."""
    units = max(1, math.ceil(sum(map(item_bytes, rows)) / READ_UNIT))
    return units if consistent else units / 2


def index_row(row: Row, *names: str) -> Row:
    """What a KEYS_ONLY index holds of a row."""
    return {name: row[name] for name in (keys.PK, keys.SK, *names)}


def shapes() -> dict[str, Row]:
    """The row that an event of each shape of the source documents becomes, with the longest job id."""
    payloads = Payloads(41)
    student = payloads.urn()
    made: dict[str, Row] = {}
    for name, make in {**payloads.mix(), "Blackboard answer": payloads.blackboard_answered}.items():
        made[name] = stored_row(orjson.dumps(make(student)))
    return made


def stored_row(raw: bytes) -> Row:
    """The row of an event in the dearest case: the longest job id, an app with auto-attach, a slow network."""
    verdict = validate_item(raw, data_version=CONTEXT_1_2, app=LMS)
    assert verdict.accepted, verdict
    item = Item("event", raw, [finding.as_dict() for finding in verdict.findings])
    sent = Message(
        tenant=LMS.tenant,
        app_id=LMS.app_id,
        job=JOB,
        received_us=NOW_US,
        sensor="https://app.example.org/sensors/1",
        send_time=format_time(NOW_US - 1_234_567),
        credential=digest_of("a sensor key"),
        items=[item],
    )
    return row_of(stored(item, sent), tenant=LMS.tenant, auto_attach=True, expires_s=NOW_US // 1_000_000)


def figures() -> Iterable[Figure]:
    """One for each shape; what the index by id costs for each is stated beside them."""
    for name, row in shapes().items():
        yield Figure(f"wru_per_event:{name}", write_units(row), f"WRU ({item_bytes(row)} bytes)")
    worst = max(write_units(row) for row in shapes().values())
    yield Figure("wru_per_event", worst, "WRU, the most of any shape")
    index = max(write_units(index_row(row, keys.BY_ID_PK)) for row in shapes().values())
    yield Figure("wru_per_event_index_by_id", index, "WRU beside it")
