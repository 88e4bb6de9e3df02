"""A replay stores nothing of a person who was erased; a new session counts for the app that began it."""

import json

import pytest

from functions.core.messages import pack
from functions.core.times import MINUTE_US, format_time
from functions.process.handler import handler
from functions.store import keys
from functions.store.registrations import Registrations
from functions.store.usage import SESSIONS_STEP, usage_key
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.replaying import store_again
from tests.fakes import MemoryTable
from tests.handlers import process_dependencies
from tests.payloads import APP, Payloads
from tests.unit.storing.test_pipeline import SETTINGS, message
from tests.unit.storing.test_suppression import OTHER, comment, erase, stored_events
from tests.world import NINE_US, PROCESS, STUDENT, TENANT, World

OTHER_APP = "https://other.example.org/app"
NINE = format_time(NINE_US)


@pytest.mark.parametrize("held", [True, False])
def test_what_is_archived_of_a_person_who_was_erased_is_not_stored_again(held: bool) -> None:
    of = World()
    of.send(of.event(0))
    of.send(of.event(1, actor=OTHER))
    of.send(comment(of))
    archived = [[each] for each in of.archive.messages()]
    assert len(archived) == 3
    again = World()
    erase(again, before_us=NINE_US + MINUTE_US)
    store_again(
        archived,
        table=again.table,
        settings=PROCESS,
        now_us=NINE_US + 60 * MINUTE_US,
        event_index_cache=EventIndexCache(),
        registrations=Registrations(again.table, PROCESS.timeouts),
        held=held,
    )
    assert set(stored_events(again)) == {keys.learner_pk(TENANT, OTHER)}
    facts = again.facts(keys.learner_pk(TENANT, OTHER))
    assert len(facts) == 2
    assert STUDENT not in "".join(fact.raw.decode() for fact in facts)
    assert STUDENT not in json.dumps([list(key) for key in again.table.items])


def test_a_new_session_counts_against_the_budget_of_the_app_that_began_it() -> None:
    payloads, table = Payloads(41), MemoryTable()
    apps = {APP: SESSIONS_STEP + 3, OTHER_APP: SESSIONS_STEP}
    records = []
    for app_id, sessions in apps.items():
        events = [payloads.question_started(payloads.urn()) | {"session": payloads.urn(), "eventTime": NINE}
                  for _ in range(sessions)]  # fmt: skip
        body = pack(message(*events, app_id=app_id, tenant=keys.tenant_of(app_id)))
        records.append({"messageId": app_id, "body": body})
    dependencies = process_dependencies(table, SETTINGS)
    handler({"Records": records}, None, dependencies=dependencies, now_us=NINE_US)
    begun = {app_id: table.items[usage_key(keys.tenant_of(app_id), NINE_US)]["sessions"] for app_id in apps}
    assert begun == apps
