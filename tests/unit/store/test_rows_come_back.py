"""Each kind of row gives back what was put into it: with every optional part, and with none."""

from copy import replace
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace as changed

from functions.core.apps import App
from functions.core.privacy.erased import Erasure
from functions.core.sessions.timer import SessionTimer
from functions.core.times import FIRST_US
from functions.core.usage.budgets import Budget
from functions.core.webhooks.webhook import Filter, Webhook
from functions.store import keys
from functions.store.dynamodb.row import Row, decode, encode, key_of
from functions.store.erasure.keys import UNTIL
from functions.store.erasure.rows import add_erasures, erased_until_us, erasure_of, erasure_row, erasures
from functions.store.quarantine.counts import code_and_day
from functions.store.rows import jobs
from functions.store.rows.apps import app_of, app_row
from functions.store.rows.courses import Course, course_of, course_row
from functions.store.rows.credentials import Credential, credential_of, credential_row, day_of_use, use_row
from functions.store.rows.jobs import JobPart
from functions.store.rows.logins import Login, login_of
from functions.store.rows.sessions import SessionRow, session_of, session_row
from functions.store.rows.timers import TimerRow, due_entries, timer_of, timer_row
from functions.store.rows.webhooks.attempts import KEPT_US, Attempt, attempt_of, attempt_row
from functions.store.rows.webhooks.webhooks import (
    active_of,
    active_row,
    filter_of,
    filter_row,
    webhook_of,
    webhook_row,
)
from functions.store.totals.courses import amount_body
from tests.fakes import MemoryTable
from tests.unit.storing.test_pipeline import message
from tests.world import NINE_US, STUDENT, TENANT

PK = keys.learner_pk(TENANT, STUDENT)


def through_dynamodb(row: Row) -> Row:
    return decode(encode(row))


WHOLE_APP = App(
    app_id="urn:x:app",
    tenant=TENANT,
    name="Fractions",
    edapps=("urn:x:app", "urn:x:other*"),
    strict=True,
    house="timeback",
    caliper_1_0=True,
    signed_by="https://app.example.org/keys",
    signed_issuer="https://app.example.org",
    budget=Budget(items=1, body_bytes=2, rejects=3, sessions=4),
    auto_attach=True,
    idle=((FIRST_US, 30.5), (NINE_US, 0.25)),
    heartbeat=((FIRST_US, 5.0),),
    unique_ids=True,
)
SWITCHED_OFF = (
    replace(WHOLE_APP, strict=False),
    replace(WHOLE_APP, caliper_1_0=False),
    replace(WHOLE_APP, auto_attach=False),
    replace(WHOLE_APP, unique_ids=False),
)


@pytest.mark.parametrize("app", [WHOLE_APP, App(app_id="urn:x:app", tenant=TENANT), *SWITCHED_OFF])
def test_an_app(app: App) -> None:
    row = app_row(app, created_us=NINE_US, version=7)
    assert app_of(through_dynamodb(row)) == app
    assert (row["created_us"], row["version"]) == (NINE_US, 7)


def test_an_app_that_was_registered_before_there_were_signatures_and_budgets() -> None:
    row = app_row(WHOLE_APP, created_us=NINE_US, version=1)
    later = [name for name in row if name.startswith(("budget_", "signed_"))]
    old = {name: value for name, value in row.items() if name not in later}
    assert len(later) == 6
    assert app_of(old) == replace(WHOLE_APP, signed_by="", signed_issuer="", budget=Budget())


KEY = Credential(
    digest="d" * 22,
    kind="key",
    tenant=TENANT,
    scopes=frozenset({"b", "a"}),
    label="sensor",
    created_us=NINE_US,
    not_after_us=NINE_US + 1,
    revoked_us=NINE_US + 2,
)


@pytest.mark.parametrize(
    "credential",
    [
        KEY,
        changed(KEY, not_after_us=None),
        changed(KEY, revoked_us=None),
        changed(KEY, kind="client", client_id="client-1", label="", not_after_us=None, revoked_us=None),
    ],
)
def test_a_credential(credential: Credential) -> None:
    assert credential_of(through_dynamodb(credential_row(credential))) == credential


