"""Which faults are tried: a random sample of an area, the same for the same seed."""

import random
from collections import defaultdict
from itertools import islice, zip_longest

from tests.mutants.areas import sources
from tests.mutants.mutations import Candidate, Mutation, candidates


def sample(area: str, *, seed: int, size: int) -> list[Mutation]:
    """The same faults each time, as long as the area's code is the same.

    Each operator has as many as any other, if there are: of all places three in five are an argument that becomes None,
    which most tests notice.
    """
    by_operator: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates(sources(area)):
        by_operator[candidate.operator].append(candidate)
    chance = random.Random(f"{area} {seed}")
    for of_operator in by_operator.values():
        chance.shuffle(of_operator)
    in_turn = (mutation for row in zip_longest(*by_operator.values()) for mutation in row if mutation is not None)
    mutations = (candidate.mutation() for candidate in in_turn)
    return list(islice((mutation for mutation in mutations if mutation is not None), size))
