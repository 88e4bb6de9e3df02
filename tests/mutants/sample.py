"""Which faults are tried: a random sample of an area, the same for the same seed."""

from collections import Counter, defaultdict
from hashlib import blake2b
from itertools import islice, zip_longest

from tests.mutants.areas import sources
from tests.mutants.mutations import Candidate, Mutation, candidates


def sample(area: str, *, seed: int, size: int) -> list[Mutation]:
    """The same faults each time, also after other code of the area changed: the place of each in the queue depends on
    itself alone.

    Each operator has as many as any other, if there are: of all places three in five are an argument that becomes None,
    which most tests notice.
    """
    by_operator: dict[str, list[tuple[bytes, Candidate]]] = defaultdict(list)
    times: Counter[str] = Counter()
    for candidate in candidates(sources(area)):
        name = f"{area} {seed} {candidate.name}"
        times[name] += 1
        place = blake2b(f"{name} {times[name]}".encode(), digest_size=8).digest()
        by_operator[candidate.operator].append((place, candidate))
    for of_operator in by_operator.values():
        of_operator.sort(key=lambda placed: placed[0])
    in_turn = (placed[1] for row in zip_longest(*by_operator.values()) for placed in row if placed is not None)
    mutations = (candidate.mutation() for candidate in in_turn)
    return list(islice((mutation for mutation in mutations if mutation is not None), size))
