"""Every code that a finding can have: what it says of an item, and what becomes of the item.

A code is stable: a program may test it, while the sentence beside it may change. `docs/findings.md` is made of this
table and of the house rules. An item is *rejected*, or stored with a *warning*, which rejects it where the app is
strict. A *notice* is a warning for a strict app too.
"""

import sys
from typing import Literal, NamedTuple

from functions.core.caliper.house_rules.table import RULES

type Effect = Literal["rejected", "warning", "notice"]


class Code(NamedTuple):
    """What a finding with this code says, and what it can do to the item."""

    effects: tuple[Effect, ...]
    meaning: str


_REJECTED: tuple[Effect, ...] = ("rejected",)
_WARNING: tuple[Effect, ...] = ("warning",)
_NOTICE: tuple[Effect, ...] = ("notice",)

CODES: dict[str, Code] = {
    # the item as a whole
    "json": Code(_REJECTED, "The item is not JSON that can be stored."),
    "not-an-object": Code(_REJECTED, "The item is not an object."),
    "too-large": Code(_REJECTED, "The item has more bytes than one may have."),
    "too-deep": Code(_REJECTED, "The item is nested too deeply."),
    "too-long": Code(_REJECTED, "An identifier is too long to be stored and asked for."),
    "edapp": Code(_REJECTED, "The credential may not send for this edApp."),
    "reserved-actor": Code(_REJECTED, "The actor is this service, which alone emits its events."),
    "reserved-id": Code(_REJECTED, "The id is one of this service's TimedOut events, which it alone emits."),
    "edapp-id": Code(_REJECTED, "The edApp is neither an IRI nor an object with one id."),
    "conflicting-id": Code(
        _REJECTED, "The id was sent with other content before, by an app that is registered with unique ids."
    ),
    "names-a-person": Code(
        _REJECTED, "The item gives a person's name or an e-mail address, and the app is registered as pseudonymous."
    ),
    "processing-failed": Code(_REJECTED, "The event was accepted, but could not be stored. It can be submitted again."),
    "repeated-name": Code(_WARNING, "An object gives a name twice; only its last value counts."),
    "caliper-1.0": Code(_WARNING, "The item is Caliper 1.0; only what 1.0 requires was checked."),
    "more": Code(_NOTICE, "There are more findings than are listed."),
    # the standard
    "required": Code(
        ("rejected", "warning"), "A property is missing that the standard requires; six of an event reject."
    ),
    "json-type": Code(("rejected", "warning"), "A value has the wrong JSON type; that of `eventTime` rejects."),
    "time": Code(("rejected", "warning"), "A value is not a time; that of `eventTime` rejects."),
    "time-form": Code(_WARNING, "A time is not spelled as 2026-01-27T10:03:00.000Z."),
    "event-id": Code(_WARNING, "The event's id is not the URN of a UUID."),
    "context": Code(_WARNING, "`@context` is missing or names no Caliper context."),
    "unknown-type": Code(_WARNING, "A type is not one of the standard."),
    "unknown-action": Code(_WARNING, "An action is not one of the standard."),
    "wrong-action": Code(_WARNING, "The type of event has no such action."),
    "unknown-profile": Code(_WARNING, "A profile is not one of the standard."),
    "wrong-profile": Code(_WARNING, "The type of event is not in that profile."),
    "wrong-entity-type": Code(_WARNING, "An entity of that type may not stand there."),
    "not-applicable": Code(_WARNING, "The property does not apply to the type of event."),
    "unknown-property": Code(_WARNING, "There is no such property; put your own into `extensions`."),
    "deprecated": Code(_WARNING, "A term or property is deprecated."),
    "iri": Code(("warning", "notice"), "A value is not an IRI; raw spaces of TimeBack's SDK are a notice."),
    "duration": Code(_WARNING, "A value is not an ISO 8601 duration."),
    "integer": Code(_WARNING, "A number has a fraction and may not have one."),
    "enumeration": Code(_WARNING, "A value is not in the standard's list."),
    "null": Code(_WARNING, "A value is null; leave the property out."),
    # what sessions and numbers cannot use as it was sent
    "event-time-ahead": Code(
        _NOTICE, "The event is dated over five minutes after it arrived; how far, and whether `sendTime` is ahead too."
    ),
    "masquerade": Code(_NOTICE, "Another user acted in the learner's name: the event is in no session and no number."),
    "time-after-arrival": Code(_NOTICE, "The stated start or end of a session lies after the arrival: it is ignored."),
    "time-cut": Code(_NOTICE, "A window or an Attempt goes on after the arrival: the rest does not count."),
    "id-conflict": Code(_NOTICE, "The id is stored with other content too: numbers count one of them."),
    "impossible-time": Code(_WARNING, "A stated time lies before the year 2000: it is ignored."),
    "end-before-start": Code(_WARNING, "An end lies before its start: it is ignored."),
    "time-too-long": Code(_WARNING, "An Attempt is longer than a day, or a window longer than 7 days."),
    "score-unreadable": Code(_WARNING, "`scoreGiven` is not a number: the grade is not judged."),
    "max-score-unreadable": Code(_WARNING, "`maxScore` is not a number: the grade is not judged."),
    "max-score-not-positive": Code(_WARNING, "`maxScore` is 0 or less: the grade is not judged."),
    "score-over-maximum": Code(_WARNING, "More was given than there is."),
    "number-quoted": Code(_WARNING, "A number stands in quotes: it is read as that number."),
    "metric-unreadable": Code(_WARNING, "The value of a metric is not a number: it does not count."),
    "seconds-out-of-range": Code(_WARNING, "Seconds lie outside 0 to 86,400: they do not count."),
    "count-out-of-range": Code(_WARNING, "There are more correct questions than questions: accuracy is at most 1."),
    "percentage-out-of-range": Code(_WARNING, "A stated percentage lies outside 0 to 100: the nearest one is used."),
    # house rules that are not rows of the table of rules
    "timeback.action": Code(_REJECTED, "TimeBack's own event has another action."),
    "timeback.profile": Code(_WARNING, "TimeBack's own event names no profile."),
    "timeback.assignable": Code(_WARNING, "The Attempt's `assignable` is another than the event's object."),
}


