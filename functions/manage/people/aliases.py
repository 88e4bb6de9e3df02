"""Ids that are one person: said, and taken back.

Who says so decides what reads answer about a learner. So it takes a credential that may read, beside one that may
write: a sensor key, which many people see in the settings of an LMS, only sends.
"""

from functions.core.ids import id_digest
from functions.http.answers import answer
from functions.http.changes.bodies import refused
from functions.http.gate import READ
from functions.manage.change import ChangeRequest, Outcome
from functions.store.people.aliases import AliasRefused, PersonIds, add_alias, remove_alias
from functions.store.people.keys import EVERY_APP

NO_PAIR = ("same-id", "wrong-id", "shared-id")  # whatever is said of other ids


def add(request: ChangeRequest) -> Outcome:
    """200 with all ids of the person; 409 if one of the two is in another relation already."""
    person, alias = request.body.get("person"), request.body.get("alias")
    for name, value in (("person", person), ("alias", alias)):
        if not isinstance(value, str) or not value.strip():
            message = f'`{name}` must be an id: send {{"person": "<id>", "alias": "<another id>"}}.'
            return Outcome(refused(400, "wrong-body", message, pointer=f"/{name}"))
    if request.principal.scopes.isdisjoint(READ):
        return _unread()
    try:
        ids = add_alias(request.dependencies.registry_table, _scope(request), person=str(person), alias=str(alias))
    except AliasRefused as refusal:
        return Outcome(refused(400 if refusal.code in NO_PAIR else 409, refusal.code, str(refusal)))
    return _told(request, ids, "The two ids are one person.", rows=len(ids.all))


def take_back(request: ChangeRequest) -> Outcome:
    """200 with the ids that are left; 404 if this id is no alias."""
    alias = request.values.get("alias")
    if alias is None:
        return Outcome(refused(400, "wrong-parameter", "Send `alias`: the id that is no alias from now on."))
    if request.principal.scopes.isdisjoint(READ):
        return _unread()
    before = remove_alias(request.dependencies.registry_table, _scope(request), alias)
    if before is None:
        message = "This id is no alias here: GET /aliases?actor= tells which ids are one person."
        return Outcome(refused(404, "unknown-alias", message))
    left = PersonIds(before.person, tuple(name for name in before.aliases if name != alias))
    return _told(request, left, "The alias is taken back.", rows=len(before.all))


def _scope(request: ChangeRequest) -> str:
    return EVERY_APP if request.every_app else request.app.tenant


def _told(request: ChangeRequest, ids: PersonIds, message: str, *, rows: int) -> Outcome:
    person = {
        "person": ids.person,
        "aliases": list(ids.aliases),
        "app": None if request.every_app else request.app.app_id,
    }
    body = {"status": "success", "message": message, "person": person}
    return Outcome(answer(200, body), id_digest(ids.person), rows=rows)


def _unread() -> Outcome:
    message = "This credential only sends: an alias changes what reads answer. Use one that may also read."
    return Outcome(refused(403, "read-scope", message))
