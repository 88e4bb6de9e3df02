"""Event index rows: they say on which days of which learner the events of a session or run lie."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from functions.core.identity import identity
from functions.core.sessions.facts import Fact
from functions.core.timeline.entry import Entry, fields_of
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.events import StoredFact

ADDRESS_CHARS = 320  # 64 before the @ and 255 behind it (RFC 5321 §4.5.3.1)


def event_index_rows(fact: StoredFact, session_fact: Fact | None, *, tenant: str, expires_s: int) -> Mapping[Key, Row]:
    """One row a day for each session and run, one for all days for each alias of a learner.

    `session_fact` is what the fact says about sessions. A fact of an inferred session needs no such row: its session
    row is in the same index.
    """
    attribution = fact.entry.attribution
    if attribution.kind == "entity" or (
        session_fact is not None and session_fact.origin is not None and not session_fact.origin.explicit
    ):
        return {}
    return _index_rows(
        fact.pk,
        tenant,
        attribution.learner or "",
        attribution.session,
        attribution.run,
        day_of(fact.entry.time_us),
        aliases_of(fact.entry),
        expires_s,
    )


@lru_cache(maxsize=4096)  # all events of a session in a batch say the same
def _index_rows(
    pk: str,
    tenant: str,
    learner: str,
    session: str | None,
    run: str | None,
    day: str,
    aliases: tuple[str, ...],
    expires_s: int,
) -> Mapping[Key, Row]:
    days = [(correlation, day) for correlation in sorted({name for name in (session, run) if name is not None})]
    days += [(alias, "") for alias in aliases]
    return {
        (pk, keys.event_index_sk(correlation, on)): {
            keys.PK: pk,
            keys.SK: keys.event_index_sk(correlation, on),
            keys.BY_ID_PK: (keys.event_index_ref if on else keys.address_ref)(tenant, correlation),
            keys.TTL: expires_s,
            "correlation": correlation,
            **({"learner": learner} if learner else {}),
        }
        for correlation, on in days
    }


def aliases_of(entry: Entry) -> tuple[str, ...]:
    """By what else a learner can be found: the e-mail address, and the sourcedId of TimeBack."""
    mail, student = address_of(entry), student_of(entry)
    return tuple(alias for alias in (mail, student) if alias is not None)


def student_alias(sourced_id: str) -> str:
    """By which a learner whose IRI ends in `/users/<sourcedId>` can be found."""
    return f"user:{sourced_id}"


def student_of(entry: Entry) -> str | None:
    """The alias of a learner that OneRoster names, as TimeBack's SDK writes it: `…/users/{sourcedId}`."""
    learner = entry.attribution.learner
    base, separator, sourced_id = (learner or "").rpartition("/users/")
    if not separator or "://" not in base or not sourced_id or "/" in sourced_id:
        return None
    return student_alias(unquote(sourced_id))


def address(email: str) -> str:
    """The address by which a learner with this e-mail address can be found."""
    return "mailto:" + email.strip().lower()


def address_of(entry: Entry) -> str | None:
    """The learner's address, if the event gives it with the learner (TimebackUser; Person of dialect B)."""
    actor = entry.event.get("actor")
    if not isinstance(actor, dict):
        return None
    email = actor.get("email") or fields_of(actor.get("extensions")).get("email")
    if not isinstance(email, str) or "@" not in email or len(email) > ADDRESS_CHARS:
        return None
    learner = entry.attribution.learner
    return address(email) if learner is not None and identity(actor) == learner else None