@pytest.mark.parametrize(("now_us", "over"), [(NINE_US, False), (NINE_US + 1, True), (NINE_US + 2, True)])
def test_a_credential_ends_at_its_end(now_us: int, over: bool) -> None:
    assert KEY.has_ended(now_us) is over
    assert not changed(KEY, not_after_us=None).has_ended(now_us)


def test_a_use_of_a_credential_and_a_course() -> None:
    assert day_of_use(through_dynamodb(use_row("d" * 22, "20260302"))) == "20260302"
    course = Course(id="https://x.example/courses/1", lessons=12)
    assert course_of(through_dynamodb(course_row(course, tenant=TENANT))) == course


WEBHOOK = Webhook(
    id="w1",
    tenant=TENANT,
    app_id="urn:x:app",
    name="Results",
    target_url="https://hook.example.org",
    secret="whsec_one",
    active=True,
    sensor="urn:x:sensor",
    description="What it is for",
    created_us=NINE_US,
    updated_us=NINE_US + 1,
    deleted_us=NINE_US + 2,
    disabled="failing",
    former_secret="whsec_two",
    former_until_us=NINE_US + 3,
    slot=7,
    version=3,
)
PLAIN_WEBHOOK = replace(
    WEBHOOK,
    active=False,
    sensor=None,
    description=None,
    deleted_us=None,
    disabled="",
    former_secret="",
    former_until_us=0,
)


@pytest.mark.parametrize("webhook", [WEBHOOK, PLAIN_WEBHOOK, replace(WEBHOOK, disabled="gone", slot=0)])
def test_a_webhook(webhook: Webhook) -> None:
    assert webhook_of(through_dynamodb(webhook_row(webhook))) == webhook


@pytest.mark.parametrize(("now_us", "count"), [(NINE_US + 2, 2), (NINE_US + 3, 1)])
def test_bodies_are_signed_with_the_former_secret_until_its_time_is_over(now_us: int, count: int) -> None:
    assert WEBHOOK.secrets(now_us) == ["whsec_one", "whsec_two"][:count]


FILTER = Filter(
    id="f1",
    webhook="w1",
    key="object.id",
    value="x",
    type="string",
    operator="startsWith",
    active=True,
    created_us=NINE_US,
    updated_us=NINE_US + 1,
    deleted_us=NINE_US + 2,
    slot=11,
    version=2,
)


@pytest.mark.parametrize(
    "stored", [FILTER, changed(FILTER, active=False, deleted_us=None, type="number", operator="lt")]
)
def test_a_filter(stored: Filter) -> None:
    assert filter_of(through_dynamodb(filter_row(stored, tenant=TENANT))) == stored


def test_the_active_webhooks_of_an_app() -> None:
    row = active_row(TENANT, ["b", "a"], version=2)
    assert active_of(through_dynamodb(row)) == ("a", "b")
    assert active_of(None) == ()
    assert row["version"] == 2


ATTEMPT = Attempt(
    tenant=TENANT,
    webhook="w1",
    time_us=NINE_US,
    message_id="m#1",
    status=503,
    error="no answer",
    duration_ms=12,
    events=3,
    number=4,
    next_us=NINE_US + 5,
    key="archive/1",
    first=6,
    last=7,
)


@pytest.mark.parametrize("attempt", [ATTEMPT, changed(ATTEMPT, error="", next_us=None, key="", status=200)])
def test_an_attempt(attempt: Attempt) -> None:
    row = attempt_row(attempt)
    assert attempt_of(through_dynamodb(row), tenant=TENANT, webhook="w1") == attempt
    assert row[keys.TTL] == (NINE_US + KEPT_US) // 1_000_000


@pytest.mark.parametrize(("status", "delivered"), [(199, False), (200, True), (299, True), (300, False), (0, False)])
def test_an_attempt_delivered_if_it_was_answered_2xx(status: int, delivered: bool) -> None:
    assert changed(ATTEMPT, status=status).delivered is delivered


