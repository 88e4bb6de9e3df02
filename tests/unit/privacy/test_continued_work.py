"""What one run of a long work tells the next, message by message, and what is noted meanwhile."""

from typing import Any

import pytest
from msgspec import structs

from functions.privacy.erase import SETTLED_US, code_of
from functions.privacy.person import find_person, with_every_id
from functions.privacy.steps import Desk, work_on
from functions.store.erasure.requests import PersonRequest, read_request
from functions.store.erasure.versions import FIRST_DAY
from functions.store.erasure.work import Work
from functions.store.people.aliases import add_alias
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, MAIL, ErasingWorld, Sent
from tests.unit.query.world import app_of

TENANT = app_of(APP).tenant
ADDRESS = f"mailto:{MAIL}"


class Runs:
    """The function run by run. Each may read so many objects of the archive."""

    def __init__(self, world: ErasingWorld) -> None:
        self.world, self.sent, self.delays = world, list[Work](), list[int]()

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.sent.append(work)
        self.delays.append(delay_s)

    def put(self, request: str, body: bytes) -> str:
        return f"exports/{request}.zip"

    def work(self, kind: Any = "count", learner: str = ADA, **known: Any) -> Work:
        work = Work(request="r1", kind=kind, app=APP, tenant=TENANT, learner=learner, asked_us=self.world.now_us)
        return structs.replace(work, **known)

    def run(self, work: Work, objects: int = 1000) -> PersonRequest:
        """One run; what is noted of the request then."""
        left = iter([True] * objects)
        desk = Desk(office=self.world.office(), queue=self, exports=self, app=app_of_tenant, apps=list)
        state = work_on(work, desk, time_left=lambda: next(left, False))
        noted = read_request(self.world.table, TENANT, work.request)
        assert noted is not None
        assert (noted.state, noted.kind, noted.asked_us) == (state, work.kind, work.asked_us)
        assert noted.changed_us == self.world.now_us
        return noted

    def next(self) -> Work:
        """The only message that was sent since the last look."""
        (work,) = self.sent
        self.sent.clear()
        return work


def app_of_tenant(tenant: str) -> Any:
    assert tenant == TENANT
    return app_of(APP)


def two_objects() -> ErasingWorld:
    """Others name Ada by an address, and only a later object says whose it is; a describe of hers lies between."""
    attempt = Sent(who=0, minute=2, kind="attempt", number=4)
    by_mail, names = Sent(who=1, minute=1, kind="mail"), Sent(who=2, minute=3, kind="names")
    return ErasingWorld([[by_mail], [attempt], [names], [Sent(who=0, minute=4)]], sweeps=False)


def keys_of(world: ErasingWorld) -> list[str]:
    return [key.removeprefix("archive/day=") for key in sorted(world.archive.versions)]


def code(world: ErasingWorld, learner: str = ADA) -> str:
    person = with_every_id(find_person(world.table, app_of(APP), learner), world.table, world.table)
    return code_of([person])


def test_a_first_run_finds_out_whom_a_request_means_and_until_when() -> None:
    runs = Runs(two_objects())
    add_alias(runs.world.table, TENANT, person=ADA, alias="urn:x:third")
    work = runs.work()
    runs.run(work, objects=0)
    known = {"learners": (ADA, "urn:x:third"), "addresses": [ADDRESS], "before_us": runs.world.now_us}
    assert runs.next() == structs.replace(
        work, **known, after=FIRST_DAY, learned=False, describes=[], in_courses=[], counts={}
    )


def test_a_run_without_time_leaves_all_to_the_next_where_it_was() -> None:
    runs = Runs(two_objects())
    work = runs.work(learners=[ADA], addresses=[], before_us=runs.world.now_us, after=keys_of(runs.world)[1])
    noted = runs.run(structs.replace(work, counts={"events": 7}), objects=0)
    assert (noted.state, noted.counts) == ("running", {"events": 7})
    assert runs.next() == structs.replace(work, counts={"events": 7}, addresses=[], describes=[], in_courses=[])


