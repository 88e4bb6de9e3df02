"""The first step of the fold: what one stored fact says about sittings. `scan` decides what of it holds."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from functions.core.caliper.terms import term, text
from functions.core.identity import identity, is_anonymous
from functions.core.sessions.timed_out import Origin, origin_of
from functions.core.timeline.attribution import Attribution
from functions.core.timeline.entry import Entry, fields_of, time_in
from functions.core.times import EARLIEST_STATED_US, latest_possible_us

type WhyNot = Literal["", "before-2000", "after-arrival", "end-before-start"]
type Kind = Literal["activity", "passive", "heartbeat", "close", "window", "nothing"]


class Fact(Struct, frozen=True, kw_only=True):
    """One entry as the scan reads it.

    kind        activity   its actor is the learner: opens and prolongs
                passive    joins a sitting and moves nothing: of another actor, or of the future
                heartbeat  prolongs, never opens
                close      a LoggedOut, or a TimedOut that a client sent
                window     a TimedOut of this service: a sitting that is fixed
                nothing    in no sitting: entity describes, masquerading, what names no session and asks for none
    session     the session that it names; None: it is to be found
    app         the registration's own app (None), or the edApp that only a pattern of the registration allowed
    edapp       the edApp that it names (a LoggedIn without one: its object)
    """

    entry: Entry
    kind: Kind
    session: str | None
    app: str | None
    edapp: str | None
    is_login: bool = False
    unattributed: bool = False  # it says no learner, so it is in the partition of its session
    stated_start_us: int | None = None  # only if they may be used; of a window: its start and end
    stated_end_us: int | None = None
    requires_heartbeat: bool = False
    process_insights: bool = False
    origin: Origin | None = None  # of a window

    @property
    def is_in_numbers(self) -> bool:
        """Whether a learner's totals may rest on it."""
        said = self.entry.attribution
        return said.kind == "event" and said.learner is not None and not self.entry.system


class StatedTime(Struct, frozen=True):
    """A time that an event states about its session. `why_not` is empty if it may be used."""

    name: Literal["startedAtTime", "endedAtTime"]
    time_us: int
    why_not: WhyNot = ""


def fact_of(entry: Entry, *, tenant: str, learner: str | None) -> Fact:
    """What `entry` says in the timeline of `learner` (None: of a session without a learner). Never raises."""
    attribution = entry.attribution
    if entry.system and is_close(entry):
        return _window(entry, tenant, learner)
    kind = _kind(entry, learner)
    edapp = edapp_of(attribution)
    if kind == "nothing" or kind == "heartbeat":
        return Fact(entry=entry, kind=kind, session=attribution.session, app=_app(entry, edapp), edapp=edapp)
    start_us = end_us = None
    described = stated_session(entry)
    for stated in _stated_times(entry, described):
        if not stated.why_not and stated.name == "startedAtTime":
            start_us = stated.time_us
        elif not stated.why_not:
            end_us = stated.time_us
    extension_fields = fields_of(described.get("extensions"))
    return Fact(
        entry=entry,
        kind=kind,
        session=attribution.session,
        app=_app(entry, edapp),
        edapp=edapp,
        is_login=is_login(entry),
        unattributed=attribution.learner != learner,
        stated_start_us=start_us,
        stated_end_us=end_us,
        requires_heartbeat=extension_fields.get("requiresHeartbeat") is True,
        process_insights=extension_fields.get("processInsights") is True,
    )


def is_close(entry: Entry) -> bool:
    """Whether it is a LoggedOut or TimedOut: it ends a sitting and is never activity."""
    return entry.attribution.type == "SessionEvent" and entry.attribution.action in {"LoggedOut", "TimedOut"}


def is_login(entry: Entry) -> bool:
    """Whether its learner begins anew in this edApp."""
    return entry.attribution.type == "SessionEvent" and entry.attribution.action == "LoggedIn"


def edapp_of(attribution: Attribution) -> str | None:
    """The edApp that an event names. A LoggedIn or LoggedOut that names none names it by its object.

    `process` asks the registration about this one when it sets `Entry.wildcard`.
    """
    if attribution.edapp is not None or attribution.type != "SessionEvent":
        return attribution.edapp
    if attribution.action not in {"LoggedIn", "LoggedOut"}:
        return None
    target = attribution.event.get("object")
    if isinstance(target, dict) and term(text(target, "type")) != "SoftwareApplication":
        return None
    app = identity(target)
    return None if app is None or is_anonymous(app) else app


def stated_times(entry: Entry) -> list[StatedTime]:
    """The start and end that an event states of its session, with why one cannot be used: to ignore it and to warn."""
    return _stated_times(entry, stated_session(entry))


def _stated_times(entry: Entry, described: Mapping[str, Any]) -> list[StatedTime]:
    stated: list[StatedTime] = []
    if not described:  # mostly a session is named by its IRI alone
        return stated
    start_us, end_us = time_in(described, "startedAtTime"), time_in(described, "endedAtTime")
    if start_us is not None:
        stated.append(StatedTime("startedAtTime", start_us, _why_not(start_us, entry)))
    if end_us is not None:
        why_not = _why_not(end_us, entry)
        if not why_not and start_us is not None and not stated[0].why_not and end_us < start_us:
            why_not = "end-before-start"
        stated.append(StatedTime("endedAtTime", end_us, why_not))
    return stated


def stated_session(entry: Entry) -> Mapping[str, Any]:
    """The Session object that the fact carries of the session it names; empty if it carries only an IRI."""
    named = entry.attribution.session
    for slot in ("object", "session", "federatedSession") if is_close(entry) else ("session", "federatedSession"):
        described = entry.event.get(slot)
        if isinstance(described, dict) and named is not None and identity(described) == named:
            return described
    return {}


def _why_not(time_us: int, entry: Entry) -> WhyNot:
    if time_us < EARLIEST_STATED_US:
        return "before-2000"
    return "after-arrival" if time_us > latest_possible_us(entry.received_us) else ""


def _kind(entry: Entry, learner: str | None) -> Kind:
    attribution = entry.attribution
    names_one = attribution.session is not None
    if attribution.kind == "entity" or attribution.masqueraded:
        return "nothing"
    if attribution.learner != learner:  # it lies in the partition of its session
        return (
            "close" if attribution.learner is None and names_one and is_close(entry) and not entry.future else "nothing"
        )
    if is_close(entry) and not entry.future:
        return "close"
    if not names_one and not attribution.auto:
        return "nothing"
    if entry.future:
        return "passive"
    if attribution.kind == "heartbeat":
        return "heartbeat"
    if learner is None or identity(entry.event.get("actor")) == learner:
        return "activity"
    return "passive"


def _window(entry: Entry, tenant: str, learner: str | None) -> Fact:
    """A TimedOut of this service as the sitting that it fixed. What it states is not judged: the fold stated it."""
    edapp = entry.attribution.edapp
    origin = origin_of(entry, tenant=tenant, learner=learner)
    described = stated_session(entry)
    end_us = time_in(described, "endedAtTime")
    end_us = entry.time_us if end_us is None else end_us
    start_us = time_in(described, "startedAtTime")
    known = entry.attribution.session is not None and entry.attribution.learner == learner and origin is not None
    return Fact(
        entry=entry,
        kind="window" if known else "nothing",
        session=entry.attribution.session,
        app=None if origin is None else origin.app,
        edapp=edapp,
        stated_start_us=end_us if start_us is None else min(start_us, end_us),
        stated_end_us=end_us,
        origin=origin,
    )


def _app(entry: Entry, edapp: str | None) -> str | None:
    return edapp if entry.wildcard else None
