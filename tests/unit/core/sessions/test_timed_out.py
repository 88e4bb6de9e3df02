"""The TimedOut event: a pure function of the sitting, in the shape of the TimeBack reference."""

from copy import replace

import pytest
from msgspec import structs

from functions.core.ids import derived_uuid
from functions.core.sessions import timed_out
from functions.core.sessions.sitting import Sitting
from functions.core.sessions.timed_out import Origin
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US
from tests.unit.core.sessions.timelines import (
    EDAPP,
    LEARNER,
    OTHER_APP,
    SYSTEM,
    TENANT,
    X,
    client_timed_out,
    clock_us,
    emitted,
    happened,
    logged_in,
    only,
    sittings,
    span,
    stored,
    viewed,
)


def said(sitting: Sitting, *, tenant: str = TENANT, learner: str | None = LEARNER) -> dict[str, object]:
    return timed_out.event(sitting, tenant=tenant, learner=learner, system_id=SYSTEM)


def test_it_has_the_shape_of_the_reference() -> None:
    event = said(only(logged_in("9:00"), viewed("9:10")))
    assert event == {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "id": event["id"],
        "type": "SessionEvent",
        "profile": "SessionProfile",
        "actor": {"id": SYSTEM, "type": "SoftwareApplication"},
        "action": "TimedOut",
        "object": {
            "id": X,
            "type": "Session",
            "user": LEARNER,
            "startedAtTime": "2026-01-27T09:00:00.000Z",
            "endedAtTime": "2026-01-27T09:10:00.000Z",
            "duration": "PT10M",
        },
        "eventTime": "2026-01-27T09:10:00.000Z",
        "edApp": EDAPP,
    }


def test_the_same_sitting_gives_the_same_event_without_its_members_too() -> None:
    sitting = only(logged_in("9:00"))
    assert said(sitting) == said(only(logged_in("9:00"), logged_in("9:00"))) == said(replace(sitting, members=()))


def test_another_sitting_session_learner_tenant_app_or_kind_gives_another_id() -> None:
    sitting = only(logged_in("9:00"))
    others = [
        sitting,
        replace(sitting, session="urn:x"),
        replace(sitting, started_us=sitting.started_us - 1),
        replace(sitting, app=EDAPP),
        replace(sitting, explicit=False),
    ]
    events = [said(other) for other in others] + [said(sitting, learner=None), said(sitting, tenant="b")]
    assert len({event["id"] for event in events}) == 7


def test_an_end_that_moved_before_it_was_published_keeps_the_id() -> None:
    assert said(only(logged_in("9:00")))["id"] == said(only(logged_in("9:00"), viewed("9:10")))["id"]


@pytest.mark.parametrize("edapp", [EDAPP, OTHER_APP, None])
def test_it_tells_by_itself_of_which_session_and_app_it_is(edapp: str | None) -> None:
    for fact in (happened("9:00", edApp=edapp), viewed("9:00", edApp=edapp)):
        sitting = only(fact)
        alone = only(otherwise_registered(emitted(sitting, received="10:00")))
        assert (alone.session, alone.explicit, alone.app, alone.edapp) == (
            sitting.session,
            sitting.explicit,
            sitting.app,
            sitting.edapp,
        )
        assert (span(alone), alone.members) == (("9:00", "9:00", "timed_out"), ())


def otherwise_registered(entry: Entry) -> Entry:
    """As stored after the registration changed: how it allows the edApp now does not matter."""
    return structs.replace(entry, wildcard=not entry.wildcard)


def test_one_whose_id_was_not_reserved_counts_as_well() -> None:
    for app in (None, EDAPP):
        sitting = only(happened("9:00", edApp=app))
        parts = ("own",) if sitting.app is None else ("edApp", sitting.app)
        kind = "explicit" if sitting.explicit else "inferred"
        earlier = derived_uuid("TimedOut", kind, *parts, TENANT, LEARNER, sitting.session, str(sitting.started_us))
        entry = stored(said(sitting) | {"id": earlier}, received="9:31", system=True)
        assert timed_out.origin_of(entry, tenant=TENANT, learner=LEARNER) == Origin(sitting.explicit, sitting.app)


def test_one_of_before_sittings_counts_as_well() -> None:
    for kind, explicit in (("explicit", True), ("gaps", False)):
        event = said(only(viewed("9:00"))) | {"id": derived_uuid("TimedOut", kind, TENANT, LEARNER, X)}
        entry = stored(event, received="9:31", system=True)
        assert timed_out.origin_of(entry, tenant=TENANT, learner=LEARNER) == Origin(explicit, None)
        assert only(entry).published


def test_a_clients_timed_out_has_no_origin() -> None:
    assert timed_out.origin_of(client_timed_out("9:00"), tenant=TENANT, learner=LEARNER) is None


def test_it_belongs_to_its_learner_and_its_session() -> None:
    of_learner = sittings(logged_in("9:00"), happened("9:40"))
    assert of_learner
    for sitting in of_learner:
        attribution = emitted(sitting, received="11:00").attribution
        assert (attribution.learner, attribution.session, attribution.auto) == (LEARNER, sitting.session, False)


def test_a_sitting_without_an_app_says_none() -> None:
    assert "edApp" not in said(only(happened("9:00", edApp=None)))


def test_its_times_are_told_to_the_microsecond() -> None:
    event = said(only(happened(clock_us("9:00") + 123_456)))
    assert event["eventTime"] == "2026-01-27T09:00:00.123456Z"


@pytest.mark.parametrize(
    ("length_us", "text"),
    [
        (0, "PT0S"),
        (1, "PT0.000001S"),
        (1_500_000, "PT1.5S"),
        (90 * MINUTE_US, "PT1H30M"),
        (26 * 60 * MINUTE_US + 5_000_000, "PT26H5S"),
    ],
)
def test_durations_are_iso_8601(length_us: int, text: str) -> None:
    assert timed_out.iso_duration(length_us) == text
