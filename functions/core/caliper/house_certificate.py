"""What TimeBack's rules add to the certificate of a standard event: a look for each event and action that they bind.

Each look is true only where no rule of `timeback` can have a finding; a binding rule without a look withholds it.
"""

from collections.abc import Callable
from typing import Any

from functions.core.caliper.timeback import MEDIA_TYPES, RULES, SCORE_TYPES
from functions.core.ids import canonical_id


def bound_by_house_rules(names: dict[str, Any]) -> set[tuple[str, str]]:
    bound = {bind for rule in RULES for bind in rule.bind.split() if ":" not in bind}
    pairs = set()
    for bind in bound:
        event, _, action = bind.partition("/")
        actions = names[event + "_"].__annotations__["action"].__args__ if action == "*" else (action,)
        pairs |= {(event, each) for each in actions}
    return pairs


def _is(entity: Any, name: str) -> bool:
    return type(entity).__name__ == name


def _same_assignable(event: Any) -> bool:
    target, at = event.object, event.generated.assignable
    if at is None:
        return True
    target = target if type(target) is str else target.id
    at = at if type(at) is str else at.id
    return target == at or canonical_id(target) == canonical_id(at)


def _media_type(event: Any) -> bool:
    return type(event.object) is str or event.object.mediaType is None or event.object.mediaType in _MEDIA_TYPES


def _has_media_type(event: Any) -> bool:
    return type(event.object) is str or event.object.mediaType is not None


def _score(event: Any) -> bool:
    score = event.generated
    if not _is(score, "Score") or score.scoreType is None or score.scoreGiven is None:
        return False
    if score.extensions is not None and "scoreType" in score.extensions:
        return False
    if score.scoreType not in _SCORE_TYPES:
        return False
    return score.scoreType != "QUESTION_RESULT" or (score.maxScore == 1 and score.scoreGiven in (0, 1))


def _started(attempt: Any) -> bool:
    return _is(attempt, "Attempt") and attempt.startedAtTime is not None


def _ended(attempt: Any) -> bool:
    return _is(attempt, "Attempt") and attempt.endedAtTime is not None


def _session_flags(session: Any) -> bool:
    extensions = session.extensions
    if extensions is None:
        return True
    return all(type(extensions.get(flag, False)) is bool for flag in ("requiresHeartbeat", "processInsights"))


_SCORE_TYPES = frozenset(SCORE_TYPES.split("|"))
_MEDIA_TYPES = frozenset(MEDIA_TYPES.split("|"))
HOUSE_LOOKS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("AssignableEvent", "Started"): lambda e: (
        _started(e.generated) and _media_type(e) and _has_media_type(e) and _same_assignable(e)
    ),
    ("AssignableEvent", "Completed"): lambda e: _ended(e.generated) and _media_type(e) and _same_assignable(e),
    ("AssessmentEvent", "Started"): lambda e: _started(e.generated),
    ("AssessmentEvent", "Submitted"): lambda e: _ended(e.generated),
    ("AssessmentItemEvent", "Started"): lambda e: e.generated is None,
    ("AssessmentItemEvent", "Completed"): lambda e: (
        _is(e.generated, "Response") and _started(e.generated.attempt) and _ended(e.generated.attempt)
    ),
    ("ViewEvent", "Viewed"): lambda e: _started(e.generated) and _ended(e.generated),
    ("GradeEvent", "Graded"): _score,
    ("SessionEvent", "LoggedIn"): lambda e: (
        _is(e.actor, "Person")
        and _is(e.object, "SoftwareApplication")
        and _is(e.session, "Session")
        and e.session.startedAtTime is not None
        and _session_flags(e.session)
    ),
    ("SessionEvent", "LoggedOut"): lambda e: (
        _is(e.actor, "Person") and _is(e.session, "Session") and e.session.endedAtTime is not None
    ),
    ("SessionEvent", "TimedOut"): lambda e: _is(e.actor, "SoftwareApplication") and _is(e.object, "Session"),
}
