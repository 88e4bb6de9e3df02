"""The limits of the store as numbers: each is one of AWS's, or was weighed, and a change of it shows here."""

import pytest

from functions.core.times import DAY_US, MINUTE_US
from functions.store import archive, audit, backlog, keys, queue, registrations, registry, usage
from functions.store.bus import ENTRIES
from functions.store.dead_letters.visit import HIDDEN_S
from functions.store.dynamodb import batches, growing_reach
from functions.store.erasure import exports, requests
from functions.store.outbound import poster
from functions.store.people import aliases, joined_ids
from functions.store.quarantine import rejections
from functions.store.rows import event_index, jobs, manifests, sensors, timers
from functions.store.rows.webhooks import attempts as attempt_rows
from functions.store.sender_alarms import counts
from functions.store.sender_alarms import keys as alarm_keys
from functions.store.sent import walk
from functions.store.signers import fetcher, jwks_client, signing_keys
from functions.store.totals import ledger, reading, rows, run_pages
from functions.store.webhooks import attempts, delivery_queue, webhooks

LIMITS: list[tuple[str, object, object]] = [
    # SQS, EventBridge, DynamoDB
    ("messages of a call", (queue.BATCH_MESSAGES, queue.BATCH_BYTES), (10, 1_048_576)),
    ("how long SQS holds a message", delivery_queue.DELAY_MAX_S, 900),
    ("notices of a call", ENTRIES, 10),
    ("rows of a call", (batches.WRITE_BATCH, batches.READ_BATCH), (25, 100)),
    ("tries of a call", (batches.UNPROCESSED_ROUNDS, batches.FIRST_PAUSE_S), (8, 0.05)),
    ("writers", batches.WRITERS, 2),
    ("counts of a transaction", manifests.COUNTED_AT_ONCE, 99),
    ("bytes of a row", (jobs.PACKED_BYTES, rejections.PACKED_BYTES, ledger.MOST_BYTES), (350_000,) * 3),
    ("bytes of what is of all days", rows.MOST_BYTES_OF_LIFE, 20_000),
    # how long something is kept
    ("requests about people", requests.KEPT_DAYS, 30),
    ("copies for people", (exports.KEPT_US, exports.LINK_S), (DAY_US, 900)),
    ("attempts of deliveries", attempt_rows.KEPT_US, 30 * DAY_US),
    ("slack of rows that lead to events", timers.SLACK_US, 31 * DAY_US),
    ("notes of the backlog", (backlog.LONGEST_US, backlog.KEPT_US), (7 * DAY_US, 8 * DAY_US)),
    ("usage", usage.KEPT_S, 3_600),
    ("registrations in a worker", (registrations.KEPT_US, registrations.MOST), (MINUTE_US, 10_000)),
    ("credentials that a worker remembers", registry.NOTED_MAX, 10_000),
    ("keys of signers", (signing_keys.LIFESPAN_S, signing_keys.COOLDOWN_S, jwks_client.KEPT_S), (300, 60, 3_300)),
    # how often something is done
    ("notes of the backlog, how often", (backlog.NOTE_EVERY_US, backlog.OLDER_US), (20_000_000, 10_000_000)),
    ("what the backlog hides", (backlog.HIDDEN_US, backlog.UNKNOWN_US), (10 * MINUTE_US, 60 * MINUTE_US)),
    ("writes of usage", (usage.SYNC_US, usage.PARTS, usage.SESSIONS_STEP), (5_000_000, 1_000, 20)),
    ("apps of which a worker counts usage", usage.APPS_MAX, 10_000),
    ("fetches of keys after a failure", jwks_client.PAUSE_S, 10),
    ("tries of changes", (aliases.TRIES, webhooks.TRIES), (8, 8)),
    # how much is read or written at once
    ("a search along a partition", (growing_reach.FIRST_ROWS, growing_reach.MOST_ROWS), (50, 800)),
    ("manifests of an answer", (walk.LOOK_ROWS, walk.POINTERS, walk.MANIFESTS_AT_ONCE), (4, 32, 8)),
    ("manifests and quarter hours of an answer", (walk.MANIFESTS, walk.QUARTERS), (20_000, 50)),
    ("manifests that tell of the last arrival", counts.LOOKED_AT, (20, 500)),
    ("days of totals", (reading.DAYS_AT_ONCE, run_pages.DAYS_AT_FIRST, run_pages.DAYS_AT_ONCE), (8, 32, 128)),
    ("runs", (run_pages.RUNS_AT_ONCE, run_pages.DAY_CHARS), (25, 8)),
    ("attempts of deliveries in a list", (attempts.LISTED, attempts.LOOKED_THROUGH), (50, 500)),
    ("notes of the backlog in a page", backlog.PAGE, 200),
    ("lines of the archive", (archive.PORTION_BYTES, archive.GZIP_LEVEL, archive.GZIP_WINDOW), (131_072, 1, 31)),
    ("dead letters while they are looked at", HIDDEN_S, 120),
    # how long or how many something may be
    ("ids of a person", (aliases.MOST_IDS, aliases.LONGEST_ID, joined_ids.MOST_JOINED), (8, 2_048, 64)),
    ("rejected items of a row", (rejections.KEPT_ITEMS, rejections.INDEX_STEP_BYTES), (100, 512)),
    ("an address", event_index.ADDRESS_CHARS, 320),
    ("a short sensor", sensors.SHORT_BYTES, 100),
    ("a code", alarm_keys.LONGEST_CODE, 200),
    ("a set of keys", (fetcher.MAX_BYTES, fetcher.TIMEOUT_S), (65_536, 3.0)),
    ("a delivery", (poster.CONNECT_S, poster.TOTAL_S, poster.READ_BYTES), (3.0, 10.0, 1_024)),
    ("the key of the audit log", audit.KEY_BYTES, 32),
    (
        "shards",
        (
            keys.DUE_SHARDS,
            keys.UNATTRIBUTED_SHARDS,
            keys.MANIFEST_SHARDS,
            keys.REJECTION_SHARDS,
            keys.CONFLICT_SHARDS,
        ),
        (16, 64, 4, 8, 8),
    ),
]


@pytest.mark.parametrize(("limit", "number"), [pytest.param(*row[1:], id=row[0]) for row in LIMITS])
def test_a_limit_is_what_it_was(limit: object, number: object) -> None:
    assert limit == number
