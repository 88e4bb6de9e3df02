"""Whom an identifier means: by address or IRI, in any spelling, with every other id and address of theirs."""

import pytest

from functions.privacy.errors import PrivacyError
from functions.privacy.person import Person, find_person, with_every_id
from functions.store import keys
from functions.store.people.aliases import add_alias
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, ErasingWorld
from tests.unit.query.world import OTHER_APP, app_of

TENANT = app_of(APP).tenant
ALSO_ADA, THIRD = "https://school.example/people/ada", "urn:uuid:0a0a0a0a-0000-4000-8000-00000000000a"
SCHOOL, HOME, SHARED = "mailto:ada@school.example", "mailto:ada@home.example", "mailto:family@home.example"


@pytest.fixture
def world() -> ErasingWorld:
    """Ada gave three addresses, one of them also as another learner, as which she gave a fourth."""
    world = ErasingWorld()
    mails = [(ADA, SCHOOL), (ADA, HOME), (ADA, SHARED), (ALSO_ADA, SHARED), (ALSO_ADA, "mailto:a@b.example"), (BEN, "")]
    for number, (learner, mail) in enumerate(mails):
        actor = {"id": learner, "type": "Person"} | ({"email": mail.removeprefix("mailto:")} if mail else {})
        world.send(world.event(number, actor=actor))
    return world


def meant(world: ErasingWorld, identifier: str, *, app: str = APP) -> tuple[tuple[str, ...], tuple[str, ...]]:
    person = find_person(world.table, app_of(app), identifier)
    assert person.app == app_of(app)
    return person.learners, person.addresses


SPELLINGS = [SCHOOL.removeprefix("mailto:"), " ada@school.example\n", SCHOOL, " mailto:ADA@School.example "]


@pytest.mark.parametrize("identifier", SPELLINGS)
def test_an_address_is_the_same_with_its_scheme_blanks_and_capitals(world: ErasingWorld, identifier: str) -> None:
    assert meant(world, identifier) == ((ADA,), (SCHOOL,))


def test_an_address_that_several_learners_gave_is_of_all_of_them(world: ErasingWorld) -> None:
    assert meant(world, "family@home.example") == ((ALSO_ADA, ADA), (SHARED,))


def test_an_address_that_no_learner_gave_is_no_ones(world: ErasingWorld) -> None:
    assert meant(world, "mailto:nobody@home.example") == ((), ())
    assert meant(world, "ada@school.example", app=OTHER_APP) == ((), ())


def test_an_address_of_which_the_index_still_tells_is_no_ones_once_its_row_says_no_learner(world: ErasingWorld) -> None:
    (key,) = [key for key, row in world.table.items.items() if row.get("correlation") == SCHOOL]
    world.table.put_all([{name: value for name, value in world.table.items[key].items() if name != "learner"}])
    assert meant(world, "ada@school.example") == ((), ())


def test_a_learner_has_the_addresses_that_came_with_them_in_order_and_nothing_else_by_which_they_are_found(
    world: ErasingWorld,
) -> None:
    assert meant(world, f" {ADA} ") == ((ADA,), (HOME, SCHOOL, SHARED))
    assert meant(world, BEN) == ((BEN,), ())
    assert meant(world, ADA, app=OTHER_APP) == ((ADA,), ())


def test_a_session_of_a_learner_is_no_address(world: ErasingWorld) -> None:
    world.send(world.event(1, actor=BEN, session="mailto:x@y.example"))
    assert [row for row in world.table.items.values() if row.get("correlation") == "mailto:x@y.example"]
    assert meant(world, BEN) == ((BEN,), ())


def test_an_iri_that_is_a_uuid_has_one_spelling(world: ErasingWorld) -> None:
    assert meant(world, THIRD.removeprefix("urn:uuid:").upper())[0] == (THIRD,)


def test_an_id_that_many_share_is_refused_with_what_to_do(world: ErasingWorld) -> None:
    with pytest.raises(PrivacyError) as refused:
        find_person(world.table, app_of(APP), " urn:unidentified-user ")
    assert str(refused.value) == (
        "'urn:unidentified-user' is no one person's: many share it. Name the learner's own IRI or address."
    )


def test_a_person_has_every_other_id_behind_the_one_that_was_named_and_the_addresses_of_all(
    world: ErasingWorld,
) -> None:
    for alias in (THIRD, ALSO_ADA):
        add_alias(world.table, TENANT, person=ADA, alias=alias)
    everything = (HOME, SCHOOL, SHARED, "mailto:a@b.example")
    for named, others in ((ADA, (ALSO_ADA, THIRD)), (THIRD, (ALSO_ADA, ADA)), (ALSO_ADA, (ADA, THIRD))):
        person = find_person(world.table, app_of(APP), named)
        assert with_every_id(person, world.table, world.table) == Person(
            app=app_of(APP), learners=(named, *others), addresses=tuple(sorted(everything))
        )


def test_who_has_one_id_stays_as_they_are(world: ErasingWorld) -> None:
    person = find_person(world.table, app_of(APP), ADA)
    assert with_every_id(person, world.table, world.table) == person
    assert keys.tenant_of(APP) == TENANT
