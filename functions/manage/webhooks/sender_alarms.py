"""The alarms of an app about its own sending: set, and ended. They are events that webhooks bring, beside e-mails."""

from functions.core.sender_alarms.alarms import Rings, SenderAlarms
from functions.core.sender_alarms.settings import nothing, replaced, sender_answer
from functions.http.answers import answer
from functions.http.changes.bodies import refused
from functions.manage.change import ChangeRequest, Outcome
from functions.store.dynamodb.table import rows
from functions.store.sender_alarms.keys import rings_key
from functions.store.sender_alarms.rows import alarms_of, rings_of, set_alarms


def replace_whole(request: ChangeRequest) -> Outcome:
    """200 with the alarms as they are now, and what rings; 400 with every fault."""
    known = _known(request)
    wanted = replaced(known, request.body, now_us=request.now_us)
    if not isinstance(wanted, SenderAlarms):
        faults = [
            {"code": "wrong-value", "pointer": f"/{name}", "message": f"`{name}` {fault}"} for name, fault in wanted
        ]
        return Outcome(refused(400, "invalid-body", faults[0]["message"], errors=faults))
    if wanted != known:
        set_alarms(request.dependencies.registry_table, wanted)
    answered = answer(200, {"sender": sender_answer(wanted, _rings(request))})
    return Outcome(answered, wanted.tenant, rows=int(wanted != known))


def delete(request: ChangeRequest) -> Outcome:
    """200, also if none was set."""
    known = _known(request)
    if known.is_wanted:
        set_alarms(request.dependencies.registry_table, nothing(known))
    answered = answer(200, {"status": "success", "message": "No alarm is wanted any more. What rings clears."})
    return Outcome(answered, known.tenant, rows=int(known.is_wanted))


def _known(request: ChangeRequest) -> SenderAlarms:
    return alarms_of(request.dependencies.registry_table, [request.app])[request.app.tenant]


def _rings(request: ChangeRequest) -> Rings:
    """What rings. By a query: of the events table `manage` may get no other row."""
    pk, sk = rings_key(request.app.tenant)
    return rings_of(next(rows(request.dependencies.table, pk, start=sk, end=sk, consistent=True), None))
