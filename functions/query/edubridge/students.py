"""Which learners a student is: by the sourcedId that ends their IRI, or by their address. 1 query, 1 BatchGet."""

from functions.core.ids import canonical_id
from functions.http.answers import Answer, error
from functions.query.edubridge.ids import bare
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import rows
from functions.store.rows.event_index import address, student_alias

MOST = 20  # learners of one student: several hosts may name one


def student_asked(request: Request) -> list[str] | Answer:
    """The learners of `studentId`, else of `email`; 400 if neither is sent."""
    student, email = request.text("studentId"), request.text("email")
    if student is not None:
        return learners_of(request, student)
    if email is not None:
        return _named(request, address(email.strip().replace(" ", "+")))  # a plus that was not percent-encoded
    message = "Send `studentId` or `email`: whose activity is asked for."
    return error(400, "wrong-selector", message)


def learners_of(request: Request, student: str) -> list[str]:
    """The learners of a student: that of this very id, and those whose IRI ends in it."""
    return list(dict.fromkeys([canonical_id(student), *_named(request, student_alias(bare(student)))]))[:MOST]


def _named(request: Request, correlation: str) -> list[str]:
    ref = keys.address_ref(request.principal.app.tenant, correlation)
    places = [key_of(row) for row in rows(request.table, ref, index=keys.BY_ID)][:MOST]
    held = request.table.get_all(places, consistent=False) if places else {}
    return sorted({str(row["learner"]) for row in held.values() if "learner" in row})
