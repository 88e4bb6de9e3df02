"""What the deliveries of one webhook cost: calls counted at botocore, CPU of the real handler, units of its rows.

The target is the loopback: plain HTTP on this machine, so what TLS costs is not in the CPU.
"""

import math
from collections import Counter
from collections.abc import Iterator

import orjson

from functions.core.apps import App
from functions.core.messages import Message
from functions.core.webhooks.delivery import Delivery, pack
from functions.core.webhooks.webhook import Webhook
from functions.deliver import handler as deliver_module
from functions.deliver.dependencies import Dependencies
from functions.store import keys
from functions.store.archive import S3Archive, packed
from functions.store.dynamodb.table import DynamoTable
from functions.store.outbound.poster import HttpPoster
from functions.store.registrations import Registrations
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from functions.store.rows.webhooks.webhooks import active_row, webhook_row
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp
from functions.storing.pipeline import process
from tests.bench.answers import Answers, Counted
from tests.bench.inputs import redirected
from tests.bench.measure import Figure, interleaved, median
from tests.bench.processing import SETTINGS, delivered
from tests.bench.samples import LMS, NOW_US, School
from tests.units import item_bytes, write_units

SIZES = (1, 10, 100, 1000)  # events of one app in an archive object
ROUNDS = 7
MESSAGES = 10  # in a round
WEBHOOK_ID = "5d3a2c1e-8f4b-4a6d-9c7e-1b2a3c4d5e6f"
QUEUE = "http://127.0.0.1:9/1/deliveries"
READ_UNIT_BYTES = 4096
CALLS = ("Query", "GetObject", "BatchWriteItem", "PutItem", "SendMessageBatch")


class OneObject(Answers):
    """The archive is one object, and a query answers the rows of its partition."""

    def __init__(self) -> None:
        super().__init__()
        self.archived = b""

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        if not target:
            return 200, self.archived
        if target.endswith(".Query"):
            values = orjson.loads(body)["ExpressionAttributeValues"]
            wanted = {value["S"] for value in values.values() if "S" in value}
            held = [item for (pk, _), item in self.items.items() if pk in wanted]
            return 200, orjson.dumps({"Items": held, "Count": len(held), "ScannedCount": len(held)})
        return super().answer(target, body)


class Deliveries:
    """`deliver` over counted clients, with one webhook of an app whose target is at `url`."""

    def __init__(self, url: str) -> None:
        self.counted = Counted(OneObject())
        self.table = DynamoTable(self.counted.client("dynamodb"), "events")
        self.queue = SqsDeliveryQueue(self.counted.client("sqs"), QUEUE)
        self.webhook = webhook_of(LMS, f"{url}/hook")
        self.table.put_all(
            [webhook_row(self.webhook), active_row(LMS.tenant, [WEBHOOK_ID], version=1)],
        )
        self.dependencies = Dependencies(
            table=self.table,
            registry_table=self.table,
            archive=S3Archive(self.counted.client("s3"), "archive"),
            deliveries=self.queue,
            given_up=SqsGivenUp(self.counted.client("sqs"), QUEUE),
            poster=HttpPoster(allow_loopback=True),
            random=lambda: 0.5,
        )

    def archive(self, message: Message) -> None:
        answers = self.counted.answers
        assert isinstance(answers, OneObject)
        answers.archived = packed([message])

    def deliver(self) -> None:
        body = pack(Delivery(tenant=LMS.tenant, webhook=WEBHOOK_ID, key="archive/x", since_us=NOW_US))
        answer = deliver_module.handler(delivered([body]), None, dependencies=self.dependencies, now_us=NOW_US)
        assert not answer["batchItemFailures"]

    def calls(self, message: Message) -> Counter[str]:
        """Of one message of the queue."""
        self.archive(message)
        self.counted.calls.clear()
        self.deliver()
        return Counter(self.counted.calls)


def webhook_of(app: App, url: str) -> Webhook:
    return Webhook(
        id=WEBHOOK_ID,
        tenant=app.tenant,
        app_id=app.app_id,
        name="Warehouse",
        target_url=url,
        secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        active=True,
        created_us=NOW_US,
        updated_us=NOW_US,
    )


def queued_calls(school: School, url: str) -> Counter[str]:
    """What a batch of `process` calls more because the app has a webhook."""

    def calls(deliveries: Deliveries, queue: SqsDeliveryQueue | None) -> Counter[str]:
        table = deliveries.table
        registrations = Registrations(table, SETTINGS.timeouts)
        deliveries.counted.calls.clear()
        process(
            [school.message(10)],
            table=table,
            archive=deliveries.dependencies.archive,  # type: ignore[arg-type]  # S3's writes as well
            settings=SETTINGS,
            now_us=NOW_US,
            registrations=registrations,
            deliveries=queue,
        )
        return Counter(deliveries.counted.calls)

    with_webhook, without = Deliveries(url), Deliveries(url)
    return calls(with_webhook, with_webhook.queue) - calls(without, None)


def figures(url: str) -> Iterator[Figure]:
    """Calls and CPU of a message by the events of its object, and the units of its rows."""
    log = redirected(deliver_module.logger)
    school = School(71, 100)
    for size in SIZES:
        deliveries = Deliveries(url)
        calls = deliveries.calls(school.message(size))
        yield Figure(f"cost.deliver_posts:{size}", calls["BatchWriteItem"] + calls["PutItem"], "POSTs a message")
        yield Figure(f"cost.deliver_gets:{size}", calls["GetObject"], "GetObject a message")
        yield Figure(f"cost.deliver_queries:{size}", calls["Query"], "queries a message")
        unexpected = set(calls) - set(CALLS)
        assert not unexpected, f"calls that the model knows no price for: {unexpected}"

        def work(_: int, deliveries: Deliveries = deliveries) -> None:
            for _ in range(MESSAGES):
                deliveries.deliver()

        (seconds,) = interleaved(ROUNDS, work)
        yield Figure(f"cost.deliver_cpu_ms:{size}", median(seconds) / MESSAGES * 1000, "ms a message, without TLS")
    more = queued_calls(school, url)
    yield Figure("cost.deliver_sends", more["SendMessageBatch"], "calls of SQS that a batch makes more")
    yield Figure(
        "cost.deliver_other_calls", more.total() - more["SendMessageBatch"], "other calls that a batch makes more"
    )
    yield Figure("cost.deliver_log_bytes", log.last, "bytes an invocation")
    attempt = Attempt(
        tenant=keys.tenant_of(LMS.app_id), webhook=WEBHOOK_ID, time_us=NOW_US, message_id="msg_" + "x" * 22, status=200,
        duration_ms=120, events=100, number=1, key="archive/day=20260127/" + "x" * 60, first=0, last=100,
    )  # fmt: skip
    yield Figure("cost.deliver_attempt_wru", write_units(attempt_row(attempt)), "WRU a POST")
    read = item_bytes(webhook_row(webhook_of(LMS, url))) + item_bytes(active_row(LMS.tenant, [WEBHOOK_ID], version=1))
    yield Figure("cost.deliver_rru", math.ceil(read / READ_UNIT_BYTES) / 2, "RRU a query")