TIMER = TimerRow(
    timer=SessionTimer(
        tenant=TENANT,
        app_id="urn:x:app",
        learner=STUDENT,
        session="urn:x:session",
        state="evaluating",
        version=9,
        from_us=NINE_US,
        due_us=NINE_US + 10,
        marked=8,
        since_us=NINE_US + 1,
        tried=2,
        outbox=({"decided": 1, "events": [{"id": "e"}]},),
    ),
    inferred="urn:x:inferred",
    resting_until_us=NINE_US + 20,
    unpublished=({"kind": "TimedOut", "about": {}},),
    bus_failures=3,
    publish_at_us=NINE_US + 5,
    skipped=("E#1", "E#2"),
    totalled=True,
)
BARE_TIMER = TimerRow(
    timer=SessionTimer(tenant=TENANT, app_id="a", learner=None, session=None, from_us=NINE_US, due_us=NINE_US + 1)
)
TIMERS = [
    TIMER,
    BARE_TIMER,
    changed(BARE_TIMER, totalled=False),
    changed(BARE_TIMER, timer=changed(BARE_TIMER.timer, marked=0, since_us=0)),
]


@pytest.mark.parametrize("stored", TIMERS)
def test_a_timer(stored: TimerRow) -> None:
    row = timer_row(PK, stored, expires_s=77)
    assert timer_of(through_dynamodb(row)) == stored
    assert row[keys.TTL] == 77


@pytest.mark.parametrize(
    ("changes", "due_us"),
    [
        ({}, NINE_US + 5),  # notices wait, and their time comes before the rest of the timer
        ({"unpublished": ()}, NINE_US + 20),
        ({"unpublished": (), "resting_until_us": 0}, NINE_US + 10),
        ({"publish_at_us": NINE_US + 30}, NINE_US + 20),
    ],
)
def test_a_timer_is_due_when_it_is_to_be_looked_at_or_its_notices_are_to_be_published(
    changes: dict[str, Any], due_us: int
) -> None:
    assert changed(TIMER, **changes).due_us == due_us


def test_a_timer_with_nothing_to_do_is_not_in_the_index_of_what_is_due() -> None:
    idle = changed(BARE_TIMER, timer=changed(BARE_TIMER.timer, state="idle"))
    assert idle.due_us is None
    assert keys.DUE_PK not in timer_row(PK, idle, expires_s=1)
    left = changed(idle, timer=changed(idle.timer, outbox=({"events": []},)))
    assert left.due_us == NINE_US + 1, "what its outbox holds is still to be published"
    assert keys.DUE_PK in timer_row(PK, left, expires_s=1)


@pytest.mark.parametrize(("until_us", "count"), [(NINE_US, 0), (NINE_US + 1, 1), (NINE_US + 2, 1)])
def test_a_timer_is_due_from_its_time_on(until_us: int, count: int) -> None:
    table = MemoryTable()
    table.put_all([timer_row(PK, BARE_TIMER, expires_s=1)])
    entries = due_entries(table, keys.due_shard(PK), until_us, limit=10)
    assert [entry.pk for entry in entries] == [PK] * count


def test_of_more_than_a_page_the_longest_due_and_the_latest_are_found_each_once() -> None:
    table = MemoryTable()
    shard = keys.due_shard(PK)
    pks = [
        pk
        for pk in (keys.learner_pk(TENANT, f"urn:x:{number}") for number in range(900))
        if keys.due_shard(pk) == shard
    ]
    for number, pk in enumerate(pks[:20]):
        timer = changed(BARE_TIMER.timer, due_us=NINE_US + number)
        table.put_all([timer_row(pk, changed(BARE_TIMER, timer=timer), expires_s=1)])
    pks_found = [entry.pk for entry in due_entries(table, shard, NINE_US + 100, limit=3)]
    assert pks_found == [*pks[:3], *reversed(pks[17:20])]
    assert len(due_entries(table, shard, NINE_US + 100, limit=15)) == 20


