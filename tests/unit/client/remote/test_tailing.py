"""What a tail shows, and what a table of a terminal is."""

from typing import Any

import pytest

from functions.client.remote import columns, tailing
from functions.client.remote.columns import cell, table
from functions.client.remote.tailing import Tail, follow

SENT = {"eventTime": "t", "type": "ViewEvent", "action": "Viewed"}


class Service:
    """Stands for a connection: what was sent, the newest first, as the two routes page it."""

    def __init__(self, count: int = 0) -> None:
        self.ids = [str(number) for number in reversed(range(count))]
        self.requests: list[dict[str, str]] = []

    def came(self, *ids: str) -> None:
        self.ids = [*reversed(ids), *self.ids]

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        self.requests.append({"path": path, **parameters})
        limit = int(parameters["limit"])
        start = int(parameters.get("offset") or parameters.get("cursor") or 0)
        page = self.ids[start : start + limit]
        if path == "/rejections":
            cursor = str(start + limit) if start + limit < len(self.ids) else None
            return {"rejections": [rejection(int(number)) for number in page], "cursor": cursor}
        return {"events": [SENT | {"id": int(number), "externalId": number} for number in page]}


def rejection(number: int, **said: Any) -> dict[str, Any]:
    findings = [
        {"severity": "error", "pointer": "", "message": "no"},
        {"severity": "warning", "pointer": "/w", "message": "hm"},
        {"severity": "error", "pointer": "/p", "message": "nor"},
    ]
    row = {
        "jobId": f"j{number}",
        "index": 0,
        "receivedAt": "r",
        "findings": findings,
        "item": {"id": f"urn:x:{number}"},
    }
    return row | said


def tail_of(service: Service, **how: Any) -> Tail:
    return Tail(service, **{"rejections": False} | how)  # type: ignore[arg-type]


def last_words(tail: Tail) -> list[str]:
    return [line.split("  ")[-1] for line in tail.look()]


def test_the_first_look_shows_the_last_few_and_asks_for_one_page() -> None:
    service = Service(250)
    assert last_words(tail_of(service)) == [str(number) for number in range(240, 250)]
    assert [(each["limit"], each["offset"]) for each in service.requests] == [("100", "0")]
    assert last_words(tail_of(Service(250), past=2)) == ["248", "249"]
    assert last_words(tail_of(Service())) == []


def test_a_line_has_the_time_type_action_and_id() -> None:
    service = Service(1)
    assert list(tail_of(service).look()) == ["t  ViewEvent  Viewed  0"]


@pytest.mark.parametrize("rejections", [False, True])
def test_each_row_is_shown_once_the_oldest_first(rejections: bool) -> None:
    service = Service(20)
    tail = tail_of(service, rejections=rejections)
    assert len(list(tail.look())) == 10
    assert list(tail.look()) == []
    service.came("20", "21")
    lines = list(tail.look())
    assert len(lines) == 2
    assert ("20" in lines[0], "21" in lines[1]) == (True, True)
    assert list(tail.look()) == []


@pytest.mark.parametrize("rejections", [False, True])
def test_it_pages_back_to_what_it_knows(rejections: bool) -> None:
    service = Service(20)
    tail = tail_of(service, rejections=rejections)
    list(tail.look())
    service.came(*(str(number) for number in range(20, 270)))
    service.requests.clear()
    assert len(list(tail.look())) == 250
    assert len(service.requests) == 3
    assert all(each["limit"] == "100" for each in service.requests)


@pytest.mark.parametrize("rejections", [False, True])
def test_the_oldest_of_very_many_are_left_out_and_that_is_said(rejections: bool) -> None:
    service = Service(1)
    tail = tail_of(service, rejections=rejections)
    list(tail.look())
    service.came(*(str(number) for number in range(1, 1101)))
    first, *lines = tail.look()
    assert first == "… more than 1000 came at once; the oldest of them are left out"
    assert len(lines) == 1000
    assert "101" in lines[0]
    assert len(service.requests) == 11


