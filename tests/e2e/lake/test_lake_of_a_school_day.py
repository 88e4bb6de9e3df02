"""After a school day the tables hold what was known beforehand and what the API answers, whatever came twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import orjson
import pytest

from functions.core.times import parse_time
from functions.lake.questions.named import questions
from functions.lake.tables.of_numbers import TOTALS
from functions.store.archive import S3Archive
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from infra.local.workspace import Workspace
from tests.e2e.comparison import CATEGORIES, METRICS
from tests.e2e.conftest import LEARNERS, SEED, Stack
from tests.e2e.driver import Backstage
from tests.e2e.lake.lake_of_stack import LakeOfStack, Tables
from tests.e2e.outcome import Pupil, clock
from tests.e2e.school_day import Report

NUMBERS = (*METRICS, *CATEGORIES)
COLUMNS = {metric: TOTALS[metric][0] for metric in NUMBERS}

type Numbers = dict[str, float]
type Rows = dict[str, list[dict[str, Any]]]  # by table


@dataclass(slots=True)
class Lived:
    """A stack on which a school day was lived, and its lake. `apps`: ids of the apps, by what the day calls them."""

    stack: Stack
    lake: LakeOfStack
    report: Report
    apps: Mapping[str, str]

    @property
    def pupils(self) -> list[Pupil]:
        return self.report.day.pupils

    def send_again(self, body: bytes, app: str) -> None:
        """Send a body once more, with the credential of the demonstration app or of the LMS."""
        headers = {"Content-Type": "application/json"}
        headers |= self.stack.headers() if app == "timeback" else {"Authorization": self.stack.endpoint.sensor_key}
        assert self.stack.http.post(
            f"{self.stack.endpoint.url}/caliper/event", content=body, headers=headers
        ).is_success

    def settle(self) -> None:
        """Wait until all that was sent is stored and archived, then load it."""
        Backstage(self.stack.endpoint).drained(120)
        self.lake.load()


@pytest.fixture(scope="module")
def lived(stack: Stack, workspace: Workspace, school_day: Report) -> Lived:
    assert school_day.tally.mismatches == [], "see tests.e2e.test_school_day"
    table = DynamoTable(stack.client("dynamodb"), stack.endpoint.registry_table)
    names = {app.name: app.app_id for app in Registry(table).apps()}
    (reader,) = [name for name in names if name.startswith(f"Reading tools {SEED} ")]
    apps = {"timeback": stack.endpoint.app_id, "lms": names["Demonstration LMS"], "reader": names[reader]}
    lake = LakeOfStack(workspace)
    lake.load()
    return Lived(stack, lake, school_day, apps)


def rows_of(tables: Tables, lived: Lived) -> dict[tuple[str, str], Rows]:
    """What the tables hold of each pupil."""
    names = {app_id: name for name, app_id in lived.apps.items()}
    pupils = {(pupil.app, pupil.id) for pupil in lived.pupils}
    rows_by_learner: dict[tuple[str, str], Rows] = defaultdict(lambda: defaultdict(list))
    for table in ("events", "sessions", "runs", "daily"):
        for row in tables.rows(
            f"SELECT people.learner, held.* FROM {table} AS held JOIN people USING (app, learner_key)"
        ):
            whose = names.get(row["app"], ""), row["learner"]
            if whose in pupils:
                rows_by_learner[whose][table].append(row)
    return rows_by_learner


def numbers_of(*rows: Mapping[str, Any]) -> Numbers:
    """The numbers of rows of a table together."""
    return {metric: sum(row[column] for row in rows) for metric, column in COLUMNS.items()}


def known(totals: Mapping[str, Fraction]) -> Numbers:
    """The numbers that were known beforehand."""
    return {metric: float(totals.get(metric, 0)) for metric in NUMBERS}


def iso(us: datetime | None) -> str | None:
    return None if us is None else us.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def assert_known_totals(lived: Lived) -> None:
    """Events, sessions, runs and days of every pupil are those that the day was made to add up to."""
    with lived.lake.opened() as tables:
        assert tables.row("SELECT count(*) - count(DISTINCT (app, id)) FROM events") == (0,)
        held = rows_of(tables, lived)
    for pupil in lived.pupils:
        rows = held[pupil.app, pupil.id]
        sent = [row["id"] for row in rows["events"] if not row["system"]]
        assert sorted(sent) == sorted(pupil.events), pupil
        timed_out = sum(len(sitting.timed_out_ms) for sitting in pupil.sittings)
        assert len(rows["events"]) - len(sent) == timed_out, pupil
        assert_sessions(pupil, rows["sessions"])
        runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows["runs"]:
            runs[row["run"]].append(row)
        assert {name: (sum(row["events"] for row in days), numbers_of(*days)) for name, days in runs.items()} == {
            name: (len(run.events), known(run.totals)) for name, run in pupil.runs.items()
        }, pupil
        days: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows["daily"]:
            days[row["day"].strftime("%Y%m%d")].append(row)
        wanted = {day: known(totals) for day, totals in pupil.days.items() if any(known(totals).values())}
        assert {day: numbers_of(*some) for day, some in days.items()} == wanted, pupil


def assert_sessions(pupil: Pupil, rows: list[dict[str, Any]]) -> None:
    wanted = {
        (sitting.id or sitting.edapp, clock(sitting.started_ms)): (
            "closed",
            clock(sitting.ended_ms),
            sitting.ended_by,
            sorted(sitting.events),
            known(sitting.totals),
        )
        for sitting in pupil.sittings
    }
    stored = {
        (row["id"] if row["kind"] == "explicit" else row["edapp"], iso(row["started"])): (
            row["state"],
            iso(row["ended"]),
            row["ended_by"],
            row["event_ids"],
            numbers_of(row),
        )
        for row in rows
    }
    assert stored == wanted, pupil


def everything(lived: Lived) -> dict[tuple[str, str], Rows]:
    """All rows of the pupils, without what only tells how they came."""
    with lived.lake.opened() as tables:
        held = rows_of(tables, lived)
    return {
        whose: {
            table: sorted(
                ({name: value for name, value in row.items() if name != "learner"} for row in rows),
                key=repr,
            )
            for table, rows in of_one.items()
        }
        for whose, of_one in held.items()
    }


def test_the_tables_meet_the_totals_that_were_known_beforehand(lived: Lived) -> None:
    assert_known_totals(lived)


def test_sessions_and_runs_are_as_the_api_answers_them(lived: Lived) -> None:
    with lived.lake.opened() as tables:
        held = rows_of(tables, lived)
    compared = 0
    for pupil in lived.pupils:
        if pupil.app == "reader":
            continue  # no credential of it is at hand: the totals above hold it
        lms = pupil.app == "lms"
        answered = {row["id"]: row for row in lived.stack.rows("/sessions", lms=lms, actor=pupil.id, limit="1000")}
        tabled = {row["id"]: row for row in held[pupil.app, pupil.id]["sessions"]}
        assert sorted(tabled) == sorted(answered)
        for name, row in tabled.items():
            answer = answered[name]
            seconds = answer["numbers"]["seconds"]
            assert numbers_of(row) == {
                **{metric: float(answer["numbers"][metric]) for metric in METRICS},
                **{category: float(seconds[category]) for category in CATEGORIES},
            }
            assert (row["state"], row["events"], iso(row["last_activity"]), row["sittings"]) == (
                answer["state"],
                answer["events"],
                answer["lastActivityTime"],
                len(answer["sittings"]),
            )
            compared += 1
        for answer in lived.stack.rows("/runs", lms=lms, actor=pupil.id, limit="1000"):
            days = [row for row in held[pupil.app, pupil.id]["runs"] if row["run"] == answer["id"]]
            assert {row["day"].isoformat(): numbers_of(row)["active"] for row in days} == {
                day["day"]: float(day["seconds"]["active"]) for day in answer["days"]
            }
            compared += 1
    assert compared > LEARNERS


def test_a_day_that_is_sent_again_changes_no_number(lived: Lived) -> None:
    before = everything(lived)
    again = 0
    for (app, _), requests in lived.report.day.in_time.items():
        for request in requests if app != "reader" else ():
            if not request.refused:
                lived.send_again(request.body, app)
                again += request.items
    lived.settle()
    assert everything(lived) == before
    with lived.lake.opened() as tables:
        (copies,) = tables.row("SELECT count(*) FROM copies")
    assert copies >= again
    assert_known_totals(lived)


def test_files_that_are_told_of_again_change_nothing(lived: Lived) -> None:
    before = everything(lived)
    archive = S3Archive(lived.stack.client("s3"), lived.stack.endpoint.bucket)
    records = [{"s3": {"object": {"key": key}}} for key in archive.keys(from_day="20000101", to_day="29991231")]
    body = orjson.dumps({"Records": records}).decode()
    for _ in range(2):
        lived.stack.client("sqs").send_message(QueueUrl=lived.lake.place.queue_url, MessageBody=body)
    lived.lake.load()
    assert everything(lived) == before


def test_days_that_are_built_again_are_the_same(lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(lived)
    today = datetime.now(UTC).date()
    lived.lake.command("lake", f"--from={today - timedelta(days=2)}", f"--to={today}", "--json")
    assert orjson.loads(capsys.readouterr().out)["asked_again"] > 0
    lived.lake.load()
    assert everything(lived) == before


@pytest.mark.parametrize("name", sorted(questions()))
def test_each_question_that_ships_is_answered(lived: Lived, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lived.lake.command("sql", f"--name={name}", "--json")
    answered = orjson.loads(capsys.readouterr().out)
    if name != "who_went_quiet":  # nobody does within a day
        assert answered["rows"], name
    assert answered["columns"]


def test_the_nightly_work_changes_no_row(lived: Lived) -> None:
    before = everything(lived)
    assert lived.lake.run("maintain")["merged"] > 0
    assert everything(lived) == before


def test_an_event_thirty_days_late_lies_in_its_own_day(lived: Lived) -> None:
    sessions = {row["id"]: row for row in lived.stack.rows("/sessions", lms=True, actor=lms_pupil(lived).id)}
    event = next(event for event in lms_pupil(lived).events.values() if "id" in event.get("session", {}))
    us = parse_time(event["eventTime"])
    assert us is not None
    when = datetime.fromtimestamp(us / 1e6, UTC) - timedelta(days=30)
    late = event | {"id": "urn:uuid:5f0f6a52-6a53-4f77-8f5e-1b0d6a5c7e30", "eventTime": iso(when)}
    sent = {
        "sensor": "https://sensors.example.org/lms",
        "sendTime": iso(datetime.now(UTC)),
        "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p1",
        "data": [late],
    }
    answer = lived.stack.post("/caliper/event", sent, lms=True)
    assert answer.status_code == 200, answer.text
    lived.settle()
    with lived.lake.opened() as tables:
        assert tables.row(f"SELECT count(*), min(day) FROM events WHERE id = '{late['id']}'") == (1, when.date())
        day, sittings = tables.row(f"SELECT day, sittings FROM sessions WHERE list_contains(event_ids, '{late['id']}')")
    assert day == when.date()
    assert sittings == len(sessions[event["session"]["id"]]["sittings"]) + 1


def lms_pupil(lived: Lived) -> Pupil:
    return next(pupil for pupil in lived.pupils if pupil.app == "lms")