@pytest.mark.parametrize("learner", [STUDENT, None])
@pytest.mark.parametrize("explicit", [True, False])
def test_a_session(learner: str | None, explicit: bool) -> None:
    stored = SessionRow(
        id="urn:x:session",
        learner=learner,
        explicit=explicit,
        version=3,
        older={"start": 1, "last": 2},
        records=({"start": 3, "end": None},),
    )
    key = (PK, keys.session_sk("urn:x:session") if explicit else keys.inferred_sk("urn:x:session", NINE_US))
    row = session_row(key, stored, expires_s=5)
    assert session_of(through_dynamodb(row)) == stored
    assert (key_of(row), row[keys.TTL]) == (key, 5)
    assert (keys.BY_ID_PK in row) is not explicit, "an explicit session is found by its events"


@pytest.mark.parametrize("learner", [STUDENT, None])
@pytest.mark.parametrize("edapp", ["urn:x:app", None])
def test_a_login(learner: str | None, edapp: str | None) -> None:
    optional = {"learner": learner, "edapp": edapp}
    row: Row = {keys.PK: PK, keys.SK: "L#", "session": "s", "time": NINE_US}
    row |= {name: value for name, value in optional.items() if value is not None}
    assert login_of(row) == Login(session="s", learner=learner, edapp=edapp, time_us=NINE_US)


def test_a_job() -> None:
    part = JobPart(stored=["a", None, "b"], failed=["c"], received_us=NINE_US)
    (row,) = jobs.to_rows(part, message(job="key.9", part=4), expires_s=9)
    assert jobs.from_row(through_dynamodb(row)) == part
    assert (row[keys.TTL], jobs.is_job_row(row)) == (9, True)
    assert jobs.missing_rows([row], 1) == 0
    assert jobs.missing_rows([row], 3) == 2
    failed = jobs.with_failures(row, {"b", "x"})
    assert failed is not None
    assert jobs.from_row(failed) == JobPart(stored=["a", None], failed=["c", "b"], received_us=NINE_US)
    assert jobs.with_failures(row, {"x"}) is None


ERASURE = Erasure(digest="d" * 22, role="learner", alias="urn:x:alias", before_us=NINE_US, request="r1")


def test_an_erasure_and_until_when_something_may_be_of_a_person_who_was_erased() -> None:
    for each in (ERASURE, changed(ERASURE, role="address"), changed(ERASURE, role="describe")):
        assert erasure_of(through_dynamodb(erasure_row(TENANT, each))) == each
    for role in ("credential", "event"):
        spanning = changed(ERASURE, role=role, from_us=NINE_US - 7)
        assert erasure_of(through_dynamodb(erasure_row(TENANT, spanning))) == spanning
    table = MemoryTable()
    assert erased_until_us(None) == FIRST_US
    add_erasures(table, TENANT, [ERASURE, changed(ERASURE, digest="e" * 22, before_us=NINE_US - 5)])
    add_erasures(table, TENANT, [changed(ERASURE, digest="f" * 22, before_us=NINE_US - 9)])
    until = next(row for (_, sk), row in table.items.items() if sk == UNTIL)
    assert erased_until_us(until) == NINE_US, "it never moves back"
    assert set(erasures(table, TENANT)) == {"d" * 22, "e" * 22, "f" * 22}
    add_erasures(table, TENANT, [changed(ERASURE, before_us=NINE_US + 9)])
    until = next(row for (_, sk), row in table.items.items() if sk == UNTIL)
    assert (erased_until_us(until), until["version"]) == (NINE_US + 9, 2)


def test_a_count_of_rejected_items_says_its_day_and_whole_code() -> None:
    assert code_and_day({keys.SK: "20260302#timeback.user#email"}) == ("timeback.user#email", "20260302")
    assert code_and_day({keys.SK: "20260302#*"}) == ("*", "20260302")


def test_a_whole_amount_is_stored_as_a_number_and_any_other_as_a_fraction() -> None:
    assert [amount_body(Fraction(*amount)) for amount in ((6, 2), (1, 3), (0, 1))] == [3, "1/3", 0]
