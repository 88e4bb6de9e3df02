"""How many examples a property is tried with: as many as its test says in `make test`, fewer in `make test-fast`, more
in `make nightly`. The profile (`--hypothesis-profile`) says by how much: it has so many for each hundred.
"""

from hypothesis import settings

PER = 100
FEWEST = 5


def examples(in_make_test: int) -> int:
    """The examples of a property under the profile that is loaded, for so many under the usual one."""
    return max(min(FEWEST, in_make_test), in_make_test * settings().max_examples // PER)
