"""Notices as subscribers get them: a learner goes by the pseudonym that the lake has for them, too.

An id of a session that holds the learner's id is replaced by its own pseudonym, as in the lake. With `plain` the ids
stand beside the pseudonym, as the events gave them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from functions.core.privacy.pseudonym import Pseudonyms, spellings

VERSION = 2  # 1 named learners by their ids, and had no `version`
OF_LEARNERS = frozenset({"SessionStarted", "SessionEnded", "TimedOut"})

type Detail = Mapping[str, Any]


def published(kind: str, detail: Detail, pseudonyms: Pseudonyms | None, *, tenant: str, plain: bool) -> Detail:
    """The detail of a notice. `pseudonyms` may be None for a kind that names no learner."""
    said = {"version": VERSION, **detail}
    if kind not in OF_LEARNERS:
        return said
    assert pseudonyms is not None
    learner = _learner_of(said)
    said["learner"] = None if learner is None else pseudonyms.of(tenant, learner)
    if plain:
        return said
    said.pop("actor", None)
    return said if learner is None else _shielded(said, spellings(learner), pseudonyms, tenant)


def _learner_of(said: Detail) -> str | None:
    named = said["event"]["object"].get("user") if "event" in said else said.get("actor")
    return named if isinstance(named, str) else None


def _shielded(said: Detail, people: frozenset[str], pseudonyms: Pseudonyms, tenant: str) -> Detail:
    def shield(identifier: str) -> str:
        return pseudonyms.shielded(tenant, identifier, people)

    if "event" in said:
        session = said["event"]["object"]
        named = {**session, "id": shield(session["id"]), "user": said["learner"]}
        return {**said, "event": {**said["event"], "object": named}}
    numbers = _numbers(said["numbers"], shield) if "numbers" in said else {}
    return {**said, "session": shield(said["session"]), **numbers}


def _numbers(numbers: Detail, shield: Callable[[str], str]) -> Detail:
    return {"numbers": {**numbers, "sessions": [shield(session) for session in numbers["sessions"]]}}
