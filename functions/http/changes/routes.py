"""The routes of `manage`: every path and verb that changes something other than events.

What each does stands in `functions.manage`; the description of the API is made of this table.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from functions.http import paths
from functions.http.gate import CHANGE_ALIASES, MANAGE_PEOPLE, MANAGE_WEBHOOKS
from functions.http.parameters import APP, Parameter
from functions.http.paths import Path

NOT_THERE = 404
ALIAS = Parameter(
    name="alias",
    kind="id",
    example="urn:instructure:canvas:user:21070000000000104",
    description="The id that is no alias from now on.",
)


class ChangeRoute(Struct, frozen=True, kw_only=True):
    """One path and one verb. `takes` names the shape of its body, empty if it takes none; `answers` that of a success,
    which has the status `accepted`. With `every_app` an admin may name all apps at once (`app=*`).
    """

    path: Path
    verb: str
    description: str
    takes: str = ""
    answers: str
    accepted: int = 200
    scope: frozenset[str] = MANAGE_WEBHOOKS
    parameters: Sequence[Parameter] = (APP,)
    required: Sequence[str] = ()  # of the parameters
    every_app: bool = False
    statuses: Sequence[int] = (NOT_THERE,)  # beside 400, 401, 403, 503, and 413 if it takes a body

    @property
    def name(self) -> str:
        """`PUT /webhooks/{webhookId}`: as the audit names it."""
        return f"{self.verb} {self.path.template}"


def _change(path: Path, verb: str, description: str, answers: str, takes: str = "", **rest: Any) -> ChangeRoute:
    return ChangeRoute(path=path, verb=verb, description=description, answers=answers, takes=takes, **rest)


CHANGE_ROUTES: tuple[ChangeRoute, ...] = (
    _change(
        paths.WEBHOOKS,
        "POST",
        "Register a webhook: from then on the app's stored events are sent to its target. Only this answer has the "
        "whole secret. The same request again within ten minutes, with the same `X-Request-ID`, creates nothing",
        "WebhookAnswer",
        "WebhookInput",
        accepted=201,
        statuses=(404, 409),
    ),
    _change(
        paths.WEBHOOK,
        "PUT",
        "Replace a webhook. What is left out becomes null; a secret that is sent back masked stays as it is",
        "WebhookAnswer",
        "WebhookInput",
    ),
    _change(
        paths.WEBHOOK, "DELETE", "Delete a webhook with its filters. To delete it again changes nothing", "Deleted"
    ),
    _change(paths.WEBHOOK_ACTIVATE, "PUT", "Have events sent to a webhook again", "WebhookAnswer"),
    _change(paths.WEBHOOK_DEACTIVATE, "PUT", "Stop sending events to a webhook", "WebhookAnswer"),
    _change(
        paths.WEBHOOK_TEST,
        "POST",
        "Send an envelope without events to a webhook, active or not",
        "Queued",
        accepted=202,
    ),
    _change(
        paths.WEBHOOK_RETRY,
        "POST",
        "Send one delivery again now, as `GET /webhooks/{webhookId}/attempts` names it",
        "Queued",
        "RetryInput",
        accepted=202,
    ),
    _change(
        paths.WEBHOOK_RESEND,
        "POST",
        "Send the events that were received on some days again, from the archive",
        "Queued",
        "ResendInput",
        accepted=202,
    ),
    _change(
        paths.FILTERS,
        "POST",
        "Add a condition to a webhook: all active ones must hold for an event to be sent",
        "FilterAnswer",
        "FilterInput",
        accepted=201,
        statuses=(404, 409),
    ),
    _change(paths.FILTER, "PUT", "Replace a filter", "FilterAnswer", "FilterInput", statuses=(404, 409)),
    _change(paths.FILTER, "DELETE", "Delete a filter. To delete it again changes nothing", "Deleted"),
    _change(
        paths.SENDER_ALARMS,
        "PUT",
        "Say of what in its own sending an app's owner wants to hear. What is left out is not wanted any more",
        "SenderAnswer",
        "SenderAlarmsInput",
    ),
    _change(
        paths.SENDER_ALARMS,
        "DELETE",
        "Want no alarm of an app any more: what rings clears. To delete them again changes nothing",
        "Deleted",
    ),
    _change(
        paths.ALIASES,
        "PUT",
        "Say that two ids are one person: reads of either answer what both did. It takes a credential that may read, "
        "and also send or change people. Events do not change",
        "AliasAnswer",
        "AliasInput",
        scope=CHANGE_ALIASES,
        every_app=True,
        statuses=(404, 409),
    ),
    _change(
        paths.ALIASES,
        "DELETE",
        "Take an alias back: both ids are people of their own again, as they were",
        "AliasAnswer",
        scope=CHANGE_ALIASES,
        every_app=True,
        parameters=(ALIAS, APP),
        required=("alias",),
        statuses=(404,),
    ),
    _change(
        paths.ERASURES,
        "POST",
        "Count what is kept of a person; with the code of that count, erase it. `GET /erasures?id=` says how far it is",
        "PersonRequestQueued",
        "ErasureInput",
        accepted=202,
        scope=MANAGE_PEOPLE,
        statuses=(404, 501),
    ),
    _change(
        paths.PERSON_EXPORTS,
        "POST",
        "Make a copy of everything that is kept of a person. `GET /person-exports?id=` has the link",
        "PersonRequestQueued",
        "PersonExportInput",
        accepted=202,
        scope=MANAGE_PEOPLE,
        statuses=(404, 501),
    ),
)
