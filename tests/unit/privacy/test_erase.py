"""After an erasure no stored byte names the person, and everyone else is answered as before."""

import gzip
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from functions.core.times import MINUTE_US
from functions.privacy.erase import code_of, counted, counting
from functions.privacy.erasure_context import may_name, pattern_of
from functions.privacy.errors import PrivacyError
from functions.privacy.person import find_person, is_address
from functions.store import keys
from functions.store.erasure.requests import PersonRequest, request_row
from functions.store.imports.drop_folder import ANSWERED, DROPPED, Dropped
from tests.examples import examples
from tests.fakes import Crash
from tests.payloads import APP
from tests.unit.privacy.erasing_world import (
    ADA,
    ALIAS,
    BEN,
    DAYS,
    KINDS,
    MAIL,
    NAME,
    TEACHER,
    ErasingWorld,
    Sent,
    opened,
    without_ada,
)
from tests.unit.query.world import app_of

pytestmark = pytest.mark.slow

SENT = st.builds(
    Sent,
    who=st.integers(0, 2),
    minute=st.integers(0, 50),
    kind=st.sampled_from(KINDS),
    session=st.integers(0, 2),
    number=st.integers(0, 3),
)
BATCHES = st.lists(st.lists(SENT, min_size=1, max_size=5), min_size=1, max_size=5)
ONE_OF_EACH = [[Sent(who=who, minute=5 * who + n, kind=kind, session=n % 3, number=n) for n, kind in enumerate(KINDS)]
               for who in range(3)]  # fmt: skip


def assert_gone(world: ErasingWorld) -> None:
    for text in world.held():
        words = text.replace("\\/", "/")
        assert MAIL not in words
        assert NAME not in words
        assert ADA not in words.replace(BEN, "")


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=BATCHES, sweeps=st.booleans())
def test_no_stored_byte_names_the_person_and_others_are_answered_as_before(
    batches: list[list[Sent]], sweeps: bool
) -> None:
    world = ErasingWorld([*batches, [Sent(who=0, minute=3)]], sweeps=sweeps)
    before = world.answers(BEN, TEACHER)
    world.erase()
    assert_gone(world)
    assert world.answers(BEN, TEACHER) == without_ada(before)
    assert world.answers(ADA) == ErasingWorld().answers(ADA)
    again = world.rebuilt()
    assert_gone(again)
    assert again.counts() == world.counts()
    if sweeps:
        assert again.answers(BEN, TEACHER) == world.answers(BEN, TEACHER)
    for lines in opened(world.archive):
        assert lines["kind"] in ("event", "entity", "rejection", "erased")


def test_a_replay_over_what_was_erased_counts_and_stores_nothing_twice() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    world.erase()
    kept = dict(world.table.items)
    for key in sorted(world.archive.objects):
        world.store_archived(key)
    changed = {key for key, row in world.table.items.items() if kept.get(key) != row}
    assert {sk for _, sk in changed} <= {keys.TIMER}


@pytest.mark.slow
def test_killed_at_any_call_and_run_again_it_comes_to_the_same_end() -> None:
    whole = ErasingWorld(ONE_OF_EACH)
    first = whole.calls.total
    whole.erase()
    assert whole.calls.total > first
    for call in range(first + 1, whole.calls.total + 1):
        world = ErasingWorld(ONE_OF_EACH)
        world.calls.fail_after = call
        with pytest.raises(Crash):
            world.erase()
        world.calls.fail_after = None
        world.erase()
        assert_gone(world)
        assert world.counts() == whole.counts()
        assert world.answers(BEN, TEACHER) == whole.answers(BEN, TEACHER)


def test_after_a_restore_every_erasure_is_carried_out_again() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    backup = dict(world.table.items)
    world.erase()
    answers, counts = world.answers(BEN, TEACHER), world.counts()
    world.table.items = backup  # the registry, too, as it was before
    world.erase_again()
    assert_gone(world)
    assert world.answers(BEN, TEACHER) == answers
    assert world.counts() == counts


def test_a_dry_run_counts_what_the_erasure_erases_and_changes_nothing() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    person = find_person(world.table, app_of(APP), ADA)
    rows, versions = dict(world.table.items), dict(world.archive.versions)
    counts = counted(person, world.office().doors, before_us=world.now_us, days=DAYS)
    assert (dict(world.table.items), dict(world.archive.versions)) == (rows, versions)
    receipt = world.erase()
    assert receipt.counts == counts
    assert counts["events"] > 0
    assert counts["archive lines of others"] > 0
    assert set(world.erase().counts) == set()


