"""Notices as subscribers get them: a learner goes by the lake's pseudonym, and by an id only if that is chosen."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from functions.core.privacy.notices import VERSION
from functions.core.privacy.pseudonym import SECRET_BYTES, Pseudonyms
from functions.store import keys
from functions.store.bus import NamingBus, Notice, Unpublished, learner_erased, started
from functions.store.erasure.secret import held_secret, pseudonym_secret
from functions.timeout.handler import handler as sweep
from tests.fakes import MemoryBus, MemoryQueue, MemoryTable
from tests.handlers import timeout_dependencies
from tests.payloads import APP
from tests.world import NINE_US, STUDENT, TENANT, TIMEOUT, World

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 55_000, function_name="timeout")
SECRET = b"s" * SECRET_BYTES
PSEUDONYM = Pseudonyms(SECRET).of(keys.tenant_of(APP), STUDENT)


def notices_of(*notices: Notice, plain: bool = False) -> list[dict[str, Any]]:
    bus = MemoryBus()
    NamingBus(bus, lambda: SECRET, plain=plain).publish(notices)
    assert [kind for kind, _ in bus.notices] == [kind for kind, _ in notices]
    return [dict(detail) for _, detail in bus.notices]


def life_of_a_session(session: str = "") -> list[Notice]:
    """What the service tells of a session from start to end."""
    world = World()
    named = {"session": {"id": session, "type": "Session"}} if session else {}
    world.send(world.event(0, **named))
    world.set_clock(32)
    world.sweep()
    assert [kind for kind, _ in world.bus.notices] == ["SessionStarted", "SessionEnded", "TimedOut"]
    assert keys.tenant_of(APP) == TENANT
    return world.bus.notices


def test_no_notice_of_a_session_names_the_learner() -> None:
    for session in ("", "https://school.example/sessions/5", f"https://school.example/{STUDENT.upper()}/sessions/5"):
        details = notices_of(*life_of_a_session(session))
        assert STUDENT not in orjson.dumps(details).decode().lower()
        assert [(detail["learner"], detail["version"]) for detail in details] == [(PSEUDONYM, VERSION)] * 3
        assert all("actor" not in detail for detail in details)
        assert details[2]["event"]["object"]["user"] == PSEUDONYM


def test_an_id_of_a_session_is_the_same_in_each_notice_and_in_the_lake() -> None:
    held = f"https://school.example/{STUDENT}/sessions/5"
    for session, published in (
        ("https://school.example/sessions/5", "https://school.example/sessions/5"),
        (held, Pseudonyms(SECRET).of(TENANT, held)),
    ):
        begun, ended, timed = notices_of(*life_of_a_session(session))
        assert begun["session"] == ended["session"] == timed["event"]["object"]["id"] == published
        assert ended["numbers"]["sessions"] == [published]


def test_with_plain_ids_a_notice_has_both() -> None:
    waiting = life_of_a_session(f"https://school.example/{STUDENT}/sessions/5")
    both = [{**detail, "version": VERSION, "learner": PSEUDONYM} for _, detail in waiting]
    assert notices_of(*waiting, plain=True) == both


def test_a_session_without_a_learner_is_told_without_one() -> None:
    begun = started(app=APP, session="urn:s", provisional=False, actor=None, edapp=None, started="2026-01-27T10:00:00Z")
    (detail,) = notices_of(begun)
    assert detail["learner"] is None
    assert "actor" not in detail


def test_a_notice_that_names_no_learner_needs_no_secret() -> None:
    def none() -> bytes:
        raise AssertionError("the secret was read")

    bus = MemoryBus()
    erased = learner_erased(app=APP, learner=PSEUDONYM, before="2026-01-27T10:00:00Z")
    NamingBus(bus, none).publish([erased])
    assert bus.notices == [(erased[0], {**erased[1], "version": VERSION})]


def test_before_there_is_a_secret_nothing_is_published_and_once_there_is_one_it_is_read_once() -> None:
    table, bus, reads = MemoryTable(), MemoryBus(), 0

    def read() -> bytes | None:
        nonlocal reads
        reads += 1
        return held_secret(table)

    naming, waiting = NamingBus(bus, read), life_of_a_session()
    with pytest.raises(Unpublished, match="no secret yet"):
        naming.publish(waiting)
    assert bus.notices == []
    pseudonym_secret(table, random_bytes=lambda _: SECRET)
    naming.publish(waiting)
    naming.publish(waiting)
    assert len(bus.notices) == 6
    assert reads == 2


def test_a_sweep_makes_the_secret_if_there_is_none_and_keeps_the_one_there_is() -> None:
    table = MemoryTable()

    def sweep_with(byte: bytes) -> None:
        dependencies = replace(
            timeout_dependencies(table, MemoryQueue(), TIMEOUT),
            secret=lambda: pseudonym_secret(table, random_bytes=lambda count: byte * count),
        )
        sweep({}, CONTEXT, dependencies=dependencies, now_us=NINE_US)

    sweep_with(b"s")
    sweep_with(b"t")
    assert held_secret(table) == SECRET