@pytest.mark.parametrize("kind", ["count", "erase"])
def test_a_run_tells_the_next_how_far_it_came_what_it_learned_and_what_it_counted(kind: str) -> None:
    runs = Runs(two_objects())
    first, second, third, _ = keys_of(runs.world)
    known: dict[str, Any] = {"learners": [ADA], "addresses": [], "before_us": runs.world.now_us}
    work = runs.work(kind, **known)
    runs.run(work, objects=1)
    begun = runs.next()
    assert (begun.after, begun.learned, begun.addresses) == (first, False, [])
    assert (len(begun.describes), begun.counts) == (0, {})
    noted = runs.run(begun, objects=1)
    two = runs.next()
    assert (two.after, two.learned, two.addresses) == (second, False, [])
    assert len(two.describes) == (kind == "count"), "an erasure has noted it in the registry"
    assert dict(two.counts) | {"jobs": 0} == {"archive lines": 1, "archive objects": 1, "jobs": 0}
    assert noted.counts == {"archive lines": 1, "archive objects": 1}
    runs.run(two, objects=1)
    three = runs.next()
    assert (three.after, three.learned, three.addresses) == (third, True, [ADDRESS])
    assert list(three.describes) == list(two.describes)
    assert three.counts["archive lines of others"] == 1
    runs.run(three, objects=1)
    last = runs.next()
    assert (last.after, last.learned, last.addresses) == ("", False, [ADDRESS]), "all is walked again with the address"
    assert {name: getattr(last, name) for name in ("learners", "before_us", "walk", "request", "kind")} == {
        "learners": [ADA], "before_us": known["before_us"], "walk": 1, "request": "r1", "kind": kind,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["count", "erase"])
def test_what_was_learned_has_all_walked_again_with_it(kind: str) -> None:
    runs = Runs(two_objects())
    known: dict[str, Any] = {"learners": [ADA], "before_us": runs.world.now_us}
    before: dict[str, Any] = {"learned": True, "addresses": [ADDRESS], "describes": ["D#a|b"]}
    work = runs.work(kind, **known, **before, after=keys_of(runs.world)[2])
    noted = runs.run(structs.replace(work, counts={"events": 7, "rejections": 0}))
    assert noted.state == "running"
    again = runs.next()
    assert (again.after, again.learned, again.addresses, again.describes) == ("", False, [ADDRESS], ())
    assert noted.counts == {name: count for name, count in again.counts.items() if count}
    if kind == "count":
        assert again.counts == {}, "all of it is counted anew"
    else:
        assert again.counts["events"] == 7 + 1, "what was erased is not there any more"
    assert again.walk == 1
    assert runs.delays == [0]
    done = runs.run(again)
    assert runs.delays == ([0] if kind == "count" else [0, SETTLED_US // 1_000_000])
    assert done.state == ("done" if kind == "count" else "running")


def test_a_count_ends_with_the_code_and_all_that_was_counted_before() -> None:
    runs = Runs(two_objects())
    work = runs.work(learners=[ADA], addresses=[ADDRESS], before_us=runs.world.now_us, after=keys_of(runs.world)[3])
    noted = runs.run(structs.replace(work, counts={"events": 7, "archive lines": 0}))
    assert (noted.state, noted.code, noted.reason, noted.file) == ("done", code(runs.world), "", "")
    assert noted.counts["events"] == 7 + 1
    assert "archive lines" not in noted.counts
    assert runs.sent == []


def test_an_erasure_is_told_of_after_its_first_walk_and_has_its_receipt_after_the_second() -> None:
    world = two_objects()
    runs = Runs(world)
    before_us = world.now_us
    work = runs.work("erase", learners=[ADA], addresses=[ADDRESS], before_us=before_us, counts={"events": 7})
    assert runs.run(work).state == "running"
    second = runs.next()
    assert (second.walk, second.after, runs.delays) == (2, "", [SETTLED_US // 1_000_000])
    assert [(kind, detail["app"]) for kind, detail in world.bus.notices] == [("LearnerErased", APP)]
    assert world.records.records["r1", TENANT].finished_at == ""
    world.now_us += SETTLED_US
    noted = runs.run(structs.replace(second, counts={**second.counts, "sessions": 0}))
    assert (noted.state, noted.code, runs.sent, len(world.bus.notices)) == ("done", "", [], 1)
    receipt = world.records.records["r1", TENANT]
    assert receipt.counts == noted.counts
    assert receipt.counts["events"] >= 7
    assert receipt.finished_at > receipt.started_at
    assert {erasure.role for erasure in receipt.erasures} == {"learner", "address", "describe"}


def test_a_copy_that_one_run_cannot_make_is_refused_with_what_to_do() -> None:
    runs = Runs(two_objects())
    noted = runs.run(runs.work("export"), objects=3)
    assert noted.state == "refused"
    assert noted.reason == (
        "The archive is too large for one run of the function: an operator's `make export-person` reads all of it."
    )
    copy = runs.run(runs.work("export"), objects=4)
    assert (copy.state, copy.file, copy.reason) == ("done", "exports/r1.zip", "")
    assert copy.counts == {"events.ndjson": 1, "others.ndjson": 1}
