"""What earlier versions put into the queue, the archive and the table is read as it was meant.

Each folder of `tests/fixtures/formats` was written by the code of its time. The three files of a folder come of the
same items, so each is held against the others.
"""

import base64
import json
from collections import Counter
from copy import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from functions.core.messages import Message, unpack
from functions.core.numbers.runs import per_day
from functions.core.packing import decompress
from functions.core.totals.tallies import by_day, numbers_of
from functions.http.cursors import binding, read_cursor
from functions.store import keys
from functions.store.archive import messages_of
from functions.store.dynamodb.row import Row
from functions.store.facts.rivals import is_rival
from functions.store.people.aliases import ids_of
from functions.store.people.roster import enrolments_of, names_of, titles_of
from functions.store.quarantine import rejections
from functions.store.rows.apps import app_of
from functions.store.rows.courses import course_of
from functions.store.rows.credentials import credential_of
from functions.store.rows.events import StoredFact, fact_of_item, fact_of_row
from functions.store.sender_alarms.rows import every_alarm, every_ring
from functions.store.totals.course_learners import course_learner_of, month_in
from functions.store.totals.ledger import slices_of
from functions.store.totals.rows import totals_of
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import read_webhooks
from tests import frozen_formats, frozen_subscriptions
from tests.fakes import MemoryTable

FORMATS = Path(__file__).resolve().parents[1] / "fixtures" / "formats"
VERSIONS = sorted((path.name for path in FORMATS.glob("v*")), key=lambda name: int(name[1:]))
FIRST_WITH_TOTALS, FIRST_WITH_PEOPLE, FIRST_WITH_SUBSCRIPTIONS = 4, 6, 8
OF_EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS)
ARRAY = "an array"  # in messages.json alone: of events that the archive need not hold again


def value_of(written: Any) -> Any:
    return base64.b64decode(written["bytes"]) if isinstance(written, dict) else written


@cache
def rows(version: str) -> list[Row]:
    written = json.loads((FORMATS / version / "rows.json").read_text())
    return [{name: value_of(value) for name, value in row.items()} for row in written]


@cache
def archived(version: str) -> list[Message]:
    return list(messages_of((FORMATS / version / "archive.ndjson").read_bytes().splitlines()))


@cache
def queued(version: str) -> dict[str, Message]:
    bodies = json.loads((FORMATS / version / "messages.json").read_text())
    return {name: unpack(body) for name, body in bodies.items()}


@cache
def facts(version: str) -> dict[bytes, StoredFact]:
    """Stored events, entity describes and heartbeats by the bytes that were sent."""
    sks = [(str(row[keys.SK]), row) for row in rows(version)]
    facts = [fact_of_row(row) for sk, row in sks if sk.startswith(keys.EVENT) and not is_rival(sk)]
    return {fact.raw: fact for fact in facts}


def test_there_are_frozen_formats() -> None:
    assert VERSIONS[0] == "v1"


@OF_EVERY_VERSION
def test_a_message_of_the_queue_says_what_the_archive_says(version: str) -> None:
    kept = {(message.job, message.part): message for message in archived(version)}
    compared = [message for name, message in queued(version).items() if name != ARRAY]
    assert len(compared) == len(kept) > 0
    for message in compared:
        assert message == kept[message.job, message.part]


@OF_EVERY_VERSION
def test_every_kind_of_item_is_there(version: str) -> None:
    kinds = Counter(item.kind for message in archived(version) for item in message.items)
    assert set(kinds) == {"event", "entity", "heartbeat", "rejection"}
    assert any(message.system for message in archived(version))
    assert any(item.findings and item.kind == "event" for message in archived(version) for item in message.items)


@OF_EVERY_VERSION
def test_a_row_says_what_the_archive_says(version: str) -> None:
    known = facts(version)
    compared = 0
    for message in archived(version):
        for item in message.items:
            if item.kind == "rejection":
                continue
            fact = known[item.raw]
            assert fact.entry.received_us == message.received_us
            assert (fact.app_id, fact.job, fact.sensor) == (message.app_id, message.job, message.sensor)
            assert list(fact.warnings) == list(item.findings)
            assert fact.entry.attribution.kind == item.kind
            compared += 1
    assert compared == len(known)


