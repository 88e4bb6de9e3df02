"""`GET /learners`: which learners an app knows by an e-mail address. 1 query of the index, 1 BatchGet."""

from typing import TYPE_CHECKING

from functions.http.answers import Answer, answer
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import rows
from functions.store.rows.event_index import address

if TYPE_CHECKING:
    from functions.http.shapes.console import Learners

LEARNERS = 100  # of one address: more do not share the address of a person


def get_learners(request: Request) -> Answer:
    """The learners that events named with the address."""
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    email = address((request.text("email") or "").replace(" ", "+"))  # a plus that was not percent-encoded
    body: Learners = {"learners": []}
    for app in apps:
        places = [key_of(row) for row in rows(request.table, keys.address_ref(app.tenant, email), index=keys.BY_ID)]
        held = request.table.get_all(places[:LEARNERS]) if places else {}
        named = sorted({str(row["learner"]) for row in held.values() if "learner" in row})
        body["learners"] += [{"actor": learner, "app": app.app_id} for learner in named]
    return answer(200, body)
