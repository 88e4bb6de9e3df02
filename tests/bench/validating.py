"""How fast `validate` is: per event, against parsing the same bytes, against rubbish, by the size of the request."""

import itertools
from collections.abc import Iterator
from typing import Any

import orjson

from functions.core.apps import App
from functions.store.queue import SqsQueue
from functions.validate.ingest import ingest
from tests.bench import reference
from tests.bench.loopback import client
from tests.bench.measure import Figure, Work, interleaved, median, ratio
from tests.bench.rubbish import KINDS
from tests.bench.samples import HOUR_US, HOUSE, LMS, NOW_US, DiscardingQueue, bodies

ROUNDS = 15
REQUESTS = 10  # a round
SIZE = 100
ARRIVAL_US = NOW_US + 10_000 * HOUR_US  # after all that is sent, because the samples' clock runs on with each event


class Requests:
    """Requests of `size` events for each round, never the same ones twice."""

    def __init__(self, seed: int, *, count: int, size: int, rounds: int, house: bool = False) -> None:
        stream = bodies(seed, size, house=house)
        self._rounds = [list(itertools.islice(stream, count)) for _ in range(rounds + 1)]

    def of(self, number: int) -> list[bytes]:
        return self._rounds[number]


def ingesting(requests: Requests, app: App, queue: Any = None) -> Work:
    """`ingest` as the handler calls it, packing included; by default the queue costs nothing."""
    door = queue or DiscardingQueue()

    def work(number: int) -> None:
        for body in requests.of(number):
            answer = ingest(body, app=app, queue=door, now_us=ARRIVAL_US, nonce=number.to_bytes(8, "big"))
            assert answer["statusCode"] == 200, answer["body"][:2000]

    return work


def parsing(requests: Requests) -> Work:
    def work(number: int) -> None:
        for body in requests.of(number):
            orjson.loads(body)

    return work


def speed(rounds: int = ROUNDS) -> Iterator[Figure]:
    """The whole mix by an app without house rules, then TimeBack's shapes by an app that asked for them."""
    requests = Requests(11, count=REQUESTS, size=SIZE, rounds=rounds)
    ours, loads = interleaved(rounds, ingesting(requests, LMS), parsing(requests))
    yield Figure("validate_ratio", ratio(ours, loads), "× orjson.loads")
    yield Figure("validate_events_per_core_s", REQUESTS * SIZE / median(ours), "events/s")
    requests = Requests(12, count=REQUESTS, size=SIZE, rounds=rounds, house=True)
    ours, loads = interleaved(rounds, ingesting(requests, HOUSE), parsing(requests))
    yield Figure("validate_ratio_house", ratio(ours, loads), "× orjson.loads")


def by_size(rounds: int = ROUNDS) -> Iterator[Figure]:
    """The same number of events in requests of 1,000 and of 10."""
    large = Requests(13, count=2, size=1000, rounds=rounds)
    small = Requests(14, count=200, size=10, rounds=rounds)
    of_large, of_small = interleaved(rounds, ingesting(large, LMS), ingesting(small, LMS))
    yield Figure("per_event_1000_vs_10", ratio(of_large, of_small), "×")


def against_reference(url: str, rounds: int = 7) -> Iterator[Figure]:
    """One request of 100 events to its message in a queue behind a socket, both ways, each with real clients."""
    sqs = client("sqs", url)
    queue = SqsQueue(sqs, f"{url}/1/queue")
    requests = Requests(15, count=2, size=SIZE, rounds=rounds)

    def pattern(number: int) -> None:
        for body in requests.of(number):
            reference.validate(body, sqs=sqs)

    ours, theirs = interleaved(rounds, ingesting(requests, LMS, queue), pattern)
    yield Figure("validate_vs_reference", ratio(theirs, ours), "× less CPU")


def rubbish(rounds: int = 5) -> Iterator[Figure]:
    """1,000 items of nothing but rubbish against 1,000 good ones: the worst of several kinds."""
    good = Requests(16, count=1, size=1000, rounds=rounds)
    worst = Figure("", 0.0, "")
    for name, make in KINDS.items():
        prepared = [make(1000, number) for number in range(rounds + 1)]

        def work(number: int, prepared: list[bytes] = prepared) -> None:
            ingest(prepared[number], app=HOUSE, queue=DiscardingQueue(), now_us=ARRIVAL_US, nonce=bytes(8))

        bad, fine = interleaved(rounds, work, ingesting(good, LMS))
        figure = Figure(f"allbad_ratio:{name}", ratio(bad, fine), "× good")
        worst = max(worst, figure, key=lambda figure: figure.value)
        yield figure
    yield Figure("allbad_ratio", worst.value, "× good")
