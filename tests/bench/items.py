"""The rows that events of each shape become, and what one of them costs to write."""

from collections.abc import Iterable

import orjson

from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.validator import validate_item
from functions.core.jobs import CARRIED_IDS, job_id, job_key
from functions.core.messages import Item, Message
from functions.core.times import format_time
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.rows.events import fact_of_item, row_of
from tests.bench.measure import Figure
from tests.bench.samples import LMS, NOW_US
from tests.payloads import Payloads
from tests.units import index_row, item_bytes, write_units

CLIENT_ID = "5q1s0o4fb9cjk2t7hu3d8emv6r"  # 26 characters, as Cognito makes them: a sensor key takes 16 bytes
STORED_OVERHEAD = 100  # bytes that storage bills for each item, and for each item of an index
JOB = job_id(
    job_key(NOW_US, b"\xa5" * 8), [f"urn:{number}" for number in range(CARRIED_IDS)], 1
)  # as long as they come


def shapes() -> dict[str, Row]:
    """The row that an event of each shape of the source documents becomes, with the longest job id."""
    payloads = Payloads(41)
    student = payloads.urn()
    row_by_shape: dict[str, Row] = {}
    for name, make in {**payloads.mix(), "Blackboard answer": payloads.blackboard_answered}.items():
        row_by_shape[name] = stored_row(orjson.dumps(make(student)))
    return row_by_shape


def stored_row(raw: bytes) -> Row:
    """The row of an event in the dearest case: the longest job id, an OAuth client, auto-attach, a slow network."""
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
        credential=CLIENT_ID,
        items=[item],
    )
    return row_of(fact_of_item(item, sent), tenant=LMS.tenant, auto_attach=True, expires_s=NOW_US // 1_000_000)


def figures() -> Iterable[Figure]:
    """One for each shape; what the index by id costs for each is stated beside them."""
    for name, row in shapes().items():
        yield Figure(f"wru_per_event:{name}", write_units(row), f"WRU ({item_bytes(row)} bytes)")
    worst = max(write_units(row) for row in shapes().values())
    yield Figure("wru_per_event", worst, "WRU, the most of any shape")
    index = max(write_units(index_row(row, keys.BY_ID_PK)) for row in shapes().values())
    yield Figure("wru_per_event_index_by_id", index, "WRU beside it")
