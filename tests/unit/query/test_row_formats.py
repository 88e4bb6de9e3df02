"""Lists as CSV and NDJSON: the same rows as in JSON, page by page, with the same limits."""

import csv
import io
import json
import re
from typing import Any, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode

import hypothesis.strategies as st
import pytest
from hypothesis import given

from functions.http.list_formats.columns import COLUMNS, Column
from functions.http.list_formats.negotiation import preferred
from functions.http.list_formats.text import CSV, NDJSON, csv_text, no_formula, rows_text
from functions.http.page import ANSWER_BYTES
from functions.http.shapes.events import StoredEventRow
from functions.http.shapes.people.courses import CourseLearner
from functions.http.shapes.sessions import CourseProgress, LearnersDay, Run, Session
from functions.query.routes import ROUTES
from tests.unit.query.world import STUDENT, World

LISTS = ("events", "sessions", "runs", "progress")
ALSO = {"/courses"}  # held by its own tests
ROW_SHAPES = {
    "events": StoredEventRow,
    "sessions": Session,
    "runs": Run,
    "progress": CourseProgress,
    "learners": CourseLearner,
    "days": LearnersDay,
}
LARGEST_RESPONSE = 6 * 1024 * 1024  # of a Lambda, its body as a JSON string


@pytest.fixture
def world() -> World:
    world = World()
    world.set_clock(30)
    run = "urn:uuid:00000000-0000-4000-8000-00000000000a"
    actor = {"actor": {"id": STUDENT, "type": "TimebackUser"}}
    events = [world.event(minute) for minute in range(5)]
    events += [
        world.payloads.time_spent(STUDENT, run) | actor | {"eventTime": world.time(6)},
        world.payloads.activity_completed(STUDENT, run) | actor | {"eventTime": world.time(7)},
    ]
    world.send(*events)
    return world


def read(world: World, name: str, accept: str, query: str | None = None) -> dict[str, Any]:
    query = f"actor={quote(STUDENT, safe='')}" if query is None else query
    answer = world.ask_raw(f"/{name}", query, accept=accept)
    assert answer["statusCode"] == 200, answer["body"]
    return answer


def csv_rows(body: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body, newline="")))


@pytest.mark.parametrize("name", LISTS)
def test_ndjson_has_the_rows_of_the_json_answer(world: World, name: str) -> None:
    answer = read(world, name, "application/x-ndjson")
    assert answer["headers"] == {"Content-Type": NDJSON, "Vary": "Accept"}
    rows = [json.loads(line) for line in answer["body"].splitlines()]
    body = world.get(f"/{name}", actor=STUDENT)
    if name != "progress":
        assert rows == body[name] != []
    else:
        expected = [{"list": part, **row} for part in ("progress", "days") for row in body[part]]
        assert rows == expected
        assert len(body["progress"]) == len(body["days"]) == 1


@pytest.mark.parametrize("name", LISTS)
def test_csv_has_a_line_of_names_and_the_values_of_the_json_answer(world: World, name: str) -> None:
    answer = read(world, name, "text/csv")
    assert answer["headers"]["Content-Type"] == CSV
    rows = csv_rows(answer["body"])
    body = world.get(f"/{name}", actor=STUDENT)
    expected = [(part, row) for part in ("progress", "days") if part in body for row in body[part]]
    expected = expected if name == "progress" else [(name, row) for row in body[name]]
    assert len(rows) == len(expected) > 0
    for cells, (part, row) in zip(rows, expected, strict=True):
        for column in COLUMNS[part]:
            value = column.read(row)
            cell = cells[column.name]
            if value is None:
                assert cell == ""
            elif isinstance(value, str):
                assert cell == value
            else:
                assert json.loads(cell) == value


def test_an_event_in_ndjson_has_the_bytes_that_were_sent(world: World) -> None:
    sent = json.dumps(world.event(20)).replace('"type":', '"exact": 1.50e2, "type":').encode()
    world.send_raw(sent)
    assert sent.decode() in read(world, "events", NDJSON)["body"]


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_a_link_leads_to_the_next_page_until_the_end(world: World, media_type: str) -> None:
    whole = [row["event"]["id"] for row in world.get("/events", actor=STUDENT)["events"]]
    query = urlencode({"actor": STUDENT, "limit": "2"})
    ids: list[str] = []
    for _ in range(10):
        answer = read(world, "events", media_type, query)
        if media_type == CSV:
            ids += [row["id"] for row in csv_rows(answer["body"])]
        else:
            ids += [json.loads(line)["event"]["id"] for line in answer["body"].splitlines()]
        if "Link" not in answer["headers"]:
            break
        link = re.fullmatch(r'<\?(.*)>; rel="next"', answer["headers"]["Link"])
        assert link is not None
        query = link[1]
        assert dict(parse_qsl(query))["limit"] == "2"
    assert ids == whole


