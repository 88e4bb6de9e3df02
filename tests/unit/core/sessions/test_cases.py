"""The inputs that concern sessions (`tests.cases`), by value: what is sent, as it is stored, and its sittings."""

import sys
from typing import Any

import pytest

from functions.core.ids import content_digest
from functions.core.sessions.facts import stated_times
from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.sitting import sessions_of
from functions.core.timeline.attribution import attribute
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, parse_time
from tests.cases import FOLDERS, envelope_of
from tests.unit.core.sessions.timelines import TENANT, TIMEOUTS

CASES = FOLDERS[0]  # each test is run with each folder


@pytest.fixture(autouse=True, params=FOLDERS, ids=lambda folder: folder.parent.name)
def _folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "CASES", request.param)


def events_of(name: str) -> list[dict[str, Any]]:
    (path, *_) = sorted(CASES.glob(f"{name}-*.json"))
    return list(envelope_of(path)["data"])


def entries_of(name: str, *, received: str | None = None) -> list[Entry]:
    """As stored on arrival a minute after the last event, or when `received` says."""
    events = events_of(name)
    times = [parse_time(event["eventTime"]) for event in events]
    given_us = parse_time(received)
    received_us = max(time for time in times if time is not None) + MINUTE_US if given_us is None else given_us
    entries = []
    for event in events:
        attribution = attribute(event, auto_attach=False)
        content = content_digest(event)
        entries.append(Entry(attribution.time_us, received_us, attribution.id, content, attribution, event))
    return entries


def folded(entries: list[Entry]) -> Folded:
    learner = next(entry.attribution.learner for entry in entries if entry.attribution.learner is not None)
    return fold(entries, Scope(tenant=TENANT, learner=learner, timeouts=TIMEOUTS))


def test_02_a_start_of_1970_is_ignored_and_told() -> None:
    entries = entries_of("02")
    (sitting,) = folded(entries).sittings
    assert (sitting.started_us, sitting.awaits_timeout) == (parse_time("2026-11-29T15:08:04.000Z"), True)
    assert [stated.why_not for entry in entries for stated in stated_times(entry)] == ["before-2000"]


def test_03_an_end_of_1970_is_ignored_and_the_logged_out_ends_it_when_it_happened() -> None:
    entries = entries_of("03")
    (sitting,) = folded(entries).sittings
    assert (sitting.ended_us, sitting.end_reason) == (parse_time("2026-11-29T14:19:45.000Z"), "logged_out")
    assert sitting.duration_us == 40_000_000
    assert [stated.why_not for stated in stated_times(entries[-1])] == ["", "before-2000"]


def test_04_the_views_join_the_login_whose_object_names_the_app() -> None:
    (sitting,) = folded(entries_of("04")).sittings
    assert (len(sitting.members), sitting.edapp) == (3, "https://app.example.org/")


def test_09_an_event_eight_hours_off_is_a_sitting_of_its_own_and_the_session_starts_at_its_login() -> None:
    (session,) = sessions_of(folded(entries_of("09")).sittings)
    assert session.started_us == parse_time("2026-11-29T15:10:06.000Z")
    assert [(len(sitting.members), sitting.awaits_timeout) for sitting in session.sittings] == [(1, True), (3, True)]


def test_33_events_an_hour_ahead_open_and_end_nothing() -> None:
    assert folded(entries_of("33", received="2026-11-29T15:15:54.000Z")).sittings == ()


def test_35_a_logged_out_without_a_session_ends_the_open_one() -> None:
    (sitting,) = folded(entries_of("35")).sittings
    assert (sitting.ended_us, sitting.end_reason) == (parse_time("2026-11-29T15:15:26.000Z"), "logged_out")


def test_60_an_id_with_two_times_is_in_one_session_and_told() -> None:
    entries = entries_of("60")
    counts = min(entries, key=lambda entry: entry.content)
    answer = folded(entries)
    assert answer.conflicts == {counts.id}
    assert all(sitting.session == counts.attribution.session for sitting in answer.sittings)


def test_68_the_timed_out_of_the_seed_ends_the_session_where_it_says() -> None:
    (sitting,) = folded(entries_of("68")).sittings
    assert (sitting.ended_us, sitting.end_reason) == (parse_time("2026-11-29T15:19:36.000Z"), "timed_out")
    assert len(sitting.members) == 2
