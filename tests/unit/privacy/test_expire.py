"""What an app sent longer ago than its registration allows goes; what other apps sent stays."""

from copy import replace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.times import DAY_US
from functions.privacy.expiry.archive import kept_from, last_day_before
from functions.privacy.expiry.request import ask_to_expire, expire
from functions.store.erasure.work import Work, packed_work, unpacked_work
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ErasingWorld, Sent, opened
from tests.unit.query.world import app_of

OTHER = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"


class Daily:
    """The daily request on a world, with the queue of the function."""

    def __init__(self, world: ErasingWorld, app: App, *, objects_a_run: int = 1000) -> None:
        self.world, self.app, self.objects_a_run = world, app, objects_a_run
        self.waiting: list[str] = []

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.waiting.append(packed_work(work))

    def run(self) -> int:
        """Ask and do it; how many lines expired."""
        doors = replace(self.world.office().doors)
        lines = 0
        ask_to_expire([self.app, app_of(OTHER)], self, now_us=self.world.now_us)
        while self.waiting:
            work = unpacked_work(self.waiting.pop())
            left = iter([True] * self.objects_a_run)
            counts = expire(work, self.app, doors, self, time_left=lambda left=left: next(left, False))  # type: ignore[misc]
            lines += counts["archive lines"]
        return lines


def keeps(days: int, **more: Any) -> App:
    return replace(app_of(APP), keeping=Keeping(archive_days=days, table_days=1, **more))


def two_apps() -> ErasingWorld:
    """Three days of two apps, each batch an object of both."""
    world = ErasingWorld()
    world.register(OTHER)
    for day in range(3):
        world.set_clock(60 + 1440 * day)
        world.send_items_of([Sent(who=0, minute=1 + day, number=day)], stored=False)
        own = world.parts
        world.send_items_of([Sent(who=1, minute=1 + day, number=day)], app=OTHER, stored=False)
        for _ in range(2):  # SQS delivers it again: a second version of the same object
            world.store(*own, *world.parts)
    return world


@pytest.mark.parametrize("objects_a_run", [1, 1000])
def test_only_old_lines_of_the_app_go(objects_a_run: int) -> None:
    world = two_apps()
    world.now_us += 2 * DAY_US
    before = opened(world.archive)
    daily = Daily(world, keeps(2), objects_a_run=objects_a_run)
    expired = daily.run()
    after = opened(world.archive)
    gone = [line for line in before if line not in after]
    assert expired == len(gone) > 0
    assert {line["app"] for line in gone} == {APP}
    oldest = min(line["received"] for line in after if line["app"] == APP)
    assert max(line["received"] for line in gone) < oldest
    assert [line for line in after if line["app"] == OTHER] == [line for line in before if line["app"] == OTHER]
    assert daily.run() == 0


def test_no_earlier_version_keeps_what_expired() -> None:
    world = two_apps()
    world.now_us += 10 * DAY_US
    Daily(world, keeps(2)).run()
    versions = b"".join(world.archive.everything())
    assert f'"app":"{OTHER}"'.encode() in versions
    assert f'"app":"{APP}"'.encode() not in versions


def test_the_archive_never_keeps_less_than_the_table() -> None:
    app = replace(app_of(APP), keeping=Keeping(archive_days=5))
    assert kept_from(app, retention_days=400, now_us=400 * DAY_US) == "19700101"
    assert kept_from(app_of(APP), retention_days=400, now_us=0) == ""
    assert last_day_before("20260301") == "20260228"
