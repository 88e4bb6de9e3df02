"""The settings of an app's alarms as its owner writes them: which there are, what each may be, and a change of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from functions.core.sender_alarms.alarms import HOUR_US, Rings, SenderAlarms
from functions.core.sender_alarms.school_hours import LONGEST_DAYS, SchoolHours
from functions.core.times import format_time

# By their names in the API.
SETTINGS: Mapping[str, str] = {
    "silentHours": "silent_hours",
    "hours": "hours",
    "rejectsPercent": "rejects_percent",
    "warningsPercent": "warnings_percent",
    "newCodes": "new_codes",
    "clock": "clock",
}
MOST: Mapping[str, int] = {"silentHours": 200, "rejectsPercent": 99, "warningsPercent": 99}  # no share is over 100 %
HOURS_CHARS = 100

type Faults = list[tuple[str, str]]  # the name of a setting, and what is wrong with its value


def settings_of(alarms: SenderAlarms) -> dict[str, Any]:
    """The settings by their names in the API."""
    return {name: getattr(alarms, attribute) for name, attribute in SETTINGS.items()}


def changed(alarms: SenderAlarms, settings: Mapping[str, Any], *, now_us: int) -> SenderAlarms | Faults:
    """`alarms` with these settings, by their names in the API; or what is wrong with them.

    Silence counts from the moment at which its alarm is set, at the earliest.
    """
    faults = [(name, fault) for name, value in settings.items() if (fault := _fault(name, value))]
    if faults:
        return faults
    new = structs.replace(alarms, **{SETTINGS[name]: value for name, value in settings.items()})
    possible_us = new.school_hours.least_us
    if new.silent_hours * HOUR_US > possible_us:
        hours = possible_us / HOUR_US
        return [("silentHours", f"is too much: {LONGEST_DAYS} days have {hours:g} hours of school, so it never rings.")]
    begins = new.silent_hours and not alarms.silent_hours
    return structs.replace(new, since_us=now_us) if begins else new


def replaced(alarms: SenderAlarms, settings: Mapping[str, Any], *, now_us: int) -> SenderAlarms | Faults:
    """As `changed`, but a setting that is left out is not wanted any more."""
    return changed(alarms, {**settings_of(nothing(alarms)), **settings}, now_us=now_us)


def nothing(alarms: SenderAlarms) -> SenderAlarms:
    """No alarm of the same app."""
    return SenderAlarms(tenant=alarms.tenant, app_id=alarms.app_id)


def sender_answer(alarms: SenderAlarms, rings: Rings) -> dict[str, Any]:
    """An app's alarms and what of them rings, as it is answered."""
    ringing = [
        {"alarm": name, "since": format_time(since_us), "message": text}
        for name, (since_us, text) in sorted(rings.ringing.items())
    ]
    return {"app": alarms.app_id, **settings_of(alarms), "ringing": ringing}


def _fault(name: str, value: object) -> str:
    """What is wrong with a value; "" if nothing is."""
    if name not in SETTINGS:
        return f"is no setting: {', '.join(SETTINGS)} are."
    if name in MOST:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST[name]:
            return ""
        return f"must be a whole number from 0 (not) to {MOST[name]}."
    if name != "hours":
        return "" if isinstance(value, bool) else "must be true or false."
    if not isinstance(value, str) or len(value) > HOURS_CHARS:
        return "must be a text."
    try:
        SchoolHours(value) if value else None
    except ValueError as error:
        return f"is wrong: {error}."
    return ""
