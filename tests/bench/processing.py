"""How fast `process` is: batches of the queue through the real handler and real clients, CPU of this process only."""

from collections.abc import Iterator
from typing import Any

from functions.core.messages import pack
from functions.process.handler import CLIENTS, Dependencies, handler
from functions.settings import ProcessSettings
from functions.store.archive import S3Archive
from functions.store.dynamodb.table import DynamoTable
from functions.store.registrations import Registrations
from tests.bench import reference
from tests.bench.loopback import client
from tests.bench.measure import Figure, Work, interleaved, median
from tests.bench.samples import School, message

ROUNDS = 21
MESSAGES, SIZE, LEARNERS = 10, 100, 100
REFERENCE_EVENTS = 100  # a round
SETTINGS = ProcessSettings(table_name="events", bucket_name="archive")


def delivered(bodies: list[str]) -> dict[str, Any]:
    """A batch as SQS hands it to Lambda."""
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


class Batches:
    """`process` over clients of one endpoint; each batch is of events not seen before, in open sessions."""

    def __init__(self, url: str, *, seed: int, learners: int = LEARNERS) -> None:
        self.table = DynamoTable(client("dynamodb", url, **CLIENTS), SETTINGS.table_name)
        self.archive = S3Archive(client("s3", url, **CLIENTS), SETTINGS.bucket_name)
        self.dependencies = Dependencies(
            table=self.table,
            archive=self.archive,
            settings=SETTINGS,
            registrations=Registrations(self.table, SETTINGS.timeouts),
        )
        self.school = School(seed, learners)
        self.handle([pack(message(self.school.logged_in(), self.school.payloads))])

    def handle(self, bodies: list[str]) -> None:
        answer = handler(delivered(bodies), None, dependencies=self.dependencies)
        assert not answer["batchItemFailures"]

    def batch(self, messages: int, size: int) -> list[str]:
        return [pack(self.school.message(size)) for _ in range(messages)]

    def work(self, rounds: int, messages: int, size: int) -> Work:
        batches = [self.batch(messages, size) for _ in range(rounds + 1)]
        return lambda number: self.handle(batches[number])


def speed(url: str, rounds: int = ROUNDS) -> Iterator[Figure]:
    """A batch of ten messages of 100 events, and the reference pattern's one of everything for the same events."""
    ours = Batches(url, seed=21).work(rounds, MESSAGES, SIZE)
    table, s3 = reference.table(url), client("s3", url)
    school = School(22, LEARNERS)
    batches = [
        ['{"event":' + item.raw.decode() + "}" for item in school.message(REFERENCE_EVENTS).items]
        for _ in range(rounds + 1)
    ]
    seconds, pattern = interleaved(rounds, ours, lambda number: reference.process(batches[number], table=table, s3=s3))
    per_event = [second / (MESSAGES * SIZE) for second in seconds]
    ratios = [theirs / REFERENCE_EVENTS / ours for theirs, ours in zip(pattern, per_event, strict=True)]
    yield Figure("process_events_per_core_s", 1 / median(per_event), "events/s")
    yield Figure("process_vs_reference", median(ratios), "× less CPU")
