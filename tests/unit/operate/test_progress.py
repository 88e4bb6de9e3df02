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
