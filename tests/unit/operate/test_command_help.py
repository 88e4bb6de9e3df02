"""What the program says of its commands, and of an argument that is missing or wrong."""

import argparse
import re
from collections.abc import Iterator

import pytest

from functions.operate.__main__ import build_parser
from functions.operate.arguments import CommandParser
from tests.unit.operate.test_arguments import COMMANDS

GROUPS = {"app", "key", "dlq", "quarantine", "restore", "registry"}
WITHOUT_TARGET = {"apps", "train-dictionary F"}  # `make` has no example of these
# every word in capitals is an argument; those of options are not
EMPTIED = [
    (words, place)
    for words, _, _ in COMMANDS
    for place, word in enumerate(words.split())
    if word.isupper() and not words.split()[place - 1].startswith("--")
]


def parsers(parser: CommandParser, path: str = "") -> Iterator[tuple[str, CommandParser]]:
    """Every command and group below a parser, by its words."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                words = f"{path} {name}".lstrip()
                yield words, command
                yield from parsers(command, words)


PARSERS = dict(parsers(build_parser()))


def parser_of(words: str) -> CommandParser:
    return PARSERS[max((path for path in PARSERS if f"{words} ".startswith(f"{path} ")), key=len)]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which these words are refused."""
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(words)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def test_every_command_of_the_program_has_its_row() -> None:
    paths = {path for path in PARSERS if path not in GROUPS}
    assert paths == {path for words, _, _ in COMMANDS for path in paths if f"{words} ".startswith(f"{path} ")}
    assert len(paths) == len(COMMANDS)


@pytest.mark.parametrize("path", sorted(PARSERS))
def test_each_command_is_described_in_a_sentence(path: str) -> None:
    description = PARSERS[path].description or ""
    assert description[:1].isupper()
    assert description.endswith(".")
    above, _, name = path.rpartition(" ")
    parser = PARSERS[above] if above else build_parser()
    (choices,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    said = {choice.dest: choice.help or "" for choice in choices._choices_actions}[name]
    assert said[:1].islower()
    assert description == f"{said[:1].upper()}{said[1:]}."


@pytest.mark.parametrize("path", sorted(PARSERS))
def test_each_argument_has_a_name_in_capitals_and_each_option_says_what_it_does(path: str) -> None:
    actions = PARSERS[path]._actions
    assert actions
    for action in actions:
        if action.option_strings or action.nargs != argparse.PARSER:
            assert action.help, action.dest
        if not action.option_strings:
            assert str(action.metavar).isupper(), action.dest


@pytest.mark.parametrize("words", [words for words, _, _ in COMMANDS if words not in WITHOUT_TARGET])
def test_the_help_and_every_refusal_name_the_command_to_type(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    example = parser_of(words).example
    assert example.startswith("make ")
    assert f"For example: {example}" in " ".join(parser_of(words).format_help().split())
    assert refused([*words.split(), "--stack"], capsys) == f"--stack: expected one argument. Type: {example}"


def test_a_command_without_an_example_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert "For example" not in PARSERS["apps"].format_help()
    assert refused(["apps", "--stack"], capsys).endswith("Type: python -m functions.operate apps --help")


@pytest.mark.parametrize("group", ["", *sorted(GROUPS)])
def test_a_group_needs_one_of_its_commands(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(group.split(), capsys).startswith("COMMAND is missing. Type: ")


@pytest.mark.parametrize(("words", "place"), EMPTIED)
def test_a_text_that_is_empty_is_refused_by_its_name(
    words: str, place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = words.split()
    line = refused([*typed[:place], " ", *typed[place + 1 :]], capsys)
    assert re.match("[A-Z]+ is empty. Type: ", line)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("apps --stack A --local", "--local: not allowed with argument --stack"),
        ("sql --query q --name n", "--name: not allowed with argument --query"),
        ("sql --format xml", "--format: invalid choice: 'xml'"),
        ("export A 2026-01-27 2026-01-28 --format json", "--format: invalid choice: 'json'"),
        ("dlq list --queue other", "--queue: invalid choice: 'other'"),
        ("quarantine export A F --state lost", "--state: invalid choice: 'lost'"),
        ("app add N --house other", "--house: invalid choice: 'other'"),
        ("alias L", "--app is missing"),
        ("aliases F", "--app is missing"),
        ("roster F", "--app is missing"),
        ("purge A K", "--from is missing"),
        ("purge A", "CREDENTIAL, --from is missing"),
        ("import A", "FILE is missing"),
        ("course C 0", "LESSONS: '0' is not a number of lessons: give a whole number from 1 up."),
        ("course C -1", "LESSONS: '-1' is not a number of lessons"),
        ("course C 1.5", "LESSONS: '1.5' is not a number of lessons"),
        ("replay D E --workers 0", "--workers: '0' is not a number: give a whole number from 1 up."),
        ("rebuild --workers x", "--workers: 'x' is not a number"),
        ("key rotate A K --overlap-hours 2160.1", "--overlap-hours: '2160.1' is not a number of hours from 0 to 2160"),
        ("app add N --budget items", "--budget: 'items' is not a kind and a whole number from 1 up"),
        ("app add N --budget items=0", "--budget: 'items=0' is not a kind and a whole number"),
        ("app add N --budget items=x", "--budget: 'items=x' is not a kind and a whole number"),
        ("app add N --budget other=5", "--budget: 'other=5' is not a kind and a whole number"),
        ("trace I --since yesterday", "--since: 'yesterday' is not a day as 2026-12-31 or a time as"),
        ("trace I --since x2026-01-27", "--since: 'x2026-01-27' is not a day"),
        ("key add A --expires 2026-02-30", "--expires: '2026-02-30' is not a day"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(words.split(), capsys).startswith(said)


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("course C 1", "lessons", 1),
        ("rebuild --workers 1", "workers", 1),
        ("key rotate A K --overlap-hours 0", "overlap_hours", 0),
        ("key rotate A K --overlap-hours 2160", "overlap_hours", 2160),
        ("trace I --since 2026-01-27T18:00:00+01:00", "since", 1_769_533_200_000_000),
    ],
)
def test_the_ends_of_what_can_be_are_taken(words: str, name: str, value: object) -> None:
    assert getattr(build_parser().parse_args(words.split()), name) == value
