"""The messages of one delivery, one after another, and the daily request that what is too old expires."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.times import DAY_US
from functions.privacy.handler import STOP_BEFORE_MS, Dependencies, handler
from functions.privacy.settings import PrivacySettings
from functions.privacy.steps import Desk
from functions.store.erasure.keys import expired_key
from functions.store.erasure.requests import read_request
from functions.store.erasure.work import Work, packed_work, unpacked_work
from tests.log_records import records_of
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, ErasingWorld, Sent
from tests.unit.query.world import OTHER_APP, app_of

TENANT = app_of(APP).tenant


class Stack:
    """The function with a queue of its own, and apps that keep what they sent for a day."""

    def __init__(self, world: ErasingWorld, *apps: App) -> None:
        self.world, self.sent = world, list[Work]()
        self.apps = {app.tenant: app for app in apps}

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.sent.append(unpacked_work(packed_work(work)))

    def put(self, request: str, body: bytes) -> str:
        return f"exports/{request}.zip"

    def run(self, event: dict[str, Any], *, left_ms: int | None = None) -> None:
        apps = list(self.apps.values())
        desk = Desk(office=self.world.office(), queue=self, exports=self, app=self.apps.get, apps=lambda: apps)
        context = None if left_ms is None else SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms)
        handler(event, context, dependencies=Dependencies(desk=desk))

    def state(self, request: str) -> tuple[str, str] | None:
        """Kind and state of a request; None if nothing is noted of it."""
        noted = read_request(self.world.table, TENANT, request)
        return None if noted is None else (noted.kind, noted.state)


def keeping(app_id: str) -> App:
    return structs.replace(app_of(app_id), keeping=Keeping(archive_days=1, table_days=1))


def delivery(*works: Work) -> dict[str, Any]:
    return {"Records": [{"body": packed_work(work)} for work in works]}


def count(request: str, learner: str = ADA) -> Work:
    return Work(request=request, kind="count", app=APP, tenant=TENANT, learner=learner, asked_us=1)


def expiry(world: ErasingWorld, app_id: str = APP) -> Work:
    tenant = app_of(app_id).tenant
    now_us = world.now_us
    return Work(request="", kind="expire", app=app_id, tenant=tenant, learner="", asked_us=now_us, before_us=now_us)


def small_world() -> ErasingWorld:
    return ErasingWorld([[Sent(who=0, minute=1)], [Sent(who=1, minute=2)]], sweeps=False)


def test_each_message_of_a_delivery_is_worked_on_whatever_the_one_before_was() -> None:
    world = small_world()
    world.now_us += 3 * DAY_US
    stack = Stack(world, keeping(APP))
    refused = count("r2", "urn:unidentified-user")
    with records_of("privacy") as log:
        stack.run(delivery(expiry(world, OTHER_APP), refused, count("r3"), expiry(world), count("r4", BEN)))
    assert [stack.state(request) for request in ("r2", "r3", "r4")] == [
        ("count", "refused"),
        ("count", "done"),
        ("count", "done"),
    ]
    assert log.levels_and_texts() == [
        ("INFO", text) for text in ("expired", "worked on", "worked on", "expired", "worked on")
    ]
    expired = [(record.app, record.counts) for record in log.records if record.getMessage() == "expired"]
    assert expired == [(OTHER_APP, {}), (APP, {"archive objects": 2, "archive lines": 2})]
    worked = [
        (record.request, record.kind, record.walk, record.state)
        for record in log.records
        if record.getMessage() == "worked on"
    ]
    assert worked == [("r2", "count", 1, "refused"), ("r3", "count", 1, "done"), ("r4", "count", 1, "done")]


def test_nothing_expires_of_an_app_that_is_not_registered() -> None:
    world = small_world()
    world.now_us += 3 * DAY_US
    before = dict(world.archive.objects)
    Stack(world).run(delivery(expiry(world)))
    assert dict(world.archive.objects) == before
    assert expired_key(TENANT) not in world.table.items


def test_each_day_it_asks_for_each_app_that_does_not_keep_all() -> None:
    world = small_world()
    stack = Stack(world, keeping(APP), app_of("urn:x:keeps-all"), keeping(OTHER_APP))
    with records_of("privacy") as log:
        stack.run({"task": "expire"})
    assert [packed_work(work) for work in stack.sent] == [
        packed_work(work) for work in (expiry(world), expiry(world, OTHER_APP))
    ]
    assert log.levels_and_texts() == [("INFO", "asked to expire")]
    assert log.records[0].apps == 2


@pytest.mark.parametrize(("left_ms", "state"), [(STOP_BEFORE_MS, "running"), (STOP_BEFORE_MS + 1, "done")])
def test_a_run_goes_on_only_while_there_is_time_for_one_more_object(left_ms: int, state: str) -> None:
    stack = Stack(small_world(), app_of(APP))
    stack.run(delivery(count("r1")), left_ms=left_ms)
    assert stack.state("r1") == ("count", state)
    assert len(stack.sent) == (state == "running")


@pytest.mark.parametrize(("left_ms", "later"), [(STOP_BEFORE_MS, 1), (STOP_BEFORE_MS + 1, 0)])
def test_what_is_too_old_expires_only_while_there_is_time(left_ms: int, later: int) -> None:
    world = small_world()
    world.now_us += 3 * DAY_US
    stack = Stack(world, keeping(APP))
    stack.run(delivery(expiry(world)), left_ms=left_ms)
    assert len(stack.sent) == later
    assert (expired_key(TENANT) in world.table.items) is not later


def test_a_message_that_is_no_request_is_delivered_again() -> None:
    stack = Stack(small_world(), app_of(APP))
    with pytest.raises(ValueError, match="missing required field"):
        stack.run({"Records": [{"body": json.dumps({})}]})


def test_what_the_environment_may_leave_out_is_off() -> None:
    needed = {"TABLE_NAME": "events", "BUCKET_NAME": "bucket", "REQUESTS_URL": "https://requests"}
    settings = PrivacySettings.read(needed)
    assert (settings.requests_url, settings.lake_bucket, settings.lake_queue_url) == ("https://requests", "", "")
    assert (settings.database, settings.memory) == ("", "1200MB")
