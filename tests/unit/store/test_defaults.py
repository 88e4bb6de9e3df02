"""The defaults of the value classes of the store are of the types that their fields are said to have."""

import pytest

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
from tests.unit.default_types import fields_with_defaults, wrong_defaults

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
