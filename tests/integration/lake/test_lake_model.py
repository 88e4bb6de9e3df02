"""The tables are a function of what was archived: any order, batching, repetition and number of runs gives the same."""

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from functions.core.ids import canonical_id, content_digest
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, RAW
from functions.lake.tables.of_numbers import DAILY, RUNS, SESSIONS
from tests.examples import examples
from tests.lake_world import NINE_US, memory_lake_world
from tests.payloads import Json, Payloads

POOL = list(Payloads(11).events(8, learners=2))
CONFLICTS = [event | {"object": "https://app.example.org/elsewhere"} for event in POOL[:3]]
LATE = [event | {"eventTime": "2026-01-21T10:00:00.000Z"} for event in POOL[2:4]]
batches = st.lists(st.lists(st.sampled_from(POOL + CONFLICTS + LATE), min_size=1, max_size=5), min_size=1, max_size=4)


def lowest(sent: list[Json]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for event in sent:
        identifier, content = canonical_id(event["id"]), content_digest(event)
        kept[identifier] = min(content, kept.get(identifier, content))
    return kept


@settings(max_examples=examples(5), phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each takes seconds to try
@given(batches, st.randoms(use_true_random=False), st.sets(st.integers(0, 3)))
def test_tables_depend_on_what_was_archived_alone(sent: list[list[Json]], shuffled: object, pauses: set[int]) -> None:
    everything = [event for batch in sent for event in batch]
    answers = []
    for turn in (False, True):
        world = memory_lake_world()
        order = list(enumerate(sent))
        if turn:
            shuffled.shuffle(order)  # type: ignore[attr-defined]
        for step, (number, batch) in enumerate(order):
            key = world.archive(*batch, received_us=NINE_US + number, job=number)
            world.notify(key, *([key] if turn else []))
            if turn and step in pauses:
                world.feed()
        world.feed()
        assert dict(world.rows(EVENTS, "id", "content")) == lowest(everything)
        assert {row[0] for row in world.rows(RAW, "content")} == set(map(content_digest, everything))
        objects = set(world.rows(RAW, "content", "archive_key")) | set(world.rows(COPIES, "content", "archive_key"))
        assert len(objects) == len({(number, content_digest(it)) for number, batch in enumerate(sent) for it in batch})
        numbers = [world.rows(table) for table in (SESSIONS, RUNS, DAILY)]
        answers.append((world.rows(EVENTS), world.rows(RAW), world.rows(COPIES), numbers))
    assert answers[0] == answers[1]
