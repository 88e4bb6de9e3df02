"""What the registry tells of a person: which other ids are theirs, and what a roster says of them."""

from collections.abc import Iterator

from functions.privacy.erasure_context import Erasing
from functions.store.people.aliases import forget_ids
from functions.store.people.roster import forget_learners


def erase_people_rows(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Rows by which ids are one person, and rows of a roster. A dry run counts them."""
    registry, tenant = erasing.doors.registry, erasing.tenant
    digests = [erasure.digest for erasure in erasing.erasures.values() if erasure.role == "learner"]
    yield "aliases", forget_ids(registry, tenant, digests, applies=erasing.applies)
    yield "roster rows", forget_learners(registry, tenant, digests, applies=erasing.applies)
