"""Keys of what is said of people, as `functions.store.keys` has those of everything else. All of it in the registry.

    item                     pk                             sk                      by_id (GSI)
    ids of a person          <tenant | *>#P#<one of them>   IDS                     <tenant | *>#I
    person of a roster       <tenant>#P#<learner>           USER                    <tenant>#P
    enrolment of a person    <tenant>#P#<learner>           IN#<course>             -
    course of a roster       <tenant>#O#<course>            CLASS                   <tenant>#O
    enrolment in a course    <tenant>#O#<course>            IN#<learner>            -

None of these rows is in the daily copy of the registry: what is erased must not stay there.
"""

import re
from collections.abc import Mapping

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.dynamodb.row import Key, Value

EVERY_APP = "*"  # in place of a tenant
IDS, USER, CLASS, ENROLMENT = "IDS", "USER", "CLASS", "IN#"
PARTITIONS = "*#P#*"  # of every tenant: `manage` may write these
COURSES = "*#O#*"
_OF_PEOPLE = re.compile(r"[^#]+#[PO]#")


def ids_key(scope: str, learner: str) -> Key:
    """Where the ids of the person lie that a learner's id is one of. `scope`: a tenant, or EVERY_APP."""
    return digest_key(scope, id_digest(learner))


def digest_key(scope: str, digest: str) -> Key:
    """The same, of an id that is known by its digest."""
    return person_pk(scope, digest), IDS


def person_pk(scope: str, digest: str) -> str:
    return f"{scope}#P#{digest}"


def class_pk(tenant: str, course: str) -> str:
    return f"{tenant}#O#{id_digest(course)}"


def ids_ref(scope: str) -> str:
    """Under which the index lists the rows of people with several ids."""
    return f"{scope}#I"


def users_ref(tenant: str) -> str:
    return f"{tenant}#P"


def classes_ref(tenant: str) -> str:
    return f"{tenant}#O"


def is_of_people(row: Mapping[str, Value]) -> bool:
    """Whether a row of the registry says something of people."""
    return _OF_PEOPLE.match(str(row[keys.PK])) is not None
