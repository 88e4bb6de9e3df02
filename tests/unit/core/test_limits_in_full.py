"""The limits of the core as numbers: each is a document's, or was weighed, and a change of it shows here."""

from fractions import Fraction

import pytest

from functions.core import defaults, ids, jobs, messages, packing, times
from functions.core.caliper import findings, validated_request
from functions.core.caliper.envelope import envelope, request_body
from functions.core.caliper.house_rules import table
from functions.core.caliper.validator import limits, results
from functions.core.insights import insight
from functions.core.message_format import FORMAT
from functions.core.numbers import densest, metrics, progress, scores, screening, time_spent
from functions.core.privacy import keeping, notices, pseudonym
from functions.core.sender_alarms import alarms, school_hours, settings
from functions.core.sessions import records, timeouts
from functions.core.totals import links
from functions.core.usage import audit
from functions.core.webhooks import body, inputs, matching, patterns, schedule, targets, webhook

MINUTE_US = 60_000_000
HOUR_US, DAY_US = 60 * MINUTE_US, 1_440 * MINUTE_US

LIMITS: list[tuple[str, object, object]] = [
    # times
    ("units of time", (times.MINUTE_US, times.QUARTER_US, times.DAY_US), (MINUTE_US, 15 * MINUTE_US, DAY_US)),
    ("how far ahead a clock may be", times.FUTURE_TOLERANCE_US, 5 * MINUTE_US),
    ("the earliest time that is stated", times.EARLIEST_STATED_US, 946_684_800_000_000),
    # a request and its items
    ("a body", (request_body.MAX_BODY_BYTES, request_body.MAX_ENVELOPES), (5_000_000, 500)),
    ("items of a request", envelope.MAX_ITEMS, 10_000),
    ("an item", (findings.MAX_ITEM_BYTES, limits.MAX_DEPTH), (262_144, 64)),
    ("ids and sensors", (findings.MAX_ID_BYTES, findings.MAX_SENSOR_BYTES), (2_048, 2_048)),
    ("findings of an item", findings.MAX_FINDINGS, 5),
    ("items of which all findings are told", results.DIAGNOSED, 100),
    ("an answer", (validated_request.REPORT_BYTES, validated_request.WARNINGS_MAX), (1_000_000, 20)),
    ("what is kept of a rejected item", validated_request.KEPT_BYTES, 262_144),
    ("metrics of a collection", (table.ITEMS_MAX, table.DAY_SECONDS), (500, 86_400)),
    # messages and digests
    ("a message", (messages.MAX_MESSAGE_ITEMS, messages.MAX_MESSAGE_RAW_BYTES), (250, 700_000)),
    ("a finding in a message", messages.FINDING_BYTES, 200),
    ("the format of messages", FORMAT, 1),
    ("ids that a job's id carries", (jobs.CARRIED_IDS, jobs.DIGEST_BYTES), (3, 16)),
    ("digests", (ids.DIGEST_CHARS, audit.DIGEST_CHARS, progress.ACTIVITY_CHARS), (22, 32, 8)),
    ("packing", (packing.LEVEL, packing.TRAVEL_LEVEL, packing.LARGE_LEVEL), (3, -3, 1)),
    ("what is packed as large", (packing.LARGE_BYTES, packing.MAX_UNPACKED_BYTES), (50_000, 16_000_000)),
    ("marks of slices", links.MARK_BYTES, 5),
    ("the stack's secret", pseudonym.SECRET_BYTES, 32),
    ("versions", (notices.VERSION, insight.VERSION), (2, "1")),
    # sessions and numbers
    ("defaults of timeouts", (defaults.IDLE_MINUTES, defaults.HEARTBEAT_MINUTES), (30, 5)),
    ("defaults of the table and the sweep", (defaults.RETENTION_DAYS, defaults.SWEEP_INVOCATIONS), (400, 8)),
    ("defaults of idling", (defaults.IDLING_GAP_MINUTES, defaults.IDLING_INACTIVE_SECONDS), (10, 300)),
    ("defaults of shopping", (defaults.SHOPPING_LESSONS, defaults.SHOPPING_MINUTES), (3, 10)),
    ("the longest timeout", timeouts.MOST_MINUTES, 1_440),
    ("sittings that are listed", records.LISTED, 200),
    ("the longest window", time_spent.LONGEST_WINDOW_US, 7 * DAY_US),
    ("seconds of a report", screening.MOST_SECONDS, 86_400),
    ("the largest number", metrics.LARGEST, 10**12),
    ("mastery", scores.MASTERY_SHARE, Fraction(9, 10)),
    ("links that are followed", scores.LINKS_MAX, 32),
    ("full density", densest.FULL, 2**64),
    # alarms
    ("items that make a share", (alarms.FEWEST, alarms.CLOCK_SHARE), (20, 100)),
    ("days that are looked at", school_hours.LONGEST_DAYS, 60),
    ("the most of a setting", settings.MOST, {"silentHours": 200, "rejectsPercent": 99, "warningsPercent": 99}),
    ("hours of school as text", settings.HOURS_CHARS, 100),
    # webhooks
    ("webhooks and filters of an app", (webhook.MOST_WEBHOOKS, webhook.MOST_FILTERS), (20, 20)),
    ("slots of webhooks and filters", (webhook.WEBHOOK_SLOTS, webhook.FILTER_SLOTS), (40, 440)),
    ("a body of a delivery", (body.MOST_EVENTS, body.MOST_BYTES), (100, 1_048_576)),
    ("texts of a webhook", (inputs.NAME_CHARS, inputs.TEXT_CHARS, inputs.SECRET_CHARS), (256, 1_024, 512)),
    ("patterns", (matching.PATTERN_CHARS, patterns.MEMORY_BYTES), (256, 1_048_576)),
    ("targets", (targets.URL_CHARS, targets.HTTPS_PORT), (2_048, 443)),
    ("when deliveries are given up", (schedule.GIVEN_UP_US, schedule.DISABLED_US), (4 * DAY_US, 5 * DAY_US)),
    ("how deliveries wait", (schedule.WAIT_US, schedule.JITTER), (15 * MINUTE_US, 0.1)),
    (
        "when deliveries are tried again",
        schedule.DELAYS_US,
        (
            *(5_000_000, 5 * MINUTE_US, 30 * MINUTE_US),
            *(hours * HOUR_US for hours in (2, 5, 10, 14, 20, 24)),
        ),
    ),
    ("what an endpoint may ask for", (schedule.RETRY_AFTER_MAX_US, schedule.PROBE_US), (DAY_US, MINUTE_US)),
    ("how long a former secret signs", webhook.FORMER_SECRET_US, DAY_US),
    ("the longest Attempt", time_spent.LONGEST_ATTEMPT_US, DAY_US),
    # privacy
    ("days for which something is kept", keeping.MOST_DAYS, 36_500),
    # words of a vocabulary
    ("how a sitting ends", dict(records.ENDED_BY), {
        "logged_out": "LoggedOut", "timed_out": "TimedOut", "superseded": "superseded", None: None
    }),
    ("codes of a clock that is wrong", alarms.CLOCK_CODES, {"event-time-ahead", "time-after-arrival", "time-cut"}),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "number"), [pytest.param(*row[1:], id=row[0]) for row in LIMITS])
def test_a_limit_is_what_it_was(limit: object, number: object) -> None:
    assert limit == number
