"""When a session has to be looked at again, and why nothing is written while it is being used.

A *watch* is one row per explicit session, and one per learner and edApp for sessions made of gaps. `process` writes
events first and then reads the watch; `timeout` marks the watch first and then reads events. So one of them always
sees the other, and an event in an open session costs no write here:

    armed     in the index of what is due; the sweep will read the timeline after `due_us`
    reading   the sweep is reading the timeline now; whoever adds an event must arm the watch again
    settled   read to the end; out of the index until something arrives

Every change of a stored watch is conditional on its `version`, which grows by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from msgspec import Struct, structs

from functions.core.sessions.session import Session

Phase = Literal["armed", "reading", "settled"]


class Touch(Struct, frozen=True, kw_only=True, gc=False):
    """What one batch adds to one watch: the earliest and latest activity, the last arrival, and what was asked for."""

    tenant: str
    app_id: str
    learner: str | None
    edapp: str | None
    session: str  # the explicit session, or the provisional id of the one made of gaps
    explicit: bool
    first_us: int
    last_us: int
    arrival_us: int
    ends: bool = False  # a LoggedOut or TimedOut is among it
    requires_heartbeat: bool = False
    process_insights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The stored row. `frozen` is the closed session as last computed; `unsent`: its TimedOut is still to be sent."""

    tenant: str
    app_id: str
    learner: str | None
    edapp: str | None
    session: str
    explicit: bool
    phase: Phase = "armed"
    version: int = 1
    from_us: int
    due_us: int
    requires_heartbeat: bool = False
    process_insights: bool = False
    ended: bool = False  # somebody said that it ended; the sweep will say when
    frozen: Mapping[str, Any] = field(default_factory=dict)
    unsent: bool = False

    @property
    def closed(self) -> bool:
        return bool(self.frozen)


def explicit_of(watch: Watch, sessions: Iterable[Session]) -> Session | None:
    """The explicit session that `watch` is for, where they hold it."""
    return next((one for one in sessions if one.explicit and one.id == watch.session), None)


def in_edapp_of(watch: Watch, sessions: Iterable[Session]) -> list[Session]:
    """Those in the app of `watch`; none named is one, too."""
    return [one for one in sessions if (one.edapp or "") == (watch.edapp or "")]


def joined(*touches: Touch) -> Touch:
    """All touches of one watch as one, in whatever order they came.

    Those that say no learner, beside some that do, lie apart: where the learner's events begin is not for them to say.
    """
    if len(touches) == 1:
        return touches[0]
    ordered = sorted(touches, key=lambda touch: (touch.learner is None, touch.first_us, touch.session))
    return structs.replace(
        ordered[0],
        edapp=next((touch.edapp for touch in ordered if touch.edapp is not None), None),
        last_us=max(touch.last_us for touch in ordered),
        arrival_us=max(touch.arrival_us for touch in ordered),
        ends=any(touch.ends for touch in ordered),
        requires_heartbeat=any(touch.requires_heartbeat for touch in ordered),
        process_insights=any(touch.process_insights for touch in ordered),
    )


def armed(watch: Watch | None, touch: Touch, *, idle_us: int, heartbeat_idle_us: int) -> Watch | None:
    """The watch as it must be stored after events of `touch` were, or None where the stored one will do.

    A settled watch is armed to look again one idle time from now, not at once: who comes back to a closed session for
    an hour makes it be read a few times, not with every event.
    """
    if watch is None:
        fresh = Watch(
            tenant=touch.tenant,
            app_id=touch.app_id,
            learner=touch.learner,
            edapp=touch.edapp,
            session=touch.session,
            explicit=touch.explicit,
            from_us=touch.first_us,
            due_us=0,
            requires_heartbeat=touch.requires_heartbeat,
            process_insights=touch.process_insights,
            ended=touch.ends,
        )
        return replace(fresh, due_us=_due(fresh, touch, idle_us, heartbeat_idle_us))
    from_us = min(watch.from_us, touch.first_us)
    if watch.phase == "settled" and not watch.explicit:
        from_us = touch.first_us
    elif touch.learner is None and watch.learner is not None:
        from_us = watch.from_us
    changed = replace(
        watch,
        edapp=watch.edapp if watch.edapp is not None else touch.edapp,
        from_us=from_us,
        requires_heartbeat=watch.requires_heartbeat or touch.requires_heartbeat,
        process_insights=watch.process_insights or touch.process_insights,
        ended=watch.ended or touch.ends,
    )
    if not watch.explicit and changed.from_us != watch.from_us:
        changed = replace(changed, session=touch.session)
    if watch.phase == "settled":
        changed = replace(changed, phase="armed", due_us=_due(changed, touch, idle_us, heartbeat_idle_us))
    elif watch.phase == "reading":
        changed = replace(changed, phase="armed")
    if touch.ends:
        changed = replace(changed, due_us=min(changed.due_us, touch.arrival_us))
    elif changed.requires_heartbeat and not watch.requires_heartbeat:
        changed = replace(changed, due_us=min(changed.due_us, _due(changed, touch, idle_us, heartbeat_idle_us)))
    return None if changed == watch else replace(changed, version=watch.version + 1)


def _due(watch: Watch, touch: Touch, idle_us: int, heartbeat_idle_us: int) -> int:
    if touch.ends:
        return touch.arrival_us
    return max(touch.last_us, touch.arrival_us) + (heartbeat_idle_us if watch.requires_heartbeat else idle_us)
