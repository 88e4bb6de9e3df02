"""Which pseudonyms are one person: a table made from the registry, joined by a question, gone with alias and person."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.times import DAY_US, format_time
from functions.lake.aliases import own_ids, renew_aliases
from functions.lake.asking import answer, make_views
from functions.lake.handler import handler
from functions.lake.questions.named import questions
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.of_numbers import DAILY
from functions.store.people.aliases import PersonIds, add_alias, remove_alias
from functions.store.people.keys import EVERY_APP
from tests.integration.lake.test_lake_erasure import ADA, BEN, OTHER_APP, assert_gone, erase, rewrite_archive
from tests.integration.lake.test_lake_handler import doors
from tests.lake_world import NINE_US, PSEUDONYMS, TENANT, LakeWorld
from tests.payloads import APP, Json, Payloads

ALSO_ADA = "urn:instructure:canvas:user:1"


def of(learner: str) -> str:
    return PSEUDONYMS.of(TENANT, learner)


def spent(payloads: Payloads, learner: str, time_us: int = NINE_US) -> Json:
    """A minute of learning."""
    event = payloads.time_spent(learner) | {"actor": {"id": learner, "type": "Person"}}
    event["generated"]["items"] = [{"type": "active", "value": 60}]
    return event | {"eventTime": format_time(time_us)}


def renewed(world: LakeWorld) -> list[tuple[Any, ...]]:
    with world.opened() as lake:
        renew_aliases(lake, world.registry, PSEUDONYMS)
    return world.rows(ALIASES)


def question(world: LakeWorld, sql: str) -> list[tuple[Any, ...]]:
    with world.opened() as lake:
        make_views(lake)
        return answer(lake, sql)[1]


def test_ids_of_one_person_are_joined_and_parted_without_a_change_elsewhere(world: LakeWorld) -> None:
    payloads = Payloads(3)
    world.send(spent(payloads, ADA), spent(payloads, BEN))
    later_us = NINE_US + 18 * DAY_US
    world.send(spent(payloads, ALSO_ADA, later_us), received_us=later_us)
    world.feed()
    before = world.rows(DAILY)
    went_quiet = questions()["who_went_quiet"].sql
    assert {row[0] for row in question(world, went_quiet)} == {of(ADA), of(BEN)}
    add_alias(world.registry, TENANT, person=ADA, alias=ALSO_ADA)
    assert renewed(world) == [(APP, of(ALSO_ADA), of(ADA))]
    assert {row[0] for row in question(world, went_quiet)} == {of(BEN)}
    remove_alias(world.registry, TENANT, ALSO_ADA)
    assert renewed(world) == []
    assert {row[0] for row in question(world, went_quiet)} == {of(ADA), of(BEN)}
    assert world.rows(DAILY) == before


def test_an_alias_of_every_app_has_the_pseudonyms_of_each(world: LakeWorld) -> None:
    world.send(Payloads(3).time_spent(ADA))
    world.send(Payloads(4).time_spent(ADA), app=OTHER_APP)
    world.feed()
    add_alias(world.registry, EVERY_APP, person=ADA, alias=ALSO_ADA)
    assert {app for app, _, _ in renewed(world)} == {APP, OTHER_APP}
    assert len({person for _, _, person in world.rows(ALIASES)}) == 2


def test_it_is_made_by_the_first_run_and_each_night(world: LakeWorld) -> None:
    world.send(Payloads(3).time_spent(ADA))
    run = partial(handler, context=SimpleNamespace(get_remaining_time_in_millis=lambda: 840_000), doors=doors(world))
    run({"task": "feed"})
    assert world.catalog.existing(ALIASES) is not None
    add_alias(world.registry, TENANT, person=ADA, alias=ALSO_ADA)
    run({"task": "maintain"})
    assert len(world.rows(ALIASES)) == 1


def test_an_erased_person_leaves_no_alias(world: LakeWorld) -> None:
    world.send(Payloads(3).time_spent(ADA), Payloads(4).time_spent(BEN))
    world.feed()
    add_alias(world.registry, TENANT, person=ADA, alias=ALSO_ADA)
    add_alias(world.registry, TENANT, person="urn:teacher", alias="urn:teacher:also")
    assert len(renewed(world)) == 2
    rewrite_archive(world)
    assert erase(world, applies=False)["lake: aliases"] == 1
    erase(world)
    assert_gone(world)
    assert world.rows(ALIASES) == [(APP, of("urn:teacher:also"), of("urn:teacher"))]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([("a", "b"), ("c", "d", "e")], {"b": "a", "d": "c", "e": "c"}),
        ([("a", "b"), ("b", "c")], {"b": "a", "c": "a"}),  # an alias of an app has an alias in every app
        ([("a", "b"), ("c", "b")], {"b": "a", "c": "a"}),
        ([("a", "b"), ("c", "d"), ("b", "d")], {"b": "a", "c": "a", "d": "a"}),  # two people of an app meet
        ([("a", "b"), ("a", "b")], {"b": "a"}),
    ],
)
def test_what_meets_is_one_person(people: list[tuple[str, ...]], expected: dict[str, str]) -> None:
    pairs = own_ids([PersonIds(ids[0], ids[1:]) for ids in people])
    assert {alias: person for person, alias in pairs} == expected
