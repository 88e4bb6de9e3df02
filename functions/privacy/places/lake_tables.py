"""The lake, if the stack has one: rows, the files of earlier snapshots, notes of work under way, answers of Athena.

It comes after the archive, where addresses are learned. What the lake loads meanwhile it loads without the person.
"""

from collections.abc import Iterator

from functions.privacy.erasure_context import Erasing, pattern_of


def erase_from_lake(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """What the tables hold; a lake that was never loaded holds nothing."""
    door = erasing.doors.lake
    secret = None if door is None else door.secret()
    if door is None or secret is None:
        return
    # Only where there is a lake: no other erasure waits for DuckDB.
    from functions.core.privacy.pseudonym import Pseudonyms
    from functions.lake.erasure.affected import Whom
    from functions.lake.erasure.removal import erase_from_tables
    from functions.lake.erasure.traces import erase_answers

    pseudonyms = Pseudonyms(secret)
    named = {pseudonyms.of(erasing.tenant, identifier) for identifier in erasing.identifiers or ()}
    whom = Whom(
        app=erasing.app.app_id,
        tenant=erasing.tenant,
        erased=erasing.erased,
        pseudonyms=pseudonyms,
        learner_keys=sorted({*named, *erasing.pseudonyms}),
        pattern=pattern_of(erasing.identifiers),
    )
    with door.opened() as lake:
        yield from erase_from_tables(lake, whom, applies=erasing.applies, load_again=door.load_again)
        yield "lake: answers of Athena", erase_answers(lake.store, lake.catalog.warehouse, applies=erasing.applies)
