"""Requests about a person: how much is kept, that it is erased, a copy of it. The function `privacy` does the work.

The person is in the message to it alone: the request's row and the audit line name no one.
"""

from functions.http.answers import answer
from functions.http.changes.bodies import refused
from functions.manage.change import ChangeRequest, Outcome
from functions.store.erasure.requests import PersonRequest, RequestKind, request_row
from functions.store.erasure.work import Work

LONGEST_LEARNER = 4096  # characters


def create_erasure(request: ChangeRequest) -> Outcome:
    """202: counted, or erased if the code of the count is sent."""
    code = request.body.get("code", "")
    if not isinstance(code, str):
        return Outcome(refused(400, "wrong-value", "`code` must be the text of the count's answer.", pointer="/code"))
    return _asked(request, "erase" if code else "count", code)


def create_person_export(request: ChangeRequest) -> Outcome:
    """202: a copy is being made."""
    return _asked(request, "export")


def _asked(request: ChangeRequest, kind: RequestKind, code: str = "") -> Outcome:
    learner = request.body.get("learner")
    if not isinstance(learner, str) or not learner.strip() or len(learner) > LONGEST_LEARNER:
        message = "`learner` must be the learner's IRI, or an e-mail address that events gave with the learner."
        return Outcome(refused(400, "wrong-value", message, pointer="/learner"))
    dependencies = request.dependencies
    if dependencies.person_requests is None:
        message = "This service keeps what it holds in memory alone: requests about people need a deployed stack."
        return Outcome(refused(501, "not-here", message))
    taken = PersonRequest(
        id=dependencies.new_id(),
        tenant=request.app.tenant,
        kind=kind,
        asked_us=request.now_us,
        changed_us=request.now_us,
    )
    dependencies.table.put_if(request_row(taken), None)
    dependencies.person_requests.send(
        Work(
            request=taken.id,
            kind=kind,
            app=request.app.app_id,
            tenant=request.app.tenant,
            learner=learner,
            code=code,
            asked_us=request.now_us,
        )
    )
    return Outcome(answer(202, {"id": taken.id, "state": taken.state}), taken.id, rows=1)
