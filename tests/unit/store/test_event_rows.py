"""A stored fact comes back from its row as it went in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.messages import Item, Message
from functions.core.times import format_time, parse_time
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.rows.credentials import KEY_ID_PREFIX, digest_of, id_at_rest, id_from_rest
from functions.store.rows.event_index import student_of
from functions.store.rows.events import StoredFact, fact_of_item, fact_of_row, row_of

TENANT = keys.tenant_of("urn:uuid:a")
NOW_US = parse_time("2026-03-02T09:00:00Z") or 0
DESCRIBED = {"id": "https://app.example.org/pages/1", "type": "Document", "dateCreated": "2026-01-01T00:00:00Z"}
EVENT = {
    "id": "urn:uuid:0e0e0e0e-0000-4000-8000-000000000001",
    "type": "ViewEvent",
    "actor": "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001",
    "action": "Viewed",
    "object": "https://app.example.org/pages/1",
    "eventTime": "2026-03-02T08:59:59Z",
}


def row(item: Any, *, kind: Any = "event", **sent: Any) -> tuple[StoredFact, Row]:
    message = Message(tenant=TENANT, app_id="urn:uuid:a", job="j", **{"received_us": NOW_US, **sent})
    fact = fact_of_item(Item(kind, json.dumps(item).encode(), []), message)
    return fact, row_of(fact, tenant=TENANT, auto_attach=False, expires_s=1)


@pytest.mark.parametrize("item", [EVENT, DESCRIBED])
@pytest.mark.parametrize("sent_us", [None, NOW_US, NOW_US - 1_234_567, NOW_US + 10**12])
@pytest.mark.parametrize(
    "credential", ["", KEY_ID_PREFIX + digest_of("a sensor key"), "a-client-id", "key_not-a-digest"]
)
def test_a_fact_comes_back_as_it_was_stored(item: Any, sent_us: int | None, credential: str) -> None:
    send_time = "" if sent_us is None else format_time(sent_us)
    fact, written = row(item, kind="event" if item is EVENT else "entity", send_time=send_time, credential=credential)
    assert fact_of_row(written) == fact
    assert (fact.sent_us, fact.credential) == (sent_us, credential)


def test_a_describe_that_is_sent_again_lands_on_itself() -> None:
    sent = {"kind": "entity", "send_time": "2026-03-02T08:59:58Z"}
    first, again = (row(DESCRIBED, received_us=NOW_US + late, **sent)[0] for late in (0, 9))
    assert (first.pk, first.sk) == (again.pk, again.sk)
    other = row({"id": DESCRIBED["id"], "type": "Document"}, received_us=NOW_US, **sent)[0]
    assert other.entry.time_us == first.entry.time_us


@given(st.one_of(st.text(max_size=30), st.text("abcdefghABCDEFGH0123456789-_", min_size=20, max_size=24)))
def test_any_credential_id_survives_its_spelling_at_rest(text: str) -> None:
    assert id_from_rest(id_at_rest(text)) == text


def test_a_credential_rests_in_sixteen_bytes() -> None:
    assert len(id_at_rest(KEY_ID_PREFIX + digest_of("a sensor key"))) == 16


@pytest.mark.parametrize(
    ("learner", "alias"),
    [
        ("https://oneroster.example.org/users/s-1", "user:s-1"),
        ("https://example.org/users/district/users/s-1", "user:s-1"),
        ("https://example.org/users/s%2F1", "user:s/1"),
        ("https://example.org/users/s-1/devices", None),
        ("https://example.org/users/", None),
        ("urn:users/s-1", None),
    ],
)
def test_a_learner_of_oneroster_is_found_by_the_id_behind_the_last_users(learner: str, alias: str | None) -> None:
    fact, _ = row(EVENT | {"actor": {"id": learner, "type": "Person"}})
    assert student_of(fact.entry) == alias
