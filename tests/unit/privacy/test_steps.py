"""A request about a person, done in as many runs of the function as it takes."""

import io
import zipfile
from typing import Any

import msgspec
import pytest

from functions.privacy.steps import SETTLED_S, Desk, work_on
from functions.store import keys
from functions.store.erasure.requests import PersonRequest, read_request
from functions.store.erasure.work import Work, packed_work, unpacked_work
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, KINDS, MAIL, TEACHER, ErasingWorld, Sent
from tests.unit.privacy.test_erase import assert_gone
from tests.unit.query.world import app_of

pytestmark = pytest.mark.slow

TENANT = keys.tenant_of(APP)
ONE_OF_EACH = [[Sent(who=who, minute=5 * who + n, kind=kind, session=n % 3, number=n) for n, kind in enumerate(KINDS)]
               for who in range(3)]  # fmt: skip


class Function:
    """The function with its queue and its bucket. `objects_a_run`: for how many objects a run has time."""

    def __init__(self, world: ErasingWorld, *, objects_a_run: int = 1000) -> None:
        self.world, self.objects_a_run = world, objects_a_run
        self.waiting: list[str] = []
        self.delays: list[int] = []
        self.files: dict[str, bytes] = {}
        self.runs = 0
        self.registered = True

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.waiting.append(packed_work(work))
        self.delays.append(delay_s)
        self.world.now_us += delay_s * 1_000_000

    def put(self, request: str, body: bytes) -> str:
        self.files[request] = body
        return f"exports/{request}.zip"

    def ask(self, kind: Any, learner: str = ADA, code: str = "", *, request: str = "r1") -> PersonRequest:
        """What becomes of a request in the end."""
        self.send(
            Work(
                request=request,
                kind=kind,
                app=APP,
                tenant=TENANT,
                learner=learner,
                code=code,
                asked_us=self.world.now_us,
            )
        )
        desk = Desk(
            office=self.world.office(),
            queue=self,
            exports=self,
            app=lambda _: app_of(APP) if self.registered else None,
            apps=lambda: [app_of(APP)],
        )
        while self.waiting:
            body = self.waiting.pop(0)
            left = iter([True] * self.objects_a_run)
            self.runs += 1
            work_on(unpacked_work(body), desk, time_left=lambda left=left: next(left, False))  # type: ignore[misc]
        person_request = read_request(self.world.table, TENANT, request)
        assert person_request is not None
        return person_request


@pytest.mark.parametrize("objects_a_run", [1, 2, 1000])
def test_a_count_shows_the_code_by_which_the_person_is_erased(objects_a_run: int) -> None:
    whole = ErasingWorld(ONE_OF_EACH)
    receipt = whole.erase()
    world = ErasingWorld(ONE_OF_EACH)
    function = Function(world, objects_a_run=objects_a_run)
    counted = function.ask("count")
    assert counted.state == "done"
    assert counted.counts == receipt.counts
    erased = function.ask("erase", code=counted.code, request="r2")
    assert erased.state == "done"
    assert_gone(world)
    assert world.answers(BEN, TEACHER) == whole.answers(BEN, TEACHER)
    assert world.counts() == whole.counts()
    assert function.delays.count(SETTLED_S) == 1
    assert function.runs > 3 if objects_a_run < 1000 else function.runs == 3
    kind, detail = world.bus.notices[-1]
    assert (kind, detail["app"]) == ("LearnerErased", APP)
    assert world.records.records["r2", TENANT].finished_at


def test_an_address_that_is_learned_on_the_way_is_erased_from_earlier_objects_too() -> None:
    world = ErasingWorld([[Sent(who=1, minute=1, kind="mail")], [Sent(who=2, minute=1, kind="names")]])
    function = Function(world, objects_a_run=1)
    counted = function.ask("count")
    assert counted.counts["archive lines of others"] == 2
    function.ask("erase", code=counted.code, request="r2")
    assert_gone(world)


def test_without_the_right_code_nothing_is_erased() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    rows = dict(world.table.items)
    refused = Function(world).ask("erase", code="wrong")
    assert refused.state == "refused"
    assert "code" in refused.reason
    assert {key: row for key, row in world.table.items.items() if not key[0].endswith("#P")} == rows


@pytest.mark.parametrize("learner", ["no@one.example", "urn:unidentified-user"])
def test_who_is_no_one_person_is_refused_with_a_reason(learner: str) -> None:
    refused = Function(ErasingWorld(ONE_OF_EACH)).ask("count", learner)
    assert (refused.state, bool(refused.reason)) == ("refused", True)


def test_a_copy_is_kept_as_a_file_and_counted_by_file() -> None:
    function = Function(ErasingWorld(ONE_OF_EACH))
    done = function.ask("export", MAIL)
    assert (done.state, done.file) == ("done", "exports/r1.zip")
    with zipfile.ZipFile(io.BytesIO(function.files["r1"])) as file:
        assert set(done.counts) <= set(file.namelist())
    assert done.counts["events.ndjson"] > 0


def test_an_archive_too_large_for_one_run_gives_no_part_of_a_copy() -> None:
    function = Function(ErasingWorld(ONE_OF_EACH), objects_a_run=1)
    refused = function.ask("export")
    assert (refused.state, function.files) == ("refused", {})
    assert "make export-person" in refused.reason


def test_the_row_of_a_request_names_no_one() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    function = Function(world)
    function.ask("count")
    rows = [row for (pk, _), row in world.table.items.items() if pk.endswith("#P")]
    assert len(rows) == 1
    assert ADA not in repr(rows)
    assert MAIL not in repr(rows)


def test_a_message_tells_a_further_run_all_that_it_must_know() -> None:
    work = Work(
        request="r",
        kind="erase",
        app=APP,
        tenant=TENANT,
        learner=MAIL,
        code="c",
        asked_us=1,
        before_us=2,
        learners=[ADA],
        addresses=[MAIL],
        walk=2,
        after="20260302/x",
        learned=True,
        describes=["D#x|y"],
        in_courses=[("t#Y#c", "A#l")],
        counts={"events": 1},
    )
    assert unpacked_work(packed_work(work)) == work
    with pytest.raises(msgspec.ValidationError):
        unpacked_work("{}")


def test_the_request_of_an_app_that_is_not_registered_any_more_is_done_all_the_same() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    function = Function(world)
    function.registered = False
    code = function.ask("count").code
    assert function.ask("erase", code=code, request="r2").state == "done"
    assert_gone(world)
