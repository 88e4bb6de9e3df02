"""In which name an event may be sent: for which edApps by a credential, and by none in the name of this service."""

from functions.core.apps import App
from functions.core.caliper.findings import SERVICE, FindingCollector
from functions.core.identity import SYSTEM_ID, written_id
from functions.core.ids import is_reserved

_ANSWERS_MAX, _EDAPP_CHARS = 4_096, 512
_answers: dict[tuple[str, ...], dict[str, bool]] = {}
_TAIL = SYSTEM_ID[-12:]


def check_edapp(edapp: object, app: App, collector: FindingCollector) -> None:
    """Reject an edApp that the credential's app may not send for, or whose id is not certain. null is a missing one."""
    if edapp is None:
        return
    identifier, pointer = edapp, "/edApp"
    if isinstance(edapp, dict):
        id_keys = [key for key in ("id", "@id") if edapp.get(key) is not None]
        identifier = edapp[id_keys[0]] if len(id_keys) == 1 else None
        pointer = f"/edApp/{id_keys[0]}" if len(id_keys) == 1 else "/edApp"
    if not isinstance(identifier, str):
        message = "The edApp's id is not certain; send the edApp as its IRI, or as an object with one id, a string."
        collector.reject("edapp-id", pointer, message, SERVICE)
    elif identifier.strip() and not speaks_for(app, identifier):
        message = "This app's credential may not send for that edApp; register the id as one of the app's edApps."
        collector.reject("edapp", pointer, message, SERVICE)


def check_actor(actor: object, collector: FindingCollector) -> None:
    """Reject an event in the name of this service. With its very content it would take the place of a TimedOut."""
    named = actor.get("id") or actor.get("@id") if isinstance(actor, dict) else actor
    if type(named) is str and named.strip()[-12:].lower() == _TAIL and written_id(actor) == SYSTEM_ID:
        message = "The actor is this service, which emits its events itself; send the one who acted."
        collector.reject("reserved-actor", "/actor", message, SERVICE)


def check_identifier(identifier: str | None, collector: FindingCollector) -> None:
    """Reject an event under an id of those that this service gives to the TimedOut events that it emits."""
    if identifier is not None and is_reserved(identifier):
        message = "The id is reserved for the TimedOut events of this service; send the event under an id of your own."
        collector.reject("reserved-id", "/id", message, SERVICE)


def speaks_for(app: App, edapp: str) -> bool:
    """`app.speaks_for`, cached; white space around the id does not count."""
    answers = _answers.get(app.edapps)
    if answers is None:
        if len(_answers) >= _ANSWERS_MAX:
            _answers.clear()
        answers = _answers[app.edapps] = {}
    answer = answers.get(edapp)
    if answer is None:
        answer = app.speaks_for(edapp) or app.speaks_for(edapp.strip())
        if len(answers) >= _ANSWERS_MAX:
            answers.clear()
        if len(edapp) <= _EDAPP_CHARS:
            answers[edapp] = answer
    return answer