@OF_EVERY_VERSION
def test_a_row_lies_where_its_fact_lies_today(version: str) -> None:
    """A resend of what an earlier version stored lands on itself."""
    known = facts(version)
    resent = [
        (item.raw, fact_of_item(item, message))
        for message in archived(version)
        for item in message.items
        if item.kind != "rejection"
    ]
    assert resent
    for raw, fact in resent:
        assert (fact.pk, fact.sk) == (known[raw].pk, known[raw].sk)


@OF_EVERY_VERSION
def test_a_rejection_of_the_archive_lies_in_quarantine(version: str) -> None:
    places = ((keys.place_of(str(row[keys.PK])), row) for row in rows(version))
    quarantined = (row for place, row in places if place.startswith("X#") and not place.endswith(rejections.ENTRIES))
    kept = [item for row in quarantined for item in rejections.from_row(row)]
    rejected = [item for message in archived(version) for item in message.items if item.kind == "rejection"]
    assert sorted(row.raw for row in kept) == sorted(item.raw for item in rejected)


@OF_EVERY_VERSION
def test_the_totals_of_a_day_say_what_the_events_of_its_slices_add_up_to(version: str) -> None:
    days = [(str(row[keys.PK]), totals_of(row)) for row in rows(version) if str(row[keys.SK]).startswith(keys.TOTALS)]
    assert bool(days) == (int(version[1:]) >= FIRST_WITH_TOTALS)
    for pk in {pk for pk, _ in days}:
        slices = slices_of(day for own, day in days if own == pk).values()
        entries = [
            fact.entry
            for fact in facts(version).values()
            if fact.pk == pk
            and any(stored_slice.first_us <= fact.entry.time_us <= stored_slice.last_us for stored_slice in slices)
        ]
        tallies = [(place, tally) for stored_slice in slices for place, tally in stored_slice.tallies.items()]
        numbers_by_day = {day: numbers_of(own, part=True) for day, own in by_day(dict(tallies)).items()}
        folded = per_day(entries)
        assert {day: dict(numbers.totals) for day, numbers in numbers_by_day.items()} == {
            day: {metric: amount for metric, amount in numbers.totals.items() if amount}
            for day, numbers in folded.items()
        }
        assert {day: numbers.events for day, numbers in numbers_by_day.items()} == {
            day: numbers.events for day, numbers in folded.items()
        }


@pytest.mark.parametrize("version", [name for name in VERSIONS if int(name[1:]) >= FIRST_WITH_PEOPLE])
def test_what_a_course_tells_of_a_learner_is_what_the_totals_tell(version: str) -> None:
    days = [totals_of(row) for row in rows(version) if str(row[keys.SK]).startswith(keys.TOTALS)]
    tallies = [item for day in days for own in day.tallies.values() for item in own.items()]
    of_courses = [row for row in rows(version) if keys.place_of(str(row[keys.PK])).startswith("Y#")]
    (learner,) = [course_learner_of(row) for row in of_courses if "learner" in row]
    (month,) = [month_in(row) for row in of_courses if "learner" not in row]
    own = [tally for place, tally in tallies if place.course == frozen_formats.COURSE]
    assert learner.learner == frozen_formats.LEARNER
    assert learner.last_us == max(tally.last_us or 0 for tally in own)
    assert numbers_of(month.values()).totals == numbers_of(own).totals


@pytest.mark.parametrize("version", [name for name in VERSIONS if int(name[1:]) >= FIRST_WITH_PEOPLE])
def test_the_ids_of_a_person_and_a_roster_are_read(version: str) -> None:
    table = MemoryTable()
    table.put_all(rows(version))
    tenant, learner = keys.tenant_of("https://app.example.org"), frozen_formats.LEARNER
    assert ids_of(table, tenant, frozen_formats.ALIAS) == (frozen_formats.ALIAS, learner)
    assert names_of(table, tenant, [learner]) == {learner: "Given Family"}
    assert titles_of(table, tenant, [frozen_formats.COURSE]) == {frozen_formats.COURSE: "Course"}
    assert [each.course for each in enrolments_of(table, tenant, learner)] == [frozen_formats.COURSE]


