"""Whether a credential may send for an event's edApp."""

from functions.core.apps import App

_ANSWERS_MAX, _EDAPP_CHARS = 4_096, 512
_answers: dict[tuple[str, ...], dict[str, bool]] = {}


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
