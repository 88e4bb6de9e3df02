"""How many calls to AWS a request and a batch make: counted at botocore, not clocked."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator

from functions.core.messages import Message
from functions.store.archive import S3Archive
from functions.store.dynamodb.table import DynamoTable
from functions.store.queue import SqsQueue
from functions.store.registrations import Registrations
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.pipeline import process
from functions.validate.ingest import ingest
from tests.bench.answers import Counted
from tests.bench.measure import Figure
from tests.bench.processing import SETTINGS
from tests.bench.samples import LMS, NOW_US, School, bodies, message

# For e events in m messages of more than ten events each, of l learners in open sessions, a apps, s learners who have
# no session timer, c event index rows that this worker has not seen, n of them new, and r apps whose registration it
# has not read in this minute:
FORMULA = (
    "1 PutObject + a TransactWriteItems + ⌈(e+m+2a)/25⌉ + ⌈n/25⌉ BatchWriteItem + ⌈r/100⌉ + ⌈(l+c)/100⌉ BatchGetItem "
    "+ s PutItem + ⌈s/10⌉ PutEvents"
)


def formula(*, e: int, m: int, a: int, learners: int, s: int, c: int, n: int, r: int = 1) -> int:
    """FORMULA, without the bus."""
    reads = math.ceil(r / 100) + math.ceil((learners + c) / 100)
    return 1 + a + math.ceil((e + m + 2 * a) / 25) + math.ceil(n / 25) + reads + s


def validate_calls(size: int) -> Counter[str]:
    """The calls that one request of `size` events makes."""
    counted = Counted()
    queue = SqsQueue(counted.client("sqs"), "http://127.0.0.1:9/1/queue")
    body = next(itertools.islice(bodies(31, size), 1))
    answer = ingest(body, app=LMS, queue=queue, now_us=NOW_US, nonce=bytes(8))
    assert answer["statusCode"] == 200
    return counted.calls


def process_calls(
    *, learners: int = 100, messages: int = 10, size: int = 100, opened: bool = True, warm: bool = False
) -> Counter[str]:
    """The calls that one batch makes; `opened`: its sessions were open, and its index rows there, before.

    `warm`: this worker saw them.
    """
    counted = Counted()
    table = DynamoTable(counted.client("dynamodb"), SETTINGS.table_name)
    archive = S3Archive(counted.client("s3"), SETTINGS.bucket_name)
    school = School(32, learners)
    known, registrations = EventIndexCache(), Registrations(table, SETTINGS.timeouts)

    def run(batch: list[Message]) -> None:
        process(
            batch,
            table=table,
            archive=archive,
            settings=SETTINGS,
            now_us=NOW_US,
            event_index_cache=known,
            registrations=registrations,
        )

    if opened:
        run([message(school.logged_in(), school.payloads)])
        run([school.message(len(school.makers) * learners)])
    if not warm:
        known, registrations = EventIndexCache(), Registrations(table, SETTINGS.timeouts)
    counted.calls.clear()
    run([school.message(size) for _ in range(messages)])
    return counted.calls


def calls() -> Iterator[Figure]:
    yield Figure("boto3_calls_validate_100", validate_calls(100).total(), "calls")
    yield Figure("boto3_calls_process_1000", process_calls().total(), "calls")
    yield Figure("boto3_calls_process_1000:warm_worker", process_calls(warm=True).total(), "calls")
    yield Figure("boto3_calls_process_1000:all_sessions_new", process_calls(opened=False).total(), "calls")
    yield Figure("boto3_calls_process_1000:formula", formula(e=1000, m=10, a=1, learners=100, s=0, c=300, n=0), FORMULA)
