"""Which learners a student is: by the sourcedId that ends their IRI, or by their address. 1 query, 1 BatchGet.

A student may be several learners of different hosts, and each of them a person with several ids (1 BatchGet each).
"""

from collections.abc import Iterable

from functions.core.ids import canonical_id
from functions.http.answers import Answer, error
from functions.query.edubridge.ids import bare
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import rows
from functions.store.people.aliases import ids_of
from functions.store.rows.event_index import address, student_alias

MOST = 20  # learners of one student: several hosts may name one


type People = list[tuple[str, ...]]  # of each its ids


def student_asked(request: Request) -> People | Answer:
    """The people of `studentId`, else of `email`; 400 if neither is sent."""
    student, email = request.text("studentId"), request.text("email")
    if student is not None:
        return people_of(request, student)
    if email is not None:
        named = _named(request, address(email.strip().replace(" ", "+")))  # a plus that was not percent-encoded
        return _people(request, named)
    message = "Send `studentId` or `email`: whose activity is asked for."
    return error(400, "wrong-selector", message)


def people_of(request: Request, student: str) -> People:
    """The people of a student: that of this very id, and those whose IRI ends in it."""
    named = dict.fromkeys([canonical_id(student), *_named(request, student_alias(bare(student)))])
    return _people(request, list(named)[:MOST])


def _people(request: Request, learners: Iterable[str]) -> People:
    people: People = []
    for learner in learners:
        if not any(learner in ids for ids in people):
            people.append(ids_of(request.registry_table, request.principal.app.tenant, learner))
    return people


def _named(request: Request, correlation: str) -> list[str]:
    ref = keys.address_ref(request.principal.app.tenant, correlation)
    places = [key_of(row) for row in rows(request.table, ref, index=keys.BY_ID)][:MOST]
    held = request.table.get_all(places, consistent=False) if places else {}
    return sorted({str(row["learner"]) for row in held.values() if "learner" in row})
