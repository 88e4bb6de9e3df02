"""The defaults of the value classes of the core in full: what holds if nothing more is said."""

from fractions import Fraction

import msgspec
import pytest

from functions.core import jobs, message_format, messages
from functions.core.caliper import findings, validated_request
from functions.core.caliper.envelope import envelope
from functions.core.caliper.house_rules import engine
from functions.core.caliper.house_rules import table as caliper_house_rules_table
from functions.core.caliper.schema import compiled, entities
from functions.core.caliper.schema import events as caliper_schema_events
from functions.core.caliper.validator import header_validator, value_checks
from functions.core.insights import insight
from functions.core.numbers import progress, totals
from functions.core.privacy import erased, json_text, keeping
from functions.core.sender_alarms import alarms, school_hours
from functions.core.sessions import draft as sessions_draft
from functions.core.sessions import facts, sitting, timer
from functions.core.timeline import attribution
from functions.core.times import FIRST_US
from functions.core.totals import resolution, slice_totals, tallies
from functions.core.usage import budgets
from functions.core.webhooks import body, webhook
from tests.unit.default_types import values_of

VALUES: list[tuple[type[msgspec.Struct], dict[str, object]]] = [
    (envelope.Envelope, {"left_out": frozenset()}),
    (findings.Finding, {"tolerated": False}),
    (findings.Verdict, {"findings": ()}),
    (findings.Refusal, {"pointer": ""}),
    (engine.EventRules, {"joint": None}),
    (caliper_house_rules_table.Rule, {"when": ""}),
    (compiled.PropertyType, {"name": "", "allowed": (), "element": None}),
    (entities.EntityType, {"required": (), "deprecated": False}),
    (
        caliper_schema_events.EventType,
        {"generated": (), "target": (), "referrer": (), "deprecated_actions": (), "deprecated": False},
    ),
    (
        validated_request.ValidatedRequest,
        {
            "messages": [],
            "accepted_ids": [],
            "accepted": 0,
            "warned": 0,
            "warnings": {},
            "rejected": [],
            "room": 1000000,
            "left_out": set(),
        },
    ),
    (header_validator.EventChecks, {"joint": None}),
    (value_checks.Usual, {"accepts": None}),
    (
        insight.Thresholds,
        {"idle_gap_us": 600000000, "inactive_seconds": 300, "shopping_lessons": 3, "shopping_us": 600000000},
    ),
    (insight.Subject, {"ended_us": None, "ended_by": None}),
    (insight.Insight, {"version": "1", "conflicts": 0}),
    (jobs.Job, {"events": (), "parts": 0}),
    (message_format.Format, {"v": 1}),
    (messages.Item, {"findings": (), "content": ""}),
    (
        progress.CourseTotals,
        {
            "units": Fraction(0, 1),
            "activities": frozenset(),
            "computed_us": None,
            "stated": None,
            "last_us": 0,
            "conflicts": 0,
        },
    ),
    (progress.Progress, {"conflicts": 0}),
    (
        totals.RunNumbers,
        {"totals": {}, "events": 0, "first_us": None, "last_us": None, "sessions": (), "conflicts": 0, "part": False},
    ),
    (erased.Erasure, {"from_us": FIRST_US}),
    (json_text.JsonObject, {"end": 0, "id": None, "id_name": "id", "type": None}),
    (json_text.JsonText, {"objects": [], "strings": []}),
    (keeping.Keeping, {"table_days": 0, "archive_days": 0, "left_out": (), "pseudonymous": False}),
    (
        alarms.SenderAlarms,
        {
            "silent_hours": 0,
            "hours": "",
            "rejects_percent": 0,
            "warnings_percent": 0,
            "new_codes": False,
            "clock": False,
            "since_us": 0,
        },
    ),
    (alarms.SentCounts, {"stored": 0, "rejected": 0, "warned": 0, "codes": {}, "last_us": None}),
    (alarms.Rings, {"ringing": {}, "known": None, "untold": (), "version": 0}),
    (school_hours.SchoolHours, {"text": "Mon-Fri 08:00-16:00 UTC"}),
    (
        sessions_draft.Draft,
        {
            "window_end_us": None,
            "last_us": 0,
            "last_arrival_us": 0,
            "ended_us": None,
            "end_reason": None,
            "grace_until_us": 0,
            "confirmed": False,
            "logged_in": False,
            "left": False,
            "superseded_at_us": None,
            "requires_heartbeat": False,
            "process_insights": False,
            "members": [],
        },
    ),
    (
        facts.Fact,
        {
            "is_login": False,
            "unattributed": False,
            "stated_start_us": None,
            "stated_end_us": None,
            "requires_heartbeat": False,
            "process_insights": False,
            "origin": None,
        },
    ),
    (facts.StatedTime, {"why_not": ""}),
    (
        sitting.Sitting,
        {
            "ended_us": None,
            "end_reason": None,
            "published": False,
            "logged_in": False,
            "requires_heartbeat": False,
            "process_insights": False,
            "members": (),
        },
    ),
    (
        timer.SessionTimer,
        {"state": "scheduled", "version": 1, "marked": None, "since_us": None, "tried": 0, "outbox": ()},
    ),
    (attribution.Attribution, {"event": {}, "masqueraded": False}),
    (resolution.Resolution, {"totals": {}, "replaced": set()}),
    (slice_totals.SliceFacts, {"session_by_event": {}, "ids": ()}),
    (slice_totals.SliceTotals, {"resolved": True, "courses": {}, "tallies": {}}),
    (
        tallies.Tally,
        {
            "totals": {},
            "events": 0,
            "first_us": None,
            "last_us": None,
            "sessions": set(),
            "conflicts": set(),
            "evidence": [],
        },
    ),
    (budgets.Usage, {"items": 0, "body_bytes": 0, "rejects": 0, "sessions": 0}),
    (budgets.Budget, {"items": 100000, "body_bytes": 50000000, "rejects": 10000, "sessions": 20000}),
    (body.Part, {"raws": []}),
    (
        webhook.Webhook,
        {
            "sensor": None,
            "description": None,
            "deleted_us": None,
            "disabled": "",
            "former_secret": "",
            "former_until_us": 0,
            "slot": 0,
            "version": 0,
        },
    ),
    (webhook.Filter, {"deleted_us": None, "slot": 0, "version": 0}),
]


@pytest.mark.parametrize(
    ("values", "expected"), [pytest.param(values_of(cls), row, id=cls.__name__) for cls, row in VALUES]
)
def test_what_is_not_said_of_a_value_is_this(values: dict[str, object], expected: dict[str, object]) -> None:
    assert values == expected
