"""The console on the running stack, in a real browser: what people see, by which keys, and what they never see."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.operate.people.people import invite, new_password
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.people.roster import Enrolment, put_roster
from functions.store.registry import Registry
from infra.local.console_link import console_link
from tests.e2e.conftest import Stack
from tests.e2e.console.driver import SCENARIOS, chromium, run
from tests.e2e.console.week import DAYS, EMAIL, LEARNER, afternoon, named, refused, week
from tests.e2e.receivers import receiver
from tests.e2e.test_sender_alarms import ask_alarms

BROWSER = chromium()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here, and no right to install one")

type Look = Callable[..., Any]

NAME = "<script>document.title = 'owned'</script>"
MISSING = "eventTime is missing"
COURSE = "MATH-6"  # of the week
SILENT = f"{LEARNER}-silent"
CLASS = {LEARNER: "Pupil One", SILENT: "Pupil Two"}


@pytest.fixture(scope="session")
def seeded(stack: Stack) -> Stack:
    """A week of one learner, some refused events, and a name that is a script: all stored."""
    for envelope in [*week(), refused(), named(NAME)]:
        assert stack.post("/caliper/event", envelope).status_code == 200
    stack.wait_for("the week", lambda: len(stack.rows("/sessions", actor=LEARNER)) == len(DAYS))
    stack.wait_for("the refused event", lambda: stack.rows("/rejections"))
    stack.wait_for(
        "the name",
        lambda: any(NAME in str(row["item"]) for row in stack.get("/arrivals", limit="200").json()["arrivals"]),
    )
    return stack


@pytest.fixture(scope="session")
def school_class(seeded: Stack) -> Stack:
    """The roster of the course: the learner of the week, and one who never did anything. Their sittings have ended."""
    put_roster(
        DynamoTable(seeded.client("dynamodb"), seeded.endpoint.registry_table),
        keys.tenant_of(seeded.endpoint.app_id),
        users=[],
        courses=[],
        enrolments=[
            Enrolment(learner=learner, course=COURSE, role="student", name=name) for learner, name in CLASS.items()
        ],
        imported_us=time.time_ns() // 1000,
    )

    def active() -> float:
        seeded.sweep()
        learners = seeded.get("/courses", id=COURSE).json()["learners"]
        return sum(float(row["minutes"]) for row in learners if row["actor"] == LEARNER)

    seeded.wait_for("the numbers of the course", lambda: active() >= sum(5 * day[1] for day in DAYS.values()) * 0.8)
    return seeded


@pytest.fixture
def look(seeded: Stack) -> Look:
    """What a scenario finds, signed in as an admin by a link; no page may violate its policy or raise an error."""

    def see(scenario: str, **config: Any) -> Any:
        config = {"executable": BROWSER, "link": console_link(seeded.endpoint), **config}
        answer = run(SCENARIOS, scenario, **config)
        assert answer["wrong"] == []
        return answer["found"]

    return see


def test_stored_and_refused_events_are_listed_together_with_the_wrong_node_marked(look: Look) -> None:
    screen = look("live", reason=MISSING)
    assert {"✓ stored", "✕ refused"} <= {outcome.replace("\n", " ") for outcome in screen["outcomes"]}
    ((pointer, text),) = screen["marked"]
    assert pointer == "/eventTime"
    assert "missing" in text
    assert MISSING in text
    assert MISSING in screen["validated"]
    assert screen["only"]
    assert all("refused" in outcome for outcome in screen["only"])
    assert screen["others"]
    assert not any("refused" in outcome for outcome in screen["others"])


def test_news_are_announced_politely_and_the_focus_stays(look: Look, seeded: Stack) -> None:
    screen = look("news", url=seeded.endpoint.url, token=seeded.token(), envelope=named("A new lesson"))
    assert "new item" in screen["said"]
    assert screen["before"] == screen["after"]


def test_a_script_in_a_name_is_text(look: Look, seeded: Stack) -> None:
    assert (
        seeded.post("/caliper/event", named(NAME)).status_code == 200
    )  # among the newest, however many sessions ended
    screen = look("names", name=NAME)
    assert screen == {"text": NAME, "title": "Live · Caliper console", "scripts": 0}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, False), (1280, True)])
def test_axe_finds_nothing_on_any_page_none_is_wider_than_the_screen_and_no_cell_lies_over_another(
    look: Look, school_class: Stack, width: int, dark: bool
) -> None:
    sessions, runs = school_class.rows("/sessions", actor=LEARNER), school_class.rows("/runs", actor=LEARNER)
    (event, *_) = school_class.rows("/events", actor=LEARNER)
    screen = look(
        "pages",
        width=width,
        dark=dark,
        learner=LEARNER,
        session=sessions[0]["id"],
        run=runs[0]["id"],
        event=event["event"]["id"],
        course=COURSE,
    )
    assert {name: page["axe"] for name, page in screen.items() if page["axe"]} == {}
    assert {name: page["overflow"] for name, page in screen.items() if page["overflow"] > 0} == {}
    assert {name: page["outside"] for name, page in screen.items() if page["outside"]} == {}
    assert "There is no such session" in screen["empty"]["text"]
    assert "It arrived" in screen["event"]["text"]
    assert "Dead letters" in screen["operations"]["text"]
    assert "Refused by day" in screen["quality"]["text"]
    assert "Went quiet" in screen["course"]["text"]
    assert screen["webhooks"]["heading"] == "Webhooks"
    assert "Progress by course" in screen["learner"]["text"] or "XP by day" in screen["learner"]["text"]


def test_a_failed_delivery_is_seen_with_its_reason_and_sent_again_by_a_button(look: Look, seeded: Stack) -> None:
    name = "A warehouse of this test"
    with receiver("my-shared-secret") as into:
        into.first_statuses, into.status = [503], 204
        wanted = {"name": name, "targetUrl": into.url, "secret": "my-shared-secret", "active": True}
        webhook_id = seeded.post("/webhooks/", wanted).json()["webhook"]["id"]
        condition = {"webhookId": webhook_id, "filterKey": "object.subject", "filterValue": "Nothing", "active": True}
        condition |= {"filterType": "string", "filterOperator": "eq"}
        assert seeded.post("/webhook-filters/", condition).status_code == 201
        screen = look("webhooks", name=name)
        assert "object.subject" in screen["filters"]
        assert "on its way" in screen["said"]
        assert screen["axe"] == []
        outcomes = [outcome.replace("\n", " ") for outcome in screen["outcomes"]]
        assert outcomes[-2:] == ["✓ delivered", "✕ failed"]
        assert screen["buttons"] == 1
        assert into.taken == into.refused
        assert into.faults == []
        answer = seeded.http.delete(f"{seeded.endpoint.url}/webhooks/{webhook_id}", headers=seeded.headers())
        assert answer.status_code == 200


def test_alarms_ring_and_refusals_are_counted_by_code_with_examples_that_open(look: Look, seeded: Stack) -> None:
    sent = refused()
    assert seeded.post("/caliper/event", sent).status_code == 200
    (first, *_) = (item["id"] for item in sent["data"])
    seeded.wait_for("the refused event", lambda: first in str(seeded.rows("/rejections")))
    alarms = f"{seeded.endpoint.url}/sender-alarms"
    wanted = {"rejectsPercent": 1, "clock": True}
    assert seeded.http.put(alarms, json=wanted, headers=seeded.headers()).status_code == 200
    ask_alarms(seeded)
    screen = look("quality", code="required")
    assert seeded.http.delete(alarms, headers=seeded.headers()).status_code == 200
    assert "required" in screen["table"]
    rejects, clock = screen["alarms"].partition("clock")[::2]
    assert "over 1 % of the items" in rejects
    assert "rings since" in " ".join(rejects.split())
    assert "items of today and yesterday were rejected" in rejects
    assert "does not ring" in clock
    assert screen["marked"] == ["/eventTime"]
    assert screen["axe"] == []
    assert screen["code"] == "required"
    assert screen["outcomes"]
    assert all("refused" in outcome for outcome in screen["outcomes"])


def test_a_stranger_finds_how_long_a_learner_worked_on_a_day(look: Look, seeded: Stack) -> None:
    days = seeded.get("/progress", actor=LEARNER).json()["days"]
    day = max(days, key=lambda of_day: of_day["seconds"]["active"])
    minutes = round(day["seconds"]["active"] / 60)
    screen = look("learner", email=EMAIL, day=f"{minutes} min")
    assert "Active" in screen["tile"]
    assert f"{minutes} min" in screen["tile"]
    assert screen["sessions"] == 1
    assert f"day={day['day']}" in screen["hash"]
    assert screen["absent"] == 7 - len(DAYS), "a day without an event is there, too"
    assert screen["overlaps"] == 0
    assert f"{minutes} min" in screen["back"]
    assert screen["leftOver"] == 0, "numbers of one learner under the address of another"


def test_a_class_is_listed_with_names_and_who_went_quiet_and_as_a_file(look: Look, school_class: Stack) -> None:
    first = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    screen = look("course", course=COURSE, name=CLASS[SILENT], first=first)
    learner, silent = (row for row in screen["rows"] if any(name in row for name in CLASS.values()))
    assert CLASS[LEARNER] in learner
    assert " h " in learner
    assert "never seen" in silent
    assert f"id={COURSE}" in screen["hash"]
    assert screen["axe"] == []
    assert screen["file"] == f"course-{COURSE}.csv"
    lines = screen["csv"].splitlines()
    assert lines[0].startswith("actor,name,")
    assert sorted(line.split(",")[1] for line in lines[1:] if "Pupil" in line) == sorted(CLASS.values())
    assert [CLASS[SILENT] in row for row in screen["quiet"]] == [True]
    assert screen["focus"] is True
    assert screen["heading"] == "Learner"


def test_another_id_is_said_to_be_the_learners_and_taken_back(look: Look, seeded: Stack) -> None:
    alias = f"urn:instructure:canvas:user:{time.time_ns()}"
    assert seeded.post("/caliper/event", afternoon(alias)).status_code == 200
    seeded.wait_for("the other id's session", lambda: seeded.rows("/sessions", actor=alias))
    xp = DAYS[1][2]
    screen = look("ids", learner=LEARNER, alias=alias)
    assert screen["before"].split() == ["XP", str(xp)]
    assert screen["both"].split() == ["XP", str(2 * xp)]
    assert screen["after"] == screen["before"]
    assert "one person" in screen["said"]
    assert screen["ids"] == [LEARNER, alias]
    assert screen["named"] == [LEARNER, alias]
    assert screen["axe"] == []
    assert screen["focus"] == "Ids of this person"


def test_a_person_is_copied_and_erased_only_with_the_code_of_the_count(look: Look, seeded: Stack) -> None:
    person = f"{LEARNER}-{time.time_ns()}"
    assert seeded.post("/caliper/event", afternoon(person)).status_code == 200
    seeded.wait_for("the person's session", lambda: seeded.rows("/sessions", actor=person))
    screen = look("person", learner=person)
    assert screen["copy"].startswith("http")
    assert "events.ndjson" in screen["files"]
    assert "events" in screen["counts"]
    assert screen["focus"] == "H2"
    assert screen["axe"] == []
    assert "nothing was erased" in screen["wrong"]
    assert "Erased" in screen["receipt"]
    assert seeded.rows("/events", actor=person) == []


def test_the_tab_key_reaches_the_skip_link_first_then_the_pages_then_the_list(look: Look) -> None:
    screen = look("keyboard")
    reached = screen["reached"]
    assert reached[0] == "Skip to the page"
    order = [
        reached.index(name)
        for name in (
            "Live",
            "Learner",
            "Course",
            "Session",
            "Run",
            "Event by id",
            "Quality",
            "Webhooks",
            "A person's data",
            "Start here",
            "Pause",
        )
    ]
    assert order == sorted(order)
    assert screen["open"] == "true"


def test_an_expired_sign_in_leads_back_to_where_one_was(look: Look, seeded: Stack) -> None:
    (session, *_) = seeded.rows("/sessions", actor=LEARNER)
    endpoint = seeded.endpoint
    screen = look("expired", session=session["id"], client_id=endpoint.client_id, client_secret=endpoint.client_secret)
    assert "sign-in has ended" in screen["said"]
    assert screen["hash"] == screen["wanted"]
    assert screen["heading"] == "Session"
    assert "Operations" not in screen["pages"]


def test_a_link_opens_the_console_once(look: Look) -> None:
    screen = look("link")
    assert "link=" not in screen["first"]
    assert "used already" in screen["said"]


@pytest.fixture(scope="session")
def reader(seeded: Stack) -> dict[str, str]:
    """A person who reads the LMS's app only, with the password that they chose."""
    endpoint = seeded.endpoint
    registry = Registry(DynamoTable(seeded.client("dynamodb"), endpoint.registry_table))
    apps = [app for app in registry.apps() if app.app_id != endpoint.app_id]
    person = {"email": "reader@example.org", "password": new_password()}
    cognito = seeded.client("cognito-idp")
    invite(cognito, user_pool_id=endpoint.user_pool_id, email=person["email"], apps=apps, mail=False)
    cognito.admin_set_user_password(
        UserPoolId=endpoint.user_pool_id, Username=person["email"], Password=person["password"], Permanent=True
    )
    return person


