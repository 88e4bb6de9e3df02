"""A job that was refused as a whole tells its own reasons and never those of another request of the same instant."""

import json

import pytest

from functions.core.messages import Item
from functions.store import keys
from functions.store.quarantine.listing import shards_of
from tests.payloads import APP
from tests.unit.query.test_jobs import FINDING, status
from tests.unit.query.world import World

TENANT = keys.tenant_of(APP)


def refused(name: str) -> list[Item]:
    return [Item("rejection", json.dumps({"id": f"urn:x:{name}:{number}"}).encode(), [FINDING]) for number in range(3)]


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_reasons_are_those_of_the_job_also_if_none_of_its_items_is_kept_any_more(is_kept: bool) -> None:
    world = World()
    job = world.send_items(*refused("own"))
    of_job = {key: row for key, row in world.table.items.items() if key[0] in shards_of(TENANT)}
    assert len(of_job) == 1
    for name in ("another", "a-third", "a-fourth"):
        world.send_items(*refused(name))
    if not is_kept:
        world.table.delete_all(of_job)
    failed = status(world, job)
    assert failed["state"] == "failed"
    value = failed["returnValue"]
    assert isinstance(value, dict)
    ids = [error["externalId"] for error in value["errors"]]
    assert ids == ([f"urn:x:own:{number}" for number in range(3)] if is_kept else [])
