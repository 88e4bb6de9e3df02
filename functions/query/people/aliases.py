"""`GET /aliases`: which ids are one person. 1 BatchGet an app."""

from typing import TYPE_CHECKING

from functions.http.answers import Answer, answer
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store.people.aliases import person_of
from functions.store.people.keys import EVERY_APP

if TYPE_CHECKING:
    from functions.http.shapes.people.aliases import Aliases, PersonIds


def get_aliases(request: Request) -> Answer:
    """The person of the id in each app that is asked for, and the one that it is in every app."""
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    actor = request.text("actor")
    assert actor is not None
    people: list[PersonIds] = []
    for scope, app_id in [*((app.tenant, app.app_id) for app in apps), (EVERY_APP, None)]:
        ids = person_of(request.registry_table, scope, actor)
        if ids is not None:
            people.append({"person": ids.person, "aliases": list(ids.aliases), "app": app_id})
    body: Aliases = {"people": people}
    return answer(200, body)
