"""What the owner of an app wants to hear of its sending, and which of it holds now. Counts and times are arguments.

Asked by the sweep each quarter of an hour. An alarm rings while its condition holds; each has a name, and a sentence
that says where to look.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from functions.core.sender_alarms.school_hours import SchoolHours
from functions.core.times import MINUTE_US, format_time

HOUR_US = 60 * MINUTE_US
FEWEST = 20  # items, of which fewer make no share
CLOCK_CODES = frozenset({"event-time-ahead", "time-after-arrival", "time-cut"})
CLOCK_SHARE = 100  # one in so many items

SILENT, REJECTS, WARNINGS, CLOCK, NEW_CODE = "silent", "rejects", "warnings", "clock", "new-code"


class SenderAlarms(Struct, frozen=True, kw_only=True):
    """The alarms of one app; 0 and False: not wanted. `silent_hours` are of school. `since_us`: registered then."""

    tenant: str
    app_id: str
    silent_hours: int = 0
    hours: str = ""
    rejects_percent: int = 0
    warnings_percent: int = 0
    new_codes: bool = False
    clock: bool = False
    since_us: int = 0

    @property
    def is_wanted(self) -> bool:
        """Whether any alarm is."""
        shares = self.silent_hours or self.rejects_percent or self.warnings_percent
        return bool(shares or self.new_codes or self.clock)

    @property
    def school_hours(self) -> SchoolHours:
        return SchoolHours(self.hours) if self.hours else SchoolHours()


class SentCounts(Struct, frozen=True, kw_only=True):
    """What an app sent today and yesterday (UTC): items stored and rejected, and how many have a finding of each code.

    `warned` are stored items with a warning. `last_us`: when something was last received; None if nothing is kept.
    """

    stored: int = 0
    rejected: int = 0
    warned: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
    last_us: int | None = None


class Change(Struct, frozen=True, kw_only=True):
    """An alarm that began to ring, or clears: its sentence, since when it rings, and when that was decided."""

    alarm: str
    state: Literal["ringing", "cleared"]
    text: str
    since_us: int
    decided_us: int


class Rings(Struct, frozen=True, kw_only=True):
    """What rings, each since when and with its sentence; the codes that were ever counted; None: not looked yet.

    `untold` was decided and may not be on its way yet.
    """

    ringing: dict[str, tuple[int, str]] = field(default_factory=dict)
    known: frozenset[str] | None = None
    untold: tuple[Change, ...] = ()
    version: int = 0


def ringing(alarms: SenderAlarms, counts: SentCounts, *, now_us: int) -> dict[str, str]:
    """The alarms that hold now, each with its sentence."""
    texts: dict[str, str] = {}
    items = counts.stored + counts.rejected
    silent_since_us = max(alarms.since_us, counts.last_us or 0)
    silent_us = alarms.school_hours.between_us(silent_since_us, now_us) if alarms.silent_hours else 0
    if alarms.silent_hours and silent_us >= alarms.silent_hours * HOUR_US:
        last = "nothing is kept of it" if counts.last_us is None else f"the last came {format_time(counts.last_us)}"
        texts[SILENT] = f"Nothing was received for {alarms.silent_hours} hours of school; {last}."
    for name, percent, amount, outcome in (
        (REJECTS, alarms.rejects_percent, counts.rejected, "rejected: GET /rejections says why"),
        (WARNINGS, alarms.warnings_percent, counts.warned, "stored with warnings: GET /arrivals lists them"),
    ):
        if percent and items >= FEWEST and amount * 100 > percent * items:
            texts[name] = f"{amount} of {items} items of today and yesterday were {outcome}."
    ahead = sum(count for code, count in counts.codes.items() if code in CLOCK_CODES)
    if alarms.clock and items >= FEWEST and ahead * CLOCK_SHARE > items:
        texts[CLOCK] = f"{ahead} of {items} items state times after they arrived: set the sender's clock."
    return texts


def rings_after(rings: Rings, alarms: SenderAlarms, counts: SentCounts, *, now_us: int) -> Rings:
    """What rings now, and what of it is to be told beside what `rings` has told."""
    if not alarms.is_wanted:
        counts = SentCounts()
    texts = ringing(alarms, counts, now_us=now_us)
    begins = {name: text for name, text in texts.items() if name not in rings.ringing}
    if alarms.new_codes and rings.known is not None:
        begins |= {f"{NEW_CODE}:{code}": text for code, text in new_codes(counts, rings.known).items()}
    ends = {name: held for name, held in rings.ringing.items() if name not in texts}
    kept = {name: held for name, held in rings.ringing.items() if name in texts}
    return Rings(
        ringing={**{name: (now_us, text) for name, text in texts.items()}, **kept},
        known=frozenset(counts.codes) | (rings.known or frozenset()) if alarms.is_wanted else None,
        untold=(
            *(
                Change(alarm=name, state="ringing", text=text, since_us=now_us, decided_us=now_us)
                for name, text in begins.items()
            ),
            *(
                Change(alarm=name, state="cleared", text=text, since_us=since_us, decided_us=now_us)
                for name, (since_us, text) in ends.items()
            ),
        ),
        version=rings.version,
    )


def new_codes(counts: SentCounts, known: frozenset[str]) -> dict[str, str]:
    """The codes that were never counted before, each with its sentence."""
    return {
        code: f"{count} items have a finding that this app never had before: `{code}` (docs/findings.md)."
        for code, count in sorted(counts.codes.items())
        if count and code not in known
    }
