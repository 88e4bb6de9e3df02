"""The canary goes the way of every event, and says where it was lost."""

import json
from typing import Any

import pytest

from functions.canary.handler import Dependencies, handler
from functions.canary.probe import APP_ID, LEARNER, Lost
from functions.core.messages import unpack
from functions.query.dependencies import Dependencies as QueryDependencies
from functions.query.handler import handler as query_handler
from functions.store import keys
from functions.validate.handler import handler as validate_handler
from tests.fakes import MemoryQueue
from tests.handlers import validate_dependencies
from tests.unit.query.world import QUERY, World


class Service:
    """validate, queue, process and query; `waits` says after how many looks the queue is processed."""

    def __init__(self, waits: int = 1) -> None:
        self.world, self.queue, self.waits = World(), MemoryQueue(), waits

    def validate(self, event: dict[str, Any]) -> dict[str, Any]:
        return validate_handler(event, None, dependencies=validate_dependencies(self.queue))

    def query(self, event: dict[str, Any]) -> dict[str, Any]:
        dependencies = QueryDependencies(
            table=self.world.table,
            registry_table=self.world.table,
            settings=QUERY,
            open_queues=lambda: self.world.queues,
        )
        return query_handler(event, None, dependencies=dependencies, now_us=self.world.now_us)

    def pause(self, _: float) -> None:
        self.waits -= 1
        if self.waits == 0:
            self.world.store(*map(unpack, self.queue.take()))

    def round(self, **changed: Any) -> dict[str, Any]:
        doors: dict[str, Any] = {"validate": self.validate, "query": self.query} | changed
        dependencies = Dependencies(**doors, looks=5, pause=self.pause)
        return handler({}, None, dependencies=dependencies, now_us=self.world.now_us)


def test_the_event_comes_back_and_the_looks_are_counted() -> None:
    service = Service(waits=3)
    assert service.round()["looks"] == 3


def test_it_is_in_a_tenant_of_its_own_and_in_no_session_or_number_of_others() -> None:
    service = Service()
    service.round()
    tenant = keys.tenant_of(APP_ID)
    assert {keys.tenant_in(pk) for pk, _ in service.world.table.items} == {tenant}
    assert not [sk for _, sk in service.world.table.items if sk.startswith((keys.SESSION, keys.INFERRED))]
    service.world.as_admin()
    assert service.world.get("/events", actor=LEARNER)["events"] == []
    assert service.world.get("/volume")["days"] == []


def test_an_event_that_is_not_stored_in_time_is_lost() -> None:
    with pytest.raises(Lost, match="could not be read for 10 s"):
        Service(waits=6).round()


def test_an_event_that_is_not_taken_is_lost() -> None:
    with pytest.raises(Lost, match="validate answered 503"):
        Service().round(validate=lambda _: {"statusCode": 503, "body": "{}"})


def test_an_answer_that_is_an_error_is_no_event() -> None:
    with pytest.raises(Lost, match="query answered 502"):
        Service().round(query=lambda _: {"statusCode": 502, "body": ""})


def test_an_event_that_comes_back_changed_is_lost() -> None:
    changed = {"statusCode": 200, "body": json.dumps({"events": [{"event": {"id": "other"}}]})}
    with pytest.raises(Lost, match="not stored as it was sent"):
        Service().round(query=lambda _: changed)