def house_codes() -> dict[str, Code]:
    """The codes of the house rules: of each, what it can do, and the places that it looks at."""
    effects: dict[str, set[Effect]] = {}
    places: dict[str, dict[str, None]] = {}
    for rule in RULES:
        code = "timeback." + rule.code
        effects.setdefault(code, set()).add("rejected" if rule.severity == "error" else "warning")
        places.setdefault(code, {})[rule.pointer] = None
    return {
        code: Code(tuple(sorted(effects[code])), "See " + ", ".join(f"`{place}`" for place in places[code]) + ".")
        for code in effects
    }


def page() -> str:
    """`docs/findings.md`."""
    text = _INTRODUCTION
    for title, codes in (("Codes", CODES), ("House rules", house_codes())):
        text += f"\n## {title}\n\n| code | an item with it is | what it says |\n|---|---|---|\n"
        for code, (effects, meaning) in codes.items():
            said = meaning.replace("|", "\\|")
            text += f"| `{code}` | {' or '.join(_EFFECTS[effect] for effect in effects)} | {said} |\n"
    return text


_EFFECTS = {"rejected": "rejected", "warning": "stored, *warning*", "notice": "stored, *notice*"}
_INTRODUCTION = """# Findings

For developers who send: every code that can stand beside an item, in the answer to a request (`warnings`, `errors`), in
`POST /caliper/event/validate`, with the stored event, and in quarantine. A code is stable. The sentence beside it says
what is wrong and what to do, `pointer` says where.

- *rejected*: the item is kept in quarantine, not stored as an event.
- *warning*: it is stored. If the app is registered as strict, it is rejected.
- *notice*: it is stored, for a strict app too. The standard is not broken, and a refusal would lose the event.

This page is made by `python -m functions.core.caliper.codes`.
"""

if __name__ == "__main__":
    sys.stdout.write(page())
