"""What each route of `functions.http.changes.routes` does."""

from collections.abc import Callable, Mapping

from functions.http import paths
from functions.http.paths import Path
from functions.manage.change import ChangeRequest, Outcome
from functions.manage.people import aliases
from functions.manage.privacy import requests
from functions.manage.webhooks import filters, sender_alarms, sending, webhooks

type Call = Callable[[ChangeRequest], Outcome]

CALLS: Mapping[tuple[Path, str], Call] = {
    (paths.WEBHOOKS, "POST"): webhooks.create,
    (paths.WEBHOOK, "PUT"): webhooks.replace_whole,
    (paths.WEBHOOK, "DELETE"): webhooks.delete,
    (paths.WEBHOOK_ACTIVATE, "PUT"): webhooks.activate,
    (paths.WEBHOOK_DEACTIVATE, "PUT"): webhooks.deactivate,
    (paths.WEBHOOK_TEST, "POST"): sending.test,
    (paths.WEBHOOK_RETRY, "POST"): sending.retry,
    (paths.WEBHOOK_RESEND, "POST"): sending.resend,
    (paths.FILTERS, "POST"): filters.create,
    (paths.FILTER, "PUT"): filters.replace_whole,
    (paths.FILTER, "DELETE"): filters.delete,
    (paths.SENDER_ALARMS, "PUT"): sender_alarms.replace_whole,
    (paths.SENDER_ALARMS, "DELETE"): sender_alarms.delete,
    (paths.ALIASES, "PUT"): aliases.add,
    (paths.ALIASES, "DELETE"): aliases.take_back,
    (paths.ERASURES, "POST"): requests.create_erasure,
    (paths.PERSON_EXPORTS, "POST"): requests.create_person_export,
}
