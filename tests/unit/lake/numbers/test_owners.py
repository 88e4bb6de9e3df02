"""Whose session it is that an event names without a learner."""

import pytest

from functions.lake.archive_line import ArchiveLine
from functions.lake.numbers.owners import owners
from functions.lake.opened_lake import Lake
from tests.lake_lines import event, line, loaded
from tests.lake_world import PSEUDONYMS
from tests.payloads import APP

pytestmark = pytest.mark.slow

ADA, BEN, SESSION = "urn:x:ada", "urn:x:ben", "urn:x:it's"
DAY = "2026-03-10"


def on(day: int, learner: str = ADA, session: str = SESSION, *, app: str = APP) -> ArchiveLine:
    return line(event(f"urn:x:{day}", learner, session=session, eventTime=f"2026-03-{day:02d}T09:00:00Z"), app=app)


def owned(lake: Lake, app: str, sessions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(owners(lake, app, sessions, PSEUDONYMS))


def test_a_session_is_of_the_learners_that_other_events_of_it_name(lake: Lake) -> None:
    loaded(lake, on(10), on(9), on(11, BEN, "urn:x:ben#1"), on(10, BEN, app="urn:x:app"))
    sessions = [(SESSION, DAY), ("urn:x:ben#1", "2026-03-12"), ("urn:x:nobodys", DAY)]
    assert owned(lake, APP, sessions) == [(ADA, DAY), (BEN, "2026-03-12")]
    assert owned(lake, "urn:x:app", [(SESSION, DAY)]) == [(BEN, DAY)]
    assert owned(lake, "urn:x:none", sessions) == []


@pytest.mark.parametrize(("day", "is_known"), [(7, False), (8, True), (12, True), (13, False)])
def test_it_is_looked_for_two_days_around(lake: Lake, day: int, is_known: bool) -> None:
    loaded(lake, on(day))
    assert owned(lake, APP, [(SESSION, DAY)]) == [(ADA, DAY)] * is_known


def test_a_lake_without_events_knows_no_owner(lake: Lake) -> None:
    assert owned(lake, APP, [(SESSION, DAY)]) == []
    loaded(lake, line({"type": "Person", "id": ADA}, kind="entity"))
    assert owned(lake, APP, [(SESSION, DAY)]) == []


def test_a_session_that_is_named_on_several_days_is_owned_on_each(lake: Lake) -> None:
    loaded(lake, on(10), on(11))
    sessions = [(SESSION, DAY), (SESSION, "2026-03-11")]
    assert owned(lake, APP, sessions) == [(ADA, DAY), (ADA, "2026-03-11")]
