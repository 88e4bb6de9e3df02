"""Memberships: rows that say on which days of which learner the events of a session or run lie."""

from collections.abc import Mapping
from functools import lru_cache

from functions.core.identity import identity
from functions.core.sessions.facts import Fact
from functions.core.timeline.entry import Entry, fields_of
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.events import Stored


def memberships(fact: Stored, said: Fact | None, *, tenant: str, expires_s: int) -> Mapping[Key, Row]:
    """Where to look: one row a day for each session and run, one for all days for a learner's address.

    `said` is what it says about sessions. To an inferred session its session row leads, and none is needed.
    """
    about = fact.entry.attribution
    if about.kind == "entity" or (said is not None and said.origin is not None and not said.origin.explicit):
        return {}
    return _memberships(
        fact.pk,
        tenant,
        about.learner or "",
        about.session,
        about.run,
        day_of(fact.entry.time_us),
        address_of(fact.entry),
        expires_s,
    )


@lru_cache(maxsize=4096)  # all events of a session in a batch say the same
def _memberships(
    pk: str,
    tenant: str,
    learner: str,
    session: str | None,
    run: str | None,
    day: str,
    mail: str | None,
    expires_s: int,
) -> Mapping[Key, Row]:
    found = [(correlation, day) for correlation in sorted({one for one in (session, run) if one is not None})]
    if mail is not None:
        found.append((mail, ""))
    return {
        (pk, keys.membership_sk(correlation, on)): {
            keys.PK: pk,
            keys.SK: keys.membership_sk(correlation, on),
            keys.BY_ID_PK: (keys.membership_ref if on else keys.address_ref)(tenant, correlation),
            keys.TTL: expires_s,
            "correlation": correlation,
            **({"learner": learner} if learner else {}),
        }
        for correlation, on in found
    }


def address(email: str) -> str:
    """The address by which a learner with this e-mail address can be found."""
    return "mailto:" + email.strip().lower()


def address_of(entry: Entry) -> str | None:
    """The learner's address, if the event gives it with the learner (TimebackUser; Person of dialect B)."""
    actor = entry.event.get("actor")
    if not isinstance(actor, dict):
        return None
    email = actor.get("email") or fields_of(actor.get("extensions")).get("email")
    if not isinstance(email, str) or "@" not in email:
        return None
    learner = entry.attribution.learner
    return address(email) if learner is not None and identity(actor) == learner else None
