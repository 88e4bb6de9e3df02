"""A stored event as answers and exports show it: the bytes that were sent, and beside them what was read off them."""

from collections.abc import Mapping

import orjson

from functions.core.numbers.findings import conflict_finding
from functions.core.timeline.entry import IdAndContent
from functions.core.times import format_time
from functions.store.rows.events import StoredFact

CONFLICT = conflict_finding().as_dict()


def event_json(fact: StoredFact, sessions: Mapping[IdAndContent, str]) -> bytes:
    """A row of `events`. The event itself is spliced in as it came: never parsed and written again."""
    about = fact.entry.attribution
    row = {
        "event": orjson.Fragment(fact.raw),
        "actor": about.learner,
        "session": about.session or sessions.get(fact.entry.id_and_content),
        "run": about.run,
        "app": fact.app_id,
        "jobId": fact.job,
        "sendTime": None if fact.sent_us is None else format_time(fact.sent_us),
        "receivedAt": format_time(fact.entry.received_us),
        "credential": fact.credential or None,
        "system": fact.entry.system,
        "warnings": warnings(fact),
        "counted": fact.entry.counts and not (about.masqueraded or fact.entry.system),
    }
    return orjson.dumps(row)


def warnings(fact: StoredFact) -> list[Mapping[str, str]]:
    """Those it was stored with, and that its id has other content, which is mostly found out later."""
    warnings = list(fact.warnings)
    if fact.entry.in_conflict and all(warning.get("code") != CONFLICT["code"] for warning in warnings):
        warnings.append(CONFLICT)
    return warnings
