"""How far the archive of an app has expired: where a run goes on, what it asks of the next, and what it notes."""

import gzip
from typing import Any

import pytest
from msgspec import structs

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.times import DAY_US
from functions.privacy.expiry.archive import kept_from
from functions.privacy.expiry.request import ask_to_expire, expire
from functions.privacy.places.archive_objects import Rewritten
from functions.store import keys
from functions.store.archive import packed
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION
from functions.store.erasure.keys import expired_key
from functions.store.erasure.versions import FIRST_DAY
from functions.store.erasure.work import Work
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ErasingWorld, Sent, opened
from tests.unit.query.world import OTHER_APP, app_of

TENANT = app_of(APP).tenant
KEPT_A_DAY = structs.replace(app_of(APP), keeping=Keeping(archive_days=1, table_days=1))
NOTED: Row = {keys.PK: expired_key(TENANT)[0], keys.SK: expired_key(TENANT)[1], VERSION: 1}


class Expiry:
    """An object a day for five days; those of the first three are too old."""

    def __init__(self) -> None:
        self.world = ErasingWorld()
        self.sent: list[Work] = []
        for day in range(5):
            self.world.set_clock(day * 24 * 60)
            self.world.send_items_of([Sent(who=day % 3, minute=day * 24 * 60, number=day)])

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.sent.append(work)

    def work(self, **known: Any) -> Work:
        now_us = self.world.now_us
        asked_for = Work(request="", kind="expire", app=APP, tenant=TENANT, learner="", asked_us=now_us)
        return structs.replace(asked_for, before_us=now_us, **known)

    def run(self, work: Work, *, objects: int = 1000, app: App = KEPT_A_DAY) -> dict[str, int]:
        left = iter([True] * objects)
        doors = self.world.office().doors
        return dict(expire(work, app, doors, self, time_left=lambda: next(left, False)))

    def note(self, after: str) -> None:
        self.world.table.put_all([{**NOTED, "after": after}])

    def noted(self) -> object:
        return self.world.table.items.get(expired_key(TENANT))

    def left(self) -> list[str]:
        return [key for key, versions in sorted(self.world.archive.versions.items()) if versions]


def place(key: str) -> str:
    return key.removeprefix("archive/day=")


def test_at_the_end_it_is_noted_up_to_which_day_all_has_expired() -> None:
    expiry = Expiry()
    last = expiry.left()[-2:]
    assert expiry.run(expiry.work()) == {"archive objects": 3, "archive lines": 3}
    assert (expiry.left(), expiry.sent) == (last, [])
    assert expiry.noted() == {**NOTED, "after": "20260304/~"}
    assert expiry.run(expiry.work()) == {}


def test_a_run_without_time_asks_the_next_to_go_on_behind_the_last_object() -> None:
    expiry = Expiry()
    objects = expiry.left()
    work = expiry.work()
    assert expiry.run(work, objects=2) == {"archive objects": 2, "archive lines": 2}
    assert expiry.sent == [structs.replace(work, after=place(objects[1]))]
    assert (expiry.left(), expiry.noted()) == (objects[2:], None)
    assert expiry.run(expiry.sent.pop(), objects=0) == {}
    assert expiry.sent == [structs.replace(work, after=place(objects[1]))]
    assert expiry.run(expiry.sent.pop()) == {"archive objects": 1, "archive lines": 1}
    assert expiry.noted() == {**NOTED, "after": "20260304/~"}


def test_a_first_run_without_time_begins_at_the_beginning_again() -> None:
    expiry = Expiry()
    assert expiry.run(expiry.work(), objects=0) == {}
    assert [work.after for work in expiry.sent] == [FIRST_DAY]


@pytest.mark.parametrize(("asked_for", "noted", "gone"), [("", 0, 2), (0, 1, 2), (1, 0, 1)])
def test_a_run_goes_on_where_its_message_says_or_else_where_the_last_request_ended(
    asked_for: int | str, noted: int, gone: int
) -> None:
    expiry = Expiry()
    objects = expiry.left()
    expiry.note(place(objects[noted]))
    after = "" if isinstance(asked_for, str) else place(objects[asked_for])
    assert expiry.run(expiry.work(after=after)) == {"archive objects": gone, "archive lines": gone}
    assert len(expiry.left()) == 5 - gone


def test_nothing_expires_of_an_app_that_keeps_all() -> None:
    expiry = Expiry()
    assert expiry.run(expiry.work(), app=app_of(APP)) == {}
    assert (len(expiry.left()), expiry.noted(), expiry.sent) == (5, None, [])


@pytest.mark.parametrize(
    ("archive_days", "table_days", "stack_days", "kept_day"),
    [(2, 1, 400, "20260304"), (2, 3, 1, "20260303"), (2, 0, 3, "20260303"), (3, 0, 1, "20260303"), (0, 1, 1, "")],
)
def test_the_archive_keeps_its_days_and_never_less_than_the_table(
    archive_days: int, table_days: int, stack_days: int, kept_day: str
) -> None:
    app = structs.replace(app_of(APP), keeping=Keeping(archive_days=archive_days, table_days=table_days))
    assert kept_from(app, retention_days=stack_days, now_us=Expiry().world.now_us) == kept_day


def test_only_apps_that_do_not_keep_all_are_asked_for() -> None:
    expiry = Expiry()
    other = structs.replace(KEPT_A_DAY, app_id=OTHER_APP, tenant="other")
    assert ask_to_expire([app_of(APP), KEPT_A_DAY, other], expiry, now_us=expiry.world.now_us) == 2
    assert expiry.sent == [expiry.work(), expiry.work(app=OTHER_APP, tenant="other")]


def test_what_others_sent_of_an_object_stays_in_it_to_the_byte_and_no_earlier_version_does() -> None:
    expiry = Expiry()
    world = expiry.world
    world.register(OTHER_APP)
    world.now_us -= 2 * DAY_US
    world.send_items_of([Sent(who=0, minute=1, number=50), Sent(who=1, minute=2, number=51)], stored=False)
    own = world.parts
    world.send_items_of([Sent(who=2, minute=3, number=52, kind="names")], app=OTHER_APP, stored=False)
    others = world.parts
    for _ in range(2):
        world.store(*own, *others)
    world.now_us += 2 * DAY_US
    (shared,) = [key for key, versions in world.archive.versions.items() if len(versions) > 1]
    counts = expiry.run(expiry.work())
    assert counts == {"archive objects": 4, "archive lines": 5}
    (body,) = world.archive.versions[shared].values()
    assert sorted(line["app"] for line in opened(world.archive)) == sorted([OTHER_APP, APP, APP])
    assert gzip.decompress(body) == gzip.decompress(packed(world.archive.read(shared)))


def test_an_object_that_changes_while_it_is_rewritten_has_the_same_done_again() -> None:
    expiry = Expiry()
    expiry.world.register(OTHER_APP)
    expiry.world.now_us -= 2 * DAY_US
    parts = []
    for app, number in ((APP, 50), (OTHER_APP, 51)):
        expiry.world.send_items_of([Sent(who=0, minute=1, number=number)], app=app, stored=False)
        parts += expiry.world.parts
    expiry.world.store(*parts)
    expiry.world.now_us += 2 * DAY_US
    expiry.world.archive.replace = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(Rewritten, match=r"^archive/day=20260304/.* changed while it was being rewritten"):
        expiry.run(expiry.work())
    assert expiry.noted() is None