def test_a_person_is_found_by_an_address_and_the_code_is_of_that_person() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    by_mail, by_iri = (find_person(world.table, app_of(APP), identifier) for identifier in ("ADA@school.example", ADA))
    assert by_mail == by_iri
    assert by_mail.addresses == (f"mailto:{MAIL}",)
    assert code_of([by_mail]) == code_of([by_iri]) != code_of([find_person(world.table, app_of(APP), BEN)])
    assert find_person(world.table, app_of(APP), "no@one.example").learners == ()
    with pytest.raises(PrivacyError, match="no one person"):
        find_person(world.table, app_of(APP), "urn:unidentified-user")


def test_an_address_that_only_others_gave_with_the_person_is_learned_on_the_way() -> None:
    world = ErasingWorld([[Sent(who=1, minute=1, kind="mail")], [Sent(who=2, minute=1, kind="names")]])
    before = world.answers(BEN, TEACHER)
    person = find_person(world.table, app_of(APP), ADA)
    counts = counted(person, world.office().doors, before_us=world.now_us, days=DAYS)
    assert counts["archive lines of others"] == 2
    world.erase()
    assert_gone(world)
    assert world.answers(BEN, TEACHER) == without_ada(before)
    world.send_items_of([Sent(who=1, minute=2, kind="mail", number=1)], received_us=world.now_us - 8 * MINUTE_US)
    assert_gone(world)


def test_what_is_sent_after_the_erasure_stays_through_another_walk() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    world.erase()
    world.set_clock(700)
    world.send_items_of([Sent(who=0, minute=699, number=1), Sent(who=1, minute=699, kind="names", number=1)])
    later = world.answers(ADA, BEN)
    world.erase_again()
    assert world.answers(ADA, BEN) == later
    assert [row["event"]["actor"]["id"] for row in world.all("/events", "events", actor=ADA)] == [ADA]


def test_who_comes_back_and_is_erased_again_keeps_the_alias() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1), Sent(who=1, minute=1, kind="names")]])
    world.erase()
    world.set_clock(700)
    world.send_items_of([Sent(who=0, minute=699, number=1), Sent(who=1, minute=699, kind="names", number=1)])
    world.erase()
    assert_gone(world)
    extensions = [row["event"].get("extensions") for row in world.all("/events", "events", actor=BEN)]
    assert [about["about"] for about in extensions if about] == [{"id": ALIAS, "type": "Person"}] * 2


def test_subscribers_get_a_pseudonym_and_the_receipt_has_counts_alone() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    receipt = world.erase()
    kind, detail = world.bus.notices[-1]
    assert kind == "LearnerErased"
    assert detail["learner"].startswith("p:")
    assert detail["learner"] in receipt.learners
    assert receipt.finished_at > receipt.started_at
    assert receipt.counts["session timers"] == 1


def test_a_second_walk_takes_what_a_worker_wrote_that_did_not_know_yet() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    late = Sent(who=0, minute=9, kind="names", number=77)
    office = world.office()
    settle = office.settle

    def stale() -> bool:
        known = {key: world.table.items.pop(key) for key in list(world.table.items) if key[0].startswith("GONE#")}
        world.send_items_of([late], received_us=world.now_us - MINUTE_US)
        for row in known.values():
            world.table.put_all([row])
        return settle()

    world.settle_with(stale)
    world.erase()
    assert_gone(world)
    assert [pk for pk, _ in world.table.items if pk == keys.learner_pk(keys.tenant_of(APP), ADA)] == []


@pytest.mark.parametrize(
    ("identifier", "is_mail"),
    [
        ("ada@school.example", True),
        ("mailto:ada@school.example", True),
        ("https://school.example/@ada", False),
        ("urn:x:ada@school.example", False),
        ("school/ada@example", False),
        ("ada", False),
    ],
)
def test_an_address_is_told_from_an_iri(identifier: str, is_mail: bool) -> None:
    assert is_address(identifier) is is_mail


