"""What a crash between two writes leaves, and how long each row outlives what it leads to."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from functions.core.times import DAY_US, MINUTE_US
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, key_of
from functions.store.rows.manifests import Manifest
from functions.store.rows.manifests import to_row as manifest_row
from functions.store.rows.timers import SLACK_US
from functions.storing.event_index_cache import EventIndexCache, stale
from functions.storing.manifests import manifest_rows
from functions.storing.pipeline import process
from functions.storing.write_set import WriteSet
from tests.fakes import Crash, MemoryArchive, MemoryTable
from tests.payloads import Json, Payloads
from tests.unit.storing.test_pipeline import NOW_US, SETTINGS, TENANT, message, with_prefix

RETENTION_S = SETTINGS.retention_days * DAY_US // 1_000_000
SLACK_S = SLACK_US // 1_000_000
NOW_S = NOW_US // 1_000_000


class Failing(MemoryTable):
    """Fails the next put of a row whose sort key begins with `prefix`."""

    prefix: str | None = None

    def put_all(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        if self.prefix is not None and any(str(row[keys.SK]).startswith(self.prefix) for row in rows):
            self.prefix = None
            raise Crash("before a put")
        super().put_all(rows)


def stored(table: MemoryTable, *events: Json, cache: EventIndexCache | None = None, **changed: Any) -> WriteSet:
    return process(
        [message(*events, **changed)],
        table=table,
        archive=MemoryArchive(),
        settings=SETTINGS,
        now_us=changed.get("received_us", NOW_US),
        event_index_cache=cache,
    )


@pytest.fixture
def payloads() -> Payloads:
    return Payloads(11)


def in_session(payloads: Payloads, session: str) -> Json:
    return payloads.question_started("urn:uuid:0a0a0a0a-0000-4000-8000-00000000000b") | {"session": session}


def test_an_event_index_row_that_was_not_put_is_put_at_the_next_delivery_by_the_same_worker(payloads: Payloads) -> None:
    table, cache = Failing(), EventIndexCache()
    event = in_session(payloads, payloads.urn())
    table.prefix = keys.EVENT_INDEX
    with pytest.raises(Crash):
        stored(table, event, cache=cache)
    assert with_prefix(table, keys.EVENT)
    assert not with_prefix(table, keys.EVENT_INDEX)
    stored(table, event, cache=cache)
    assert with_prefix(table, keys.EVENT_INDEX)


def test_a_worker_that_knows_an_event_index_row_neither_reads_nor_puts_it_again(payloads: Payloads) -> None:
    table, cache = MemoryTable(), EventIndexCache()
    session = payloads.urn()
    stored(table, in_session(payloads, session), cache=cache)
    table.delete_all([key_of(row) for row in with_prefix(table, keys.EVENT_INDEX)])
    stored(table, in_session(payloads, session), cache=cache)
    assert not with_prefix(table, keys.EVENT_INDEX)


def test_what_leads_to_an_event_outlives_it_by_a_month(payloads: Payloads) -> None:
    """Such rows are written seldom, and lead to later events of the same session, too."""
    table = MemoryTable()
    opened = payloads.logged_in("urn:uuid:0a0a0a0a-0000-4000-8000-00000000000b", requiresHeartbeat=True)
    stored(table, opened)
    expiries = {sk: row[keys.TTL] for (_, sk), row in table.items.items() if keys.TTL in row}

    def of(prefix: str) -> set[Any]:
        return {expires for sk, expires in expiries.items() if sk.startswith(prefix)}

    assert of(keys.EVENT) == {NOW_S + RETENTION_S}
    assert of(keys.EVENT_INDEX) == of(keys.LOGIN) == {NOW_S + RETENTION_S + SLACK_S}
    assert {expires for sk, expires in expiries.items() if sk == keys.TIMER} == {NOW_S + RETENTION_S + SLACK_S}
    assert SLACK_S == 31 * 86_400


def test_an_event_index_row_is_put_again_once_less_than_its_slack_is_left() -> None:
    """`row` is as it would be put now: what it leads to expires a slack before it."""

    def row(expires_s: int) -> Row:
        return {keys.PK: "p", keys.SK: "M#", keys.TTL: expires_s}

    now = row(10 * SLACK_S)
    assert not stale(row(9 * SLACK_S), now)
    assert stale(row(9 * SLACK_S - 1), now)
    assert stale(None, now)
    cache = EventIndexCache()
    key: Key = ("p", "M#")
    cache.stored(key, row(9 * SLACK_S))
    assert cache.unknown({key: now}) == {}
    assert cache.unknown({key: row(10 * SLACK_S + 1)})


def test_an_event_of_a_month_later_has_its_index_row_put_again(payloads: Payloads) -> None:
    table, session = MemoryTable(), payloads.urn()
    first = in_session(payloads, session)
    stored(table, first)
    (before,) = {row[keys.TTL] for row in with_prefix(table, keys.EVENT_INDEX)}
    again = {**in_session(payloads, session), "eventTime": first["eventTime"]}
    within_us, after_us = NOW_US + SLACK_US, NOW_US + SLACK_US + 1_000_000
    stored(table, again, received_us=within_us)
    assert {row[keys.TTL] for row in with_prefix(table, keys.EVENT_INDEX)} == {before}
    stored(table, again, received_us=after_us)
    assert {row[keys.TTL] for row in with_prefix(table, keys.EVENT_INDEX)} == {int(str(before)) + SLACK_S + 1}


def test_a_manifest_and_a_job_expire_with_the_last_event_of_theirs(payloads: Payloads) -> None:
    table = MemoryTable()
    stored(table, *payloads.events(3))
    manifests = [row for (pk, _), row in table.items.items() if keys.place_of(pk).startswith("L#")]
    assert manifests
    assert {row[keys.TTL] for row in manifests} == {NOW_S + RETENTION_S}


def test_the_same_arrivals_in_any_order_make_the_same_manifest(payloads: Payloads) -> None:
    """Its name is the digest of its body: another order would be counted a second time."""
    events = payloads.events(4)
    table = MemoryTable()
    stored(table, *events)
    rows = [row for (pk, _), row in table.items.items() if keys.place_of(pk).startswith("L#") and "keys" in row]
    arrivals = [arrival for row in rows for arrival in Manifest(row).arrivals()]
    assert len(arrivals) == 4
    assert len({arrival.received_us for arrival in arrivals}) == 1, "they came in one message"
    expected = sorted(map(repr, manifest_rows(TENANT, arrivals, retention_days=400)))
    for permuted in itertools.permutations(arrivals):
        assert sorted(map(repr, manifest_rows(TENANT, permuted, retention_days=400))) == expected
    assert manifest_row(TENANT, arrivals[:1], expires_s=1)[keys.TTL] == 1


def test_the_same_messages_in_any_order_are_counted_once(payloads: Payloads) -> None:
    messages = [message(event, job=f"j{number:021d}") for number, event in enumerate(payloads.events(3))]
    tables = []
    for permuted in itertools.permutations(messages):
        table = MemoryTable()
        for batch in (permuted, messages):
            process(batch, table=table, archive=MemoryArchive(), settings=SETTINGS, now_us=NOW_US)
        tables.append({key: row for key, row in table.items.items() if "count" in row})
    assert len(tables) == 6
    assert all(table == tables[0] for table in tables)


def test_a_session_that_was_announced_is_not_announced_again_by_a_later_minute(payloads: Payloads) -> None:
    table, session = MemoryTable(), payloads.urn()
    assert stored(table, in_session(payloads, session)).began.total() == 1
    later = stored(table, in_session(payloads, session), received_us=NOW_US + MINUTE_US, job="k" * 22)
    assert later.began.total() == 0
