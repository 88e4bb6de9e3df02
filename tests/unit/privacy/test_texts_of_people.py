"""What people and apps are called is text: never markup of a page that is opened, and never in a log."""

import json

import pytest
from msgspec import structs

from functions.core.messages import Item
from functions.privacy.person import Person
from tests.log_records import records_of
from tests.unit.privacy.erasing_world import ADA
from tests.unit.privacy.test_export_in_full import Copying
from tests.unit.privacy.test_handler import Stack, count, delivery, small_world
from tests.unit.query.world import app_of

MARKUP = "<img src=x onerror=alert(1)>&"


@pytest.mark.parametrize("place", ["learner", "name of an app", "id of an app"])
def test_the_page_of_a_copy_shows_markup_as_text(place: str) -> None:
    copying = Copying()
    app_id = f"urn:x:{MARKUP}" if place == "id of an app" else "urn:x:app"
    learner = f"{ADA}{MARKUP}" if place == "learner" else ADA
    app = structs.replace(app_of(app_id), name=MARKUP if place == "name of an app" else "")
    copying.archive(Item("event", copying.event(learner)), app=app_id)
    exported, files = copying.copy(Person(app=app, learners=(learner,), addresses=()))
    page = files.read("index.html").decode()
    assert exported.files["events.ndjson"] == 1
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in page
    assert "<img" not in page


def test_the_log_of_a_request_names_no_one() -> None:
    with records_of("privacy") as log:
        Stack(small_world()).run(delivery(count("r1")))
    line = log.single("worked on")
    assert (line.request, line.kind, line.state) == ("r1", "count", "done")
    assert ADA not in json.dumps(line.__dict__, default=repr)
