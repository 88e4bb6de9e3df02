"""Lines to train the dictionary of `functions.core.packing` with: events of all shapes, what is said of spoilt ones.

`python -m tests.bench.training | python -m functions.operate train-dictionary functions/core/caliper-<n>.zdict`.
Seeded, so that the same code gives the same lines.
"""

import copy
import itertools
import json
import random
import sys
from collections.abc import Iterator

import orjson

from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.validator import validate_item
from tests.bench.samples import LMS
from tests.payloads import Json, Payloads

EVENTS, LEARNERS = 6_000, 40
WRONG = (7, "x y", "2026-13-01", None, ["a"], {"type": "Person"}, "", {"id": "foo", "type": "Nonsense"})
ACTIONS = ("Viewed", "Searched", "Deactivated", "Foo")


def events(draw: random.Random) -> Iterator[Json]:
    """Every shape in turn, of few learners."""
    payloads = Payloads(draw.getrandbits(32))
    learners = [payloads.urn() for _ in range(LEARNERS)]
    makers = [*payloads.mix().values(), payloads.blackboard_answered]
    for make in itertools.islice(itertools.cycle(makers), EVENTS):
        yield make(draw.choice(learners))


def spoilt(event: Json, draw: random.Random) -> Json:
    """The event with one or two faults, as senders make them."""
    event = copy.deepcopy(event)
    if draw.random() < 0.3:
        event["id"] = event["id"].removeprefix("urn:uuid:")
    if draw.random() < 0.2:
        event["action"] = draw.choice(ACTIONS)
    for _ in range(draw.randrange(1, 3)):
        nodes = [event, *(value for value in event.values() if isinstance(value, dict))]
        node = draw.choice(nodes)
        name = draw.choice([*(key for key in node if key not in ("@context", "type")), "dateCreated", "newProperty"])
        node[name] = copy.copy(draw.choice(WRONG))
    return event


def lines(draw: random.Random) -> Iterator[bytes]:
    """Events as they are sent, compact or spaced, and the warnings that spoilt ones are stored with."""
    for number, event in enumerate(events(draw)):
        yield orjson.dumps(event) if number % 2 else json.dumps(event).encode()
        verdict = validate_item(orjson.dumps(spoilt(event, draw)), data_version=CONTEXT_1_2, app=LMS)
        if verdict.accepted and verdict.findings:
            yield orjson.dumps([finding.as_dict() for finding in verdict.findings])


if __name__ == "__main__":
    for line in lines(random.Random(77)):
        sys.stdout.buffer.write(line + b"\n")
