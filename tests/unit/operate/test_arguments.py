"""What each command is told: its arguments and options, with their defaults, in their units."""

from typing import Any

import pytest

from functions.core.times import DAY_US, parse_time
from functions.core.usage.budgets import Budget
from functions.operate.__main__ import build_parser

FIRST_US = parse_time("2026-01-27T00:00:00Z") or 0
DAYS = ["2026-01-27", "2026-01-28"]
NAMED_DAYS = ["--from", DAYS[0], "--to", DAYS[1]]
NO_SETTINGS = dict.fromkeys(
    "edapps strict house caliper_1_0 auto_attach idle_minutes heartbeat_minutes unique_ids retention_days archive_days "
    "leave_out pseudonymous signed_by signed_issuer budget".split()
)  # fmt: skip
SETTINGS = (
    "--edapps a,b --strict --house timeback --caliper-1-0 --auto-attach --idle-minutes 2.5 --heartbeat-minutes 1.5 "
    "--unique-ids --retention-days 30 --archive-days 60 --leave-out name --pseudonymous --signed-by https://keys "
    "--signed-issuer canvas --budget items=5,rejects=2"
).split()
SETTINGS_TOLD = {
    "edapps": "a,b", "strict": True, "house": "timeback", "caliper_1_0": True, "auto_attach": True,
    "idle_minutes": 2.5, "heartbeat_minutes": 1.5, "unique_ids": True, "retention_days": 30, "archive_days": 60,
    "leave_out": "name", "pseudonymous": True, "signed_by": "https://keys", "signed_issuer": "canvas",
    "budget": Budget(items=5, rejects=2),
}  # fmt: skip
SPAN = {"from_us": FIRST_US, "to_us": FIRST_US + DAY_US}
NO_SPAN = {"from_us": None, "to_us": None}
NO_ALARMS = dict.fromkeys("silent_hours hours rejects_percent warnings_percent new_codes clock".split())

# The words, the name of the function that is called, what it is told.
COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    ("apps", "list_apps", {}),
    ("app add N", "add_app", {"name": "N", "app_id": None, "admin": False, **NO_SETTINGS}),
    ("app change N", "change_app", {"app": "N", "name": None, **NO_SETTINGS}),
    ("app remove N", "remove_app", {"app": "N"}),
    ("course C 30", "set_course", {"course": "C", "lessons": 30, "app": None}),
    (
        "key add A",
        "add_key",
        {"app": "A", "client": False, "read": False, "admin": False, "people": False, "only": "", "label": "",
         "expires": None},
    ),
    ("key list A", "list_keys", {"app": "A"}),
    ("key rotate A K", "rotate_key", {"app": "A", "credential": "K", "overlap_hours": 24.0}),
    ("key revoke A K", "revoke_key", {"app": "A", "credential": "K"}),
    ("person E", "change_person", {"email": "E", "app": "", "admin": False, "operator": False, "remove": False}),
    ("sender-alarms A", "change_alarms", {"app": "A", **NO_ALARMS, "email": "", "remove": False}),
    ("alias L --app A", "change_alias", {"learner": "L", "alias": "", "app": "A", "remove": False}),
    (
        "aliases F --app A",
        "import_aliases",
        {"file": "F", "app": "A", "person": "{person}", "alias": "{alias}", "remove": False},
    ),
    (
        "roster F --app A",
        "import_roster",
        {"file": "F", "app": "A", "learner": "{sourcedId}", "course": "{courseSourcedId}", "part": False},
    ),
    ("fill-courses", "fill", {}),
    ("dlq list", "list_dead_letters", {"queue": "events"}),
    ("dlq save F", "save_dead_letters", {"file": "F", "queue": "events"}),
    ("dlq delete", "delete_dead_letters", {"ids": [], "all": False, "queue": "events"}),
    ("redrive", "redrive", {"ids": [], "queue": "events"}),
    ("quarantine export A F", "export", {"app": "A", "file": "F", **NO_SPAN, "code": "", "state": "waiting"}),
    ("quarantine resubmit A F", "resubmit", {"app": "A", "file": "F"}),
    ("quarantine dismiss A F", "dismiss", {"app": "A", "file": "F"}),
    (
        "replay D E",
        "replay_days",
        {"from_day": "D", "to_day": "E", "app": "", "into": "", "anew": False, "workers": 8},
    ),
    ("rebuild", "rebuild", {"into": "", "workers": 8, "resume": False}),
    ("restore events", "restore_events", {}),
    ("restore registry", "restore_registry", {}),
    ("registry copy", "copy_registry", {}),
    ("registry move", "move_registry", {}),
    ("erase", "run_erase", {"learner": None, "app": "", "code": "", **NO_SPAN, "again": False, "no_wait": False}),
    (
        f"purge A K --from {DAYS[0]}",
        "run_purge",
        {"app": "A", "credential": "K", "from_us": FIRST_US, "to_us": None, "code": "", "no_wait": False},
    ),
    ("export-person L F", "run_export", {"learner": "L", "file": "F", "app": ""}),
    ("import A F G", "run_import", {"app": "A", "files": ["F", "G"], "archive_only": False, "ahead": 40}),
    (f"export A {' '.join(DAYS)}", "export", {"app": "A", **SPAN, "format": "ndjson", "file": ""}),
    ("sql", "ask", {"query": "", "name": "", "format": "table", "most_gigabytes": 10.0}),
    ("lake", "load", {**NO_SPAN, "maintain": False}),
    ("smoke", "smoke", {"wait": False}),
    ("trace I", "trace", {"id": "I", "app": "", "since": None}),
    ("train-dictionary F", "train_from_standard_input", {"file": "F"}),
]  # fmt: skip

