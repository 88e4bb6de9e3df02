"""The TimedOut event: a pure function of the session, in the shape of the TimeBack reference."""

from dataclasses import replace

import pytest

from functions.core.sessions import timed_out
from functions.core.times import MINUTE_US
from tests.unit.core.sessions.timelines import EDAPP, LEARNER, SYSTEM, X, at, fold, happened, logged_in, only, stored


def test_it_has_the_shape_of_the_reference() -> None:
    session = only(logged_in("9:00"), happened("9:10", session=X))
    event = timed_out.event(session, system_id=SYSTEM)
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


def test_the_same_session_gives_the_same_event() -> None:
    sessions = [only(logged_in("9:00")), only(logged_in("9:00"), logged_in("9:00"))]
    assert len({str(timed_out.event(session, system_id=SYSTEM)) for session in sessions}) == 1


def test_another_session_learner_or_tenant_gives_another_id() -> None:
    session = only(logged_in("9:00"))
    others = [
        session,
        replace(session, learner=None),
        replace(session, tenant="b"),
        replace(session, id="urn:x"),
    ]
    assert len({timed_out.event(other, system_id=SYSTEM)["id"] for other in others}) == 4


def test_a_session_without_an_app_says_none() -> None:
    assert "edApp" not in timed_out.event(only(happened("9:00", edApp=None)), system_id=SYSTEM)


def test_it_belongs_to_its_learner_and_its_session() -> None:
    for session in fold(logged_in("9:00"), happened("9:40")):
        found = stored(timed_out.event(session, system_id=SYSTEM), auto_attach=True).attribution
        assert (found.learner, found.session, found.auto) == (LEARNER, session.id, False)


def test_a_frozen_row_without_its_members_is_enough() -> None:
    session = only(logged_in("9:00"))
    assert timed_out.event(replace(session, entries=()), system_id=SYSTEM) == timed_out.event(session, system_id=SYSTEM)


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


def test_eventtime_is_the_last_activity_to_the_microsecond() -> None:
    session = only(happened(at("9:00") + 123_456))
    assert timed_out.event(session, system_id=SYSTEM)["eventTime"] == "2026-01-27T09:00:00.123456Z"