@pytest.mark.parametrize("version", [name for name in VERSIONS if int(name[1:]) >= FIRST_WITH_SUBSCRIPTIONS])
def test_webhooks_and_alarms_are_read(version: str) -> None:
    table = MemoryTable()
    table.put_all(rows(version))
    tenant, app_id = keys.tenant_of("https://app.example.org"), "https://app.example.org"
    registered = read_webhooks(table, tenant)
    webhook = frozen_subscriptions.webhook(tenant, app_id)
    assert registered.present == [replace(webhook, version=1)]
    assert registered.filters_of(webhook.id) == [replace(frozen_subscriptions.FILTER, version=1)]
    assert registered.endpoint(webhook) == replace(frozen_subscriptions.endpoint(tenant), version=1)
    assert last_attempts(table, tenant, webhook.id) == [frozen_subscriptions.attempt(tenant)]
    assert every_alarm(table) == [frozen_subscriptions.alarms(tenant, app_id)]
    assert every_ring(table, [tenant]) == {tenant: frozen_subscriptions.RINGS}


@OF_EVERY_VERSION
def test_a_registration_is_read(version: str) -> None:
    apps = [app_of(row) for row in rows(version) if row[keys.PK] == keys.APPS]
    courses = [course_of(row) for row in rows(version) if row[keys.SK] == keys.COURSE]
    credentials = [credential_of(row) for row in rows(version) if row[keys.SK] == keys.CREDENTIAL]
    (app,) = [app for app in apps if app.app_id == "https://app.example.org"]
    assert (app.edapps, app.auto_attach) == (("https://app.example.org", "https://lms.example.org/*"), True)
    assert [course.lessons for course in courses] == [12]
    assert sorted(credential.kind for credential in credentials) == ["client", "key"]


@OF_EVERY_VERSION
def test_a_cursor_goes_on(version: str) -> None:
    text = (FORMATS / version / "cursor.txt").read_text().strip()
    bound = binding("/events", frozen_formats.CURSOR_TENANT)
    assert read_cursor(text, bound, "position") == (frozen_formats.CURSOR_TENANT, "position")


def test_what_is_written_today_is_frozen(tmp_path: Path) -> None:
    """A header, line or row with a name that no frozen one has is another format: freeze it in a folder of its own."""
    frozen_formats.main(tmp_path / "v0")
    now, frozen = names_in(tmp_path / "v0"), names_in(FORMATS / VERSIONS[-1])
    assert now == frozen, "see tests/fixtures/formats/README.md"


def names_in(folder: Path) -> dict[str, list[list[str]]]:
    """The names of what stands in each file of a folder; of rows, by kind."""
    bodies = json.loads((folder / "messages.json").read_text()).values()
    headers = {tuple(sorted(json.loads(decompress(base64.b64decode(body)).partition(b"\n")[0]))) for body in bodies}
    archive = {tuple(sorted(json.loads(line))) for line in (folder / "archive.ndjson").read_bytes().splitlines()}
    rows = {(kind_of(row), *sorted(row)) for row in json.loads((folder / "rows.json").read_text())}
    return {name: sorted(map(list, names)) for name, names in (("m", headers), ("a", archive), ("r", rows))}


def kind_of(row: dict[str, Any]) -> str:
    """The kind of a row, by its key: the letter after the tenant, and that of the sort key."""
    pk, sk = str(row[keys.PK]), str(row[keys.SK])
    return (keys.place_of(pk) or pk).partition("#")[0] + ("!" if is_rival(sk) else sk[:2].strip("0123456789"))


def test_an_array_of_version_1_is_its_events_with_their_findings() -> None:
    message = queued("v1")[ARRAY]
    assert [item.kind for item in message.items] == ["event"] * 3
    assert [len(item.findings) for item in message.items] == [0, 1, 0]
    assert all(item.raw in facts("v1") for item in message.items)


def test_the_timed_out_of_version_1_is_told_from_a_clients() -> None:
    ends = [fact for fact in facts("v1").values() if fact.entry.attribution.action == "TimedOut"]
    assert len(ends) == 2
    assert all(message.system for name, message in queued("v1").items() if name.startswith("TimedOut"))
