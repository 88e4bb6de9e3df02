"""From when to when a request asks: instants as they are, days from midnight to midnight where the reader is."""

from typing import Any

import pytest

from functions.core.times import format_time
from functions.http.parameters import Parameter, read_parameters, window

PARAMETERS = (*window("Events"), Parameter(name="timezone", kind="zone", description="Whose days."))
ZONES = {
    "": ("T00:00:00.000Z", "T00:00:00.000Z"),
    "UTC": ("T00:00:00.000Z", "T00:00:00.000Z"),
    "America/New_York": ("T05:00:00.000Z", "T04:00:00.000Z"),  # on 8 March its clocks go forward
    "Europe/London": ("T00:00:00.000Z", "T00:00:00.000Z"),
}


def asked_window(**sent: str) -> tuple[str, str]:
    pairs = [(name.rstrip("_"), value) for name, value in sent.items() if value]
    values: dict[str, Any] = read_parameters(PARAMETERS, pairs, one_of=(), strict=True)
    return format_time(values["from"]), format_time(values["to"])


@pytest.mark.parametrize("zone", list(ZONES))
def test_both_ends_of_a_window_of_days_are_midnights_of_the_readers_zone(zone: str) -> None:
    begins, ends = ZONES[zone]
    window_us = asked_window(from_="2026-03-08", to="2026-03-09", timezone=zone)
    assert window_us == (f"2026-03-08{begins}", f"2026-03-09{ends}")


@pytest.mark.parametrize("zone", list(ZONES))
def test_an_instant_is_the_same_in_every_zone(zone: str) -> None:
    ends = asked_window(from_="2026-03-08T00:00:00Z", to="2026-03-09T00:00:00+02:00", timezone=zone)
    assert ends == ("2026-03-08T00:00:00.000Z", "2026-03-08T22:00:00.000Z")


def test_of_a_day_and_an_instant_only_the_day_is_the_readers() -> None:
    ends = asked_window(from_="2026-03-08", to="2026-03-09T00:00:00Z", timezone="America/New_York")
    assert ends == ("2026-03-08T05:00:00.000Z", "2026-03-09T00:00:00.000Z")
