"""The settings of an app's alarms: what each may be, and what a change leaves."""

from typing import Any

import pytest

from functions.core.sender_alarms.alarms import SenderAlarms
from functions.core.sender_alarms.settings import SETTINGS, changed, nothing, replaced, settings_of

NOTHING = SenderAlarms(tenant="t", app_id="a")
EVERYTHING = {
    "silentHours": 4,
    "hours": "Mon-Fri 08:00-16:00 UTC",
    "rejectsPercent": 5,
    "warningsPercent": 50,
    "newCodes": True,
    "clock": True,
}


def wanted(alarms: SenderAlarms, settings: dict[str, Any], *, now_us: int = 7) -> SenderAlarms:
    alarms_now = changed(alarms, settings, now_us=now_us)
    assert isinstance(alarms_now, SenderAlarms), alarms_now
    return alarms_now


def test_every_setting_is_kept_by_its_name() -> None:
    assert set(EVERYTHING) == set(SETTINGS)
    assert settings_of(wanted(NOTHING, EVERYTHING)) == EVERYTHING


def test_a_change_keeps_what_it_does_not_name_and_a_replacement_ends_it() -> None:
    alarms = wanted(NOTHING, EVERYTHING)
    assert settings_of(wanted(alarms, {"clock": False})) == {**EVERYTHING, "clock": False}
    assert settings_of(nothing(alarms)) == settings_of(NOTHING)
    bare = replaced(alarms, {"clock": True}, now_us=9)
    assert isinstance(bare, SenderAlarms)
    assert settings_of(bare) == {**settings_of(NOTHING), "clock": True}


def test_silence_counts_from_the_moment_that_its_alarm_is_set() -> None:
    clock = wanted(NOTHING, {"clock": True}, now_us=7)
    silent = wanted(clock, {"silentHours": 4}, now_us=8)
    assert (silent.since_us, wanted(silent, {"silentHours": 5, "clock": False}, now_us=9).since_us) == (8, 8)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"silentHours": -1}, "silentHours"),
        ({"silentHours": 201}, "silentHours"),
        ({"silentHours": 4.0}, "silentHours"),
        ({"silentHours": True}, "silentHours"),
        ({"silentHours": "4"}, "silentHours"),
        ({"silentHours": None}, "silentHours"),
        ({"silentHours": 9, "hours": "Mon-Mon 08:00-09:00"}, "silentHours"),  # nine Mondays are not sure in 60 days
        ({"rejectsPercent": 100}, "rejectsPercent"),  # more than all are never rejected
        ({"warningsPercent": float("nan")}, "warningsPercent"),
        ({"hours": "always"}, "hours"),
        ({"hours": 8}, "hours"),
        ({"hours": "Mon-Fri 08:00-16:00 " + "A" * 100}, "hours"),
        ({"newCodes": 1}, "newCodes"),
        ({"clock": "yes"}, "clock"),
        ({"silenthours": 4}, "silenthours"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_the_setting(settings: dict[str, Any], name: str) -> None:
    faults = changed(NOTHING, settings, now_us=7)
    assert isinstance(faults, list)
    assert [fault[0] for fault in faults] == [name]


def test_every_fault_is_listed() -> None:
    faults = changed(NOTHING, {"silentHours": -1, "clock": 0, "newCodes": True}, now_us=7)
    assert [name for name, _ in faults] == ["silentHours", "clock"]  # type: ignore[union-attr]  # a list
