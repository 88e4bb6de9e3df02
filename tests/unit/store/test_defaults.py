"""The defaults of the value classes of the store are of the types that their fields are said to have."""

import msgspec
import pytest

from functions.core.times import FIRST_US, LAST_US
from functions.store import registrations, slices, usage
from functions.store.erasure import records, requests, versions, work
from functions.store.facts import reading, walk
from functions.store.outbound import poster
from functions.store.people import aliases, roster
from functions.store.rows import credentials, sessions, timers
from functions.store.rows import events as rows_events
from functions.store.rows.webhooks import attempts, endpoints
from functions.store.sent import order
from functions.store.sent import walk as sent_walk
from functions.store.totals import ledger, rows, run_pages
from tests.unit.default_types import fields_with_defaults, values_of, wrong_defaults

MODULES = [
    records,
    requests,
    versions,
    work,
    reading,
    walk,
    poster,
    aliases,
    roster,
    registrations,
    credentials,
    rows_events,
    sessions,
    timers,
    attempts,
    endpoints,
    order,
    sent_walk,
    slices,
    ledger,
    rows,
    run_pages,
    usage,
]


DEFAULTS = [
    pytest.param(fields_with_defaults(module), wrong_defaults(module), id=module.__name__) for module in MODULES
]


@pytest.mark.parametrize(("fields", "wrong"), DEFAULTS)
def test_a_default_is_of_the_type_of_its_field(fields: list[str], wrong: list[str]) -> None:
    assert fields
    assert wrong == []


VALUES: list[tuple[type[msgspec.Struct], dict[str, object]]] = [
    (records.ErasureRecord, {"finished_at": "", "counts": {}, "every_app": False}),
    (requests.PersonRequest, {"state": "queued", "counts": {}, "code": "", "file": "", "reason": ""}),
    (versions.Version, {"is_deletion": False, "put_us": 0}),
    (
        work.Work,
        {
            "code": "",
            "before_us": 0,
            "learners": (),
            "addresses": (),
            "walk": 1,
            "after": "",
            "learned": False,
            "describes": (),
            "counts": {},
        },
    ),
    (reading.Reading, {"consistent": False, "rows_at_once": None, "rows": 0, "unreadable": [], "rivals": {}}),
    (walk.WalkRow, {"after": None, "pages": 0, "whole": 0}),
    (poster.Posted, {"error": "", "retry_after_s": 0, "duration_ms": 0}),
    (aliases.PersonIds, {"aliases": ()}),
    (roster.Enrolment, {"role": "student", "name": ""}),
    (
        registrations.Registration,
        {"edapps": (), "unique_ids": False, "erased_until_us": FIRST_US, "webhooks": (), "table_days": 0},
    ),
    (credentials.Credential, {"label": "", "client_id": "", "not_after_us": None, "revoked_us": None, "admin_of": ()}),
    (rows_events.StoredFact, {"sensor": "", "sent_us": None, "credential": ""}),
    (sessions.SessionRow, {"version": 0, "older": None, "records": ()}),
    (
        timers.TimerRow,
        {
            "inferred": None,
            "resting_until_us": 0,
            "unpublished": (),
            "bus_failures": 0,
            "publish_at_us": 0,
            "skipped": (),
            "totalled": None,
        },
    ),
    (attempts.Attempt, {"error": "", "next_us": None, "key": "", "first": 0, "last": 0}),
    (endpoints.Endpoint, {"failing_since_us": 0, "failures": 0, "probe_at_us": 0, "version": 0}),
    (order.Span, {"start_us": FIRST_US, "end_us": LAST_US + 1}),
    (sent_walk.Walk, {"stopped_at": None, "looked_at": 0, "manifests": 0, "events": 0, "_quarters": {}}),
    (slices.Slice, {"unattributed": ()}),
    (ledger.Ledger, {"unreadable": set()}),
    (
        rows.DayTotals,
        {
            "slices": {},
            "days": set(),
            "tallies": {},
            "later_days": None,
            "first_days": {},
            "standing": None,
            "courses": None,
        },
    ),
    (run_pages.RunPages, {"days": {}, "runs_of_days": {}}),
]


@pytest.mark.parametrize(
    ("values", "expected"), [pytest.param(values_of(cls), row, id=cls.__name__) for cls, row in VALUES]
)
def test_what_is_not_said_of_a_value_is_this(values: dict[str, object], expected: dict[str, object]) -> None:
    assert values == expected