def test_pages_of_rejections_end_with_the_last() -> None:
    service = Service(1)
    tail = tail_of(service, rejections=True)
    list(tail.look())
    service.ids = [str(number) for number in range(300, 100, -1)]
    service.requests.clear()
    assert len(list(tail.look())) == 200
    assert [each["cursor"] for each in service.requests] == ["", "100"]


def test_what_was_shown_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "REMEMBERED", 3)
    service = Service(3)
    tail = tail_of(service)
    assert last_words(tail) == ["0", "1", "2"]
    assert last_words(tail) == []
    service.came("3")
    assert last_words(tail) == ["3"]
    assert len(tail._seen) == 3


def test_a_rejection_is_told_with_its_errors_alone() -> None:
    assert tailing._rejection(rejection(1)) == "r  urn:x:1  /: no; /p: nor"
    assert tailing._rejection(rejection(1, item="text")) == "r  -  /: no; /p: nor"
    assert tailing._rejection(rejection(1, item={})) == "r  -  /: no; /p: nor"


def test_it_follows_until_it_is_enough() -> None:
    service = Service(2)
    lines: list[str] = []
    pauses = iter([True, True, False])

    def pause() -> bool:
        service.came(str(len(service.ids)))
        return next(pauses)

    follow(tail_of(service), tell=lines.append, pause=pause)
    assert [line.split()[-1] for line in lines] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"), (0, "0"), (1.5, "1.5"), (None, "-"), ({"id": "urn:x"}, "urn:x"), ({"no": 1}, "-"),
        ("a\tb\x1b[1m", "a?b?[1m"),
    ],
)  # fmt: skip
def test_a_cell_is_the_text_of_a_value_that_a_terminal_may_show(value: Any, text: str) -> None:
    assert cell({"a": {"b": value}}, "a.b") == text
    assert cell({"a": 1}, "a.b") == cell({}, "a.b") == "-"


def test_a_table_has_columns_as_wide_as_they_need_be() -> None:
    rows: list[dict[str, Any]] = [{"a": "long text", "b": {"c": 1}}, {"a": "x"}]
    assert table(rows, [("first", "a"), ("second", "b.c")]) == ["first      second", "long text  1", "x          -"]
    assert table([], [("first", "a")]) == ["first"]


# An answer of each route as it is documented, with a value of its own at each place: what the table shows of it.
ANSWERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "EVENTS": (
        {"event": {"eventTime": "1", "type": "2", "action": "3", "id": "6"}, "actor": {"id": "4"}, "session": "5"},
        ["time", "type", "action", "actor", "session", "id"],
    ),
    "SESSIONS": (
        {
            "startedAtTime": "1", "endedAtTime": "2", "endedBy": "3", "kind": "4", "state": "5", "events": "6",
            "numbers": {"seconds": {"active": "7"}, "xpEarned": "8"}, "id": "9",
        },
        ["started", "ended", "by", "kind", "state", "events", "active s", "XP", "id"],
    ),
    "RUNS": (
        {
            "firstActivityTime": "1", "lastActivityTime": "2", "events": "3", "seconds": {"active": "4"},
            "xpEarned": "5", "totalQuestions": "6", "correctQuestions": "7", "id": "8",
        },
        ["first activity", "last activity", "events", "active s", "XP", "questions", "correct", "id"],
    ),
    "PROGRESS": (
        {"course": "1", "pctCompleteApp": "2", "masteredUnits": "3", "totalLessons": "4", "lastActivityTime": "5"},
        ["course", "percent", "mastered units", "lessons", "last activity"],
    ),
    "SENT": ({"eventTime": "1", "type": "2", "action": "3", "externalId": "4"}, ["time", "type", "action", "id"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_each_table_shows_what_its_answer_says(name: str) -> None:
    answer, headings = ANSWERS[name]
    first, row = table([answer], getattr(columns, name))
    assert first == "  ".join(headings)
    assert row.split() == [str(number) for number in range(1, len(headings) + 1)]
