"""`GET /sender-alarms`: the alarms of apps about their own sending. A BatchGet of each table a hundred apps."""

from functions.core.sender_alarms.settings import sender_answer
from functions.http.answers import Answer, answer
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store.sender_alarms.rows import alarms_of, every_ring


def get_sender_alarms(request: Request) -> Answer:
    """Those of the app, or of each app that an admin names; of one that set none, too."""
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    alarms = alarms_of(request.registry_table, apps)
    rings = every_ring(request.table, alarms)
    return answer(200, {"senders": [sender_answer(alarms[app.tenant], rings[app.tenant]) for app in apps]})