@pytest.mark.parametrize(
    ("identifiers", "line", "may"),
    [
        (None, b"anything", True),
        (["https://school.example/users/1"], b'{"id":"https://school.example/users/1"}', True),
        (["https://school.example/users/1"], rb'{"id":"https:\/\/SCHOOL.example\/users\/1"}', True),
        (["https://school.example/users/1"], b'{"id":"https://school.example/users/2"}', False),
        (["https://school.example/users/1"], rb'{"id":"\u0068ttps"}', True),
        (["urn:uuid:0A0A0A0A-0000-4000-8000-000000000001"], b"0a0a0a0a-0000-4000-8000-000000000001", True),
        (["mailto:ada@school.example"], b"<Ada@School.example>", True),
        (["mailto:ada@school.example", "urn:x:1"], b"urn:x:2", False),
        (["urn:x:\u00e4da"], b"no one", True),
    ],
)
def test_a_line_is_left_unread_only_if_it_names_no_one_in_any_spelling(
    identifiers: list[str] | None, line: bytes, may: bool
) -> None:
    pattern = pattern_of(identifiers)
    assert may_name(identifiers)(line) is may
    assert (pattern is None or re.search(pattern, line.decode(), re.IGNORECASE) is not None) is may


def test_an_address_is_learned_once_and_again_only_for_what_came_later() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    erasing = counting(find_person(world.table, app_of(APP), ADA), world.office().doors, before_us=9, days=DAYS)
    erasure = next(iter(erasing.erasures.values()))
    assert erasing.learn(MAIL, erasure)
    assert not erasing.learn(MAIL, erasure)
    assert erasing.learn(MAIL, replace(erasure, before_us=erasure.before_us + 1))
    assert erasing.learned == [MAIL, MAIL]


@pytest.mark.parametrize("first", [0, 1])
def test_what_others_had_rejected_hides_no_rejection_of_the_person(first: int) -> None:
    """So many that each shard has several, of which one after another is hers."""
    others = [[Sent(who=(first + number) % 2, minute=number, kind="bad", number=number)] for number in range(40)]
    world = ErasingWorld(others, sweeps=False)
    world.erase()
    kept = [row["item"]["actor"] for row in world.all("/rejections", "rejections")]
    assert kept == [BEN] * 20


def test_an_earlier_version_that_names_the_person_goes_though_the_latest_does_not() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)], [Sent(who=1, minute=2)]], sweeps=False)
    of_ada, of_ben = sorted(world.archive.versions)
    clean = list(world.archive.versions[of_ben].values())[-1]
    world.archive.put_version(of_ada, clean)
    world.erase()
    assert list(world.archive.versions[of_ada].values()) == [clean]


def test_all_addresses_that_one_request_gives_with_the_person_are_learned() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]], sweeps=False)
    mails = [f"ada{number}@home.example" for number in range(3)]
    events = [
        world.event(3 + number, actor={"id": ADA, "type": "Person", "email": mail}) for number, mail in enumerate(mails)
    ]
    world.send(*events, world.event(9, actor=BEN, extensions={"to": mails}))
    world.erase()
    assert [mail for mail in mails for text in world.held() if mail in text.replace("\\/", "/")] == []


def test_every_version_of_a_copy_that_was_made_for_people_is_deleted() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    world.archive.put_file("exports/r0.zip", b"of a person")
    tenant = app_of(APP).tenant
    done = PersonRequest(
        id="r0", tenant=tenant, kind="export", asked_us=1, changed_us=2, state="done", file="exports/r0.zip"
    )
    world.table.put_all([request_row(done)])
    record = world.erase()
    assert record.counts["copies for people"] == 1
    assert not world.archive.versions["exports/r0.zip"]


@pytest.mark.parametrize(("status", "stays"), [("done", False), ("refused", False), ("importing", True)])
def test_a_dropped_file_that_names_the_person_goes_once_it_is_imported(status: str, stays: bool) -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    folder = app_of(APP).tenant
    named, other = f"{DROPPED}{folder}/named.ndjson", f"{DROPPED}{folder}/other.ndjson"
    rejects = f"{ANSWERED}{folder}/named.ndjson.rejects"
    body = f'{{"actor":"{ADA}"}}\n'.encode()
    world.archive.put_file(named, gzip.compress(body) if status == "done" else body)
    world.archive.put_file(other, f'{{"actor":"{BEN}"}}\n'.encode())
    world.archive.put_file(rejects, f'{{"a":"{ADA}"}}\n{{"a":"{BEN}"}}\n'.encode())
    world.archive.put_file(Dropped(folder, "named.ndjson", 0).beside("json"), json.dumps({"status": status}).encode())
    counts = world.erase().counts
    assert bool(world.archive.versions[named]) is stays
    assert counts.get("dropped files", 0) == (0 if stays else 1)
    assert world.archive.versions[other]
    assert counts["rejected lines of dropped files"] == 1
    assert list(world.archive.versions[rejects].values()) == [f'{{"a":"{BEN}"}}\n'.encode()]
