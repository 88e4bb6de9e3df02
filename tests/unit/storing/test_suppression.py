"""What was received before a person was erased does not come back, whatever brings it, and is not archived either."""

import json
from typing import Any

import pytest

from functions.core.ids import id_digest
from functions.core.messages import Item, Message
from functions.core.privacy.erased import Erasure
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.erasure.rows import add_erasures
from functions.store.registrations import KEPT_US, Registrations
from functions.storing.pipeline import process
from tests.fakes import Crash
from tests.payloads import APP, Json
from tests.world import NINE_US, PROCESS, STUDENT, TENANT, World

OTHER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000002"
ALIAS = "urn:erased:1f"


def erase(of: World, *, before_us: int, learner: str = STUDENT) -> None:
    erasure = Erasure(digest=id_digest(learner), role="learner", alias=ALIAS, before_us=before_us, request="r1")
    add_erasures(of.table, TENANT, [erasure])


def comment(of: World) -> Json:
    """A teacher's event that names the student."""
    about = {"id": STUDENT, "type": "Person", "name": "Ada", "email": "ada@example.org"}
    return of.event(1, actor=OTHER, object={"id": "urn:x:1", "type": "Comment", "creator": about})


def stored_events(of: World) -> list[str]:
    return [pk for pk, sk in of.table.items if sk.startswith(keys.EVENT)]


def kinds_archived(of: World) -> list[str]:
    return [item.kind for message in of.archive.messages() for item in message.items]


def test_what_was_received_before_is_neither_stored_nor_archived_and_keeps_its_place() -> None:
    of = World()
    erase(of, before_us=NINE_US + MINUTE_US)
    other = of.event(1, actor=OTHER)
    of.send(of.event(0), other)
    assert stored_events(of) == [keys.learner_pk(TENANT, OTHER)]
    assert kinds_archived(of) == ["erased", "event"]
    assert STUDENT.encode() not in b"".join(line for lines in of.archive.objects.values() for line in lines)


def test_what_is_received_later_is_taken() -> None:
    of = World()
    erase(of, before_us=NINE_US)
    of.set_clock(1)
    of.send(of.event(1))
    assert stored_events(of) == [keys.learner_pk(TENANT, STUDENT)]


def test_what_others_sent_keeps_its_key_and_names_a_random_iri() -> None:
    of, before = World(), World()
    erase(of, before_us=NINE_US)
    event = comment(of)
    of.send(event)
    before.send(event)
    key = next(key for key in of.table.items if key[1].startswith(keys.EVENT))
    assert key in before.table.items
    (fact,) = of.facts(keys.learner_pk(TENANT, OTHER))
    creator = {"id": ALIAS, "type": "Person"}
    assert json.loads(fact.raw) == event | {"object": event["object"] | {"creator": creator}}


def test_a_timed_out_of_a_session_that_ended_before_does_not_come_back_though_it_is_emitted_later() -> None:
    of = World()
    of.send(of.event(0))
    of.set_clock(60)
    of.sweep()
    erase(of, before_us=NINE_US + 59 * MINUTE_US)
    of.table.items = {key: row for key, row in of.table.items.items() if key[0] != keys.learner_pk(TENANT, STUDENT)}
    assert [event["action"] for event in of.drain()] == ["TimedOut"]
    assert of.timed_out() == []
    assert kinds_archived(of) == ["event", "erased"]


@pytest.mark.parametrize("received_us", [NINE_US, NINE_US - 120 * MINUTE_US])
def test_no_registry_is_read_beyond_one_batch_a_minute_if_nothing_is_old(received_us: int) -> None:
    of = World()
    erase(of, before_us=NINE_US - 60 * MINUTE_US)
    registrations = Registrations(of.table, PROCESS.timeouts)
    for round_ in range(3):
        message = Message(
            tenant=TENANT,
            app_id=APP,
            job=f"j{round_:021d}",
            received_us=received_us,
            items=[Item("event", json.dumps(of.event(round_, actor=OTHER)).encode())],
        )
        process([message], table=of.table, archive=None, settings=PROCESS, now_us=NINE_US, registrations=registrations)
    assert of.calls.counts["query"] == (0 if received_us == NINE_US else 1)


def test_an_erasure_is_known_to_a_worker_within_a_minute() -> None:
    of = World()
    registrations = Registrations(of.table, PROCESS.timeouts)
    registrations.read([TENANT], now_us=NINE_US)
    erase(of, before_us=NINE_US)
    assert registrations.of(TENANT, now_us=NINE_US + KEPT_US).erased_until_us == NINE_US
    assert registrations.erased(TENANT, now_us=NINE_US).is_learner(STUDENT, received_us=NINE_US)


class Unanswered(Registrations):
    """A registry that does not answer."""

    def read(self, *_: Any, **__: Any) -> Any:
        raise Crash("no answer")


@pytest.mark.parametrize(("minutes_old", "archived"), [(0, 1), (2, 0)])
def test_while_the_registry_does_not_answer_only_what_just_came_is_archived(minutes_old: int, archived: int) -> None:
    of = World()
    received_us = NINE_US - minutes_old * MINUTE_US
    item = Item("event", json.dumps(of.event(0)).encode())
    message = Message(tenant=TENANT, app_id=APP, job="j" * 22, received_us=received_us, items=[item])
    with pytest.raises(Crash):
        process(
            [message],
            table=of.table,
            archive=of.archive,
            settings=PROCESS,
            now_us=NINE_US,
            registrations=Unanswered(of.table, PROCESS.timeouts),
        )
    assert len(of.archive.objects) == archived
