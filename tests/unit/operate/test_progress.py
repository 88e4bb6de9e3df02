"""Progress is told with its total: in lines, or as a bar at a terminal; standard output stays free."""

import io

import pytest

from functions.operate.progress import LINE_SECONDS, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_is_printed_at_first_now_and_then_and_at_the_end() -> None:
    stream, clock = io.StringIO(), [0.0]
    with Progress(stream, seconds=lambda: clock[0]).steps("objects", 5) as advance:
        for number in range(5):
            clock[0] += LINE_SECONDS * 0.6
            advance(f"{number} events")
    assert stream.getvalue().splitlines() == [
        "objects: 1 of 5  0 events  24 s left",
        "objects: 3 of 5  2 events  12 s left",
        "objects: 5 of 5  4 events",
    ]


def test_several_steps_may_be_done_at_once() -> None:
    stream, clock = io.StringIO(), [0.0]
    with Progress(stream, seconds=lambda: clock[0]).steps("objects", 100) as advance:
        clock[0] = 600
        advance("9 events", 10)
        clock[0] = 700
        advance("99 events", 90)
    assert stream.getvalue().splitlines() == [
        "objects: 10 of 100  9 events  90 min left",
        "objects: 100 of 100  99 events",
    ]


def test_a_terminal_gets_a_bar_with_the_total() -> None:
    pytest.importorskip("rich")
    stream = Terminal()
    with Progress(stream).steps("objects", 2) as advance:
        advance("3 events")
        advance("[7] events")
    assert "2/2" in stream.getvalue()
    assert "[7] events" in stream.getvalue()


def test_nothing_is_printed_beside_json(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(quiet=True)
    progress.note("so and so")
    with progress.steps("objects", 1) as advance:
        advance("done")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("after_s", "done", "left"),
    [
        (10, 10, "90 s left"),
        (10, 8, "115 s left"),
        (40, 25, "2 min left"),
        (800, 10, "2 h left"),
        (799, 10, "120 min left"),
        (10, 95, ""),
        (19, 95, "1 s left"),
    ],
)
def test_what_is_left_is_told_in_the_unit_that_fits(after_s: float, done: int, left: str) -> None:
    stream, clock = io.StringIO(), [5.0]
    with Progress(stream, seconds=lambda: clock[0]).steps("objects", 100) as advance:
        clock[0] += after_s
        advance("", done)
    assert stream.getvalue() == f"objects: {done} of 100{'  ' if left else ''}{left}\n"


def test_lines_come_every_ten_seconds_and_at_the_end() -> None:
    stream, clock = io.StringIO(), [0.0]
    with Progress(stream, seconds=lambda: clock[0]).steps("objects", 9) as advance:
        for now_s in (0, 9.9, 10, 19.9, 20, 20.1):
            clock[0] = now_s
            advance("x")
        advance("over", 3)
    assert [line.split("  ")[0] for line in stream.getvalue().splitlines()] == [
        "objects: 1 of 9",
        "objects: 3 of 9",
        "objects: 5 of 9",
        "objects: 9 of 9",
    ]
