"""The table `aliases`: which pseudonyms are one person, as the registry says it."""

from msgspec import Struct

from functions.lake.tables.column import Column, TableDefinition


class Aliased(Struct, frozen=True):
    """A learner who is a person by another id, both as pseudonyms."""

    app: str
    learner_key: str
    person_key: str


ALIASES = TableDefinition(
    name="aliases",
    about="Which pseudonyms are one person: one row for each id that is an alias, as of the last night.",
    columns=(
        Column("app", "string", "The id of the app that names learners so.", lambda aliased: aliased.app),
        Column(
            "learner_key", "string", "The pseudonym of an id that is an alias.", lambda aliased: aliased.learner_key
        ),
        Column(
            "person_key",
            "string",
            "The pseudonym of the person's own id: the same for all aliases of one person.",
            lambda aliased: aliased.person_key,
        ),
    ),
    key=("app", "learner_key"),
    precedence=("person_key",),
    partition="",
    sort=("app", "learner_key"),
)