def test_an_empty_list_has_the_line_of_names_or_nothing(world: World) -> None:
    nobody = urlencode({"actor": "urn:uuid:00000000-0000-4000-8000-00000000dead"})
    (names,) = csv.reader(io.StringIO(read(world, "sessions", "text/csv", nobody)["body"]))
    assert names == [column.name for column in COLUMNS["sessions"]]
    assert read(world, "sessions", NDJSON, nobody)["body"] == ""


def test_a_refusal_is_json_whatever_was_asked_for(world: World) -> None:
    answer = world.ask_raw("/events", "", accept="text/csv")
    assert answer["statusCode"] == 400
    assert answer["json"]["code"] == "wrong-selector"


def test_other_lists_stay_json(world: World) -> None:
    assert world.ask_raw("/rejections", "", accept="text/csv")["json"]["rejections"] == []
    offering = {route.path.template for route in ROUTES if CSV in route.other_media_types}
    assert offering == {f"/{name}" for name in LISTS} | ALSO


def test_a_page_of_quotes_is_no_longer_than_a_lambda_may_answer(world: World) -> None:
    world.send_raw(
        *(json.dumps(world.event(10 + n / 60) | {"extensions": {"q": '"' * 60_000}}).encode() for n in range(60))
    )
    answer = read(world, "events", "text/csv")
    assert ANSWER_BYTES / 4 < len(json.dumps(answer)) < LARGEST_RESPONSE
    assert "Link" in answer["headers"]


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_column_is_there_in_the_described_row(name: str) -> None:
    names = [column.name for column in COLUMNS[name]]
    assert len(names) == len(set(names))
    for column in COLUMNS[name]:
        shape: Any = ROW_SHAPES[name]
        for step in column.path:
            if shape == dict[str, Any]:  # what was sent: the standard describes it
                break
            shape = get_type_hints(shape)[step]


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_csv_gives_back_every_text(rows: list[tuple[str, str]]) -> None:
    columns = [Column("a", ("a",)), Column("b", ("b",))]
    written = csv_text(columns, [{"a": a, "b": b} for a, b in rows])
    back = list(csv.reader(io.StringIO(written, newline="")))
    assert back[0] == ["a", "b"]
    assert [list(map(without_apostrophe, row)) for row in back[1:]] == [[a, b] for a, b in rows]
    assert not [cell for row in back[1:] for cell in row if cell[:1] in tuple("=@\t\r")]


def without_apostrophe(cell: str) -> str:
    return cell[1:] if re.match(r"''*[=+\-@\t\r]", cell) else cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ('@SUM(A1)&cmd|" /C calc"!A0', '\'@SUM(A1)&cmd|" /C calc"!A0'),
        ("+1 555 0100", "'+1 555 0100"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("'=1", "''=1"),
        ("-5", "-5"),
        ("+1.5e3", "+1.5e3"),
        ("'t Hooft", "'t Hooft"),
        ("Ada = Lovelace", "Ada = Lovelace"),
        ("", ""),
    ],
)
def test_a_cell_is_no_formula(text: str, cell: str) -> None:
    assert no_formula(text) == cell


OFFERED = ("application/json", CSV, NDJSON)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", OFFERED[0]),
        ("*/*", OFFERED[0]),
        ("text/csv", CSV),
        ("Text/CSV", CSV),
        ("text/*", CSV),
        ("application/x-ndjson, application/json;q=0.5", NDJSON),
        ("text/csv;q=0.3, application/x-ndjson;q=0.7", NDJSON),
        ("text/csv; charset=utf-8", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", OFFERED[0]),
        ("text/csv;q=0", OFFERED[0]),
        ("image/png", OFFERED[0]),
        ("text/csv;q=much", CSV),
        (";;q=,,", OFFERED[0]),
    ],
)
def test_the_reader_gets_what_it_wants_most_and_json_if_it_says_nothing(accept: str, chosen: str) -> None:
    assert preferred(accept, OFFERED) == chosen


@given(st.text(max_size=60))
def test_no_accept_header_breaks_the_choice(accept: str) -> None:
    assert preferred(accept, OFFERED) in OFFERED


def test_rows_of_several_lists_say_whose_they_are() -> None:
    rows: dict[str, list[bytes]] = {"progress": [b'{"course":"c"}'], "days": [b'{"day":"2026-03-02"}']}
    assert [json.loads(line) for line in rows_text(NDJSON, rows).splitlines()] == [
        {"list": "progress", "course": "c"},
        {"list": "days", "day": "2026-03-02"},
    ]
    table = csv_rows(rows_text(CSV, rows))
    assert [(row["list"], row["course"], row["day"]) for row in table] == [
        ("progress", "c", ""),
        ("days", "", "2026-03-02"),
    ]
