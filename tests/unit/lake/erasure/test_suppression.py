"""Lines of the archive without whom an erasure names, as they are loaded."""

from typing import Any

import pytest

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.privacy.erased import Erased, Erasure
from functions.lake.erasure.suppression import line_without_erased, lines_without_erased
from functions.privacy.erasure_context import learner_erasure
from functions.privacy.purge.purge import Purge
from functions.store.erasure.rows import add_erasures
from functions.store.registrations import Registrations
from tests.fakes import MemoryTable
from tests.lake_lines import event, line
from tests.lake_world import NINE_US, TENANT, TIMEOUTS
from tests.payloads import APP

ADA, BEN, ALIAS = "urn:x:ada", "urn:x:ben", "urn:erased:5b"
UNTIL_US = NINE_US + 1_000_000
ERASURE = learner_erasure(ADA, alias=ALIAS, before_us=UNTIL_US, request="r1")
PURGE = Purge(app=App(app_id=APP, tenant=TENANT), credential="leaked", from_us=NINE_US, to_us=UNTIL_US).erasure(
    request="r"
)
ENDED = Erasure(
    digest=id_digest("urn:x:ended"), role="event", alias="d", before_us=NINE_US, from_us=NINE_US, request="r"
)
ERASED = Erased({erasure.digest: erasure for erasure in (ERASURE, PURGE, ENDED)})
NAMING = event("urn:x:naming", BEN, note=ADA)
FINDING = {"severity": "warning", "code": "c", "pointer": "/p", "message": f"of {ADA}", "source": "s"}


@pytest.mark.parametrize(
    ("item", "said", "is_kept"),
    [
        (event("urn:x:1", ADA), {}, False),
        (event("urn:x:1", ADA), {"received_us": UNTIL_US}, False),
        (event("urn:x:1", ADA), {"received_us": UNTIL_US + 1}, True),
        (event("urn:x:1", BEN), {}, True),
        ({"learner": ADA, "sessionId": "s"}, {"kind": "heartbeat"}, False),
        (event("urn:x:1", BEN), {"credential": "leaked"}, False),
        (event("urn:x:1", BEN), {"credential": "own"}, True),
        (event("urn:x:1", BEN), {"credential": "leaked", "received_us": UNTIL_US + 1}, True),
        (event("urn:x:ended", BEN), {"system": True}, False),
        (event("urn:x:ended", BEN), {"system": True, "received_us": NINE_US + 1}, True),
        (event("urn:x:ended", BEN), {}, True),
        # What the service emits is received when it is emitted: there the time of the event decides.
        (event("urn:x:1", ADA), {"system": True, "received_us": UNTIL_US + 1}, False),
    ],
)
def test_a_line_goes_or_is_kept_as_it_is(item: Any, said: dict[str, Any], is_kept: bool) -> None:
    sent = line(item, **said)
    kept = line_without_erased(sent, ERASED)
    assert kept is (sent if is_kept else None)


def test_a_line_that_names_the_person_keeps_everything_else_and_the_digest_of_what_was_sent() -> None:
    sent = line(NAMING, findings=[FINDING], credential="own", sensor="https://s.example")
    kept = line_without_erased(sent, ERASED)
    assert kept is not None
    assert kept.parsed == NAMING | {"note": ALIAS}
    assert list(kept.findings) == [FINDING | {"message": f"of {ALIAS}"}]
    assert kept.content == kept.sent_content == sent.content
    same = "archive_key kind app tenant job received_us sensor credential pseudonyms".split()
    assert [getattr(kept, name) for name in same] == [getattr(sent, name) for name in same]
    assert line_without_erased(kept, ERASED) is kept


def left(*lines: Any, now_us: int = UNTIL_US, erasures: tuple[Erasure, ...] = (ERASURE,)) -> list[Any]:
    registry = MemoryTable()
    if erasures:
        add_erasures(registry, TENANT, erasures)
    registrations = Registrations(registry, TIMEOUTS)
    return list(lines_without_erased(lines, registrations, clock=lambda: now_us))


def test_of_the_lines_of_an_object_those_of_the_person_are_left_out() -> None:
    own, naming, plain = line(event("urn:x:1", ADA)), line(NAMING), line(event("urn:x:2", BEN))
    later = line(event("urn:x:3", ADA), received_us=UNTIL_US + 1)
    other = line(event("urn:x:1", ADA), app="urn:x:other")
    kept = left(own, naming, plain, later, other)
    assert [each.parsed["id"] for each in kept] == ["urn:x:naming", "urn:x:2", "urn:x:3", "urn:x:1"]
    assert kept[0].parsed["note"] == ALIAS
    assert kept[1:] == [plain, later, other]


def test_what_the_service_emitted_late_about_the_person_is_left_out() -> None:
    late = UNTIL_US + 1_000_000
    emitted = line(event("urn:x:1", ADA), system=True, received_us=late)
    assert left(emitted) == []
    assert left(emitted, erasures=()) == [emitted]


@pytest.mark.parametrize(("seconds", "is_left"), [(59, True), (61, False)])
def test_registrations_and_erasures_are_looked_at_once_a_minute(seconds: int, is_left: bool) -> None:
    registry = MemoryTable()
    registrations = Registrations(registry, TIMEOUTS)
    times = iter([NINE_US, NINE_US + seconds * 1_000_000])
    own = line(event("urn:x:1", ADA))
    assert list(lines_without_erased([own], registrations, clock=lambda: next(times))) == [own]
    add_erasures(registry, TENANT, [ERASURE])
    assert list(lines_without_erased([own], registrations, clock=lambda: next(times))) == ([own] if is_left else [])