def test_a_person_signs_in_by_the_login_page_and_reads_their_app_and_nothing_of_another(
    look: Look, seeded: Stack, reader: dict[str, str]
) -> None:
    endpoint = seeded.endpoint
    screen = look("login", console=f"{endpoint.url}/console", **reader)
    assert "code=" not in screen["url"]
    assert "Demonstration LMS" in screen["apps"]
    assert "Operations" not in screen["pages"]
    headers = {"Authorization": f"Bearer {screen['token']}"}
    (session, *_) = seeded.rows("/sessions", actor=LEARNER)

    def status(path: str, **parameters: str) -> int:
        return seeded.http.get(f"{endpoint.url}{path}", params=parameters, headers=headers).status_code

    assert status("/account") == 200
    assert status("/operations") == 403
    other = {"app": endpoint.app_id}
    for path, selector in (
        ("/arrivals", {}),
        ("/volume", {}),
        ("/learners", {"email": EMAIL}),
        ("/rejections", {}),
        ("/events", {"actor": LEARNER}),
        ("/sessions", {"id": session["id"]}),
        ("/runs", {"actor": LEARNER}),
        ("/progress", {"actor": LEARNER}),
        ("/insights", {"actor": LEARNER}),
    ):
        assert status(path, **selector, **other) == 404, path
    own = seeded.http.get(f"{endpoint.url}/sessions", params={"id": session["id"]}, headers=headers)
    assert own.json()["sessions"] == []
    sent = seeded.http.post(f"{endpoint.url}/caliper/event", json=refused(), headers=headers)
    assert sent.status_code == 401
