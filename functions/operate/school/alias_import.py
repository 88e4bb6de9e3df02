"""Many pairs of ids that are one person: a thousand at once, those that are known already at a fiftieth of a call.

Pairs that share an id are taken one after the other, in their order, so that the same file always says the same.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import NamedTuple

from functions.core.ids import canonical_id
from functions.store.dynamodb.table import Table
from functions.store.people.aliases import AliasRefused, PersonIds, add_alias, people_of, remove_alias

AT_ONCE = 1_000
WORKERS = 8


class Pair(NamedTuple):
    """A line of a file, and the two ids that it names."""

    line: int
    person: str
    alias: str


class Imported(NamedTuple):
    """How many pairs are as the file says, and by line what could not be."""

    done: int
    refused: list[str]


def import_pairs(table: Table, scope: str, pairs: Iterable[Pair], *, remove: bool) -> Imported:
    """Say of each pair that it is one person, or with `remove` take its alias back. May be repeated."""

    def change(group: Sequence[Pair]) -> Imported:
        done, refused = 0, list[str]()
        for pair in group:
            try:
                if remove:
                    done += remove_alias(table, scope, pair.alias) is not None
                else:
                    done += bool(add_alias(table, scope, person=pair.person, alias=pair.alias))
            except AliasRefused as refusal:
                refused.append(f"line {pair.line}: {refusal}")
        return Imported(done, refused)

    done, refused = 0, list[str]()
    with ThreadPoolExecutor(WORKERS) as pool:
        for some in batched(pairs, AT_ONCE, strict=False):
            own = [Pair(pair.line, canonical_id(pair.person), canonical_id(pair.alias)) for pair in some]
            known = people_of(table, scope, sorted({name for pair in own for name in pair[1:]}))
            left = own if remove else [pair for pair in own if not _is_known(pair, known)]
            done += len(own) - len(left)
            for imported in pool.map(change, groups_of(left)):
                done += imported.done
                refused += imported.refused
    return Imported(done, refused)


def groups_of(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """The pairs in their order, those together that share an id, or are linked by others."""
    groups: dict[str, list[Pair]] = {}  # by each of its ids
    for pair in pairs:
        joined = {id(group): group for name in pair[1:] if (group := groups.get(name)) is not None}
        whole = sorted([pair, *(other for group in joined.values() for other in group)])
        groups |= {name: whole for other in whole for name in other[1:]}
    return list({id(group): group for group in groups.values()}.values())


def _is_known(pair: Pair, known: dict[str, PersonIds | None]) -> bool:
    ids = known[pair.alias]
    return ids is not None and ids.person == pair.person and pair.alias != pair.person