# What is added to the words of a command that has options, and what changes in what it is told.
OPTIONS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("app add N", ["--app-id", "I", "--admin", *SETTINGS], {"app_id": "I", "admin": True, **SETTINGS_TOLD}),
    ("app change N", ["--name", "M", *SETTINGS], {"name": "M", **SETTINGS_TOLD}),
    (
        "app change N",
        "--no-strict --house= --no-caliper-1-0 --no-auto-attach --no-unique-ids --no-pseudonymous".split(),
        {"house": "", **dict.fromkeys(("strict", "caliper_1_0", "auto_attach", "unique_ids", "pseudonymous"), False)},
    ),
    ("course C 30", ["--app", "A"], {"app": "A"}),
    (
        "key add A",
        f"--client --read --admin --people --only B,C --label L --expires {DAYS[0]}".split(),
        {"client": True, "read": True, "admin": True, "people": True, "only": "B,C", "label": "L", "expires": FIRST_US},
    ),
    ("key rotate A K", ["--overlap-hours", "2.5"], {"overlap_hours": 2.5}),
    (
        "person E",
        "--app A --admin --operator --remove".split(),
        {"app": "A", "admin": True, "operator": True, "remove": True},
    ),
    (
        "sender-alarms A",
        "--silent-hours 4 --hours Mon --rejects-percent 5 --warnings-percent 6 --new-codes --clock --email E "
        "--remove".split(),
        {"silent_hours": 4, "hours": "Mon", "rejects_percent": 5, "warnings_percent": 6, "new_codes": True,
         "clock": True, "email": "E", "remove": True},
    ),
    ("sender-alarms A", ["--no-new-codes", "--no-clock"], {"new_codes": False, "clock": False}),
    ("alias L --app A", ["--alias", "M", "--remove"], {"alias": "M", "remove": True}),
    (
        "aliases F --app A",
        ["--person", "{p}", "--alias", "{q}", "--remove"],
        {"person": "{p}", "alias": "{q}", "remove": True},
    ),
    (
        "roster F --app A",
        ["--learner", "{l}", "--course", "{c}", "--part"],
        {"learner": "{l}", "course": "{c}", "part": True},
    ),
    *(
        (words, ["--queue", "deliveries"], {"queue": "deliveries"})
        for words in ("dlq list", "dlq save F", "dlq delete", "redrive")
    ),
    ("dlq delete", ["J", "K", "--all"], {"ids": ["J", "K"], "all": True}),
    ("redrive", ["J", "K"], {"ids": ["J", "K"]}),
    ("quarantine export A F", NAMED_DAYS, SPAN),
    ("quarantine export A F", "--code c --state dismissed".split(), {"code": "c", "state": "dismissed"}),
    (
        "replay D E",
        "--app A --into T --anew --workers 3".split(),
        {"app": "A", "into": "T", "anew": True, "workers": 3},
    ),
    ("rebuild", "--into T --workers 3 --resume".split(), {"into": "T", "workers": 3, "resume": True}),
    (
        "erase",
        ["L", "--app", "A", "--code", "c", *NAMED_DAYS, "--again", "--no-wait"],
        {"learner": "L", "app": "A", "code": "c", **SPAN, "again": True, "no_wait": True},
    ),
    (
        f"purge A K --from {DAYS[0]}",
        ["--to", DAYS[1], "--code", "c", "--no-wait"],
        {**SPAN, "code": "c", "no_wait": True},
    ),
    ("export-person L F", ["--app", "A"], {"app": "A"}),
    ("import A F G", ["--archive-only", "--ahead", "7"], {"archive_only": True, "ahead": 7}),
    (f"export A {' '.join(DAYS)}", ["--format", "csv", "--file", "F"], {"format": "csv", "file": "F"}),
    ("sql", ["--query", "q", "--format", "csv"], {"query": "q", "format": "csv"}),
    ("sql", ["--most-gigabytes", "0.5"], {"most_gigabytes": 0.5}),
    ("sql", ["--name", "n"], {"name": "n"}),
    ("lake", [*NAMED_DAYS, "--maintain"], {**SPAN, "maintain": True}),
    ("smoke", ["--wait"], {"wait": True}),
    ("trace I", ["--app", "A", "--since", DAYS[0]], {"app": "A", "since": FIRST_US}),
]  # fmt: skip

OF_ALL = ("command", "verb", "stack", "json", "run")


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The name of the function that is called, and what it is told beside what every command is told."""
    options = vars(build_parser().parse_args(words))
    return options["run"].__name__, {name: value for name, value in options.items() if name not in OF_ALL}


@pytest.mark.parametrize(("words", "run", "arguments"), COMMANDS, ids=[words for words, _, _ in COMMANDS])
def test_without_options_a_command_does_what_is_usual(words: str, run: str, arguments: dict[str, Any]) -> None:
    assert parsed(words.split()) == (run, arguments)


@pytest.mark.parametrize(("words", "more", "changed"), OPTIONS)
def test_each_option_reaches_its_command_in_its_unit(words: str, more: list[str], changed: dict[str, Any]) -> None:
    run, arguments = parsed(words.split())
    assert parsed([*words.split(), *more]) == (run, arguments | changed)
    assert arguments | changed != arguments
